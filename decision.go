package payneteasy

import (
	"slices"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Decision is what your books should do about an order. It is the only word for the outcome of a payout. Entry, News
// and Recovered have it, and DecisionOf returns it for an error. The zero value is invalid. Never book by it.
type Decision string

// The decisions. Paid, not paid, reversed, rejected and not sent can be booked. For pending, unknown and refused, ask
// again with Wait or Resolve. Review needs a person. Read Entry.Cause, then call Client.Settle.
const (
	DecisionPending  Decision = "pending"  // it will be sent, or the order exists and is not final
	DecisionUnknown  Decision = "unknown"  // it may have been sent, and the outcome is not known yet
	DecisionRefused  Decision = "refused"  // the gateway refused it, and may have an order anyway
	DecisionPaid     Decision = "paid"     // one approved order of the requested amount, or settled as paid
	DecisionNotPaid  Decision = "not paid" // one declined or filtered order, or settled as not paid
	DecisionReversed Decision = "reversed" // paid, then taken back in whole or in part, or settled as reversed
	DecisionRejected Decision = "rejected" // the gateway refused it, and has no order
	DecisionNotSent  Decision = "not sent" // it is proved that nothing was sent, or settled as not sent
	DecisionReview   Decision = "review"   // a person must look
)

// PayAgain says whether the same debt may be paid again.
type PayAgain int

// The values of Decision.PayAgain.
const (
	PayAgainNo     PayAgain = iota // no, it was paid or may be paid
	PayAgainNewID                  // yes, with a new ClientOrderID
	PayAgainSameID                 // yes, with the same one; if an earlier call was sent, the journal refuses the next
)

// PayAgain reports whether the same debt may be paid again.
func (d Decision) PayAgain() PayAgain {
	switch d {
	case DecisionNotPaid:
		return PayAgainNewID
	case DecisionRejected, DecisionNotSent:
		return PayAgainSameID
	case DecisionPending, DecisionUnknown, DecisionRefused, DecisionPaid, DecisionReversed, DecisionReview:
	}
	return PayAgainNo
}

// Final reports whether there is nothing left to ask. The decision can then be booked, or needs a person.
//
//go:noinline
func (d Decision) Final() bool { return d == DecisionReview || d.bookable() }

//go:noinline
func (d Decision) bookable() bool { return order.Decision(d).Bookable() }

// DecisionOf returns the decision of an error from a call about an order. It returns the zero Decision for nil, and for
// an error that is not about an order.
//
// A *DuplicateError has the decision of the earlier payout, if endpoint, command and amount of both are equal.
// Otherwise its decision is DecisionReview. Joined errors with different decisions give DecisionUnknown. An error type
// of another package, such as ecommpay.Error, has a method Decided() Decision.
func DecisionOf(err error) Decision {
	switch err := err.(type) { //nolint:errorlint // this walks the tree, because errors.As finds only one
	case interface{ decision() Decision }:
		return err.decision()
	case interface{ Decided() Decision }:
		return err.Decided()
	case interface{ Unwrap() error }:
		return DecisionOf(err.Unwrap())
	case interface{ Unwrap() []error }:
		return decisionOfAll(err.Unwrap())
	}
	return ""
}

func decisionOfAll(errs []error) (common Decision) {
	for _, err := range errs {
		switch d := DecisionOf(err); {
		case d == "", d == common:
		case common == "":
			common = d
		default:
			return DecisionUnknown
		}
	}
	return common
}

// Cause is why a person must look at an order.
type Cause string

// The causes of DecisionReview. The first six stay until a person settles the order. The others end when the gateway's
// answer changes, unless something could have been booked before.
const (
	CauseChanged    Cause = "changed"        // it contradicts what could be booked before, or what was settled
	CauseFreed      Cause = "freed"          // the ID was free (not sent or rejected), and may have an order
	CauseEarlier    Cause = "earlier"        // an earlier attempt of the ID was sent after all, or may have been
	CauseElsewhere  Cause = "elsewhere"      // the gateway had an order of the ID before this payout was sent
	CauseSeveral    Cause = "several orders" // the ID has several orders
	CauseReversalID Cause = "reversal id"    // a reversal has another order ID
	CauseHeld       Cause = "held"           // it may have been sent, and the gateway does not know it
	CauseAmount     Cause = "amount"         // another amount was paid
	CauseNoAmount   Cause = "no amount"      // the amount that was paid cannot be read
	CauseError      Cause = "error"          // the gateway's status is error
	CauseUnclear    Cause = "unclear"        // a retrieval, fraud notice or dispute was seen, or only a failed reversal
)

// News is everything that is known about an order, not only what has changed.
type News struct {
	Seq       int  // grows with each news, and may skip numbers; book only above your last Seq
	Again     bool // the same news may have been told before
	Decision  Decision
	Cause     Cause // why it is DecisionReview
	Paid      Amount
	TakenBack Amount
	Orders    []Order
}

// News returns the latest news of an entry.
func (e Entry) News() News {
	return News{
		Seq: e.Seq, Again: e.Seq > 0 && max(e.Told.Seq, e.Telling.Seq) >= e.Seq,
		Decision: e.Decision(), Cause: e.Cause(), Paid: e.Paid(), TakenBack: e.TakenBack(),
		Orders: slices.Clone(e.Orders),
	}
}
