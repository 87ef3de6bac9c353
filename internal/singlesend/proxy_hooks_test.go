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

// TestProxyHooks checks that errors of hooks name the proxy, and still match.
func TestProxyHooks(t *testing.T) {
	t.Parallel()
	own := errors.New("no, not with " + proxyPassword)
	host := proxyAt(t, answers("HTTP/1.1 200 OK\r\n\r\n"))
	at := http.ProxyURL(&url.URL{Scheme: "http", Host: host, User: url.UserPassword(proxyUser, proxyPassword)})
	for text, base := range map[string]*http.Transport{
		"was not asked: GetProxyConnectHeader failed: no, not with [redacted]": {
			Proxy:                 at,
			GetProxyConnectHeader: func(context.Context, *url.URL, string) (http.Header, error) { return nil, own },
		},
		"answered CONNECT with 200, and OnProxyConnectResponse refused it: no, not with [redacted]": {
			Proxy:                  at,
			OnProxyConnectResponse: func(context.Context, *url.URL, *http.Request, *http.Response) error { return own },
		},
	} {
		_, err := New(&http.Client{Transport: base}, 0).Send(t.Context(), request("https://gateway.example/"))
		require.EqualError(t, err, "the proxy "+host+" "+text)
		require.ErrorIs(t, err, own)
	}

	wrong := &http.Transport{Proxy: func(*http.Request) (*url.URL, error) {
		return nil, fmt.Errorf("invalid proxy address %q", "http://"+proxyUser+":"+proxyPassword+"%@p")
	}}
	_, err := New(&http.Client{Transport: wrong}, 0).Send(t.Context(), request("https://gateway.example/"))
	var failed *Error
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NotSent)
	require.EqualError(t, err,
		"no proxy could be chosen: check the URL in HTTPS_PROXY, or the transport's Proxy function")
}

// pipeWithAddress is a connection whose peer has an address, which net/http needs for a SOCKS proxy.
type pipeWithAddress struct{ net.Conn }

func (pipeWithAddress) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1080}
}
