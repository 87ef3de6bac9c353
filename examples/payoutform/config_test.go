package main

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConfiguration checks that a fault in the variables is reported, with exit status 2.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	env := map[string]string{"PAYNETEASY_BASE_URL": "https://gate.example/paynet"}
	var errors bytes.Buffer
	require.Equal(t, 2, run(t.Context(), nil, func(name string) string { return env[name] }, io.Discard, &errors))
	require.Contains(t, errors.String(), "is not a sandbox")
}
