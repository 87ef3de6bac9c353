package httpcheck_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

func TestLoopback(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1",
	} {
		require.True(t, httpcheck.IsLoopback(host), host)
	}
	for _, host := range []string{
		"", "0.0.0.0", "::", "10.0.0.1", "localhost.", "localhost.example", "127.0.0.1.example", "127.1", "[::1]",
		"127.0.0.1:80",
	} {
		require.False(t, httpcheck.IsLoopback(host), host)
	}
}
