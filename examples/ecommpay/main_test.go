package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// noVariables is an environment without variables, so the gateway is a fake.
func noVariables(string) string { return "" }

// TestCommand checks that the program prints the URL of its page and serves it. When interrupted, it ends with exit
// status 0.
func TestCommand(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-listen", "127.0.0.1:0"}, noVariables, writer, io.Discard)
		_ = writer.Close()
	}()
	var url string
	lines := bufio.NewScanner(reader)
	for url == "" && lines.Scan() {
		_, url, _ = strings.Cut(lines.Text(), "open     ")
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }() // it may print more
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := new(http.Client).Do(req)
	require.NoError(t, err)
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, string(page), "<h1>Get your payout</h1>")
	cancel()
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
		{[]string{"-help"}, 0, "-public"},
		{[]string{"-nonsense"}, 2, "not defined"},
		{[]string{"-public", "here"}, 2, "-public"},
		{[]string{"-listen", "here"}, 2, "missing port in address"},
	} {
		var errors bytes.Buffer
		require.Equal(t, test.exit, run(t.Context(), test.args, noVariables, io.Discard, &errors))
		require.Contains(t, errors.String(), test.says)
	}
}
