package order

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFactOrder checks that any two facts give the same record in either order, except pairs that are a sequence.
func TestFactOrder(t *testing.T) {
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
			if !ok || slices.Contains([]End{Open, EndPaid, EndDeclined, EndReversed}, fact.End) &&
				fact.TakenBack.IsZero() {
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
				// Could something be booked between them?
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
					broken[rule] = fmt.Sprintf("%s: %s %v or %s %v", history(), Decide(a), a.Orders, Decide(b),
						b.Orders)
				}
			}
		}
	}, func(Record, Record, happened, func(...string) string) {})
	t.Logf("%d records, %d pairs", len(s.nodes), compared)
	require.Empty(t, broken)
}

// areSequence reports whether the order of two facts matters. It does for a person's decision with anything, for two
// ends of one order, for a refusal with "not known", and for two outcomes of one call.
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
