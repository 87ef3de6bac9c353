package ecommpay_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
)

// TestProxyErrors checks that the error names a proxy that opens no connection to the gateway, with its whole host, and
// that nothing was sent.
func TestProxyErrors(t *testing.T) {
	t.Parallel()
	const host = "proxy20261130.example:3128"
	for name, test := range map[string]struct {
		dial func() (net.Conn, error)
		text string
	}{
		"a proxy that is out of reach": {
			func() (net.Conn, error) { return nil, errors.New("no route") },
			"the proxy " + host + " could not be reached: no route",
		},
		"a proxy without an address": {
			func() (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "proxy20261130.example", IsNotFound: true}
			}, "the proxy " + host + " could not be reached: lookup proxy20261130.example: no such host",
		},
		"a proxy of another protocol": {
			func() (net.Conn, error) { return greeting("SSH-2.0-secret words\r\n"), nil },
			"the proxy " + host + " answered CONNECT with something that is not HTTP",
		},
		"a proxy that hangs up": {
			func() (net.Conn, error) { return greeting(""), nil },
			"the proxy " + host + " closed the connection without an answer to CONNECT",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, err := ecommpay.NewClient(ecommpay.Config{
					ProjectID: 91348, SecretKey: payneteasy.NewSecret("secret"), BaseURL: "https://gateway.example",
					HTTPClient: &http.Client{Transport: &http.Transport{
						Proxy: http.ProxyURL(
							&url.URL{Scheme: "http", Host: host, User: url.UserPassword("clerk", "secret words")}),
						DialContext: func(context.Context, string, string) (net.Conn, error) { return test.dial() },
					}},
				})
				require.NoError(t, err)
				_, err = client.RegisterPayout(t.Context(), debt(t, "p-1"))
				require.Equal(t, payneteasy.DecisionNotSent, payneteasy.DecisionOf(err))
				require.ErrorContains(t, err, test.text)
				require.NotContains(t, err.Error(), "secret words")
				_, err = client.Status(t.Context(), debt(t, "p-1").Ref())
				require.ErrorContains(t, err, test.text)
				require.NotContains(t, err.Error(), "secret words")
			})
		})
	}
}

// greeting returns a connection whose peer reads a little, writes these words and closes.
func greeting(words string) net.Conn {
	client, server := net.Pipe()
	go func() {
		defer func() { _ = server.Close() }()
		if _, err := server.Read(make([]byte, 4096)); err == nil && words != "" {
			_, _ = server.Write([]byte(words))
		}
	}()
	return client
}
