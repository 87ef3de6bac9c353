package exit

import (
	"errors"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
)

// Decisions are all decisions. The one that needs a person most is first.
var Decisions = []payneteasy.Decision{
	payneteasy.DecisionReview, payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionReversed,
	payneteasy.DecisionPending, payneteasy.DecisionNotSent, payneteasy.DecisionRejected, payneteasy.DecisionNotPaid,
	payneteasy.DecisionPaid,
}

// Of returns the exit status of a decision, the same in every command. An invalid decision proves nothing.
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

// OfWorst returns the exit status of the worst of some decisions.
func OfWorst(found map[payneteasy.Decision]int) int {
	for _, d := range Decisions {
		if found[d] > 0 {
			return Of(d)
		}
	}
	return Done
}

// Decided ends a command with an order's decision. Everything has been printed already.
func Decided(d payneteasy.Decision) error {
	if exit := Of(d); exit != Done {
		return &Error{Status: exit}
	}
	return nil
}

// Failed ends a command whose question got no answer. If it was refused before it was asked, that is a usage error.
// Otherwise the command ends with the known decision, unless that could be booked. A result that could not be confirmed
// or stored must not be booked.
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

// Advice says what to do about an order.
func Advice(d payneteasy.Decision, cause payneteasy.Cause) string {
	switch d {
	case payneteasy.DecisionPaid:
		return ""
	case payneteasy.DecisionNotPaid:
		return "not paid: pay again only under a new client_orderid"
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
		return "the gateway refused it, but may still have an order: ask again, do not pay again"
	case payneteasy.DecisionReversed:
		return "money was taken back: book the amounts, do not pay again"
	case payneteasy.DecisionReview:
		return "a person must look: " + CauseText(cause) + ". Do not pay again; close it with payneteasy settle"
	}
	return "nothing is proved: do not pay again"
}

// CauseText says why a person must look.
func CauseText(cause payneteasy.Cause) string {
	switch cause {
	case payneteasy.CauseChanged:
		return "it contradicts what was known before, or what was settled"
	case payneteasy.CauseFreed:
		return "it was taken as not sent or rejected, but has an order: it may be paid twice"
	case payneteasy.CauseEarlier:
		return "an earlier attempt with this client_orderid was sent after all: it may be paid twice"
	case payneteasy.CauseElsewhere:
		return "the gateway already had an order with this client_orderid; nothing was sent from here"
	case payneteasy.CauseSeveral:
		return "the gateway has several orders with this client_orderid"
	case payneteasy.CauseReversalID:
		return "a reversal has another order id"
	case payneteasy.CauseHeld:
		return "it may have been sent, and the gateway does not know it"
	case payneteasy.CauseAmount:
		return "the amount that was paid differs from the amount that was requested"
	case payneteasy.CauseNoAmount:
		return "the amount that was paid cannot be read"
	case payneteasy.CauseError:
		return "it ended in an error: ask the gateway manager"
	case payneteasy.CauseUnclear:
		return "a retrieval, fraud notice, dispute or failed reversal is all that is known"
	}
	return "the cause is not known"
}
