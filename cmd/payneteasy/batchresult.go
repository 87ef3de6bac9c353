package main

import (
	"errors"
	"strings"

	"github.com/payneteasy-go/payneteasy"
)

// batchResult is what has become of a line of a batch.
type batchResult string

// The results, from the one that needs a person most.
const (
	resultFound      batchResult = "found"      // the gateway has an order of this id that the journal does not know: nothing was sent
	resultHeld       batchResult = "held"       // it may have been sent, and the gateway does not know it
	resultUnknown    batchResult = "unknown"    // it may have been sent, and what came of it is not known yet
	resultLook       batchResult = "look"       // an error, another amount, taken back, a contradiction: a person must look
	resultProcessing batchResult = "processing" // the gateway has it, and it is not final
	resultNotSent    batchResult = "not sent"   // proved, or never tried
	resultRejected   batchResult = "rejected"   // refused by the gateway: no order
	resultNotPaid    batchResult = "not paid"   // declined or filtered, or settled so
	resultPaid       batchResult = "paid"
)

var batchResults = []batchResult{
	resultFound, resultHeld, resultUnknown, resultLook, resultProcessing, resultNotSent, resultRejected, resultNotPaid, resultPaid,
}

// exit is the status of a run of which this is the worst result.
func (r batchResult) exit() int {
	switch r {
	case resultPaid:
		return exitDone
	case resultNotPaid, resultRejected:
		return exitRejected
	case resultNotSent:
		return exitNotSent
	case resultProcessing:
		return exitTimedOut
	}
	return exitUnknown
}

// meaning is what to do about it.
func (r batchResult) meaning() string {
	switch r {
	case resultFound:
		return "not sent: the gateway has an order of this id that the journal does not know; look at each"
	case resultHeld:
		return "may have been sent, the gateway does not know them: payneteasy batch held"
	case resultUnknown:
		return "may have been sent, and what came of them is not known yet: run it again"
	case resultLook:
		return "a person must look: an error, another amount, taken back, or contradicted"
	case resultProcessing:
		return "accepted, not final yet: run it again"
	case resultNotSent:
		return "nothing was sent: run it again"
	case resultRejected:
		return "refused, no order: mend the lines, run it again"
	case resultNotPaid:
		return "declined: if they are paid again, then under new ids"
	}
	return ""
}

// lineResult is the result of one line, with what the gateway said.
type lineResult struct {
	result  batchResult
	orderID string
	status  string
	code    string
	message string
}

// detached is without the replies of which its texts are parts, and which would stay in memory with them.
func (r lineResult) detached() lineResult {
	r.orderID, r.status, r.code, r.message = strings.Clone(r.orderID), strings.Clone(r.status), strings.Clone(r.code), strings.Clone(r.message)
	return r
}

// resultOf judges a final status.
func resultOf(s *payneteasy.Status) lineResult {
	r := lineResult{orderID: s.OrderID, status: string(s.Status), code: s.ErrorCode, message: s.ErrorMessage}
	switch _, exit := judge(s); {
	case !s.Status.Final():
		r.result = resultProcessing
	case exit == exitDone:
		r.result = resultPaid
	case exit == exitRejected:
		r.result = resultNotPaid
	default:
		r.result = resultLook
	}
	if r.result == resultLook && r.message == "" {
		r.message, _ = judge(s)
	}
	return r
}

// resultOfEntry is what the journal knows, and a note of an earlier run.
func resultOfEntry(entry payneteasy.Entry, known note) lineResult {
	r := lineResult{orderID: entry.OrderID, status: string(entry.Status)}
	if known.ClientOrderID == entry.ClientOrderID && known.OrderID == entry.OrderID {
		r.code, r.message = known.Code, known.Message
	}
	switch entry.State {
	case payneteasy.StateFinal:
		r.result = resultOf(&payneteasy.Status{OrderID: entry.OrderID, Status: entry.Status, TransactionType: entry.TransactionType}).result
	case payneteasy.StateSettled:
		r.result, r.message = resultOfVerdict(entry.Verdict), "settled: "+entry.Reason
	case payneteasy.StateRejected:
		r.result = resultRejected
	case payneteasy.StateNotSent:
		r.result = resultNotSent
	case payneteasy.StateAccepted:
		r.result = resultProcessing
	case payneteasy.StateHeld:
		r.result = resultHeld
	default:
		r.result = resultUnknown
	}
	if entry.OtherOrders != "" || entry.Was != "" || entry.AmountDiffers {
		r.result = resultLook
	}
	return r
}

func resultOfVerdict(verdict payneteasy.Verdict) batchResult {
	switch verdict {
	case payneteasy.VerdictPaid:
		return resultPaid
	case payneteasy.VerdictNotPaid:
		return resultNotPaid
	}
	return resultNotSent
}

// resultOfError is what has become of a line whose payout, or whose question, failed.
func resultOfError(err error) lineResult {
	r := lineResult{result: resultUnknown}
	if failed, ok := errors.AsType[*payneteasy.Error](err); ok {
		r.orderID, r.code, r.message = failed.OrderID, failed.Code, failed.Message
	}
	if r.message == "" {
		r.message = err.Error()
	}
	switch {
	case errors.Is(err, payneteasy.ErrContradicted), errors.Is(err, payneteasy.ErrSeveralOrders):
		r.result = resultLook
	case errors.Is(err, payneteasy.ErrHeld):
		r.result = resultHeld
	case payneteasy.OutcomeOf(err) == payneteasy.OutcomeNotSent:
		r.result = resultNotSent
	case payneteasy.OutcomeOf(err) == payneteasy.OutcomeRejected:
		r.result = resultRejected
	}
	return r
}
