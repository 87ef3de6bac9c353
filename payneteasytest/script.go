package payneteasytest

import (
	"crypto/rand"
	"slices"
	"strings"
)

// Step is one state of an order, as a status reply shows it.
type Step struct {
	Status       string // status: "processing", "approved" …
	Stage        string // order-stage
	ErrorMessage string // error-message
	ErrorCode    string // error-code
	RedirectTo   string // redirect-to, where the receiver must confirm

	asks ask // the order waits here until its receiver has answered
}

// Script is the life of an order, step by step. The order stays in the last step.
type Script []Step

// to returns a script that starts, is processed, and ends in the step last.
func to(last Step) Script {
	return append(Stuck(), last)
}

// Approved returns the script of an order that is processed and then paid.
func Approved() Script {
	return to(Step{Status: "approved", Stage: "payout_approved"})
}

// Declined returns the script of an order that is processed and then declined.
func Declined(message, code string) Script {
	return to(Step{Status: "declined", Stage: "payout_declined", ErrorMessage: message, ErrorCode: code})
}

// Filtered returns the script of an order that fraud control declines.
func Filtered(message, code string) Script {
	return to(Step{Status: "filtered", Stage: "payout_filtered", ErrorMessage: message, ErrorCode: code})
}

// Errored returns the script of an order that ends in an error of the processor.
func Errored(message, code string) Script {
	return to(Step{Status: "error", Stage: "payout_error", ErrorMessage: message, ErrorCode: code})
}

// Stuck returns the script of an order that is processed forever.
func Stuck() Script {
	return Script{
		{Status: "processing", Stage: "payout_starting"},
		{Status: "processing", Stage: "payout_processing"},
	}
}

// WithRedirect adds a first step, in which the receiver must confirm at url.
func (s Script) WithRedirect(url string) Script {
	step := Step{Status: "processing", Stage: "payout_confirming", RedirectTo: url}
	return append(Script{step}, s...)
}

// pays reports whether the order is paid in some step.
func (s Script) pays() bool {
	return slices.ContainsFunc(s, func(step Step) bool { return strings.EqualFold(step.Status, "approved") })
}

func (s Step) final() bool {
	switch s.Status {
	case "approved", "declined", "filtered", "error":
		return true
	}
	return false
}

// Become replaces the remaining steps of the latest order of a client_orderid with this script. The order moves to the
// script's first step at once, even if its receiver has not answered yet. A double payout that was already seen stays
// recorded, because both payouts were requested. Become reports whether there is such an order that is not final. Use
// TakeBack to change a final order.
func (g *Gateway) Become(clientOrderID string, script Script) bool {
	defer g.reportDoubles()
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || o.now().final() || (Script{o.now()}).pays() || len(script) == 0 || g.closed {
		return false
	}
	if o.timer != nil {
		o.timer.Stop()
	}
	if script.asks() && o.receiver.token == "" {
		o.receiver.token = rand.Text()
	}
	o.pays = false
	g.answered(o, slices.Clone(script))
	return true
}

// WithConfirmation adds a first step, in which the receiver must confirm on a page of the gateway. A status reply
// carries the page's address as redirect-to. If the receiver refuses, or does not answer in time, the order is
// declined.
func (s Script) WithConfirmation() Script {
	return append(Script{{Status: "processing", Stage: "payout_confirming", asks: asksConfirmation}}, s...)
}

// asks reports whether the receiver must do something.
func (s Script) asks() bool {
	return slices.ContainsFunc(s, func(step Step) bool { return step.asks != asksNothing })
}

// awaitForm is the script of an order whose receiver has not filled in the form.
func awaitForm() Script {
	return Script{{Status: "processing", Stage: "payout_form_waiting", asks: asksAccount}}
}

func declined(message, code string) Script {
	return Script{{Status: "declined", Stage: "payout_declined", ErrorMessage: message, ErrorCode: code}}
}
