package order

import (
	"slices"
	"time"
)

// Fact is one thing that was learned about an order.
type Fact interface{ apply(r *Record) }

// Next merges a fact into a record.
func Next(r Record, f Fact) Record {
	before := r.Orders
	r.Orders = slices.Clone(before)
	f.apply(&r)
	r.Settled.Overtaken = r.Settled.Overtaken || r.Settled.Decision != "" && !sameOrders(before, r.Orders)
	judged := r.judge()
	switch {
	case r.Booked.leadsTo(judged) && (judged != Review || r.Settled.Decision == ""):
	case r.Booked.frees():
		raise(&r, CauseFreed)
	case judged == Review && r.causeOfOrders() != "":
		raise(&r, r.causeOfOrders())
	default:
		raise(&r, CauseChanged)
	}
	if d := Decide(r); d.Bookable() {
		r.Booked = d
	}
	return r
}

// Begin is the record of a new attempt. The ID must be free, or created and not sent yet. It keeps nothing from the
// earlier attempt.
func Begin(before, attempt Record) (_ Record, ok bool) {
	if !before.Free() && before.Send != Created {
		return before, false
	}
	return attempt, true
}

// Cancelled says that a person has cancelled a payout that is not sent. It has not begun, or its attempt sent nothing
// or was rejected.
type Cancelled struct{ Reason string }

func (f Cancelled) apply(r *Record) {
	switch {
	case r.Send == Created:
		r.Send = SendNotSent
	case !r.Free(), r.Settled.Decision != "":
		return
	}
	r.Settled = Settlement{Decision: NotSent, Reason: f.Reason}
	r.Booked = ""
}

// Called is the outcome of an attempt's own call.
type Called struct {
	Send    Send   // SendNotSent, a refusal, SendUnknown or Accepted
	OrderID string // with Accepted, and with SendUnknown if a whole reply about this order has it
	Earlier bool   // the attempt is earlier than the record's
}

func (f Called) apply(r *Record) {
	if f.Earlier {
		f.applyEarlier(r)
		return
	}
	freed := Decide(*r).frees()
	if f.OrderID != "" {
		see(r, Order{ID: f.OrderID, End: Open})
	}
	if r.Send != Sending { // a call has one outcome
		return
	}
	r.Send = f.Send
	switch {
	case f.Send.IsRefusal():
		r.Gone = false // what was not known before the refusal proves nothing
	case f.Send == SendUnknown && freed:
		raise(r, CauseFreed)
	}
}

// applyEarlier notes that an earlier attempt was sent after all. A refusal, or that nothing was sent, is already known.
// Otherwise the ID would not have been free.
func (f Called) applyEarlier(r *Record) {
	knew := slices.ContainsFunc(r.Settled.Orders, func(o Order) bool { return o.ID == f.OrderID })
	if f.Send != SendUnknown && f.Send != Accepted || knew {
		return
	}
	see(r, Order{ID: f.OrderID, End: Open})
	raise(r, CauseEarlier)
}

// Seen is what the gateway says about an order.
type Seen struct {
	Order
	Asked    time.Time     // when the question began
	Interval time.Duration // a second question counts only if it is this much later
}

func (f Seen) apply(r *Record) {
	known := see(r, Order{ID: f.ID, End: Open})
	known.TakenBack = larger(known.TakenBack, f.TakenBack)
	paid := f.End == EndPaid || f.End == EndPaidOther
	switch {
	case f.End == Open: // a late "processing" changes nothing
		return
	case known.End == EndReversed && paid && known.Doubt.IsZero():
		known.Doubt = f.Asked
		return
	case known.End == EndReversed && paid && f.Asked.Sub(known.Doubt) < f.Interval:
		return
	}
	known.End, known.Doubt = f.End, time.Time{}
	if paid || !f.Paid.IsZero() {
		known.Paid = f.Paid
	}
}

// TakeBackFailed says that the gateway's status of an order is about a failed reversal. It says nothing about the
// payout, so a person must look if nothing else was seen.
type TakeBackFailed struct{ ID string }

func (f TakeBackFailed) apply(r *Record) {
	if known := see(r, Order{ID: f.ID, End: Open}); known.End == Open {
		known.End = EndUnclear
	}
}

// NotKnown says that the gateway does not know the order, with the evidence that this needs.
type NotKnown struct{}

func (NotKnown) apply(r *Record) {
	asked := r.Send == Sending || r.Send == SendUnknown || r.Send.IsRefusal()
	if asked && len(r.Orders) == 0 {
		r.Gone = true
	}
}

// Found says that the gateway had an order of this ID before the payout was sent.
type Found struct{ ID string }

func (f Found) apply(r *Record) {
	see(r, Order{ID: f.ID, End: Open})
	if r.Send == Sending {
		r.Send = SendUnknown
	}
	raise(r, CauseElsewhere)
}

// Settled is a person's decision. Its Orders are those of the record.
type Settled struct{ Settlement }

func (f Settled) apply(r *Record) {
	if !r.Settleable(f.Decision) {
		return
	}
	r.Settled = f.Settlement
	r.Settled.Orders = slices.Clone(r.Orders)
	r.Booked, r.Alarm = "", ""
}

// Settleable reports whether a person may settle the order with this decision.
func (r Record) Settleable(d Decision) bool {
	if Decide(r).Bookable() || r.Send == Created {
		return false
	}
	switch d {
	case Paid, NotPaid, Reversed:
		return true
	case NotSent:
		return r.Gone && len(r.Orders) == 0
	case Pending, Unknown, Refused, Rejected, Review:
	}
	return false
}

// see adds an order if it is new. A payout that has not begun cannot have one, so another program has sent it.
func see(r *Record, o Order) *Order {
	if r.Send == Created {
		r.Send = SendUnknown
		raise(r, CauseElsewhere)
	}
	r.Gone = false
	i := slices.IndexFunc(r.Orders, func(known Order) bool { return known.ID == o.ID })
	if i < 0 {
		i = len(r.Orders)
		r.Orders = append(r.Orders, o)
	}
	return &r.Orders[i]
}

// raise sets the alarm. The first cause stays.
func raise(r *Record, c Cause) {
	if r.Alarm == "" {
		r.Alarm = c
	}
}
