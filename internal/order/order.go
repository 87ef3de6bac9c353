// Package order keeps what is known about the orders of one ClientOrderID, and derives what the merchant's books should
// do. It is pure. Next merges facts into a Record, and Decide derives the Decision. No other code decides about an
// order.
package order

import (
	"slices"
	"time"
)

// Decision is what the merchant's books should do. The zero value is invalid.
type Decision string

// The decisions.
const (
	Pending  Decision = "pending"  // it will be sent, or the order exists and is not final
	Unknown  Decision = "unknown"  // it may have been sent, and the outcome is not known yet
	Refused  Decision = "refused"  // the gateway refused it, and may have an order anyway
	Paid     Decision = "paid"     // one approved order of the requested amount, or settled as paid
	NotPaid  Decision = "not paid" // one declined or filtered order, or settled as not paid
	Reversed Decision = "reversed" // paid, then taken back in whole or in part, or settled as reversed
	Rejected Decision = "rejected" // the gateway refused it, and has no order
	NotSent  Decision = "not sent" // it is proved that nothing was sent, or settled as not sent
	Review   Decision = "review"   // a person must look
)

// Bookable reports whether a decision is an end that the merchant can book.
func (d Decision) Bookable() bool {
	switch d {
	case Paid, NotPaid, Reversed, Rejected, NotSent:
		return true
	case Pending, Unknown, Refused, Review:
	}
	return false
}

// frees reports whether the same ID may be used for another attempt.
func (d Decision) frees() bool { return d == Rejected || d == NotSent }

// leadsTo reports whether a booked decision may become next without a contradiction.
func (d Decision) leadsTo(next Decision) bool {
	return d == "" || d == next || d == Paid && next == Reversed
}

// Send is the outcome of the latest attempt's own call.
type Send string

// The values of Send. The three refusals have the same meaning.
const (
	Created          Send = "created"           // not begun
	Sending          Send = "sending"           // the intent: it may have been sent
	SendNotSent      Send = "not sent"          // nothing left
	SendRefused      Send = "refused"           // the gateway refused it
	Denied           Send = "denied"            // refused by the documented page of a 403, or by a 401
	RefusedParameter Send = "refused parameter" // refused for one named parameter
	SendUnknown      Send = "unknown"           // it may have been sent, and the call did not learn more
	Accepted         Send = "accepted"          // the gateway has an order
)

// IsRefusal reports whether the gateway refused.
func (s Send) IsRefusal() bool { return s == SendRefused || s == Denied || s == RefusedParameter }

// End is how one order ended at the gateway.
type End string

// The ends of an order.
const (
	Open         End = "open"
	EndPaid      End = "paid"       // approved, of the amount asked for
	EndPaidOther End = "paid other" // approved, of another amount, or of one that cannot be read
	EndDeclined  End = "declined"   // declined or filtered
	EndFailed    End = "failed"     // error
	EndReversed  End = "reversed"   // money was taken back, in whole or in part
	EndUnclear   End = "unclear"    // a retrieval, fraud notice or dispute was seen, or only a failed reversal
)

// Amount is an exact amount in minor units. The zero value means that the amount is not known, or that there is none.
type Amount struct {
	Minor    int64
	Currency string
}

// IsZero reports whether the amount is not known, or none.
func (a Amount) IsZero() bool { return a.Minor == 0 }

func (a Amount) plus(b Amount) (sum Amount, ok bool) {
	switch {
	case a.IsZero():
		return b, true
	case b.IsZero():
		return a, true
	}
	return Amount{a.Minor + b.Minor, a.Currency}, a.Currency == b.Currency
}

// larger is the larger of two amounts in one currency, or the first if the currencies differ.
func larger(a, b Amount) Amount {
	if a.IsZero() || a.Currency == b.Currency && b.Minor > a.Minor {
		return b
	}
	return a
}

