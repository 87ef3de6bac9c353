package order

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The proof walks through every record that any history of facts can lead to, over two order ids and two attempts, and
// checks each step. It finds the shortest history that breaks a rule.

var (
	asked = Amount{1042, "USD"}
	other = Amount{500, "USD"}
	part  = Amount{300, "USD"}
	noon  = time.Date(2024, 2, 3, 12, 0, 0, 0, time.UTC)
)

const interval = 3 * time.Second

// happened is a fact with what the checks have to know of it.
type happened struct {
	name string
	fact Fact
	id   string // the order that it is about
	end  bool   // it tells an end of that order
	back bool   // money was taken back
}

func seen(id string, end End, paid, back Amount, asked time.Time) happened {
	name := fmt.Sprintf("%s %s", id, end)
	if !back.IsZero() {
		name += " in part"
	}
	if !asked.Equal(noon) {
		name += " later"
	}
	fact := Seen{Order: Order{ID: id, End: end, Paid: paid, TakenBack: back}, Asked: asked, Interval: interval}
	return happened{name, fact, id, end != Open, !back.IsZero()}
}

func factsAbout(id string) []happened {
	return []happened{
		{"accepted " + id, Called{Send: Accepted, OrderID: id}, id, false, false},
		{"earlier " + id, Called{Send: Accepted, OrderID: id, Earlier: true}, id, false, false},
		{"found " + id, Found{id}, id, false, false},
		{id + " failed reversal", TakeBackFailed{id}, id, true, false},
		seen(id, Open, Amount{}, Amount{}, noon),
		seen(id, EndPaid, asked, Amount{}, noon),
		seen(id, EndPaid, asked, Amount{}, noon.Add(interval)),
		seen(id, EndPaidOther, other, Amount{}, noon),
		seen(id, EndDeclined, Amount{}, Amount{}, noon),
		seen(id, EndFailed, Amount{}, Amount{}, noon),
		seen(id, EndReversed, Amount{}, Amount{}, noon),
		seen(id, EndReversed, asked, part, noon),
		seen(id, EndUnclear, Amount{}, Amount{}, noon),
	}
}

func settled(d Decision, paid, back Amount) happened {
	return happened{fmt.Sprintf("settled %s %d", d, paid.Minor), Settled{Settlement{Decision: d, Paid: paid, TakenBack: back}}, "", false, false}
}

func otherFacts() []happened {
	facts := []happened{
		{name: "not known", fact: NotKnown{}},
		{name: "cancelled", fact: Cancelled{"a mistake"}},
		{name: "earlier unknown", fact: Called{Send: SendUnknown, Earlier: true}},
		settled(Paid, asked, Amount{}), settled(Paid, other, Amount{}), settled(NotPaid, Amount{}, Amount{}),
		settled(Reversed, asked, part), settled(NotSent, Amount{}, Amount{}),
	}
	for _, send := range []Send{SendNotSent, SendRefused, SendUnknown} {
		facts = append(facts, happened{name: string(send), fact: Called{Send: send}})
	}
	return facts
}

// shape is a record without what cannot decide any more. Under an alarm everything is Review until a person settles, which
// replaces Booked and Settled; and the orders that a person knew are those of the record as long as they have not changed.
type shape struct {
	flags   [3]bool // gone, alarm, overtaken
	send    uint8
	booked  uint8
	settled uint8
	paid    bool
	orders  [3]uint8 // "", A, B
	known   [3]bool
}

var (
	sends     = knownSends
	ends      = append([]End{""}, knownEnds...)
	decisions = append([]Decision{""}, knownDecisions...)
)

func number[T comparable](all []T, one T) uint8 {
	i := slices.Index(all, one)
	if i < 0 || i > 15 {
		panic(fmt.Sprint("not known: ", one))
	}
	return uint8(i)
}

func place(id string) int { return strings.Index(" AB", (id + " ")[:1]) }

func (o Order) code() uint8 {
	code := number(ends, o.End) | number([]int64{0, other.Minor, asked.Minor}, o.Paid.Minor)<<4
	if !o.TakenBack.IsZero() {
		code |= 1 << 6
	}
	if !o.Doubt.IsZero() {
		code |= 1 << 7
	}
	return code
}

func codes(orders []Order) (codes [3]uint8) {
	for _, o := range orders {
		codes[place(o.ID)] = o.code()
	}
	return codes
}

func shapeOf(r Record) shape {
	s := shape{send: number(sends, r.Send), flags: [3]bool{r.Gone, r.Alarm != ""}, orders: codes(r.Orders)}
	if r.Alarm != "" {
		return s
	}
	s.flags[2] = r.Settled.Overtaken
	s.booked, s.settled, s.paid = number(decisions, r.Booked), number(decisions, r.Settled.Decision), r.Settled.Paid == asked
	if r.Settled.Overtaken {
		for _, o := range r.Settled.Orders {
			s.known[place(o.ID)] = true
		}
	}
	return s
}

// node is a record with the history that led to it.
type node struct {
	record Record
	from   int
	by     string
}

// search is the walk through all records.
type search struct {
	facts   []happened
	nodes   []node
	visited map[shape]struct{}
}

func (s *search) add(r Record, from int, by string) {
	key := shapeOf(r)
	if _, ok := s.visited[key]; !ok {
		s.visited[key] = struct{}{}
		s.nodes = append(s.nodes, node{r, from, by})
	}
}

