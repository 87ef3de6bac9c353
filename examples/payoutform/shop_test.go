package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestLateApproval checks that a person must look when an order is approved after it was declined. Another order was
// made and declined before the approval. No new order is made.
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

// TestLateAnswer checks that the outcome of a call does not reopen a debt that a callback has closed. A contradiction
// needs a person.
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

// TestRefused checks that a refused order stays open until the gateway does not know it. Then another order may be
// made.
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
