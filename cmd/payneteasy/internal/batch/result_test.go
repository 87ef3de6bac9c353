package batch

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
)

// TestResultOfEntry checks the result of each kind of entry.
func TestResultOfEntry(t *testing.T) {
	t.Parallel()
	usd := func(text string) payneteasy.Amount { return sure(payneteasy.ParseAmount(text, "USD")) }
	order := func(end string) []payneteasy.Order { return []payneteasy.Order{{ID: "1", End: end}} }
	settled := func(d payneteasy.Decision) payneteasy.Settlement {
		return payneteasy.Settlement{Decision: d, Reason: "the manager, by mail"}
	}
	for name, test := range map[string]struct {
		entry  payneteasy.Entry
		result lineResult
	}{
		"sending": {
			payneteasy.Entry{Send: "sending"},
			lineResult{decision: payneteasy.DecisionUnknown, code: "5", message: "no"},
		},
		"unknown": {
			payneteasy.Entry{Send: "unknown"},
			lineResult{decision: payneteasy.DecisionUnknown, code: "5", message: "no"},
		},
		"refused": {
			payneteasy.Entry{Send: "denied"},
			lineResult{decision: payneteasy.DecisionRefused, code: "5", message: "no"},
		},
		"rejected": {
			payneteasy.Entry{Send: "denied", NotKnown: true},
			lineResult{decision: payneteasy.DecisionRejected, code: "5", message: "no"},
		},
		"not sent": {
			payneteasy.Entry{Send: "not sent"},
			lineResult{decision: payneteasy.DecisionNotSent, code: "5", message: "no"},
		},
		"held": {
			payneteasy.Entry{Send: "unknown", NotKnown: true},
			lineResult{decision: payneteasy.DecisionReview, cause: payneteasy.CauseHeld, code: "5", message: "no"},
		},
		"pending": {
			payneteasy.Entry{Orders: order("open")},
			lineResult{decision: payneteasy.DecisionPending, orderID: "1"},
		},
		"paid": {
			payneteasy.Entry{Orders: order("paid"), Status: "approved"},
			lineResult{decision: payneteasy.DecisionPaid, orderID: "1", status: "approved"},
		},
		"not paid": {
			payneteasy.Entry{Orders: order("declined")},
			lineResult{decision: payneteasy.DecisionNotPaid, orderID: "1"},
		},
		"reversed": {
			payneteasy.Entry{Orders: order("reversed")},
			lineResult{decision: payneteasy.DecisionReversed, orderID: "1"},
		},
		"paid in yen": {
			payneteasy.Entry{
				Orders: []payneteasy.Order{
					{ID: "1", End: "paid", Paid: sure(payneteasy.ParseAmount("500", "JPY"))},
				},
			},
			lineResult{decision: payneteasy.DecisionPaid, orderID: "1", paid: "500"},
		},
		"reversed in part": {
			payneteasy.Entry{
				Orders: []payneteasy.Order{
					{ID: "1", End: "reversed", Paid: usd("7"), TakenBack: usd("1.5")},
				},
			},
			lineResult{decision: payneteasy.DecisionReversed, orderID: "1", paid: "7.00", takenBack: "1.50"},
		},
		"an error": {
			payneteasy.Entry{Orders: order("failed")},
			lineResult{decision: payneteasy.DecisionReview, cause: payneteasy.CauseError, orderID: "1"},
		},
		"another amount": {
			payneteasy.Entry{Orders: []payneteasy.Order{{ID: "1", End: "paid other", Paid: usd("7")}}},
			lineResult{decision: payneteasy.DecisionReview, cause: payneteasy.CauseAmount, orderID: "1", paid: "7.00"},
		},
		"two orders": {
			payneteasy.Entry{
				Orders: []payneteasy.Order{{ID: "1", End: "open"}, {ID: "2", End: "declined"}},
			},
			lineResult{decision: payneteasy.DecisionReview, cause: payneteasy.CauseSeveral, orderID: "1"},
		},
		"sent elsewhere": {
			payneteasy.Entry{Orders: order("paid"), Alarm: payneteasy.CauseElsewhere},
			lineResult{decision: payneteasy.DecisionReview, cause: payneteasy.CauseElsewhere, orderID: "1"},
		},
		"settled as paid": {
			payneteasy.Entry{Orders: order("failed"), Settlement: settled(payneteasy.DecisionPaid)},
			lineResult{
				decision: payneteasy.DecisionPaid, orderID: "1", message: "settled: the manager, by mail",
				settled: true,
			},
		},
		"settled as not sent": {
			payneteasy.Entry{
				Send: "unknown", NotKnown: true,
				Settlement: settled(payneteasy.DecisionNotSent),
			},
			lineResult{decision: payneteasy.DecisionNotSent, message: "settled: the manager, by mail", settled: true},
		},
	} {
		test.entry.ClientOrderID = "a"
		require.Equal(t, test.result,
			resultOfEntry(test.entry, store.Note{ClientOrderID: "a", Code: "5", Message: "no"}), name)
	}
}

