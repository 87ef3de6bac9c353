package exit

import (
	"errors"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
)

// Decisions are all of them, from the one that needs a person most.
var Decisions = []payneteasy.Decision{
	payneteasy.DecisionReview, payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionReversed,
	payneteasy.DecisionPending, payneteasy.DecisionNotSent, payneteasy.DecisionRejected, payneteasy.DecisionNotPaid,
	payneteasy.DecisionPaid,
}

// Of is the exit status of a decision, the same in every command. An invalid decision proves nothing.
func Of(d payneteasy.Decision) int {
	switch d {
	case payneteasy.DecisionPaid:
		return Done
	case payneteasy.DecisionNotPaid, payneteasy.DecisionRejected:
		return Rejected
	case payneteasy.DecisionNotSent:
		return NotSent
	case payneteasy.DecisionPending:
		return Pending
	case payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionReversed, payneteasy.DecisionReview:
	}
	return Unknown
}

// OfWorst is the exit status of the worst of some decisions.
func OfWorst(found map[payneteasy.Decision]int) int {
	for _, d := range Decisions {
		if found[d] > 0 {
			return Of(d)
		}
	}
	return Done
}

// Decided ends a command with an order's decision. All has been said.
func Decided(d payneteasy.Decision) error {
	if exit := Of(d); exit != Done {
		return &Error{Status: exit}
	}
	return nil
}

// Failed is a question without an answer. What was refused before it was asked is usage. All the rest ends with the
// decision that is known, but for one that can be booked: what could not be asked or written down must not be booked.
func Failed(err error) error {
	if _, invalid := errors.AsType[*payneteasy.ValidationError](err); invalid {
		return &Error{Usage, err}
	}
	switch d := payneteasy.DecisionOf(err); d {
	case payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused:
		return &Error{Of(d), fmt.Errorf("%w; it may still be paid", err)}
	case payneteasy.DecisionPaid, payneteasy.DecisionNotPaid, payneteasy.DecisionReversed, payneteasy.DecisionRejected,
		payneteasy.DecisionNotSent, payneteasy.DecisionReview:
	}
	return &Error{Unknown, err}
}

// Advice is what to do about an order.
func Advice(d payneteasy.Decision, cause payneteasy.Cause) string {
	switch d {
	case payneteasy.DecisionPaid:
		return ""
	case payneteasy.DecisionNotPaid:
		return "not paid: if it is paid again, then under a new client_orderid"
	case payneteasy.DecisionRejected:
		return "the gateway refused it and has no order: " +
			"correct it and pay again, under the same client_orderid or a new one"
	case payneteasy.DecisionNotSent:
		return "nothing was sent: pay again, under the same client_orderid"
	case payneteasy.DecisionPending:
		return "not final: ask again, do not pay again"
	case payneteasy.DecisionUnknown:
		return "it may have been paid: ask again, do not pay again"
	case payneteasy.DecisionRefused:
		return "the gateway refused it, and may have an order all the same: ask again, do not pay again"
	case payneteasy.DecisionReversed:
		return "money was taken back: book the amounts, do not pay again"
	case payneteasy.DecisionReview:
		return "a person must look: " + CauseText(cause) + ". Do not pay again; close it with payneteasy settle"
	}
	return "nothing is proved: do not pay again"
}

// CauseText is why a person must look.
func CauseText(cause payneteasy.Cause) string {
	switch cause {
	case payneteasy.CauseChanged:
		return "it does not follow from what was known before, or was settled"
	case payneteasy.CauseFreed:
		return "it was known not to be sent, or rejected, and has an order all the same: it may be paid twice"
	case payneteasy.CauseEarlier:
		return "an earlier attempt with this client_orderid was sent all the same: it may be paid twice"
	case payneteasy.CauseElsewhere:
		return "the gateway had an order of this client_orderid before; nothing was sent from here"
	case payneteasy.CauseSeveral:
		return "the gateway has several orders of this client_orderid"
	case payneteasy.CauseReversalID:
		return "a reversal has another order id"
	case payneteasy.CauseHeld:
		return "it may have been sent, and the gateway does not know it"
	case payneteasy.CauseAmount:
		return "another amount was paid than was asked for"
	case payneteasy.CauseNoAmount:
		return "the amount that was paid cannot be read"
	case payneteasy.CauseError:
		return "it ended in an error: ask the gateway's manager"
	case payneteasy.CauseUnclear:
		return "a retrieval, fraud notice, dispute or failed reversal is all that is known"
	}
	return "the cause is not known"
}
