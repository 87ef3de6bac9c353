package main

import (
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
)

// recipient is the person who is paid, as they typed it in.
type recipient struct{ Name, Email, Phone, IPAddress string }

// debt is what the merchant owes. It has at most one open payout. Earlier payouts were declined or never registered.
type debt struct {
	ID       string
	Name     string // the recipient's
	Amount   payneteasy.Amount
	State    state
	Detail   string    // ecommpay's words
	Link     string    // to Payment Page
	Until    time.Time // when the link expires
	to       recipient
	attempts int
	payout   *ecommpay.Payout
	changed  chan struct{} // closed when a field changes
}

type state string

const (
	stateRegistering state = "registering"
	stateWaiting     state = "waiting"    // for the recipient, on Payment Page
	stateExpired     state = "expired"    // the link has expired, but they may have confirmed before
	stateProcessing  state = "processing" // they have confirmed
	statePaid        state = "paid"
	stateReversed    state = "reversed" // was paid, and the money came back
	stateDeclined    state = "declined" // not paid, may be paid again
	stateError       state = "error"    // not certain, a person must look
	stateUnknown     state = "unknown"  // it may be registered: ask, and never register another
	stateFailed      state = "failed"   // not sent or refused: the same payment ID may be registered again
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

// again reports whether the debt needs another payout. It does not after an error, because that payout may have been
// paid.
func (s state) again() bool { return s == stateDeclined || s == stateFailed }

// settled reports whether the debt no longer exists.
func (s state) settled() bool { return s == statePaid || s == stateReversed }

// debtOf returns the ID of the debt that a payment ID is for. ecommpay ignores case in payment IDs.
func debtOf(paymentID string) string {
	id, _, _ := strings.Cut(strings.ToUpper(paymentID), "-")
	return id
}
