package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIgnoredParameters: only a column that is no parameter can be left out.
func TestIgnoredParameters(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, (&batchFlags{ignored: []string{"account_name"}}).checkIgnored(),
		"it is a parameter of the payout")
	require.ErrorContains(t, (&batchFlags{ignored: []string{" "}}).checkIgnored(), "--ignore-column is empty")
}
