package singlesend

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAttemptsHTTP2: net/http attempts HTTP/2 by itself unless the transport has a dialer or a TLS configuration of its
// own, or is told not to.
func TestAttemptsHTTP2(t *testing.T) {
	t.Parallel()
	dial := func(string, string) (net.Conn, error) { return nil, net.ErrClosed }
	dialContext := func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }
	next := map[string]func(string, *tls.Conn) http.RoundTripper{}
	for name, test := range map[string]struct {
		transport *http.Transport
		attempts  bool
	}{
		"plain":             {&http.Transport{}, true},
		"with a dialer":     {&http.Transport{DialContext: dialContext}, false},
		"with a TLS dialer": {&http.Transport{DialTLSContext: dialContext}, false},
		// A caller may still use the old ones.
		"with an old one":     {&http.Transport{Dial: dial}, false},    //nolint:staticcheck // see above
		"with an old TLS one": {&http.Transport{DialTLS: dial}, false}, //nolint:staticcheck // see above
		"with TLS settings":   {&http.Transport{TLSClientConfig: &tls.Config{}}, false},
		"told not to":         {&http.Transport{TLSNextProto: next}, false},
	} {
		require.Equal(t, test.attempts, attemptsHTTP2(test.transport), name)
	}
}
