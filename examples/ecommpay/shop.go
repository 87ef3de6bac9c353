package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
)

// shop is the merchant's books. It knows what the merchant owes, and the progress of each payout. Keep this in a
// database, and change it in the same transaction as your bookings. Store a registration before you send it, and a
// session as soon as a callback brings it. After a restart, continue with Client.ResumePayout. Show a page only to the
// person that it belongs to. This example has no login for them.
type shop struct {
	client  *ecommpay.Client
	public  string
	waiting context.Context // ends with the program
	group   sync.WaitGroup  // goroutines that wait for ecommpay

	mu        sync.Mutex
	debts     map[string]*debt  // by ID
	owed      map[string]string // ID of the latest debt, by e-mail address and amount
	customers map[string]string // customer.id, by e-mail address
}

// newShop returns the shop of a merchant who pays with client. public is the URL of the shop's handler. Goroutines that
// wait for ecommpay end with the context waiting.
func newShop(waiting context.Context, client *ecommpay.Client, public string) *shop {
	return &shop{
		client: client, public: public, waiting: waiting,
		debts: map[string]*debt{}, owed: map[string]string{}, customers: map[string]string{},
	}
}

// pay starts the payout of a debt. If the debt has a payout that pays or may have paid, pay returns it unchanged. So a
// second click or a second browser tab does not pay twice. A debt whose payout was declined gets another one.
func (s *shop) pay(ctx context.Context, id string, to recipient, amount payneteasy.Amount) debt {
	d, isNew := s.claim(id, to, amount)
	switch {
	case isNew:
		s.group.Go(func() { s.follow(d.ID, d.payout) })
	case d.ID != id: // otherwise the same page was sent again, in any state of its debt
		s.again(ctx, d.ID, to)
	}
	return s.registered(ctx, d.ID)
}

// claim finds or creates the debt, and reports whether it must be registered now. Only one of two concurrent calls gets
// true.
func (s *shop) claim(id string, to recipient, amount payneteasy.Amount) (debt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.debts[id]; d != nil {
		return *d, false
	}
	key := amount.String() + " " + strings.ToLower(to.Email)
	if d := s.debts[s.owed[key]]; d != nil && !d.State.settled() {
		return *d, false
	}
	d := &debt{
		ID: id, Name: to.Name, Amount: amount, State: stateRegistering, to: to, attempts: 1,
		changed: make(chan struct{}),
	}
	d.payout = s.client.NewPayout(s.registration(d))
	s.debts[d.ID], s.owed[key] = d, d.ID
	return *d, true
}

// registration returns the debt's next registration. The caller holds the lock.
func (s *shop) registration(d *debt) *ecommpay.PayoutRegistration {
	email := strings.ToLower(d.to.Email)
	if s.customers[email] == "" {
		s.customers[email] = rand.Text()
	}
	return &ecommpay.PayoutRegistration{
		PaymentID: d.ID + "-" + strconv.Itoa(d.attempts),
		Amount:    d.Amount,
		Customer: ecommpay.Customer{
			ID: s.customers[email], Email: d.to.Email, Phone: d.to.Phone,
			IPAddress: d.to.IPAddress,
		},
		CallbackURL: s.public + "/callback",
	}
}

// again registers a debt again. It uses a new payment ID if the payout was declined. It uses the same ID if the payout
// was not sent or was refused, because it may be registered anyway.
func (s *shop) again(ctx context.Context, id string, to recipient) {
	d, found := s.debt(id)
	if !found || !d.State.again() {
		return
	}
	next := d
	before := d.payout
	next.Name, next.to = to.Name, to
	if d.State == stateDeclined {
		next.attempts++
	}
	next.State, next.Detail, next.Link = stateRegistering, "", ""
	s.mu.Lock()
	registration := s.registration(&next)
	s.mu.Unlock()
	if d.State == stateFailed {
		next.payout = s.client.NewPayout(registration)
	} else {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		payout, err := d.payout.Again(ctx, registration) // asks again; several calls return one payout
		if err != nil {
			// ecommpay could not be asked, or its answer has changed. Then record the new decision.
			s.learn(d.payout.Ref().PaymentID, d.payout.Decision(), "")
			return
		}
		next.payout = payout
	}
	begun := false
	s.change(id, func(d *debt) {
		// A decision that arrived during the call has precedence.
		if begun = d.State.again() && d.payout == before; begun {
			next.changed = d.changed
			*d = next
		}
	})
	if begun {
		s.group.Go(func() { s.follow(id, next.payout) })
	}
}

// usually is the longest time that a normal registration takes.
const usually = 5 * time.Second

// registered waits for the link, at most for the time usually.
func (s *shop) registered(ctx context.Context, id string) debt {
	end := time.After(usually)
	for {
		d, _ := s.debt(id)
		if d.State != stateRegistering {
			return d
		}
		select {
		case <-d.changed:
		case <-end:
			return d
		case <-ctx.Done():
			return d
		case <-s.waiting.Done():
			return d
		}
	}
}

