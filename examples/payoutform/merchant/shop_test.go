package merchant

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// learnt is a status as the gateway gives it.
func learnt(t *testing.T, id string, status payneteasy.StatusCode) *payneteasy.Status {
	t.Helper()
	return &payneteasy.Status{ClientOrderID: id, Status: status}
}

// TestNoThirdOrder: the first was declined, and is approved after all, when a second has been made and declined. A person
// must look; nothing more is started.
func TestNoThirdOrder(t *testing.T) {
	t.Parallel()
	s := New(t.Context(), nil, "")
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	for _, id := range []string{"A", "B"} {
		_, isNew := s.claim(id, "Jane", amount)
		require.True(t, isNew)
		s.change(id, func(d *debt) { d.begun(stateForm) })
		s.learn(learnt(t, id, payneteasy.StatusDeclined), false)
	}
	s.learn(learnt(t, "A", payneteasy.StatusApproved), false)
	d, isNew := s.claim("C", "Jane", amount)
	require.False(t, isNew)
	require.Equal(t, stateError, d.State)
	_, isNew = s.claim("D", "John", amount)
	require.True(t, isNew, "another debt")
}

// TestLateAnswer to a call opens nothing again that callbacks have closed meanwhile; what contradicts is for a person.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	s := New(t.Context(), nil, "")
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	_, isNew := s.claim("A", "Jane", amount)
	require.True(t, isNew)
	s.learn(learnt(t, "A", payneteasy.StatusApproved), true)
	d := s.change("A", func(d *debt) { d.begun(stateForm) })
	require.Equal(t, stateError, d.State)
	s.learn(learnt(t, "A", payneteasy.StatusDeclined), false)
	d, _ = s.debt("A")
	require.Equal(t, stateError, d.State)
	require.False(t, d.State.again())
}
