package main

import (
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
)

// recipient is who is paid, in their own words.
type recipient struct{ Name, Email, Phone, IPAddress string }

// debt is what the merchant owes. It has at most one payout that is not over. An earlier one was declined, or was never
// registered.
type debt struct {
	ID       string
	Name     string // the recipient's
	Amount   payneteasy.Amount
	State    state
	Detail   string    // ecommpay's words
	Link     string    // to Payment Page
	Until    time.Time // when the link ends
	to       recipient
	attempts int
	payout   *ecommpay.Payout
	changed  chan struct{} // closed when anything of this changes
}

type state string

const (
	stateRegistering state = "registering"
	stateWaiting     state = "waiting"    // for the recipient, on Payment Page
	stateExpired     state = "expired"    // their link is dead; they may have confirmed before
	stateProcessing  state = "processing" // they have confirmed
	statePaid        state = "paid"
	stateReversed    state = "reversed" // was paid, and came back
	stateDeclined    state = "declined" // not paid; may be paid again
	stateError       state = "error"    // not known for certain: a person must look
	stateUnknown     state = "unknown"  // it may be registered: ask, never register another
	stateFailed      state = "failed"   // it was not sent, or refused: the same payment id may be registered again
)

// Open reports whether the debt has a payout that may still pay.
func (s state) Open() bool {
	switch s {
	case stateRegistering, stateWaiting, stateExpired, stateProcessing, stateUnknown:
		return true
	case statePaid, stateReversed, stateDeclined, stateError, stateFailed:
	}
	return false
}

// again reports whether the debt wants another payout. After an error it does not: it may have been paid.
func (s state) again() bool { return s == stateDeclined || s == stateFailed }

// settled reports whether the debt is none any more.
func (s state) settled() bool { return s == statePaid || s == stateReversed }

// debtOf is the debt that a payment id is for. ecommpay does not tell payment ids apart by case.
func debtOf(paymentID string) string {
	id, _, _ := strings.Cut(strings.ToUpper(paymentID), "-")
	return id
}