// Order is one order at the gateway.
type Order struct {
	ID        string // paynet-order-id, or "" for a likely order of an earlier attempt
	End       End
	Paid      Amount    // zero if it cannot be read, or if a reversed order was never seen paid
	TakenBack Amount    // it only grows. Zero with EndReversed means that the amount is not known
	Doubt     time.Time // when it was first seen approved after a reversal
}

// sameOrders compares orders without their doubts.
//
//go:noinline
func sameOrders(a, b []Order) bool {
	return slices.EqualFunc(a, b, func(a, b Order) bool {
		return a.ID == b.ID && a.End == b.End && a.Paid == b.Paid && a.TakenBack == b.TakenBack
	})
}

// Settlement is a person's decision.
type Settlement struct {
	Decision  Decision // Paid, NotPaid, Reversed or NotSent; "" for none
	Paid      Amount
	TakenBack Amount
	Reason    string
	Orders    []Order // that the person knew
	Overtaken bool    // the orders have changed since
}

// Record is everything that is known about one ClientOrderID. Orders has every order of the gateway that was ever seen,
// the first one at the front.
type Record struct {
	Send    Send
	Gone    bool // the gateway does not know the order (NotKnown). An order clears it
	Orders  []Order
	Booked  Decision // the last bookable one since the last settlement
	Alarm   Cause    // sticky until settled
	Settled Settlement
}

// Cause is why a person must look.
type Cause string

// The causes. One that is raised as an alarm stays until a person settles: the first four always, the others when they
// come after something that could have been booked.
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

// Free reports whether the ID may be used for another attempt.
//
//go:noinline
func (r Record) Free() bool { return Decide(r).frees() }

// stands reports whether a person has settled, and nothing new was seen since.
func (r Record) stands() bool { return r.Settled.Decision != "" && !r.Settled.Overtaken }

// Amounts are what was paid and what was taken back, summed over all orders. Each is zero if it is not known. asked is
// the amount of the payout.
func (r Record) Amounts(asked Amount) (paid, takenBack Amount) {
	if r.stands() {
		return r.Settled.Paid, r.Settled.TakenBack
	}
	if len(r.Orders) == 1 && r.Orders[0].End == EndReversed && r.Orders[0].Paid.IsZero() {
		return asked, r.Orders[0].TakenBack // what was taken back was paid
	}
	paidKnown, backKnown := true, true
	for _, o := range r.Orders {
		var ok bool
		switch o.End {
		case EndPaid, EndPaidOther, EndReversed, EndUnclear:
			paid, ok = paid.plus(o.Paid)
			paidKnown = paidKnown && ok
		case Open, EndDeclined, EndFailed:
		}
		takenBack, ok = takenBack.plus(o.TakenBack)
		backKnown = backKnown && ok
	}
	if !paidKnown {
		paid = Amount{}
	}
	if !backKnown {
		takenBack = Amount{}
	}
	return paid, takenBack
}

// SameOrders reports whether two records have the same orders, with the same ends and amounts.
func SameOrders(a, b Record) bool { return sameOrders(a.Orders, b.Orders) }

// IsNews reports whether a change must be told to the merchant. It compares the decision, its cause, and the orders
// with their ends and amounts.
func IsNews(before, after Record) bool {
	return Decide(before) != Decide(after) || Why(before) != Why(after) || !sameOrders(before.Orders, after.Orders)
}

// Equal reports whether two records are the same.
func Equal(a, b Record) bool {
	exactly := func(a, b Order) bool { return a.Doubt.Equal(b.Doubt) && sameOrders([]Order{a}, []Order{b}) }
	s, t := a.Settled, b.Settled
	return a.Send == b.Send && a.Gone == b.Gone && a.Booked == b.Booked && a.Alarm == b.Alarm &&
		slices.EqualFunc(a.Orders, b.Orders, exactly) &&
		s.Decision == t.Decision && s.Paid == t.Paid && s.TakenBack == t.TakenBack && s.Reason == t.Reason &&
		s.Overtaken == t.Overtaken &&
		slices.EqualFunc(s.Orders, t.Orders, exactly)
}
