package httpcheck_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

func TestLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"::ffff:127.0.0.1": true,
		"":                 false, "0.0.0.0": false, "::": false, "10.0.0.1": false, "localhost.": false, "localhost.example": false,
		"127.0.0.1.example": false, "127.1": false, "[::1]": false, "127.0.0.1:80": false,
	} {
		require.Equal(t, want, httpcheck.IsLoopback(host), host)
	}
}
