package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCommand: the program says where its page is, serves it, and ends when it is told to.
func TestCommand(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-listen", "127.0.0.1:0"}, nil, writer, io.Discard)
		_ = writer.Close()
	}()
	var url string
	lines := bufio.NewScanner(reader)
	for url == "" && lines.Scan() {
		_, url, _ = strings.Cut(lines.Text(), "open     ")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := new(http.Client).Do(req)
	require.NoError(t, err)
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, string(page), "<h1>Get your payout</h1>")
	cancel()
	require.NoError(t, <-ended)
}

// TestConfiguration: what is wrong is said.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	for says, args := range map[string][]string{
		"not defined":                  {"-nonsense"},
		"-public":                      {"-listen", "127.0.0.1:0", "-public", "here"},
		"missing port in address":      {"-listen", "here"},
		"none of PAYNETEASY_BASE_URL,": nil,
	} {
		var environ []string
		if len(args) == 0 {
			environ = []string{"PAYNETEASY_TYPO=1"}
		}
		require.ErrorContains(t, run(t.Context(), args, environ, io.Discard, io.Discard), says)
	}
}
