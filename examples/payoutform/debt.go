package main

import (
	"github.com/payneteasy-go/payneteasy"
)

// debt is what the merchant owes. It has at most one open order.
type debt struct {
	ID        string
	Recipient string
	Amount    payneteasy.Amount
	State     state
	Detail    string           // the gateway's words
	FormURL   string           // where the receiver fills in the form
	Returned  bool             // the receiver's browser says that it has come back
	entry     payneteasy.Entry // what is known about the order, for no page
}

// begun records the outcome of the call, unless a callback has brought a newer state.
func (d *debt) begun(became state) {
	if d.State == stateStarting {
		d.State = became
	}
}

type state string

const (
	stateStarting state = "starting" // the call is in progress
	stateForm     state = "form"     // the receiver has the form, or the gateway processes the order
	statePaid     state = "paid"
	stateDeclined state = "declined" // not paid, may be paid again
	stateError    state = "error"    // not certain, a person must look
	stateUnknown  state = "unknown"  // the order may exist: ask, and never make another
	stateFailed   state = "failed"   // there is no order
)

// Open reports whether the debt has an order that may still pay.
func (s state) Open() bool { return s == stateStarting || s == stateForm || s == stateUnknown }

// again reports whether another order may be made. It may not after an error, because that order may have been paid.
func (s state) again() bool { return !s.Open() && s != stateError }
