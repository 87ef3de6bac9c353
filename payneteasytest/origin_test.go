package payneteasytest_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// proxied serves a gateway by plain HTTP behind a proxy, which clients reach under any host name.
func proxied(
	t *testing.T, origin string, tls bool, rewrite func(*httputil.ProxyRequest),
) (*payneteasytest.Gateway, *http.Client) {
	t.Helper()
	gateway := payneteasytest.NewGateway(t)
	backend := httptest.NewServer(gateway.Handler(origin))
	t.Cleanup(backend.Close)
	target, err := url.Parse(backend.URL)
	require.NoError(t, err)
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		rewrite(r)
		r.SetURL(target)
	}})
	if tls {
		proxy.StartTLS()
	} else {
		proxy.Start()
	}
	t.Cleanup(proxy.Close)
	client := proxy.Client()
	client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, proxy.Listener.Addr().String())
	}
	return gateway, client
}

// TestHandlerProxy checks that signatures must be made for the given origin, whatever headers reach the handler.
func TestHandlerProxy(t *testing.T) {
	t.Parallel()
	plain := func(*httputil.ProxyRequest) {}
	forwarded := func(r *httputil.ProxyRequest) { r.SetXForwarded() }
	lying := func(r *httputil.ProxyRequest) {
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Server", "X-Original-Host"} {
			r.Out.Header.Set(name, "localhost")
		}
		r.Out.Header.Set("X-Forwarded-Proto", "http")
		r.Out.Header.Set("Forwarded", "host=localhost;proto=http")
	}
	strips := func(r *httputil.ProxyRequest) { r.Out.URL.Path = strings.TrimPrefix(r.Out.URL.Path, "/sandbox") }
	const (
		tls, noTLS        = true, false
		accepted, refused = true, false
	)
	for _, test := range []struct {
		name    string
		origin  string
		tls     bool // to the proxy
		rewrite func(*httputil.ProxyRequest)
		base    string // of the client
		want    bool
	}{
		{"TLS ends at the proxy", "https://example.com", tls, plain, "https://example.com/paynet", accepted},
		{"the proxy says so", "https://example.com", tls, forwarded, "https://example.com/paynet", accepted},
		{"the proxy says otherwise", "https://example.com", tls, lying, "https://example.com/paynet", accepted},
		{"signed for what the proxy says", "https://example.com", noTLS, lying, "http://localhost/paynet", refused},
		{"no TLS anywhere", "http://localhost", noTLS, plain, "http://localhost/paynet", accepted},
		{"TLS at the proxy, http given", "http://example.com", tls, forwarded, "https://example.com/paynet", refused},
		{"no TLS, https given", "https://localhost", noTLS, forwarded, "http://localhost/paynet", refused},
		{"another host", "https://example.com", tls, forwarded, "https://www.example.com/paynet", refused},
		{"the scheme's own port given", "https://example.com:443", tls, plain, "https://example.com/paynet", accepted},
		{"and by the client", "https://example.com", tls, plain, "https://example.com:443/paynet", accepted},
		{"http's own port given", "http://localhost:80", noTLS, plain, "http://localhost/paynet", accepted},
		{"the other scheme's port", "https://example.com:80", tls, plain, "https://example.com/paynet", refused},
		{
			"the other scheme's port, by both",
			"https://example.com:80", tls, plain, "https://example.com:80/paynet", accepted,
		},
		{"another port", "https://example.com:8443", tls, plain, "https://example.com:8443/paynet", accepted},
		{
			"another port, not the client's",
			"https://example.com:8443", tls, plain, "https://example.com/paynet", refused,
		},
		{"capitals", "HTTPS://Example.COM", tls, plain, "https://example.com/paynet", accepted},
		{"a slash", "https://example.com/", tls, plain, "https://example.com/paynet", accepted},
		{"a port and a slash", "https://example.com:443/", tls, plain, "https://example.com/paynet", accepted},
		{"the base URL", "https://example.com/paynet", tls, plain, "https://example.com/paynet", accepted},
		{"the base URL and a slash", "https://example.com/paynet/", tls, plain, "https://example.com/paynet", accepted},
		{"an address", "https://127.0.0.1", tls, plain, "https://127.0.0.1/paynet", accepted},
		{"an IPv6 address", "https://[::1]:443", tls, plain, "https://[::1]/paynet", accepted},
		{"a path", "https://example.com/sandbox", tls, plain, "https://example.com/sandbox/paynet", accepted},
		{
			"a path that the proxy takes off",
			"https://example.com/sandbox/", tls, strips, "https://example.com/sandbox/paynet", accepted,
		},
		{"signed without the path", "https://example.com/sandbox", tls, plain, "https://example.com/paynet", refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			gateway, httpClient := proxied(t, test.origin, test.tls, test.rewrite)
			client := newClient(t, gateway, func(c *payneteasy.Config) {
				c.BaseURL, c.HTTPClient = test.base, httpClient
			})
			_, err := client.Payout(t.Context(), request(t, "payout-0001", "1234567890"))
			if test.want == refused {
				require.ErrorIs(t, err, payneteasy.ErrAccessDenied)
				require.Empty(t, gateway.Orders())
				return
			}
			require.NoError(t, err)
			form, err := client.PayoutForm(t.Context(), request(t, "payout-0002", "1234567890"))
			require.NoError(t, err)
			page, err := httpClient.Get(form.RedirectURL.Reveal())
			require.NoError(t, err)
			require.NoError(t, page.Body.Close())
			require.Equal(t, http.StatusOK, page.StatusCode)
		})
	}
}

// TestHandlerOrigin checks that each handler has its own origin, and that an invalid origin is refused at once.
func TestHandlerOrigin(t *testing.T) {
	t.Parallel()
	gateway, httpClient := proxied(t, "https://example.com", true, func(*httputil.ProxyRequest) {})
	gateway.Handler("https://other.example.com")
	client := newClient(t, gateway,
		func(c *payneteasy.Config) { c.BaseURL, c.HTTPClient = "https://other.example.com/paynet", httpClient })
	_, err := client.Payout(t.Context(), request(t, "payout-0001", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied, "the request was signed for another handler")

	started, err := payneteasytest.Start()
	require.NoError(t, err)
	defer started.Close()
	for _, origin := range []string{
		"", "/", "example.com", "example.com:8085", "127.0.0.1:8085", "ftp://example.com", "https://",
		"https://u:p@example.com", "https://example.com?x=1", "https://example.com/#x", "https://exa mple.com",
	} {
		require.PanicsWithValue(t,
			"payneteasytest: the gateway's origin must be a scheme and a host: write https://gate.example or "+
				"http://127.0.0.1:8085",
			func() { started.Handler(origin) }, origin)
	}
}