func TestResultOfError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    error
		result lineResult
	}{
		{
			&payneteasy.Error{Decision: payneteasy.DecisionNotSent, Message: "a"},
			lineResult{decision: payneteasy.DecisionNotSent, message: "a"},
		},
		{
			&payneteasy.Error{Decision: payneteasy.DecisionRejected, Code: "1", Message: "b"},
			lineResult{decision: payneteasy.DecisionRejected, code: "1", message: "b"},
		},
		{
			&payneteasy.Error{Decision: payneteasy.DecisionRefused, Message: "c"},
			lineResult{decision: payneteasy.DecisionRefused, message: "c"},
		},
		{
			&payneteasy.Error{Decision: payneteasy.DecisionUnknown, OrderID: "7", Message: "d"},
			lineResult{decision: payneteasy.DecisionUnknown, orderID: "7", message: "d"},
		},
		{
			&payneteasy.Error{
				Decision: payneteasy.DecisionReview, Message: "e",
				Entry: payneteasy.Entry{Alarm: payneteasy.CauseEarlier},
			},
			lineResult{decision: payneteasy.DecisionReview, cause: payneteasy.CauseEarlier, message: "e"},
		},
		{
			&payneteasy.Error{Decision: payneteasy.DecisionPaid, Message: "f", Entry: payneteasy.Entry{
				Orders: []payneteasy.Order{
					{ID: "1", End: "paid", Paid: sure(payneteasy.ParseAmount("7", "USD"))},
				},
			}},
			lineResult{decision: payneteasy.DecisionPaid, paid: "7.00", message: "f"},
		},
		{
			errors.New("the journal is full"),
			lineResult{decision: payneteasy.DecisionUnknown, message: "the journal is full"},
		},
	} {
		require.Equal(t, test.result, resultOfError(test.err), test.err)
	}
}

// TestSummaryReasons checks that there is one line for each cause, with settled lines apart, and that they cover all
// lines of the decision.
func TestSummaryReasons(t *testing.T) {
	t.Parallel()
	const review, notSent, notPaid, paid = payneteasy.DecisionReview, payneteasy.DecisionNotSent,
		payneteasy.DecisionNotPaid, payneteasy.DecisionPaid
	b := &Batch{file: new(payoutFile), results: []lineResult{
		{decision: review, cause: payneteasy.CauseError, message: "PROCESSOR_INTERNAL_ERROR"},
		{decision: review, cause: payneteasy.CauseHeld, message: "timeout"},
		{decision: review, cause: payneteasy.CauseHeld, message: "p-2 timed out"},
		{decision: notSent, message: "settled: by mail", settled: true},
		{decision: notSent, message: "settled: by phone", settled: true},
		{decision: notSent},
		{decision: notSent, message: "p-6: no connection"},
		{decision: notSent, message: "p-7: no connection"},
		{decision: notSent, message: "p-8: no connection"},
		{decision: paid, message: "fine"},
		{decision: payneteasy.DecisionPending},
	}}
	for range maxReasons + 2 {
		b.results = append(b.results,
			lineResult{decision: notPaid, message: "declined " + string(rune('a'+len(b.results)))})
	}
	for i := range b.results {
		b.file.lines = append(b.file.lines, payoutLine{id: fmt.Sprintf("p-%d", i)})
	}
	require.Equal(t, []string{
		"2 lines: held: it may have been sent, and the gateway does not know it (the first is p-1)",
		"1 line: error: it ended in an error: ask the gateway manager (p-0)",
	}, b.reasons(review))
	require.Equal(t, []string{
		"3 lines: …: no connection (the first is p-6)",
		"2 lines: settled by a person (the first is p-3)",
		"1 line: not begun (p-5)",
	}, b.reasons(notSent))
	declined := b.reasons(notPaid)
	require.Len(t, declined, maxReasons+1)
	require.Equal(t, "2 lines: other reasons, see the results", declined[maxReasons])
	require.Empty(t, b.reasons(paid))
	require.Empty(t, b.reasons(payneteasy.DecisionPending))
	b.results[10] = lineResult{decision: paid, settled: true}
	require.Equal(t, []string{"1 line: the gateway says so (p-9)", "1 line: settled by a person (p-10)"},
		b.reasons(paid))
}

// TestRefusedReasonStays checks that the reason of a refusal stays until the gateway says more. The reason of another
// decision does not stay.
func TestRefusedReasonStays(t *testing.T) {
	t.Parallel()
	before := lineResult{decision: payneteasy.DecisionRefused, orderID: "1", status: "s", code: "5", message: "no"}
	for _, d := range exit.Decisions {
		want := lineResult{decision: d, orderID: "1", status: "s"}
		if d == payneteasy.DecisionRefused || d == payneteasy.DecisionRejected {
			want.code, want.message = "5", "no"
		}
		require.Equal(t, want, lineResult{decision: d}.or(before))
	}
}

// sure returns a value that was made without an error.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
