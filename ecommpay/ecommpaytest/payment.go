package ecommpaytest

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"
)

// These are the values of payment.status and operation.status that the gateway uses.
const (
	statusProcessing    = "processing"
	statusAwaiting      = "awaiting_payout_completion"
	statusClarification = "awaiting clarification"
	statusSuccess       = "success"
	statusDecline       = "decline"
	statusError         = "error"
	statusReversed      = "reversed"
)

// Payment is a registered payout as the gateway knows it.
type Payment struct {
	PaymentID     string
	Status        string // payment.status
	Code          string // operation.code, such as "0" or "604"; empty until there is a result
	Amount        int64  // in minor units
	Currency      string
	CustomerID    string
	CustomerEmail string
	Description   string    // payment_description of Payment Page
	Card          string    // masked
	UUID          string    // empty until it is registered
	ExpiresAt     time.Time // of UUID
}

// Payout is money that was paid.
type Payout struct {
	PaymentID   string
	OperationID int64
	Amount      int64 // in minor units
	Currency    string
	Card        string // masked
}

// payment is a registration that was accepted.
type payment struct {
	Payment
	requestID   string
	phone       string
	callbackURL string
	operations  []operation     // the first pays out, and a second takes back
	hidden      bool            // status requests do not find it
	told        <-chan struct{} // closed after the first attempt of the last callback

	timer *time.Timer
	due   bool           // WaitCallbacks waits for the next step
	next  func(*payment) // the next step, which happens by itself, or by Finish
	ends  bool           // the next step is the end of the receiver's time

	visit visit
}

// operation is a part of a payment.
type operation struct {
	id           int64
	kind         string
	created, now time.Time
	result
}

// visit is the receiver's side of a payment.
type visit struct {
	token  string     // the end of the page's address
	asked  url.Values // the parameters with which Payment Page was opened
	card   card
	code   string // the code that was sent
	errors int    // wrong codes
}

// accept accepts a registration. The caller holds the lock.
func (g *Gateway) accept(r registration) *payment {
	n := int64(len(g.payments))
	now := time.Now()
	p := &payment{
		Payment: Payment{
			PaymentID: r.paymentID, Amount: r.amount, Currency: r.currency,
			CustomerID: r.customerID, CustomerEmail: r.email,
		},
		requestID: number(50715 + n), phone: r.phone, callbackURL: r.callbackURL,
		operations: []operation{{id: 5003597190000001 + 2*n, kind: "payout", created: now}},
	}
	if p.callbackURL == "" {
		p.callbackURL = g.settings.callbackURL
	}
	p.become(result{status: statusProcessing})
	g.payments = append(g.payments, p)
	g.later(p, g.settings.stepTime, g.register)
	return p
}

// become changes the state of a payment and of its last operation. The caller holds the lock.
func (p *payment) become(r result) {
	p.Status, p.Code = r.status, r.code
	last := &p.operations[len(p.operations)-1]
	last.result, last.now = r, time.Now()
}

// later calls next after d, or when Finish is called. Nothing else happens to the payment by itself. The caller holds
// the lock.
func (g *Gateway) later(p *payment, d time.Duration, next func(*payment)) {
	g.cancel(p)
	p.next = next
	if d > 0 && !g.closed {
		p.due = true
		g.due++
		g.wind(p, d)
	}
}

// wind starts the timer for the next step. The caller holds the lock.
func (g *Gateway) wind(p *payment, d time.Duration) {
	if g.closed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if p.timer == timer {
			g.proceed(p)
		}
	})
	p.timer = timer
}

// proceed does the next step now. The caller holds the lock.
func (g *Gateway) proceed(p *payment) {
	next := p.next
	g.cancel(p)
	next(p)
}

// cancel prevents the next step. The caller holds the lock.
func (g *Gateway) cancel(p *payment) {
	if p.timer != nil {
		p.timer.Stop()
	}
	if p.due {
		g.done()
	}
	p.timer, p.due, p.next, p.ends = nil, false, nil, false
}

// done is called after something that was due. The caller holds the lock.
func (g *Gateway) done() {
	g.due--
	g.idle.Broadcast()
}

// register gives a payment its uuid. The caller holds the lock.
func (g *Gateway) register(p *payment) {
	if g.settings.payoutsDisabled {
		p.become(notEnabled)
		g.callBack(p)
		return
	}
	random := make([]byte, 43) // 60 characters
	_, _ = rand.Read(random)   // it never fails
	p.UUID, p.ExpiresAt = base64.StdEncoding.EncodeToString(random), time.Now().Add(g.settings.lifetime)
	p.become(result{status: statusAwaiting})
	if !g.settings.expiresOnVisit {
		p.next, p.ends = g.expire, true
		g.wind(p, g.settings.lifetime)
	}
	g.callBack(p)
}

