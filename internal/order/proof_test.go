package order

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The proof visits every record that a history of facts can reach, over two order IDs and two attempts. It checks each
// step, and finds the shortest history that breaks a rule.

func TestRecord(t *testing.T) {
	t.Parallel()
	facts := allFacts()
	if testing.Short() {
		facts = append(factsAbout("A"), otherFacts()...)
	}
	broken := map[string]string{} // the shortest history for each rule
	s := walk(facts, func(r Record, history func(...string) string) {
		for rule, holds := range states {
			if _, known := broken[rule]; !known && !holds(r) {
				broken[rule] = history()
			}
		}
	}, func(before, after Record, f happened, history func(...string) string) {
		for rule, holds := range steps {
			if _, known := broken[rule]; !known && !holds(before, after, f) {
				broken[rule] = history(f.name)
			}
		}
	})
	t.Logf("%d records", len(s.nodes))
	require.Empty(t, broken)
}

// states are the rules for records.
var states = map[string]func(r Record) bool{
	"a decision is one of the nine": func(r Record) bool { return slices.Contains(decisions[1:], Decide(r)) },
	"a review has a cause, and nothing else has one": func(r Record) bool {
		return (Why(r) != "") == (Decide(r) == Review)
	},
	"a free id has no order and no alarm": func(r Record) bool {
		return !r.Free() || len(r.Orders) == 0 && r.Alarm == ""
	},
	"a payout that is not begun has no order": func(r Record) bool {
		return r.Send != Created || len(r.Orders) == 0 && Decide(r) == Pending
	},
	"not known holds only without an order": func(r Record) bool { return !r.Gone || len(r.Orders) == 0 },
	"a person can close a review": func(r Record) bool {
		if Decide(r) != Review {
			return true
		}
		for _, d := range []Decision{Paid, NotPaid, Reversed} {
			next := Next(r, settled(d, asked, Amount{}).fact)
			if Decide(next) != d || next.Alarm != "" {
				return false
			}
		}
		return true
	},
	"a person cannot change what can be booked": func(r Record) bool {
		return !Decide(r).Bookable() || !r.Settleable(Paid) && !r.Settleable(NotSent)
	},
	"not sent by a person needs not known and no order": func(r Record) bool {
		return !r.Settleable(NotSent) || r.Gone && len(r.Orders) == 0
	},
	"paid is one order of the amount asked for, or a person's word": func(r Record) bool {
		paid, _ := r.Amounts(asked)
		return Decide(r) != Paid || r.Settled.Decision == Paid ||
			len(r.Orders) == 1 && r.Orders[0].End == EndPaid && paid == asked
	},
	"not paid is one order that was declined, or a person's word": func(r Record) bool {
		return Decide(r) != NotPaid || r.Settled.Decision == NotPaid ||
			len(r.Orders) == 1 && r.Orders[0].End == EndDeclined
	},
	"what is reversed was paid": func(r Record) bool {
		paid, _ := r.Amounts(asked)
		return Decide(r) != Reversed || r.Settled.Decision != "" || !paid.IsZero()
	},
	"rejected is a refusal and not known": func(r Record) bool {
		return Decide(r) != Rejected || r.Send.IsRefusal() && r.Gone
	},
	"not sent is proved, or a person's word": func(r Record) bool {
		return Decide(r) != NotSent || r.Send == SendNotSent || r.Settled.Decision == NotSent
	},
	"several orders are a review until a person settles": func(r Record) bool {
		return len(r.Orders) < 2 || Decide(r) == Review || r.Settled.Decision != ""
	},
	"a new attempt is not free and remembers nothing": func(r Record) bool {
		next, ok := Begin(r, Record{Send: Sending})
		return ok == (r.Free() || r.Send == Created) &&
			(!ok || !next.Free() && shapeOf(next) == shapeOf(Record{Send: Sending}))
	},
	"all refusals decide alike": func(r Record) bool {
		for _, send := range []Send{SendRefused, Denied, RefusedParameter} {
			like := r
			if r.Send.IsRefusal() {
				like.Send = send
			}
			if Decide(like) != Decide(r) {
				return false
			}
		}
		return true
	},
	"a refusal or not sent of an earlier attempt changes nothing": func(r Record) bool {
		for _, send := range []Send{SendNotSent, SendRefused, Denied, RefusedParameter} {
			if !Equal(r, Next(r, Called{Send: send, Earlier: true})) {
				return false
			}
		}
		return true
	},
}

