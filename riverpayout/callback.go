package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// CallbackHandler serves notify_url (payneteasy.PayoutRequest.NotifyURL). A callback wakes the payout's job, whichever process works it, and OnFinal is
// told as ever. Every process may serve callbacks, those without workers too: what was told is remembered in the database.
//
// onChange is told what becomes of a payout after its end was: it was paid, and is reversed; it was declined, and is paid
// after all (Final.Contradicts); it has a second order. It books in the transaction that remembers that it was told: once in
// effect. If it fails, or is nil, the callback is answered with 500, and the gateway calls back again, 30 times within 14 days.
//
// Of payouts that were made by Merchant.Client, without a queue, onChange is told the end, too.
//
// The answers are those of payneteasy.CallbackHandler; 503, too, for an order that was not sent from this database, as when
// the callback belongs to another deployment: nothing is changed here.
func (m *Merchant) CallbackHandler(onChange func(ctx context.Context, tx pgx.Tx, change Final) error) *payneteasy.CallbackHandler {
	handler := m.client.CallbackHandler(func(ctx context.Context, cb *payneteasy.Callback) error {
		err := m.called(ctx, cb, onChange)
		if err != nil {
			m.config.Logger.ErrorContext(ctx, "riverpayout: a callback was not booked", slog.String("client_orderid", cb.ClientOrderID),
				slog.String("order_id", cb.OrderID), slog.String("login", m.journal.login), slog.String("problem", plain(err)))
		}
		return err
	})
	handler.Order, handler.Store = m.callbackOrder, callbackStore{m.journal}
	return handler
}

// callbackOrder is the payout that a callback is about.
func (m *Merchant) callbackOrder(ctx context.Context, cb *payneteasy.Callback) (payneteasy.OrderRef, error) {
	payout, err := m.readRow(ctx, m.journal.pool, cb.ClientOrderID, "")
	switch {
	case err != nil:
		return payneteasy.OrderRef{}, clean(err)
	case payout.entry.State == stateCreated:
		return payneteasy.OrderRef{}, errors.New("riverpayout: it was not sent from here")
	}
	return payout.entry.Ref(), nil
}

// called goes on after a callback was confirmed, and the journal has learnt of it.
func (m *Merchant) called(ctx context.Context, cb *payneteasy.Callback, onChange func(context.Context, pgx.Tx, Final) error) error {
	payout, err := m.readRow(ctx, m.journal.pool, cb.ClientOrderID, "")
	if err != nil {
		return clean(err)
	}
	if !payout.told && !payout.enqueued.IsZero() {
		told, err := m.wake(ctx, cb.ClientOrderID)
		if err != nil || !told {
			return clean(err)
		}
	}
	return clean(pgx.BeginFunc(ctx, m.journal.pool, func(tx pgx.Tx) error { return m.changed(ctx, tx, cb, onChange) }))
}

// changed tells what has become of a payout whose end was told, if that is news.
func (m *Merchant) changed(ctx context.Context, tx pgx.Tx, cb *payneteasy.Callback, onChange func(context.Context, pgx.Tx, Final) error) error {
	payout, err := m.readRow(ctx, tx, cb.ClientOrderID, forUpdate)
	if err != nil {
		return err
	}
	change := Final{Entry: payout.entry, Status: cb.Confirmed, Contradicts: cb.Contradicts}
	known := payneteasy.Status{Status: payout.entry.Status, TransactionType: payout.entry.TransactionType}
	if known.Reversed() && change.Approved() { // somebody was told of the reversal since this was asked
		return errors.New("the gateway's answer is older than what the journal knows")
	}
	change.Contradicts = cb.Contradicts || contradicts(payout.entry) || contradictsTold(payout.toldAs, change.Outcome())
	switch {
	case change.news() == payout.toldAs:
		return nil
	case onChange == nil:
		return fmt.Errorf("there is no function to tell: it was %q, and is %q", payout.toldAs, change.news())
	}
	if err := m.guard(ctx, "onChange", func() error { return onChange(ctx, tx, change) }); err != nil {
		return err
	}
	_, err = m.journal.toldAs(ctx, tx, change)
	return err
}

// contradictsTold reports whether what was told cannot have led to this outcome: that paid becomes reversed can.
func contradictsTold(told, outcome string) bool {
	switch {
	case outcome == "look", told == "", strings.HasPrefix(told, "look"), strings.HasPrefix(told, outcome):
		return false
	case told == "paid":
		return outcome != "reversed"
	}
	return true
}
