package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMissingDebts checks that books do not balance if they agree on too few debts.
func TestMissingDebts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.False(t, newScreen(&out).verdict(books{}, payouts))
	require.Contains(t, out.String(), "NOT BALANCED: 0 differences, 0 of 200 debts enqueued")
}
