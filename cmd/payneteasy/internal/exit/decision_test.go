package exit

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestExit checks that each decision has one exit status, and that several have the status of the worst.
func TestExit(t *testing.T) {
	t.Parallel()
	worstFirst := []struct {
		decision payneteasy.Decision
		exit     int
	}{
		{payneteasy.DecisionReview, 3},
		{payneteasy.DecisionUnknown, 3},
		{payneteasy.DecisionRefused, 3},
		{payneteasy.DecisionReversed, 3},
		{payneteasy.DecisionPending, 5},
		{payneteasy.DecisionNotSent, 4},
		{payneteasy.DecisionRejected, 1},
		{payneteasy.DecisionNotPaid, 1},
		{payneteasy.DecisionPaid, 0},
	}
	require.Len(t, Decisions, len(worstFirst))
	for i, worse := range worstFirst {
		require.Equal(t, worse.decision, Decisions[i])
		require.Equal(t, worse.exit, Of(worse.decision))
		for _, better := range worstFirst[i:] {
			found := map[payneteasy.Decision]int{worse.decision: 1, better.decision: 2}
			require.Equal(t, worse.exit, OfWorst(found), found)
		}
	}
	require.Equal(t, 0, OfWorst(nil))
	require.Equal(t, 3, Of(""))
	require.Equal(t, 3, Of("new"))
}

// TestAdvice checks that only a proof allows to pay a debt again.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, d := range append(Decisions, "") {
		switch d.PayAgain() {
		case payneteasy.PayAgainNo:
			if d != payneteasy.DecisionPaid {
				require.Contains(t, Advice(d, ""), "o not pay again", d)
			}
		case payneteasy.PayAgainNewID:
			require.Contains(t, Advice(d, ""), "under a new client_orderid")
		case payneteasy.PayAgainSameID:
			require.Contains(t, Advice(d, ""), "under the same client_orderid")
		}
	}
	for _, cause := range []payneteasy.Cause{
		payneteasy.CauseChanged, payneteasy.CauseFreed, payneteasy.CauseEarlier, payneteasy.CauseElsewhere,
		payneteasy.CauseSeveral,
		payneteasy.CauseReversalID, payneteasy.CauseHeld, payneteasy.CauseAmount, payneteasy.CauseNoAmount,
		payneteasy.CauseError,
		payneteasy.CauseUnclear,
	} {
		require.NotEqual(t, CauseText(""), CauseText(cause), cause)
		require.Contains(t, Advice(payneteasy.DecisionReview, cause), CauseText(cause))
	}
}

// TestFailedQuestion checks that a result that could not be confirmed or stored is never taken as final.
func TestFailedQuestion(t *testing.T) {
	t.Parallel()
	waited := func(e payneteasy.Entry, err error) error { return &payneteasy.WaitError{Entry: e, Err: err} }
	pending := payneteasy.Entry{Orders: []payneteasy.Order{{ID: "1", End: "open"}}}
	paid := payneteasy.Entry{Orders: []payneteasy.Order{{ID: "1", End: "paid"}}}
	for _, test := range []struct {
		err  error
		exit int
	}{
		{waited(pending, payneteasy.ErrWaitTimeout), Pending},
		{waited(pending, context.Canceled), Pending},
		{waited(pending, &payneteasy.ValidationError{}), Usage},
		{waited(payneteasy.Entry{Send: "unknown"}, payneteasy.ErrWaitTimeout), Unknown},
		{waited(payneteasy.Entry{Send: "denied"}, payneteasy.ErrWaitTimeout), Unknown},
		{waited(payneteasy.Entry{Send: "not sent"}, payneteasy.ErrWaitTimeout), Unknown},
		{waited(paid, errors.New("the journal is full")), Unknown},
		{&payneteasy.Error{Command: "status"}, Unknown},
	} {
		ended, ok := errors.AsType[*Error](Failed(test.err))
		require.True(t, ok)
		require.Equal(t, test.exit, ended.Status, test.err)
	}
}
