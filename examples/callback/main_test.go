package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCallback checks that the program confirms and prints the callback about its own payout. It then ends with exit
// status 0.
func TestCallback(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-listen", "127.0.0.1:0"}, writer, io.Discard)
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
	require.Equal(t, 0, <-ended)
}

// TestUsage checks that the program prints why it cannot serve, and ends with exit status 2.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"-help"}, 0, "address"},
		{[]string{"-nonsense"}, 2, "not defined"},
		{[]string{"-listen", "nonsense"}, 2, "nonsense"},
	} {
		var errors bytes.Buffer
		require.Equal(t, test.exit, run(t.Context(), test.args, io.Discard, &errors))
		require.Contains(t, errors.String(), test.says)
	}
}
