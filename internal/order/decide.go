package order

// Decide derives the decision of a record.
//
//go:noinline
func Decide(r Record) Decision {
	if r.Alarm != "" {
		return Review
	}
	return r.judge()
}

// judge is Decide without the alarm.
func (r Record) judge() Decision {
	switch {
	case r.Settled.Decision != "":
		return r.afterSettlement()
	case len(r.Orders) > 1:
		return Review
	case len(r.Orders) == 1:
		return r.Orders[0].End.decision()
	}
	return r.withoutOrder()
}

// afterSettlement is a person's decision, or what follows from it, or Review.
func (r Record) afterSettlement() Decision {
	known := r.Settled.Orders
	switch {
	case r.stands():
		return r.Settled.Decision
	case len(r.Orders) == 1 && len(known) == 1 && r.Orders[0].ID == known[0].ID:
		return r.Settled.leadsTo(r.Orders[0])
	}
	return Review
}

// leadsTo is the decision about the one order that a person knew.
func (s Settlement) leadsTo(o Order) Decision {
	switch s.Decision {
	case Paid:
		if o.End == EndReversed {
			return Reversed
		}
		if (o.End == EndPaid || o.End == EndPaidOther) && o.Paid == s.Paid && !o.Paid.IsZero() {
			return Paid
		}
	case Reversed:
		if o.End == EndReversed && larger(s.TakenBack, o.TakenBack) == o.TakenBack {
			return Reversed
		}
	case NotPaid:
		if o.End == EndDeclined {
			return NotPaid
		}
	case NotSent, Pending, Unknown, Refused, Rejected, Review:
	}
	return Review
}

func (e End) decision() Decision {
	switch e {
	case Open:
		return Pending
	case EndPaid:
		return Paid
	case EndDeclined:
		return NotPaid
	case EndReversed:
		return Reversed
	case EndPaidOther, EndFailed, EndUnclear:
	}
	return Review
}

func (r Record) withoutOrder() Decision {
	switch {
	case r.Send == SendNotSent:
		return NotSent
	case r.Send.IsRefusal() && r.Gone:
		return Rejected
	case r.Send.IsRefusal():
		return Refused
	case r.Gone:
		return Review
	case r.Send == Created:
		return Pending
	}
	return Unknown
}

// Why is the cause of a Review, or "".
func Why(r Record) Cause {
	switch {
	case r.Alarm != "":
		return r.Alarm
	case Decide(r) != Review:
		return ""
	case len(r.Orders) == 0:
		return CauseHeld
	}
	return r.causeOfOrders()
}

// causeOfOrders is what a person must look at in the orders, or "".
//
//go:noinline
func (r Record) causeOfOrders() Cause {
	if len(r.Orders) > 1 {
		for _, o := range r.Orders {
			if o.End == EndReversed && o.Paid.IsZero() {
				return CauseReversalID
			}
		}
		return CauseSeveral
	}
	for _, o := range r.Orders {
		switch o.End {
		case EndPaidOther:
			if o.Paid.IsZero() {
				return CauseNoAmount
			}
			return CauseAmount
		case EndFailed:
			return CauseError
		case EndUnclear:
			return CauseUnclear
		case Open, EndPaid, EndDeclined, EndReversed:
		}
	}
	return ""
}