// conclude ends a payment. The caller holds the lock.
func (g *Gateway) conclude(p *payment, r result) {
	g.cancel(p)
	p.become(r)
	g.callBack(p)
}

// expire ends the receiver's time. The caller holds the lock.
func (g *Gateway) expire(p *payment) { g.conclude(p, uuidExpired) }

// awaits reports whether a payment waits for its receiver, whose time may have just ended. The caller holds the lock.
func (g *Gateway) awaits(p *payment) bool {
	if p.Status == statusAwaiting && !time.Now().Before(p.ExpiresAt) {
		g.expire(p)
	}
	return p.Status == statusAwaiting
}

// confirm begins to pay to the card, if the payment still waits for that. So it pays only once. The caller holds the
// lock.
func (g *Gateway) confirm(p *payment) bool {
	if !g.awaits(p) {
		return false
	}
	outcome := p.visit.card.result()
	g.cancel(p)
	p.Card = masked(p.visit.card.number)
	p.become(result{status: statusProcessing})
	g.token(p.visit.card.number)
	g.later(p, g.settings.stepTime, func(p *payment) {
		if outcome.status == statusSuccess {
			g.payouts = append(g.payouts, Payout{
				PaymentID: p.PaymentID, OperationID: p.operations[0].id,
				Amount: p.Amount, Currency: p.Currency, Card: p.Card,
			})
		}
		g.conclude(p, outcome)
		if outcome == clarification {
			g.later(p, g.settings.clarificationTime, func(p *payment) { g.conclude(p, notClarified) })
		}
	})
	return true
}

// find returns the latest payment with an ID, and ignores case. The caller holds the lock.
func (g *Gateway) find(paymentID string) *payment {
	for _, p := range slices.Backward(g.payments) {
		if strings.EqualFold(p.PaymentID, paymentID) {
			return p
		}
	}
	return nil
}

// with calls do with a payment, if there is one.
func (g *Gateway) with(paymentID string, do func(*payment) bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.find(paymentID)
	return p != nil && do(p)
}

// Payments returns all accepted registrations, the oldest first.
func (g *Gateway) Payments() []Payment {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]Payment, len(g.payments))
	for i, p := range g.payments {
		all[i] = p.Payment
	}
	return all
}

// Payouts returns what was paid under a payment ID when its processing ended, which is at most one payout. A later
// reversal does not change that.
func (g *Gateway) Payouts(paymentID string) []Payout {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(g.payouts),
		func(p Payout) bool { return !strings.EqualFold(p.PaymentID, paymentID) })
}

// Confirm does what the receiver does on Payment Page, with the right code. It works until the last moment of the
// receiver's time. It reports whether the payment was waiting for that. An expired payment is declined.
func (g *Gateway) Confirm(paymentID, cardNumber string) bool {
	cardNumber = compact(cardNumber)
	return validNumber(cardNumber) && g.with(paymentID, func(p *payment) bool {
		if !g.awaits(p) {
			return false
		}
		p.visit.card = card{number: cardNumber}
		return g.confirm(p)
	})
}

// EmailCode returns the code that was e-mailed to the receiver, or "" if no code is expected.
func (g *Gateway) EmailCode(paymentID string) string {
	var code string
	g.with(paymentID, func(p *payment) bool {
		if g.awaits(p) {
			code = p.visit.code
		}
		return true
	})
	return code
}

// Expire ends the receiver's time now, so the payout is declined. It reports whether the payout was waiting for its
// receiver.
func (g *Gateway) Expire(paymentID string) bool {
	return g.with(paymentID, func(p *payment) bool {
		if !g.awaits(p) {
			return false
		}
		g.expire(p)
		return true
	})
}

// Finish does the next step now. It registers the payout, or gives its result. It reports whether there was such a
// step.
func (g *Gateway) Finish(paymentID string) bool {
	return g.with(paymentID, func(p *payment) bool {
		if p.next == nil || p.ends {
			return false
		}
		g.proceed(p)
		return true
	})
}

// Reverse takes back a successful payout, as if it could not be credited. It adds a second operation, payout reversal,
// and sends a callback. It reports whether there was such a payout.
func (g *Gateway) Reverse(paymentID string) bool {
	return g.with(paymentID, func(p *payment) bool {
		if p.Status != statusSuccess {
			return false
		}
		p.operations = append(p.operations,
			operation{id: p.operations[0].id + 1, kind: "payout reversal", created: time.Now()})
		p.become(succeeded)
		p.Status = statusReversed
		g.callBack(p)
		return true
	})
}

// Hide makes status requests not find a payment, until it is shown again. It reports whether there is such a payment.
func (g *Gateway) Hide(paymentID string, hidden bool) bool {
	return g.with(paymentID, func(p *payment) bool {
		p.hidden = hidden
		return true
	})
}

// StatusCalls returns the number of status requests so far.
func (g *Gateway) StatusCalls() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.statusCalls
}
