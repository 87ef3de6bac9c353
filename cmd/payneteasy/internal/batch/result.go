package batch

import (
	"cmp"
	"errors"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// lineResult is the outcome of one line, with what the gateway said.
type lineResult struct {
	decision  payneteasy.Decision
	cause     payneteasy.Cause // of a review
	orderID   string
	paid      string // in the digits of its currency; "" if it is not known, or zero
	takenBack string
	status    string
	code      string
	message   string
	settled   bool // by a person, and message is the reason
}

// detached copies its texts. Otherwise they would keep the whole replies in memory.
func (r lineResult) detached() lineResult {
	r.orderID, r.status = strings.Clone(r.orderID), strings.Clone(r.status)
	r.code, r.message = strings.Clone(r.code), strings.Clone(r.message)
	return r
}

// or fills in what is missing from an earlier result of the same line. That is the IDs, and the reason of a refusal.
func (r lineResult) or(before lineResult) lineResult {
	r.orderID, r.status = cmp.Or(r.orderID, before.orderID), cmp.Or(r.status, before.status)
	refused := r.decision == payneteasy.DecisionRejected || r.decision == payneteasy.DecisionRefused
	if refused && r.code == "" && r.message == "" {
		r.code, r.message = before.code, before.message
	}
	return r
}

// resultOf returns the result of an entry.
func resultOf(e payneteasy.Entry) lineResult {
	r := lineResult{
		decision: e.Decision(), cause: e.Cause(), orderID: e.OrderID(), status: string(e.Status),
		paid: terminal.Decimal(e.Paid()), takenBack: terminal.Decimal(e.TakenBack()),
	}
	if e.Settlement.Decision == r.decision {
		r.settled, r.message = true, "settled: "+e.Settlement.Reason
	}
	return r
}

// resultOfEntry returns the result of the journal's entry and the note of an earlier run.
func resultOfEntry(e payneteasy.Entry, known store.Note) lineResult {
	r := resultOf(e)
	if r.message == "" && known.ClientOrderID == e.ClientOrderID && known.OrderID == e.OrderID() {
		r.code, r.message = known.Code, known.Message
	}
	return r
}

// resultOfError returns the result of a line whose payout failed.
func resultOfError(err error) lineResult {
	r := lineResult{decision: payneteasy.DecisionOf(err)}
	if r.decision == "" {
		r.decision = payneteasy.DecisionUnknown
	}
	r.code, r.message = said(err)
	if failed, ok := errors.AsType[*payneteasy.Error](err); ok {
		r.orderID = failed.OrderID
		if r.decision == payneteasy.DecisionReview {
			r.cause = failed.Entry.Cause()
		}
		if r.decision == failed.Entry.Decision() {
			r.paid, r.takenBack = terminal.Decimal(failed.Entry.Paid()), terminal.Decimal(failed.Entry.TakenBack())
		}
	}
	return r
}

// said returns what the gateway said, or else the error's own text.
func said(err error) (code, message string) {
	if failed, ok := errors.AsType[*payneteasy.Error](err); ok {
		code, message = failed.Code, failed.Message
	}
	return code, cmp.Or(message, terminal.MessageWithoutSerial(err))
}
