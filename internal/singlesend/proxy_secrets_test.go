package singlesend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProxySecrets checks that no error shows a proxy's user name or password, in any form.
func TestProxySecrets(t *testing.T) {
	t.Parallel()
	split, err := url.Parse("http://clerk:20261130/x@proxy.example:3128")
	require.NoError(t, err)
	fragment, err := url.Parse("http://clerk:20261130#x@proxy.example:3128")
	require.NoError(t, err)
	escaped, err := url.Parse("http://clerk:p%40ss$word@proxy.example:3128")
	require.NoError(t, err)
	for name, proxy := range map[string]*url.URL{
		"user information": {
			Scheme: "http", Host: "proxy.example:3128",
			User: url.UserPassword("clerk", "hunter2"),
		},
		"user information in the host":      {Scheme: "http", Host: "clerk:hunter2@proxy.example:3128"},
		"a password with escaped signs":     escaped,
		"a password with a slash":           split,
		"a password with a number sign":     fragment,
		"a user name alone, in the host":    {Scheme: "http", Host: "clerk@proxy.example:3128"},
		"a password with an at sign inside": {Scheme: "http", Host: "clerk:hunter2@20261130@proxy.example:3128"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hooks := map[string]func(*http.Transport){
				"dial": func(t *http.Transport) {
					t.DialContext = func(_ context.Context, _, address string) (net.Conn, error) {
						return nil, fmt.Errorf("lookup %s for %s: no such host", address, proxy)
					}
				},
				"GetProxyConnectHeader": func(t *http.Transport) {
					t.DialContext = func(context.Context, string, string) (net.Conn, error) {
						near, _ := net.Pipe()
						return near, nil
					}
					t.GetProxyConnectHeader = func(context.Context, *url.URL, string) (http.Header, error) {
						return nil, errors.New("no ticket for " + proxy.String() + " " + proxy.Host)
					}
				},
			}
			for hook, set := range hooks {
				transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
				set(transport)
				_, err := New(&http.Client{Transport: transport}, 0).Send(t.Context(),
					Request{URL: "https://gateway.example/", Header: http.Header{}})
				var failed *Error
				require.ErrorAs(t, err, &failed)
				require.True(t, failed.NotSent)
				for _, secret := range []string{"clerk", "hunter2", "p@ss", "p%40ss", "20261130"} {
					require.NotContains(t, err.Error(), secret, hook)
				}
			}
		})
	}
}
