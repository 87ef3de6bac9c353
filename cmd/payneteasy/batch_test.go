package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIgnoredParameters checks that a column of a parameter cannot be ignored.
func TestIgnoredParameters(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, (&batchFlags{ignored: []string{"account_name"}}).checkIgnored(),
		"this is a parameter of the payout")
	require.ErrorContains(t, (&batchFlags{ignored: []string{" "}}).checkIgnored(), "--ignore-column is empty")
}
