package order

import (
	"fmt"
	"time"
)

var (
	asked = Amount{1042, "USD"}
	other = Amount{500, "USD"}
	part  = Amount{300, "USD"}
	noon  = time.Date(2024, 2, 3, 12, 0, 0, 0, time.UTC)
)

const interval = 3 * time.Second

// happened is a fact with what the checks must know about it.
type happened struct {
	name string
	fact Fact
	id   string // of its order
	end  bool   // it is an end of that order
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
	return happened{
		fmt.Sprintf("settled %s %d", d, paid.Minor),
		Settled{Settlement{Decision: d, Paid: paid, TakenBack: back}},
		"", false, false,
	}
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

func allFacts() []happened {
	facts := append(factsAbout("A"), factsAbout("B")...)
	return append(facts, otherFacts()...)
}

func isSettled(f happened) bool {
	_, ok := f.fact.(Settled)
	return ok
}

func isCancelled(f happened) bool {
	_, ok := f.fact.(Cancelled)
	return ok
}
