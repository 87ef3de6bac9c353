package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestLateApproval: the first was declined, and is approved after all, when a second has been made and declined. A
// person must look; nothing more is started.
func TestLateApproval(t *testing.T) {
	t.Parallel()
	s := newShop(t.Context(), nil, "")
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	for _, id := range []string{"A", "B"} {
		_, isNew := s.claim(id, "Jane", amount)
		require.True(t, isNew)
		s.change(id, func(d *debt) { d.begun(stateForm) })
		s.learn(id, payneteasy.DecisionNotPaid, "")
	}
	s.learn("A", payneteasy.DecisionPaid, "")
	d, isNew := s.claim("C", "Jane", amount)
	require.False(t, isNew)
	require.Equal(t, stateError, d.State)
	_, isNew = s.claim("D", "John", amount)
	require.True(t, isNew, "another debt")
}

// TestLateAnswer: the answer to a call opens nothing that a callback has closed. A contradiction is for a person.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	s := newShop(t.Context(), nil, "")
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	_, isNew := s.claim("A", "Jane", amount)
	require.True(t, isNew)
	s.learn("A", payneteasy.DecisionReview, "")
	d := s.change("A", func(d *debt) { d.begun(stateForm) })
	require.Equal(t, stateError, d.State)
	s.learn("A", payneteasy.DecisionNotPaid, "")
	d, _ = s.debt("A")
	require.Equal(t, stateError, d.State)
	require.False(t, d.State.again())
}

// TestRefused: an order that was refused is open until the gateway does not know it. Then another may be made.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t.Context(), nil, "")
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	_, isNew := s.claim("A", "Jane", amount)
	require.True(t, isNew)
	s.change("A", func(d *debt) { d.begun(stateUnknown) })
	s.learn("A", payneteasy.DecisionRefused, "")
	_, isNew = s.claim("B", "Jane", amount)
	require.False(t, isNew)
	s.learn("A", payneteasy.DecisionRejected, "")
	_, isNew = s.claim("B", "Jane", amount)
	require.True(t, isNew)
}
