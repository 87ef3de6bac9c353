package main

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/examples/internal/site/sitetest"
)

// TestCommand: the program says where its page is, serves it, and ends when it is told to.
func TestCommand(t *testing.T) {
	t.Parallel()
	sitetest.Command(t, run, "<h1>Get your payout</h1>")
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
