package order

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStatesPage compares docs/states.md with what the walk finds. UPDATE_GOLDEN=1 writes it.
func TestStatesPage(t *testing.T) {
	t.Parallel()
	const path = "../../docs/states.md"
	page := statesPage()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(path, []byte(page), 0o600))
	}
	stored, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(stored), page, "run UPDATE_GOLDEN=1 go test ./internal/order")
}

type pageFact struct {
	words string
	fact  Fact
}

// pageFacts are the facts of the page, in words for readers.
var pageFacts = []pageFact{
	{"the call was accepted", Called{Send: Accepted, OrderID: "A"}},
	{"the call was refused", Called{Send: SendRefused}},
	{"the call sent nothing", Called{Send: SendNotSent}},
	{"the call's outcome is unknown", Called{Send: SendUnknown}},
	{"status: not known, after the window", NotKnown{}},
	{"status: processing", seen("A", Open, Amount{}, Amount{}, noon).fact},
	{"status: approved", seen("A", EndPaid, asked, Amount{}, noon).fact},
	{"status: approved, another amount", seen("A", EndPaidOther, other, Amount{}, noon).fact},
	{"status: declined or filtered", seen("A", EndDeclined, Amount{}, Amount{}, noon).fact},
	{"status: error", seen("A", EndFailed, Amount{}, Amount{}, noon).fact},
	{"status: reversed, refunded, charged back", seen("A", EndReversed, Amount{}, part, noon).fact},
	{
		"status: approved again, in two questions at least WaitOptions.MinInterval (3 s) apart",
		seen("A", EndPaid, asked, Amount{}, noon.Add(interval)).fact,
	},
	{"status: retrieval, fraud notice or dispute", seen("A", EndUnclear, Amount{}, Amount{}, noon).fact},
	{"status: a failed reversal", TakeBackFailed{"A"}},
	{"a second order of the id", seen("B", Open, Amount{}, Amount{}, noon).fact},
	{"an earlier attempt was sent after all", Called{Send: Accepted, OrderID: "B", Earlier: true}},
	{"an order before it was sent (AdoptElsewhere)", Found{"A"}},
	{"the next attempt begins", begun{}},
	{"a person cancels it (Entry.Cancel)", Cancelled{"a mistake"}},
	{"a person settles it as paid", settled(Paid, asked, Amount{}).fact},
	{"a person settles it as not paid", settled(NotPaid, Amount{}, Amount{}).fact},
	{"a person settles it as reversed", settled(Reversed, asked, part).fact},
	{"a person settles it as not sent", settled(NotSent, Amount{}, Amount{}).fact},
}

func statesPage() string {
	var page strings.Builder
	page.WriteString(`# States

An entry stores what was seen: the outcome of the payout's own call, every order of the gateway with its end, and a
person's decision. The decision is derived from these facts. A test that visits all histories makes this page.

The decisions, and what to do about each, are in [decisions.md](decisions.md).

## Usual histories

` + "```mermaid\nstateDiagram-v2\n" + `    [*] --> unknown: the intent is written
    unknown --> pending: accepted, or found by a status call
    unknown --> not_sent: the call sent nothing
    unknown --> refused: the gateway refused
    unknown --> review: not known after the window (held)
    refused --> pending: found by a status call
    refused --> rejected: not known after the window
    pending --> paid: approved
    pending --> not_paid: declined or filtered
    pending --> review: error, or another amount
    paid --> reversed: reversal, refund, chargeback
    review --> paid: a person settles
    review --> not_paid: a person settles
    review --> not_sent: a person settles
` + "```\n\n## From each decision\n\nThe decisions that may follow, over all histories in which no person has settled. " +
		"Facts without\na row keep the decision. They can still be news, such as another partial reversal.\n")
	from := transitions()
	for _, d := range sections {
		kept := d
		if d == notBegun {
			kept = Pending
		}
		fmt.Fprintf(&page, "\n### %s\n\n| what is learned | then |\n| --- | --- |\n", d)
		for i, f := range pageFacts {
			if to := from[d][i]; len(to) > 1 || len(to) == 1 && !to[kept] {
				fmt.Fprintf(&page, "| %s | %s |\n", f.words, joined(to))
			}
		}
	}
	page.WriteString("\n## Histories\n\nEach begins with the intent of a payout of 10.42 USD, or before it (\"not " +
		"begun\").\n\n| history | decision | why |\n| --- | --- | --- |\n")
	for _, h := range histories {
		r := h.record()
		fmt.Fprintf(&page, "| %s | %s | %s |\n", h.name, Decide(r), Why(r))
	}
	return page.String()
}

// notBegun is the section of payouts that are created. Their decision is Pending.
var notBegun = Decision("pending: not begun")

var sections = slices.Insert(slices.Clone(decisions[1:]), 0, notBegun)

// section is the section of the page about a record.
func section(r Record) Decision {
	if r.Send == Created {
		return notBegun
	}
	return Decide(r)
}

// transitions are the decisions that a fact may lead to, from each section.
func transitions() map[Decision][]map[Decision]bool {
	from := map[Decision][]map[Decision]bool{}
	for _, d := range sections {
		from[d] = make([]map[Decision]bool, len(pageFacts))
		for i := range pageFacts {
			from[d][i] = map[Decision]bool{}
		}
	}
	facts := append(factsAbout("A"), otherFacts()...)
	walk(facts, func(r Record, _ func(...string) string) {
		if r.Settled.Decision != "" {
			return
		}
		for i, f := range pageFacts {
			if !f.mayFollow(r) {
				continue
			}
			from[section(r)][i][Decide(Next(r, f.fact))] = true
		}
	}, func(Record, Record, happened, func(...string) string) {})
	return from
}

// mayFollow reports whether a row of the page is about such a record.
func (f pageFact) mayFollow(r Record) bool {
	switch fact := f.fact.(type) {
	case Called:
		return fact.Earlier && r.Send != Created || r.Send == Sending // a call has one outcome
	case Found:
		return r.Send == Created || r.Send == Sending && Decide(r) == Unknown
	case Seen:
		reversed := len(r.Orders) == 1 && r.Orders[0].End == EndReversed
		return (fact.ID == "A" || len(r.Orders) == 1) &&
			(fact.Asked.Equal(noon) || reversed && !r.Orders[0].Doubt.IsZero())
	}
	return true
}

func joined(set map[Decision]bool) string {
	var words []string
	for _, d := range decisions {
		if set[d] {
			words = append(words, string(d))
		}
	}
	return strings.Join(words, ", or ")
}