// steps are the rules for changes of a record by a fact.
var steps = map[string]func(before, after Record, f happened) bool{
	"an order is never lost, and neither its end nor what was taken back": func(before, after Record, f happened) bool {
		for i, o := range before.Orders {
			if i >= len(after.Orders) || after.Orders[i].ID != o.ID ||
				o.End != Open && after.Orders[i].End == Open || after.Orders[i].TakenBack.Minor < o.TakenBack.Minor {
				return false
			}
		}
		return f.id == "" || slices.ContainsFunc(after.Orders, func(o Order) bool { return o.ID == f.id })
	},
	"an end is stored, except for an approval after a reversal": func(before, after Record, f happened) bool {
		fact, ok := f.fact.(Seen)
		if !ok || fact.End == Open {
			return true
		}
		is := func(o Order) bool { return o.ID == f.id }
		o := after.Orders[slices.IndexFunc(after.Orders, is)]
		return o.End == fact.End || o.End == EndReversed && !o.Doubt.IsZero() && slices.ContainsFunc(before.Orders, is)
	},
	"an alarm goes only by a person": func(before, after Record, f happened) bool {
		return before.Alarm == "" || after.Alarm == before.Alarm || isSettled(f)
	},
	"what can be booked becomes only reversed or a review, and not sent if a person cancels it": func(before,
		after Record, f happened,
	) bool {
		was, is := Decide(before), Decide(after)
		return !was.Bookable() || was == is || is == Review || was == Paid && is == Reversed ||
			is == NotSent && isCancelled(f)
	},
	"only what is not sent can be cancelled": func(before, after Record, f happened) bool {
		if !isCancelled(f) {
			return true
		}
		if before.Send != Created && !before.Free() {
			return Equal(before, after)
		}
		return Decide(after) == NotSent && after.Free()
	},
	"a review of what could be booked stays one until a person settles": func(before, after Record, _ happened) bool {
		return !Decide(before).Bookable() || Decide(after) != Review || after.Alarm != ""
	},
	"an order after a free id is a review": func(before, after Record, _ happened) bool {
		return !before.Free() || len(after.Orders) == 0 || Decide(after) == Review
	},
	"a change of decision, orders, ends or amounts is news": func(before, after Record, f happened) bool {
		paid, back := before.Amounts(asked)
		paidNow, backNow := after.Amounts(asked)
		changed := Decide(before) != Decide(after) || len(before.Orders) != len(after.Orders) ||
			(paid != paidNow || back != backNow) && !isSettled(f)
		for i, o := range before.Orders {
			changed = changed || o.End != after.Orders[i].End || o.TakenBack != after.Orders[i].TakenBack
		}
		return !changed || IsNews(before, after)
	},
	"no news of what has not changed": func(before, after Record, _ happened) bool {
		return !Equal(before, after) || !IsNews(before, after)
	},
	"the same fact twice changes nothing": func(_, after Record, f happened) bool {
		return Equal(after, Next(after, f.fact))
	},
	"a refusal takes back what was not known before": func(before, after Record, _ happened) bool {
		return !after.Send.IsRefusal() || before.Send == after.Send || !after.Gone
	},
	"only not known makes it not known": func(before, after Record, f happened) bool {
		_, ok := f.fact.(NotKnown)
		return !after.Gone || before.Gone || ok
	},
	"what follows a settlement is told as what it is": func(before, after Record, f happened) bool {
		fact, ok := f.fact.(Seen)
		if !ok || Decide(before) != Paid || before.Settled.Decision != Paid || len(before.Orders) != 1 ||
			before.Orders[0].ID != f.id {
			return true
		}
		return fact.End != EndReversed || before.Orders[0].End == EndReversed || Decide(after) == Reversed
	},
	"a review stays one until a person settles, or its order ends": func(before, after Record, f happened) bool {
		if Decide(before) != Review || Decide(after) == Review || isSettled(f) {
			return true
		}
		return before.Alarm == "" && len(before.Orders) <= 1 && len(after.Orders) <= 1
	},
}