// history is how a record came about.
func (s *search) history(i int, more ...string) string {
	for ; i >= 0; i = s.nodes[i].from {
		more = slices.Insert(more, 0, s.nodes[i].by)
	}
	return strings.Join(more, ", ")
}

// walk visits every record and every step from it.
func walk(facts []happened, visit func(r Record, history func(...string) string), step func(before, after Record, f happened, history func(...string) string)) *search {
	s := &search{facts: facts, visited: map[shape]struct{}{}}
	s.add(Record{Send: Created}, -1, "created")
	s.add(Record{Send: Sending}, -1, "sending")
	for i := 0; i < len(s.nodes); i++ {
		r := s.nodes[i].record
		history := func(more ...string) string { return s.history(i, more...) }
		visit(r, history)
		for _, f := range facts {
			next := Next(r, f.fact)
			step(r, next, f, history)
			s.add(next, i, f.name)
		}
		if next, ok := Begin(r, Record{Send: Sending}); ok {
			s.add(next, i, "begin")
		}
	}
	return s
}

func allFacts() []happened {
	facts := append(factsAbout("A"), factsAbout("B")...)
	return append(facts, otherFacts()...)
}

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

// states are the rules for a record.
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
		return Decide(r) != NotPaid || r.Settled.Decision == NotPaid || len(r.Orders) == 1 && r.Orders[0].End == EndDeclined
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
		return ok == (r.Free() || r.Send == Created) && (!ok || !next.Free() && shapeOf(next) == shapeOf(Record{Send: Sending}))
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

// steps are the rules for what a fact makes of a record.
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
	"an end is taken over, but for an approval after a reversal": func(before, after Record, f happened) bool {
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
	"what can be booked becomes only reversed or a review, and not sent if a person cancels it": func(before, after Record, f happened) bool {
		was, is := Decide(before), Decide(after)
		return !was.Bookable() || was == is || is == Review || was == Paid && is == Reversed || is == NotSent && isCancelled(f)
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
		if !ok || Decide(before) != Paid || before.Settled.Decision != Paid || len(before.Orders) != 1 || before.Orders[0].ID != f.id {
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

func isSettled(f happened) bool {
	_, ok := f.fact.(Settled)
	return ok
}

func isCancelled(f happened) bool {
	_, ok := f.fact.(Cancelled)
	return ok
}

// TestOrderOfFacts: any two facts come to the same in either order, but for pairs that are a sequence.
func TestOrderOfFacts(t *testing.T) {
	t.Parallel()
	t.Run("one order", func(t *testing.T) {
		t.Parallel()
		testOrderOfFacts(t, append(factsAbout("A"), otherFacts()...))
	})
	if testing.Short() {
		return
	}
	t.Run("two orders", func(t *testing.T) {
		t.Parallel()
		facts := otherFacts()
		for _, f := range append(factsAbout("A"), factsAbout("B")...) {
			fact, ok := f.fact.(Seen)
			if !ok || slices.Contains([]End{Open, EndPaid, EndDeclined, EndReversed}, fact.End) && fact.TakenBack.IsZero() {
				facts = append(facts, f)
			}
		}
		testOrderOfFacts(t, facts)
	})
}

func testOrderOfFacts(t *testing.T, facts []happened) {
	broken := map[string]string{}
	compared := 0
	s := walk(facts, func(r Record, history func(...string) string) {
		after := make([]Record, len(facts))
		for i, f := range facts {
			after[i] = Next(r, f.fact)
		}
		for i, f := range facts {
			for k := i + 1; k < len(facts); k++ {
				g := facts[k]
				if areSequence(f, g) {
					continue
				}
				// Was something to book told between them?
				if !Decide(r).Bookable() && (Decide(after[i]).Bookable() || Decide(after[k]).Bookable()) {
					continue
				}
				compared++
				a, b := Next(after[i], g.fact), Next(after[k], f.fact)
				if Decide(a) == Decide(b) && codes(a.Orders) == codes(b.Orders) {
					continue
				}
				rule := f.name + " and " + g.name
				if _, known := broken[rule]; !known {
					broken[rule] = fmt.Sprintf("%s: %s %v or %s %v", history(), Decide(a), a.Orders, Decide(b), b.Orders)
				}
			}
		}
	}, func(Record, Record, happened, func(...string) string) {})
	t.Logf("%d records, %d pairs", len(s.nodes), compared)
	require.Empty(t, broken)
}

// areSequence reports whether two facts have an order of their own: a person's word and what was known then, two ends of one
// order, a refusal and what was not known before, and the outcomes of one call, of which it has one.
func areSequence(f, g happened) bool {
	own := func(h happened) bool {
		called, ok := h.fact.(Called)
		return ok && !called.Earlier
	}
	called, _ := f.fact.(Called)
	other, _ := g.fact.(Called)
	_, notKnown := f.fact.(NotKnown)
	_, otherNotKnown := g.fact.(NotKnown)
	switch {
	case isSettled(f), isSettled(g), isCancelled(f), isCancelled(g):
		return true
	case f.end && g.end && f.id == g.id:
		return true
	case own(f) && own(g):
		return true
	}
	return notKnown && other.Send.IsRefusal() || otherNotKnown && called.Send.IsRefusal()
}
