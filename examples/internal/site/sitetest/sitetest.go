// Package sitetest tests the examples' commands.
package sitetest

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Command runs a command as main does, looks for a text on the page that it says to open, and ends it.
func Command(t *testing.T, run func(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error, text string) {
	t.Helper()
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
	go func() { _, _ = io.Copy(io.Discard, reader) }() // it may say more
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := new(http.Client).Do(req)
	require.NoError(t, err)
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, string(page), text)
	cancel()
	require.NoError(t, <-ended)
}
