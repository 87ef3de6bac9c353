package payneteasytest

import (
	"crypto/rand"
	"slices"
	"strings"
)

// Step is one state of an order, as a status reply tells it.
type Step struct {
	Status       string // status: "processing", "approved" …
	Stage        string // order-stage
	ErrorMessage string // error-message
	ErrorCode    string // error-code
	RedirectTo   string // redirect-to: the receiver must confirm there

	asks ask // the order waits here until its receiver has answered
}

// Script is what becomes of an order, step by step. In the last step it stays.
type Script []Step

// to is a script that starts, is processed, and ends in a last step.
func to(last Step) Script {
	return append(Stuck(), last)
}

// Approved is an order that is processed and then paid.
func Approved() Script {
	return to(Step{Status: "approved", Stage: "payout_approved"})
}

// Declined is an order that is processed and then declined.
func Declined(message, code string) Script {
	return to(Step{Status: "declined", Stage: "payout_declined", ErrorMessage: message, ErrorCode: code})
}

// Filtered is an order that fraud control declines.
func Filtered(message, code string) Script {
	return to(Step{Status: "filtered", Stage: "payout_filtered", ErrorMessage: message, ErrorCode: code})
}

// Errored is an order that ends in an error of the processor.
func Errored(message, code string) Script {
	return to(Step{Status: "error", Stage: "payout_error", ErrorMessage: message, ErrorCode: code})
}

// Stuck is an order that is processed for ever.
func Stuck() Script {
	return Script{
		{Status: "processing", Stage: "payout_starting"},
		{Status: "processing", Stage: "payout_processing"},
	}
}

// WithRedirect puts a step before the rest, in which the receiver is to confirm at url.
func (s Script) WithRedirect(url string) Script {
	step := Step{Status: "processing", Stage: "payout_confirming", RedirectTo: url}
	return append(Script{step}, s...)
}

// pays reports whether the order is paid at some time.
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

// Become lets the rest of the latest order of a client_orderid be this script, from now on: it comes to the first of
// these steps at once, also when its receiver has not answered yet. A double payout that was seen stays seen, for it
// was asked for. It reports whether there is such an order that is not final: what is final is changed by TakeBack.
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

// WithConfirmation puts a step before the rest, in which the receiver is to confirm on a page of the gateway: a status
// reply carries its address as redirect-to. If he refuses, or does not answer in time, the order is declined.
func (s Script) WithConfirmation() Script {
	return append(Script{{Status: "processing", Stage: "payout_confirming", asks: asksConfirmation}}, s...)
}

// asks reports whether the receiver has something to do.
func (s Script) asks() bool {
	return slices.ContainsFunc(s, func(step Step) bool { return step.asks != asksNothing })
}

// awaitForm is an order whose receiver has not filled in the form.
func awaitForm() Script {
	return Script{{Status: "processing", Stage: "payout_form_waiting", asks: asksAccount}}
}

func declined(message, code string) Script {
	return Script{{Status: "declined", Stage: "payout_declined", ErrorMessage: message, ErrorCode: code}}
}
