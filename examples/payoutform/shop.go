package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// shop is the merchant: what they owe, and how far paying it has come. Keep this in a database, and change it in the
// transaction that books.
type shop struct {
	client  *payneteasy.Client
	public  string
	waiting context.Context // ends with the program
	group   sync.WaitGroup  // of what waits for the gateway in the background

	mu    sync.Mutex
	debts map[string]*debt // by id
}

// newShop makes a merchant who pays with client. public is the URL of their handler. What waits for the gateway in the
// background ends with the context.
func newShop(waiting context.Context, client *payneteasy.Client, public string) *shop {
	return &shop{client: client, public: public, waiting: waiting, debts: map[string]*debt{}}
}

// pay begins to pay a debt, or returns it as it is if it has an order that pays or may have paid: a second click, a
// second tab.
func (s *shop) pay(ctx context.Context, id, recipient string, amount payneteasy.Amount) debt {
	d, isNew := s.claim(id, recipient, amount)
	if !isNew {
		return d
	}
	// Not the request's context: if the browser goes away half-way, the outcome would be unknown.
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
		// There is no order. The next attempt takes a new id all the same: nothing is lost by it.
		d = s.change(d.ID, func(d *debt) { d.begun(stateFailed) })
	default: // also after a refusal: the gateway may have an order all the same
		d = s.change(d.ID, func(d *debt) {
			d.entry = failed.Entry
			d.begun(stateUnknown)
		})
		s.group.Go(func() { s.follow(d.ID) })
	}
	return d
}

// claim finds the debt, or makes it, and reports whether an order is to be made now. Of two that ask at once one is
// told so.
func (s *shop) claim(id, recipient string, amount payneteasy.Amount) (debt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.debts[id]; d != nil { // the same page was sent again, whatever has become of it since
		return *d, false
	}
	for _, d := range s.debts { // of all attempts to pay it: one may have been paid after all
		if d.Recipient == recipient && d.Amount == amount && !d.State.again() {
			return *d, false
		}
	}
	d := &debt{ID: id, Recipient: recipient, Amount: amount, State: stateStarting}
	s.debts[d.ID] = d
	return *d, true
}

// follow finds out what becomes of an order. It goes on until the decision is final or the program ends: after a
// restart a real merchant goes on with Client.Recover.
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
			s.change(id, func(d *debt) { d.Detail = "asking the gateway has failed" })
			return // the callback may still tell
		}
	}
}

// learn records a decision, from waiting or from a callback, whichever comes first. What contradicts an earlier one is
// for a person: declined after paid, or paid after declined, when it may have been paid again.
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
			d.State, d.Detail = stateError, "the gateway says otherwise now"
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
