package singlesend

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProxySecrets: whatever quotes a proxy's URL, its user name and its password are not shown, in no form.
func TestProxySecrets(t *testing.T) {
	t.Parallel()
	split, err := url.Parse("http://clerk:20261130/x@proxy.example:3128")
	require.NoError(t, err)
	fragment, err := url.Parse("http://clerk:20261130#x@proxy.example:3128")
	require.NoError(t, err)
	escaped, err := url.Parse("http://clerk:p%40ss$word@proxy.example:3128")
	require.NoError(t, err)
	for name, proxy := range map[string]*url.URL{
		"user information":                  {Scheme: "http", Host: "proxy.example:3128", User: url.UserPassword("clerk", "hunter2")},
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
				_, err := New(&http.Client{Transport: transport}, 0).Send(t.Context(), Request{URL: "https://gateway.example/", Header: http.Header{}})
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

// TestHTTP2IsAttempted as net/http would with the same transport.
func TestHTTP2IsAttempted(t *testing.T) {
	t.Parallel()
	proxy := http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128"})
	for name, test := range map[string]struct {
		transport *http.Transport
		want      bool
	}{
		"zero":                     {&http.Transport{}, true},
		"with a proxy":             {&http.Transport{Proxy: proxy}, true},
		"used before":              {used(&http.Transport{Proxy: proxy}), true},
		"with a dialer":            {&http.Transport{Proxy: proxy, DialContext: new(net.Dialer).DialContext}, false},
		"with a TLS configuration": {&http.Transport{Proxy: proxy, TLSClientConfig: &tls.Config{}}, false},
		"forced":                   {&http.Transport{Proxy: proxy, TLSClientConfig: &tls.Config{}, ForceAttemptHTTP2: true}, true},
		"http.DefaultTransport":    {http.DefaultTransport.(*http.Transport).Clone(), true},
	} {
		made := followed(clone(test.transport))
		require.Equal(t, test.want, made.ForceAttemptHTTP2, name)
	}
	off := followed(clone(&http.Transport{Proxy: proxy, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}))
	require.NotNil(t, off.TLSNextProto, "HTTP/2 is off")
	require.Empty(t, off.TLSNextProto)
}

// used has sent a request, which sets up HTTP/2.
func used(t *http.Transport) *http.Transport {
	request, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:0/", http.NoBody)
	if err == nil {
		resp, err := (&http.Client{Transport: t}).Do(request)
		if err == nil {
			_ = resp.Body.Close()
		}
	}
	return t
}
