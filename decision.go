package payneteasy

import (
	"slices"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Decision is what your books should do about an order. It is the only word for what became of it: on Entry, in News,
// of an error (DecisionOf), of Recovered. The zero value is invalid: never book by it.
type Decision string

// The decisions. Paid, not paid, reversed, rejected and not sent can be booked. Pending, unknown and refused can be
// asked about: Wait, Resolve. A review needs a person: see Entry.Cause, then call Client.Settle.
const (
	DecisionPending  Decision = "pending"  // it will be sent, or the order exists and is not final
	DecisionUnknown  Decision = "unknown"  // it may have been sent; not known yet
	DecisionRefused  Decision = "refused"  // the gateway refused; whether it has an order all the same is not known yet
	DecisionPaid     Decision = "paid"     // one order, approved, of the amount asked for; or a person's word
	DecisionNotPaid  Decision = "not paid" // one order, declined or filtered; or a person's word
	DecisionReversed Decision = "reversed" // paid, and money was taken back, in whole or in part; or a person's word
	DecisionRejected Decision = "rejected" // the gateway refused, and has no order
	DecisionNotSent  Decision = "not sent" // proved: nothing left; or a person's word
	DecisionReview   Decision = "review"   // a person must look
)

// PayAgain says whether the same debt may be paid again.
type PayAgain int

// The answers of Decision.PayAgain.
const (
	PayAgainNo     PayAgain = iota // it was paid, or may be paid
	PayAgainNewID                  // under a new ClientOrderID
	PayAgainSameID                 // under the same one: if an earlier call was sent, the journal refuses the next
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

// Final reports whether there is nothing left to ask: the decision can be booked, or needs a person.
//
//go:noinline
func (d Decision) Final() bool { return d == DecisionReview || d.bookable() }

//go:noinline
func (d Decision) bookable() bool { return order.Decision(d).Bookable() }

// DecisionOf is the decision of an error of a call about an order. It is the zero Decision for nil, and for an error
// that is about no order.
//
// A *DuplicateError has the decision of the payout before it if that was the same payout: endpoint, command and amount
// are equal. Otherwise it is DecisionReview. Joined errors with different decisions are DecisionUnknown. An error type
// of another package, such as ecommpay.Error, has a method Decided() Decision.
func DecisionOf(err error) Decision {
	switch err := err.(type) { //nolint:errorlint // it walks the tree itself: errors.As would take the first of several
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

// The causes of DecisionReview. The first six stay until a person settles. The others end when the order does, unless
// something could have been booked before.
const (
	CauseChanged    Cause = "changed"        // it does not follow from what could be booked before, or was settled
	CauseFreed      Cause = "freed"          // the ID was free (not sent or rejected), and may have an order
	CauseEarlier    Cause = "earlier"        // an earlier attempt of the ID was sent after all, or may have been
	CauseElsewhere  Cause = "elsewhere"      // the gateway had an order of the ID before it was sent
	CauseSeveral    Cause = "several orders" // the ID has several orders
	CauseReversalID Cause = "reversal id"    // a reversal has another order id
	CauseHeld       Cause = "held"           // it may have been sent, and the gateway does not know it
	CauseAmount     Cause = "amount"         // another amount was paid
	CauseNoAmount   Cause = "no amount"      // the amount that was paid cannot be read
	CauseError      Cause = "error"          // the gateway's status is error
	CauseUnclear    Cause = "unclear"        // a retrieval, fraud notice or dispute; or only a failed reversal was seen
)

// News is everything that is known of an order, not the difference to the news before.
type News struct {
	Seq       int  // grows with each news of an order, and may skip numbers: book only above your last
	Again     bool // the same news may have been told before
	Decision  Decision
	Cause     Cause // of DecisionReview
	Paid      Amount
	TakenBack Amount
	Orders    []Order
}

// News is the latest news of an entry.
func (e Entry) News() News {
	return News{
		Seq: e.Seq, Again: e.Seq > 0 && max(e.Told.Seq, e.Telling.Seq) >= e.Seq,
		Decision: e.Decision(), Cause: e.Cause(), Paid: e.Paid(), TakenBack: e.TakenBack(),
		Orders: slices.Clone(e.Orders),
	}
}
