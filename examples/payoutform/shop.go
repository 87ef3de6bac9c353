package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// shop is the merchant's books. It knows what the merchant owes, and the progress of each payout. Keep this in a
// database, and change it in the same transaction as your bookings.
type shop struct {
	client  *payneteasy.Client
	public  string
	waiting context.Context // ends with the program
	group   sync.WaitGroup  // goroutines that wait for the gateway

	mu    sync.Mutex
	debts map[string]*debt // by ID
}

// newShop returns the shop of a merchant who pays with client. public is the URL of the shop's handler. Goroutines that
// wait for the gateway end with the context waiting.
func newShop(waiting context.Context, client *payneteasy.Client, public string) *shop {
	return &shop{client: client, public: public, waiting: waiting, debts: map[string]*debt{}}
}

// pay starts the payout of a debt. If the debt has an order that pays or may have paid, pay returns it unchanged. So a
// second click or a second browser tab does not pay twice.
func (s *shop) pay(ctx context.Context, id, recipient string, amount payneteasy.Amount) debt {
	d, isNew := s.claim(id, recipient, amount)
	if !isNew {
		return d
	}
	// Do not use the request's context. If the browser disconnects during the call, the outcome would be unknown.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	form, err := s.client.PayoutForm(ctx, &payneteasy.PayoutRequest{
		ClientOrderID: d.ID,
		Amount:        amount,
		OrderDesc:     "Payout to " + cut(recipient, 50),
		Receiver:      &payneteasy.Receiver{FirstName: recipient},
		RedirectURL:   s.public + "/return",
		NotifyURL:     s.public + "/callback",
	})
	failed, _ := errors.AsType[*payneteasy.Error](err)
	switch {
	case failed == nil:
		d = s.change(d.ID, func(d *debt) {
			d.FormURL, d.entry = form.RedirectURL.Reveal(), form.Entry
			d.begun(stateForm)
		})
		s.group.Go(func() { s.follow(d.ID) })
	case failed.Decision.PayAgain() == payneteasy.PayAgainSameID:
		// There is no order. The next attempt still uses a new ID, which does no harm.
		d = s.change(d.ID, func(d *debt) { d.begun(stateFailed) })
	default: // also after a refusal, because the gateway may have an order anyway
		d = s.change(d.ID, func(d *debt) {
			d.entry = failed.Entry
			d.begun(stateUnknown)
		})
		s.group.Go(func() { s.follow(d.ID) })
	}
	return d
}

// claim finds or creates the debt, and reports whether an order must be made now. Only one of two concurrent calls gets
// true.
func (s *shop) claim(id, recipient string, amount payneteasy.Amount) (debt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.debts[id]; d != nil { // the same page was sent again, in any state of its debt
		return *d, false
	}
	for _, d := range s.debts { // check every attempt, because a declined one may have been paid later
		if d.Recipient == recipient && d.Amount == amount && !d.State.again() {
			return *d, false
		}
	}
	d := &debt{ID: id, Recipient: recipient, Amount: amount, State: stateStarting}
	s.debts[d.ID] = d
	return *d, true
}

// follow finds out the decision about an order. It continues until the decision is final or the program ends. A real
// merchant continues after a restart with Client.Recover.
func (s *shop) follow(id string) {
	d, _ := s.debt(id)
	reason := ""
	options := &payneteasy.WaitOptions{OnProgress: func(p payneteasy.Progress) {
		if p.Status != nil {
			reason = p.Status.ErrorMessage
		}
	}}
	for {
		entry, err := s.client.Wait(s.waiting, d.entry, options)
		if err == nil {
			s.learn(id, entry.Decision(), reason)
			return
		}
		if s.waiting.Err() != nil || !errors.Is(err, payneteasy.ErrWaitTimeout) {
			s.change(id, func(d *debt) { d.Detail = "we could not ask the gateway" })
			return // a callback may still bring the decision
		}
	}
}

// learn records the first decision, which Wait or a callback may bring. A contradiction needs a person: declined after
// paid, or paid after declined, when another order may have been paid.
func (s *shop) learn(id string, decision payneteasy.Decision, reason string) {
	var became state
	switch decision {
	case payneteasy.DecisionPaid:
		became = statePaid
	case payneteasy.DecisionNotPaid:
		became = stateDeclined
	case payneteasy.DecisionRejected, payneteasy.DecisionNotSent:
		became = stateFailed
	case payneteasy.DecisionReversed, payneteasy.DecisionReview:
		became = stateError
	case payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused: // not final
	}
	if became == "" {
		return
	}
	s.change(id, func(d *debt) {
		switch {
		case d.State == became:
		case d.State.Open():
			d.State, d.Detail = became, reason
		default:
			d.State, d.Detail = stateError, "the gateway now reports a different result"
		}
	})
}

// change changes a debt.
func (s *shop) change(id string, change func(*debt)) debt {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.debts[id]
	if d == nil {
		return debt{}
	}
	change(d)
	return *d
}

func (s *shop) debt(id string) (debt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.debts[id]
	if d == nil {
		return debt{}, false
	}
	return *d, true
}

func cut(text string, characters int) string {
	if runes := []rune(text); len(runes) > characters {
		return string(runes[:characters])
	}
	return text
}
