package main

import (
	"bufio"
	"context"
	"io"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCallback: the fake gateway's callback of a payout of its own is confirmed and printed.
func TestCallback(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, "127.0.0.1:0", nil, writer)
		_ = writer.Close()
	}()
	paid := regexp.MustCompile(`^callback  order \d+ \(payout-\w+\): paid, paid: 10\.42 USD, taken back: no amount$`)
	lines := bufio.NewScanner(reader)
	for lines.Scan() && !paid.MatchString(lines.Text()) {
		t.Log(lines.Text())
	}
	require.Regexp(t, paid, lines.Text())
	cancel()
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	require.NoError(t, <-ended)
}

// TestConfiguration: what the environment names wrongly is said.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, run(t.Context(), "127.0.0.1:0", []string{"PAYNETEASY_LOGIN=me"}, io.Discard), "set PAYNETEASY_BASE_URL")
	require.ErrorContains(t, run(t.Context(), "nonsense", nil, io.Discard), "nonsense")
}
