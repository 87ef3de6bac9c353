package payneteasy

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDecisionOf checks that an error without an order has no decision. If an error joins several and one is unknown,
// the decision is unknown.
func TestDecisionOf(t *testing.T) {
	t.Parallel()
	of := func(d Decision) error { return fmt.Errorf("pay: %w", &Error{Decision: d}) }
	for _, d := range []Decision{
		DecisionPending, DecisionUnknown, DecisionRefused, DecisionPaid, DecisionNotPaid, DecisionReversed,
		DecisionRejected, DecisionNotSent, DecisionReview,
	} {
		require.Equal(t, d, DecisionOf(of(d)))
		require.Equal(t, d, DecisionOf(errors.Join(errors.New("shutting down"), of(d))))
		require.Equal(t, d, DecisionOf(errors.Join(of(d), of(d))))
		if d != DecisionUnknown {
			require.Equal(t, DecisionUnknown, DecisionOf(errors.Join(of(d), of(DecisionUnknown))))
			require.Equal(t, DecisionUnknown, DecisionOf(fmt.Errorf("%w, %w", of(DecisionUnknown), of(d))))
		}
	}
	require.Empty(t, DecisionOf(nil))
	require.Empty(t, DecisionOf(of("")), "a failed question")
	require.Empty(t, DecisionOf(errors.New("another's")))
}
