package singlesend

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNoFreeConnection checks the error of a question that ended while it waited for a free connection. It names no
// proxy, because none was asked.
func TestNoFreeConnection(t *testing.T) {
	t.Parallel()
	for name, proxied := range map[string]bool{"no proxy": false, "a proxy": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived, release := make(chan struct{}), make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				close(arrived)
				<-release
			}))
			t.Cleanup(server.Close)
			answer := sync.OnceFunc(func() { close(release) })
			t.Cleanup(answer)
			base, target := &http.Transport{MaxConnsPerHost: 1}, server.URL
			if proxied {
				proxy, err := url.Parse(server.URL)
				require.NoError(t, err)
				base.Proxy, target = http.ProxyURL(proxy), "http://gateway.example/"
			}
			transport := New(&http.Client{Transport: base}, 0)
			first := make(chan error, 1)
			go func() {
				_, err := transport.Ask(context.Background(), request(target))
				first <- err
			}()
			<-arrived
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			waits := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: func(string) { cancel() }})
			_, err := transport.Ask(waits, request(target))
			require.ErrorIs(t, err, context.Canceled)
			require.EqualError(t, err, "no connection was free, of at most 1: context canceled")
			_, err = transport.Ask(ctx, request(target))
			require.EqualError(t, err, "context canceled", "it did not wait")
			answer()
			require.NoError(t, <-first)
		})
	}
}

// TestCancelledDial checks that a cancelled dial is not reported as a wait for a free connection, with any dialer.
func TestCancelledDial(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*http.Transport,
		func(context.Context, string, string) (net.Conn, error)){
		"DialContext": func(h *http.Transport, dial func(context.Context, string, string) (net.Conn, error)) {
			h.DialContext = dial
		},
		"DialTLSContext": func(h *http.Transport, dial func(context.Context, string, string) (net.Conn, error)) {
			h.DialTLSContext = dial
		},
		"DialTLS": func(h *http.Transport, dial func(context.Context, string, string) (net.Conn, error)) {
			old := func(network, address string) (net.Conn, error) {
				return dial(context.Background(), network, address)
			}
			h.DialTLS = old //nolint:staticcheck // a caller may still use it
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		base := &http.Transport{}
		prepare(base, func(context.Context, string, string) (net.Conn, error) {
			cancel()
			return nil, context.Canceled
		})
		_, err := New(&http.Client{Transport: base}, 0).Ask(ctx, request("https://gateway.example/"))
		require.ErrorIs(t, err, context.Canceled, name)
		require.NotContains(t, err.Error(), "no connection was free", name)
	}
}
