package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// settle does what an operator does about held payouts. They ask the gateway manager about each payout, and settle it
// as the manager says.
func (s *demo) settle(ctx context.Context) error {
	held, err := s.held(ctx)
	if err != nil {
		return err
	}
	s.event("%d payouts are held: sent, not known to the gateway, never sent again.", len(held))
	s.line("         An operator asks the gateway manager, and settles each:")
	for _, payout := range held {
		decision, said := s.askManager(payout.id)
		done := fmt.Sprintf("settled as %q", decision)
		if err := s.settleOne(ctx, payout, decision, said); errors.Is(err, errEnded) {
			done = err.Error()
		} else if err != nil {
			return err
		}
		s.line("         %s %12s  %-22s  %s", payout.id, payout.amount, said, done)
	}
	return nil
}

// held lists the payouts that were sent, but that the gateway does not know. A person must look at them.
func (s *demo) held(ctx context.Context) ([]line, error) {
	return s.lines(ctx, "SELECT client_orderid, '', amount::text, currency FROM riverpayout_parked WHERE cause = "+
		"'held' ORDER BY 1")
}

// askManager stands for a telephone call. The gateway's own books know more than its status call.
func (s *demo) askManager(id string) (decision payneteasy.Decision, said string) {
	for _, order := range s.gateway.Orders() {
		if order.ClientOrderID == id && order.Status == "approved" {
			return payneteasy.DecisionPaid, fmt.Sprintf("order %s is paid", order.OrderID)
		}
	}
	return payneteasy.DecisionNotSent, "there is no such order"
}

var errEnded = errors.New("it ended without the operator")

func (s *demo) settleOne(ctx context.Context, p line, decision payneteasy.Decision, said string) error {
	for {
		err := s.shop.payouts.Settle(ctx, p.id,
			payneteasy.Settlement{Decision: decision, Reason: "the gateway manager: " + said})
		if err == nil {
			return nil
		}
		if entry, _, unread := s.shop.payouts.Journal().Get(ctx, p.id); unread == nil &&
			entry.Decision() != payneteasy.DecisionReview {
			return errEnded
		}
		// Settle asks the gateway again, which may not answer. Try again in this case.
		select {
		case <-ctx.Done():
			return err
		case <-time.After(500 * time.Millisecond):
		}
	}
}