// follow registers a payout and finds out its decision. It continues until the status is final or the program ends.
func (s *shop) follow(id string, payout *ecommpay.Payout) {
	progress := func(status *ecommpay.Status) { s.progress(id, payout, status) }
	// Do not use s.waiting. If the program ended during the call, the outcome would be unknown.
	session, err := payout.Register(context.WithoutCancel(s.waiting),
		&ecommpay.WaitOptions{MaxWait: usually, OnProgress: progress})
	for s.waiting.Err() == nil && errors.Is(err, ecommpay.ErrWaitTimeout) {
		if errors.Is(err, payneteasy.ErrOutcomeUnknown) {
			s.become(id, payout, stateUnknown, "")
		}
		session, err = payout.Register(s.waiting, &ecommpay.WaitOptions{OnProgress: progress}) // this call only waits
	}
	switch {
	case err == nil:
		end := s.offer(id, payout, session)
		defer end.Stop()
	case errors.Is(err, payneteasy.ErrNotSent), payneteasy.DecisionOf(err) == payneteasy.DecisionRefused:
		s.become(id, payout, stateFailed, "")
		return
	}
	for s.waiting.Err() == nil {
		status, err := payout.Wait(s.waiting, &ecommpay.WaitOptions{OnProgress: progress})
		if err == nil {
			s.learn(payout.Ref().PaymentID, payout.Decision(), problemOf(status))
			return
		}
		if s.waiting.Err() == nil && !errors.Is(err, ecommpay.ErrWaitTimeout) {
			s.become(id, payout, stateUnknown, "") // asking does not help, but a callback may still bring the decision
			return
		}
	}
}

// offer shows the link to Payment Page to the recipient until the link expires.
func (s *shop) offer(id string, payout *ecommpay.Payout, session *ecommpay.Session) *time.Timer {
	d, _ := s.debt(id)
	back := s.public + "/payouts/" + id
	link, err := payout.PageURL(
		&ecommpay.Page{Description: "Payout to " + d.Name, SuccessURL: back, FailURL: back, ReturnURL: back})
	switch {
	case errors.Is(err, ecommpay.ErrPayoutExpired): // nothing to show
	case err != nil:
		s.become(id, payout, stateError, "we could not make the link to ecommpay")
	default:
		s.change(id, func(d *debt) {
			if d.payout == payout && d.State.Open() {
				d.State, d.Link, d.Until = stateWaiting, link, session.ExpiresAt
			}
		})
	}
	return time.AfterFunc(time.Until(session.ExpiresAt), func() {
		s.change(id, func(d *debt) {
			if d.payout == payout && (d.State == stateRegistering || d.State == stateWaiting) {
				d.State = stateExpired
			}
		})
	})
}

// progress records a status that is not final.
func (s *shop) progress(id string, payout *ecommpay.Payout, status *ecommpay.Status) {
	s.change(id, func(d *debt) {
		switch {
		case d.payout != payout, !d.State.Open(), status.Status.Final():
		case d.Link == "" && d.State == stateUnknown:
			d.State = stateRegistering // it is registered
		case d.Link != "" && !status.Status.Is(ecommpay.StatusAwaitingPayoutCompletion):
			d.State = stateProcessing
		}
	})
}

// become changes the state of an open debt.
func (s *shop) become(id string, payout *ecommpay.Payout, became state, detail string) {
	s.change(id, func(d *debt) {
		if d.payout == payout && d.State.Open() {
			d.State, d.Detail = became, detail
		}
	})
}

// problemOf returns ecommpay's first reason why a payout was not paid, or "" if there is none.
func problemOf(status *ecommpay.Status) string {
	if status == nil || len(status.Problems) == 0 {
		return ""
	}
	return status.Problems[0].Message
}

// learn records the first decision about a payout, which Wait or a callback may bring. A contradiction needs a person:
// declined after paid, or paid after declined, when another payout may have been paid.
func (s *shop) learn(paymentID string, decision payneteasy.Decision, problem string) {
	var became state
	switch decision {
	case payneteasy.DecisionPaid:
		became, problem = statePaid, ""
	case payneteasy.DecisionReversed:
		became = stateReversed
	case payneteasy.DecisionNotPaid:
		became = stateDeclined
	case payneteasy.DecisionReview:
		became = stateError
	case payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused: // not final
	case payneteasy.DecisionRejected, payneteasy.DecisionNotSent: // follow records what was not registered
	}
	if became == "" {
		return
	}
	s.change(debtOf(paymentID), func(d *debt) {
		switch latest := strings.EqualFold(paymentID, d.payout.Ref().PaymentID); {
		case !latest && became == stateDeclined: // known already when the debt was registered again
		case !latest:
			d.State, d.Detail = stateError, "ecommpay now reports a different result for an earlier payout"
		case d.State == became:
		case d.State.Open(), d.State == statePaid && became == stateReversed:
			d.State, d.Detail = became, problem
		default:
			d.State, d.Detail = stateError, "ecommpay now reports a different result"
		}
	})
}

// change changes a debt and wakes registered.
func (s *shop) change(id string, change func(*debt)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.debts[id]; d != nil {
		change(d)
		close(d.changed)
		d.changed = make(chan struct{})
	}
}

func (s *shop) debt(id string) (debt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.debts[id]; d != nil {
		return *d, true
	}
	return debt{}, false
}
