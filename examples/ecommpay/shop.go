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

// shop is the merchant: what they owe, and how far paying it has come. Keep this in a database, and change it in the
// transaction that books: registrations before they are sent, sessions as soon as callbacks tell them. After a restart,
// continue with Client.ResumePayout. Show a page only to the person to whom it belongs: this one has no log-in.
type shop struct {
	client  *ecommpay.Client
	public  string
	waiting context.Context // ends with the program
	group   sync.WaitGroup  // of what waits for ecommpay in the background

	mu        sync.Mutex
	debts     map[string]*debt  // by id
	owed      map[string]string // id of the latest debt, by e-mail address and amount
	customers map[string]string // customer.id, by e-mail address
}

// newShop makes a merchant who pays with client. public is the URL of their handler. What waits for ecommpay in the
// background ends with the context.
func newShop(waiting context.Context, client *ecommpay.Client, public string) *shop {
	return &shop{
		client: client, public: public, waiting: waiting,
		debts: map[string]*debt{}, owed: map[string]string{}, customers: map[string]string{},
	}
}

// pay begins to pay a debt, or returns it as it is if it has a payout that pays or may have paid: a second click, a
// second tab. A debt whose payout was declined gets another one.
func (s *shop) pay(ctx context.Context, id string, to recipient, amount payneteasy.Amount) debt {
	d, isNew := s.claim(id, to, amount)
	switch {
	case isNew:
		s.group.Go(func() { s.follow(d.ID, d.payout) })
	case d.ID != id: // else the same page was sent again, whatever has become of it since
		s.again(ctx, d.ID, to)
	}
	return s.registered(ctx, d.ID)
}

// claim finds the debt, or makes it, and reports whether it is to be registered now. Of two that ask at once one is
// told so.
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

// registration is the debt's next one. The caller holds the lock.
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

// again registers a debt once more: under a new payment id when its payout was declined, and under the same one when it
// was not sent or was refused, since it may be registered all the same.
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
		payout, err := d.payout.Again(ctx, registration) // asks once more, and makes one of several
		if err != nil {
			// ecommpay could not be asked, or says otherwise now: then that is booked.
			s.learn(d.payout.Ref().PaymentID, d.payout.Decision(), "")
			return
		}
		next.payout = payout
	}
	begun := false
	s.change(id, func(d *debt) {
		// What was learned since then counts.
		if begun = d.State.again() && d.payout == before; begun {
			next.changed = d.changed
			*d = next
		}
	})
	if begun {
		s.group.Go(func() { s.follow(id, next.payout) })
	}
}

// usually is how long a registration takes at the most, when all is well.
const usually = 5 * time.Second

// registered waits for the link for as long as that usually takes.
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

// follow registers a payout and finds out what becomes of it. It goes on until the status is final or the program ends.
func (s *shop) follow(id string, payout *ecommpay.Payout) {
	progress := func(status *ecommpay.Status) { s.progress(id, payout, status) }
	// Not s.waiting: if the program ends half-way, the outcome would be unknown.
	session, err := payout.Register(context.WithoutCancel(s.waiting),
		&ecommpay.WaitOptions{MaxWait: usually, OnProgress: progress})
	for s.waiting.Err() == nil && errors.Is(err, ecommpay.ErrWaitTimeout) {
		if errors.Is(err, payneteasy.ErrOutcomeUnknown) {
			s.become(id, payout, stateUnknown, "")
		}
		session, err = payout.Register(s.waiting, &ecommpay.WaitOptions{OnProgress: progress}) // it only waits now
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
			s.become(id, payout, stateUnknown, "") // asking is in vain; a callback may still tell
			return
		}
	}
}

// offer shows the recipient the way to Payment Page, until it ends.
func (s *shop) offer(id string, payout *ecommpay.Payout, session *ecommpay.Session) *time.Timer {
	d, _ := s.debt(id)
	back := s.public + "/payouts/" + id
	link, err := payout.PageURL(
		&ecommpay.Page{Description: "Payout to " + d.Name, SuccessURL: back, FailURL: back, ReturnURL: back})
	switch {
	case errors.Is(err, ecommpay.ErrPayoutExpired): // below
	case err != nil:
		s.become(id, payout, stateError, "the link to ecommpay could not be made")
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

// progress takes over a status that is not final.
func (s *shop) progress(id string, payout *ecommpay.Payout, status *ecommpay.Status) {
	s.change(id, func(d *debt) {
		switch {
		case d.payout != payout, !d.State.Open(), status.Status.Final():
		case d.Link == "" && d.State == stateUnknown:
			d.State = stateRegistering // it got through
		case d.Link != "" && !status.Status.Is(ecommpay.StatusAwaitingPayoutCompletion):
			d.State = stateProcessing
		}
	})
}

// become changes the state of what is open.
func (s *shop) become(id string, payout *ecommpay.Payout, became state, detail string) {
	s.change(id, func(d *debt) {
		if d.payout == payout && d.State.Open() {
			d.State, d.Detail = became, detail
		}
	})
}

// problemOf is ecommpay's first reason why a payout was not paid, if it tells one.
func problemOf(status *ecommpay.Status) string {
	if status == nil || len(status.Problems) == 0 {
		return ""
	}
	return status.Problems[0].Message
}

// learn records a decision about a payout, from waiting or from a callback, whichever comes first. What contradicts an
// earlier decision is for a person: declined after paid, or paid after declined, when it may have been paid again.
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
		case !latest && became == stateDeclined: // as was known when it was registered again
		case !latest:
			d.State, d.Detail = stateError, "ecommpay says otherwise now of an earlier payout"
		case d.State == became:
		case d.State.Open(), d.State == statePaid && became == stateReversed:
			d.State, d.Detail = became, problem
		default:
			d.State, d.Detail = stateError, "ecommpay says otherwise now"
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
