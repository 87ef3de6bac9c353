package singlesend

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAttemptsHTTP2 checks when net/http attempts HTTP/2 by itself. It does not if the transport has its own dialer or
// TLS configuration, or if HTTP/2 is off.
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
		// A caller may still use the deprecated ones.
		"with an old one":     {&http.Transport{Dial: dial}, false},    //nolint:staticcheck // see above
		"with an old TLS one": {&http.Transport{DialTLS: dial}, false}, //nolint:staticcheck // see above
		"with TLS settings":   {&http.Transport{TLSClientConfig: &tls.Config{}}, false},
		"told not to":         {&http.Transport{TLSNextProto: next}, false},
	} {
		require.Equal(t, test.attempts, attemptsHTTP2(test.transport), name)
	}
}
