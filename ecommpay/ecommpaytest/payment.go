package ecommpaytest

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The values of payment.status and operation.status that the gateway gives.
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
	Code          string // operation.code: "0", "604" …; empty as long as there is no result
	Amount        int64  // in minor units
	Currency      string
	CustomerID    string
	CustomerEmail string
	Description   string    // payment_description of Payment Page
	Card          string    // masked
	UUID          string    // once it is registered
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

// payment is one that was accepted.
type payment struct {
	Payment
	requestID   string
	phone       string
	callbackURL string
	operations  []operation     // the first pays out, a second takes back
	hidden      bool            // status requests do not find it
	told        <-chan struct{} // closed when the last callback was tried

	timer *time.Timer
	due   bool           // what comes next is waited for by WaitCallbacks
	next  func(*payment) // what comes next by itself, or by Finish
	ends  bool           // what comes next is the end of the receiver's time

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
	token  string     // what his page's address ends with
	asked  url.Values // what Payment Page was opened with
	card   card
	code   string // that was sent to him
	errors int    // wrong codes
}

// accept takes a registration. The caller holds the lock.
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

// later does something with a payment after a while, or when Finish says so. Nothing else happens to it by itself. The
// caller holds the lock.
func (g *Gateway) later(p *payment, d time.Duration, next func(*payment)) {
	g.cancel(p)
	p.next = next
	if d > 0 && !g.closed {
		p.due = true
		g.due++
		g.wind(p, d)
	}
}

// wind lets what comes next come after d. The caller holds the lock.
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

// proceed does what comes next, now. The caller holds the lock.
func (g *Gateway) proceed(p *payment) {
	next := p.next
	g.cancel(p)
	next(p)
}

// cancel keeps what comes next from happening. The caller holds the lock.
func (g *Gateway) cancel(p *payment) {
	if p.timer != nil {
		p.timer.Stop()
	}
	if p.due {
		g.done()
	}
	p.timer, p.due, p.next, p.ends = nil, false, nil, false
}

// done is called when something that was due is over. The caller holds the lock.
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
	_, _ = rand.Read(random)   // it does not fail
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

// confirm begins to pay out to the card, if the payment still awaits that: so it pays once. The caller holds the lock.
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

// find returns the latest payment of an id, whose case does not count. The caller holds the lock.
func (g *Gateway) find(paymentID string) *payment {
	for _, p := range slices.Backward(g.payments) {
		if strings.EqualFold(p.PaymentID, paymentID) {
			return p
		}
	}
	return nil
}

// with does something with a payment, if there is one.
func (g *Gateway) with(paymentID string, do func(*payment) bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.find(paymentID)
	return p != nil && do(p)
}

// Payments are all accepted registrations, the oldest first.
func (g *Gateway) Payments() []Payment {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]Payment, len(g.payments))
	for i, p := range g.payments {
		all[i] = p.Payment
	}
	return all
}

// Payouts are what was paid under a payment id when its processing ended, one at the most. A later reversal does not
// change that.
func (g *Gateway) Payouts(paymentID string) []Payout {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(g.payouts),
		func(p Payout) bool { return !strings.EqualFold(p.PaymentID, paymentID) })
}

// Confirm does what the receiver does on Payment Page, with the right code: to the last moment of his time. It reports
// whether the payment was waiting for that; a payment whose time is over is declined.
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

// EmailCode is the code that was e-mailed to the receiver, or nothing when none is awaited.
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

// Expire ends the receiver's time at once: the payout is declined. It reports whether it was waiting for him.
func (g *Gateway) Expire(paymentID string) bool {
	return g.with(paymentID, func(p *payment) bool {
		if !g.awaits(p) {
			return false
		}
		g.expire(p)
		return true
	})
}

// Finish does at once what would come after a step: it registers the payout, or gives its result. It reports whether
// there was such a step.
func (g *Gateway) Finish(paymentID string) bool {
	return g.with(paymentID, func(p *payment) bool {
		if p.next == nil || p.ends {
			return false
		}
		g.proceed(p)
		return true
	})
}

// Reverse takes back a payout that was a success, as when it could not be credited: a second operation, payout
// reversal, and a callback. It reports whether there was such a payout.
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

// Hide lets status requests not find a payment, for ever or until it is shown again. It reports whether there is one.
func (g *Gateway) Hide(paymentID string, hidden bool) bool {
	return g.with(paymentID, func(p *payment) bool {
		p.hidden = hidden
		return true
	})
}

// StatusCalls is how many status requests came.
func (g *Gateway) StatusCalls() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.statusCalls
}
