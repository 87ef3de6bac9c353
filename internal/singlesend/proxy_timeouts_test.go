package singlesend

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSilentProxy checks that the error names the proxy when the call times out, at every stage.
func TestSilentProxy(t *testing.T) {
	t.Parallel()
	silent := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	for name, test := range map[string]struct {
		scheme string
		serve  talk // nil if it is never reached
		text   string
	}{
		"dial":          {"http", nil, "could not be reached: context deadline exceeded"},
		"TLS handshake": {"https", silent, "could not be reached: the TLS handshake with it failed: "},
		"CONNECT":       {"http", silent, "did not answer CONNECT: context deadline exceeded"},
		"half of an answer": {
			"http", answersAndStays("HTTP/1.1 200 OK\r\nX-Secret: " + proxySecret),
			"did not answer CONNECT: context deadline exceeded",
		},
		"no end of the line": {"http", answersAndStays("hello"), "did not answer CONNECT: context deadline exceeded"},
		"SOCKS":              {"socks5", silent, "opened no connection by SOCKS: context deadline exceeded"},
		"the gateway, beyond": {
			"http", answersAndStays("HTTP/1.1 200 OK\r\n\r\n"),
			"opened a connection, and the TLS handshake with the gateway failed: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				transport := New(&http.Client{Transport: &http.Transport{
					Proxy: http.ProxyURL(
						&url.URL{
							Scheme: test.scheme, Host: "proxy.example:3128",
							User: url.UserPassword(proxyUser, proxyPassword),
						}),
					DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
						if test.serve == nil {
							<-ctx.Done()
							return nil, ctx.Err()
						}
						client, server := net.Pipe()
						go func() {
							defer func() { _ = server.Close() }()
							test.serve(server)
						}()
						return pipeWithAddress{client}, nil
					},
				}}, 20*time.Second)
				requireNamed(t, transport, "proxy.example:3128", test.text)
				transport.CloseIdleConnections()
			})
		})
	}
}

// TestProxyCancelledCall checks that the proxy is not blamed when the call is cancelled, for whatever reason.
func TestProxyCancelledCall(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{nil, errors.New("another payout failed")} {
		for _, answer := range []string{"", "HT", "HTTP/1.1 200 OK\r\n", "hello"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			host := proxyAt(t, answersThen(answer, func(conn net.Conn) {
				cancel(cause)
				_, _ = io.Copy(io.Discard, conn)
			}))
			_, err := New(&http.Client{Transport: &http.Transport{
				Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: host}),
			}}, 0).Send(ctx, request("https://gateway.example/"))
			var failed *Error
			require.ErrorAs(t, err, &failed)
			require.True(t, failed.NotSent)
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, context.Cause(ctx))
			require.Contains(t, err.Error(), "the proxy "+host+" did not answer CONNECT: "+context.Cause(ctx).Error())
		}
	}
}
