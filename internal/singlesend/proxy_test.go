package singlesend

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRefusedConnect checks that the error names the proxy and its status, even if the caller has a hook.
func TestRefusedConnect(t *testing.T) {
	t.Parallel()
	for status, text := range map[int]string{
		http.StatusForbidden:  "the proxy proxy.example:3128 answered CONNECT with 403",
		http.StatusBadGateway: "the proxy proxy.example:3128 answered CONNECT with 502",
		http.StatusProxyAuthRequired: "the proxy proxy.example:3128 answered CONNECT with 407: it wants a user name " +
			"and a password",
		http.StatusNoContent: "the proxy proxy.example:3128 answered CONNECT with 204",
	} {
		var seen int
		client := &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyURL(
				&url.URL{Scheme: "http", Host: "proxy.example:3128", User: url.UserPassword("user", "password")}),
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return answering(fmt.Sprintf("HTTP/1.1 %d \r\nContent-Length: 0\r\n\r\n", status)), nil
			},
			OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
				seen = resp.StatusCode
				return nil
			},
		}}
		_, err := New(client, 0).Send(t.Context(), request("https://gateway.example/"))
		var failed *Error
		require.ErrorAs(t, err, &failed)
		require.True(t, failed.NotSent)
		require.EqualError(t, err, text)
		var refused *ProxyError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, status, refused.StatusCode)
		require.Equal(t, status, seen, "the caller's own hook is called first")
		_, err = New(client, 0).Ask(t.Context(), request("https://gateway.example/"))
		require.EqualError(t, err, text)
	}
}

// TestProxyFaults checks what a proxy may do instead of opening a connection to the gateway. The error names the proxy
// and says what happened, nothing was sent, and no user name, password or word of the proxy shows.
func TestProxyFaults(t *testing.T) {
	t.Parallel()
	const (
		noAnswer = "closed the connection without an answer to CONNECT"
		cut      = "closed the connection before its answer to CONNECT was complete"
		notHTTP  = "answered CONNECT with something that is not HTTP"
		badHTTP  = "answered CONNECT with malformed HTTP"
		isTLS    = "answered CONNECT with TLS: is its URL https://?"
		noTunnel = "opened a connection, and the TLS handshake with the gateway failed: "
		noTLS    = "could not be reached: the TLS handshake with it failed: "
		socksCut = "closed the connection before its SOCKS answer was complete"
		noSOCKS  = "opened no connection by SOCKS: "
	)
	server, client := certificate(t)
	encoded := base64.StdEncoding.EncodeToString([]byte(proxyUser + ":" + proxyPassword))
	for name, test := range map[string]struct {
		scheme string
		serve  talk
		text   string // the whole error, or its beginning if this ends with a blank
	}{
		"a line":                 {"http", answers("hello " + proxySecret + "\r\n"), notHTTP},
		"a word":                 {"http", answersAndStays("hello\r\n"), notHTTP},
		"a letter, then the end": {"http", answers("x"), notHTTP},
		"HTTP/0.9":               {"http", answers("<html>" + proxySecret + "</html>\n"), notHTTP},
		"an SSH banner":          {"http", answersAndStays("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), notHTTP},
		"an SMTP greeting":       {"http", answersAndStays("220 mail.example ESMTP\r\n"), notHTTP},
		"the request again": {
			"http", answers("CONNECT you " + encoded + " " + proxyUser + ":" + proxyPassword + "\r\n\r\n"), notHTTP,
		},
		"HTTP/2 frames":               {"http", answers("\x00\x00\x06\x04\x00\x00\x00\x00\x00\n"), notHTTP},
		"SOCKS":                       {"http", answers("\x05\xff"), notHTTP},
		"a TLS alert":                 {"http", answers("\x15\x03\x01\x00\x02\x02\x28"), isTLS},
		"a TLS handshake":             {"http", answers(hello), isTLS},
		"a TLS handshake with a line": {"http", answersAndStays(hello + "\n"), isTLS},

		"the end at once":          {"http", func(net.Conn) {}, ""},
		"the end":                  {"http", answers(""), noAnswer},
		"the end in the version":   {"http", answers("HT"), cut},
		"the end in the status":    {"http", answers("HTTP/1.1 20"), cut},
		"the end in the reason":    {"http", answers("HTTP/1.1 200 Conn"), cut},
		"the end before a header":  {"http", answers("HTTP/1.1 200 OK\r\n"), cut},
		"the end in the header":    {"http", answers("HTTP/1.1 200 OK\r\nX-Secret: " + proxySecret), cut},
		"the end after the header": {"http", answers("HTTP/1.1 403 No\r\nX-Secret: " + proxySecret + "\r\n"), cut},

		"no status":           {"http", answersAndStays("HTTP/1.1 OK\r\n\r\n"), badHTTP},
		"a status of letters": {"http", answersAndStays("HTTP/1.1 2xx OK\r\n\r\n"), badHTTP},
		"a negative status":   {"http", answersAndStays("HTTP/1.1 -20 OK\r\n\r\n"), badHTTP},
		"no header":           {"http", answersAndStays("HTTP/1.1 200 OK\r\n" + proxySecret + "\r\n\r\n"), badHTTP},
		"two lengths": {
			"http", answersAndStays("HTTP/1.1 403 No\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), badHTTP,
		},
		"an unknown encoding": {
			"http", answersAndStays("HTTP/1.1 403 No\r\nTransfer-Encoding: " + proxySecret + "\r\n\r\n"), badHTTP,
		},
		"a header without end": {"http", endless, "answered CONNECT with a header that is larger than 4096 bytes"},
		"a line without end": {
			"http", answers("HTTP/1.1 200 " + strings.Repeat("x", 9000)),
			"answered CONNECT with a header that is larger than 4096 bytes",
		},

		"403": {"http", answers("HTTP/1.1 403 " + proxySecret + "\r\n\r\n"), "answered CONNECT with 403"},
		"407": {
			"http",
			answers("HTTP/1.0 407 x\r\nProxy-Authenticate: Basic realm=" + proxySecret + "\r\n\r\n"),
			"answered CONNECT with 407: it wants a user name and a password",
		},
		"100, then nothing": {"http", answers("HTTP/1.1 100 Continue\r\n\r\n"), "answered CONNECT with 100"},
		"200, then the end": {"http", answers("HTTP/1.1 200 OK\r\n\r\n"), noTunnel},
		"200, then no TLS": {
			"http", answersThen("HTTP/1.1 200 OK\r\n\r\n", speaks("HTTP/1.1 400 Bad Request\r\n\r\n")), noTunnel,
		},
		"200, with another's TLS": {
			"http", answersThen("HTTP/1.1 200 OK\r\n\r\n", overTLS(server, speaks(""))), noTunnel,
		},

		"https, no TLS":  {"https", speaks("hello " + proxySecret + "\r\n"), noTLS},
		"https, HTTP":    {"https", speaks("HTTP/1.1 400 Bad Request\r\n\r\n"), noTLS},
		"https, the end": {"https", speaks(""), noTLS},
		"https, 403": {
			"https", overTLS(server, answers("HTTP/1.1 403 "+proxySecret+"\r\n\r\n")), "answered CONNECT with 403",
		},
		"https, a line": {
			"https", overTLS(server, answersAndStays("hello "+proxySecret+"\r\n")), badHTTP,
		},
		"https, the end before answer": {"https", overTLS(server, answers("")), cut},
		"https, a header without end": {
			"https", overTLS(server, endless), "answered CONNECT with a header that is larger than 4096 bytes",
		},

		"SOCKS, the end":               {"socks5", speaks(""), socksCut},
		"SOCKS, the end in the answer": {"socks5", speaks("\x05\x00", "\x05\x00\x00"), socksCut},
		"SOCKS, no way to sign in": {
			"socks5", speaks("\x05\xff"), noSOCKS + "no acceptable authentication methods",
		},
		"SOCKS, a wrong password": {
			"socks5", speaks("\x05\x02", "\x01\x01"), noSOCKS + "username/password authentication failed",
		},
		"SOCKS, forbidden": {
			"socks5", speaks("\x05\x00", "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"),
			noSOCKS + "connection not allowed by ruleset",
		},
		"SOCKS, the gateway refuses": {
			"socks5h", speaks("\x05\x00", "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"), noSOCKS + "connection refused",
		},
		"SOCKS, an HTTP proxy": {
			"socks5", speaks("HTTP/1.1 400 " + proxySecret + "\r\n\r\n"), noSOCKS + "unexpected protocol version 72",
		},
		"SOCKS, an SSH server": {
			"socks5h", speaks("SSH-2.0-OpenSSH\r\n"), noSOCKS + "unexpected protocol version 83",
		},
		"SOCKS, opened, and then the end": {
			"socks5", speaks("\x05\x00", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"), noTunnel,
		},
		"SOCKS, opened, and no TLS beyond": {
			"socks5", speaks("\x05\x00", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", "hello\r\n"), noTunnel,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := proxyAt(t, test.serve)
			transport := New(&http.Client{Transport: &http.Transport{
				Proxy: http.ProxyURL(
					&url.URL{Scheme: test.scheme, Host: host, User: url.UserPassword(proxyUser, proxyPassword)}),
				TLSClientConfig:        client,
				MaxResponseHeaderBytes: 4096,
			}}, 0)
			requireNamed(t, transport, host, test.text)
		})
	}
}

// requireNamed checks that a money call and a question both fail, with errors that name the proxy.
func requireNamed(t *testing.T, transport *Transport, host, text string) {
	t.Helper()
	_, err := transport.Send(t.Context(), request("https://gateway.example/"))
	var failed *Error
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NotSent, "%v", err)
	_, asking := transport.Ask(t.Context(), request("https://gateway.example/"))
	for _, err := range []error{err, asking} {
		var named *ProxyError
		require.ErrorAs(t, err, &named)
		require.Equal(t, host, named.Host)
		if strings.HasSuffix(text, " ") || text == "" {
			require.Contains(t, err.Error(), "the proxy "+host+" "+text)
		} else {
			require.EqualError(t, err, "the proxy "+host+" "+text)
		}
		for err := err; err != nil; err = errors.Unwrap(err) {
			for _, hidden := range []string{
				proxyUser, proxyPassword, proxySecret,
				base64.StdEncoding.EncodeToString([]byte(proxyUser + ":" + proxyPassword)),
			} {
				require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), hidden)
			}
		}
	}
}

// TestUnreachableProxy checks that the error names a proxy that cannot be dialled as it was configured.
func TestUnreachableProxy(t *testing.T) {
	t.Parallel()
	hangsUp := proxyAt(t, func(net.Conn) {})
	taken, err := new(net.Dialer).DialContext(t.Context(), "tcp", proxyAt(t, answersAndStays("")))
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	refusing := taken.LocalAddr().String() // a port in use where nothing listens
	unknown := &net.OpError{
		Op: "dial", Net: "tcp",
		Err: &net.DNSError{Err: "no such host", Name: "proxy.example", IsNotFound: true},
	}
	for _, scheme := range []string{"http", "https", "socks5", "socks5h"} {
		user := url.UserPassword(proxyUser, proxyPassword)
		transport := New(
			&http.Client{
				Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: scheme, Host: refusing, User: user})},
			},
			0)
		requireNamed(t, transport, refusing, "could not be reached: dial tcp "+refusing+": connect: connection refused")

		transport = New(&http.Client{Transport: &http.Transport{
			Proxy:       http.ProxyURL(&url.URL{Scheme: scheme, Host: "proxy.example:3128", User: user}),
			DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, unknown },
		}}, 0)
		requireNamed(t, transport, "proxy.example:3128",
			"could not be reached: dial tcp: lookup proxy.example: no such host")

		transport = New(&http.Client{Transport: &http.Transport{
			Proxy: http.ProxyURL(
				&url.URL{Scheme: scheme, Host: proxyUser + ":" + proxyPassword + "@proxy.example:3128"}),
			//nolint:staticcheck // a caller may still use it
			Dial: func(string, string) (net.Conn, error) { return nil, unknown },
		}}, 0)
		requireNamed(t, transport, "proxy.example:3128",
			"could not be reached: dial tcp: lookup proxy.example: no such host")
	}
	transport := New(&http.Client{
		Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "https", Host: hangsUp})},
	}, 0)
	requireNamed(t, transport, hangsUp, "could not be reached: the TLS handshake with it failed: ")
}

// TestProxies checks that a call through a proxy is one call over both HTTP versions, with the caller's headers for the
// proxy.
func TestProxies(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		gateway := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Proto)
		})
		var mu sync.Mutex
		var headers []string
		host := proxyAt(t, func(conn net.Conn) {
			req, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				return
			}
			mu.Lock()
			headers = append(headers, req.Header.Get("X-For-Proxy"))
			mu.Unlock()
			beyond, err := new(net.Dialer).DialContext(context.Background(), "tcp", gateway.Listener.Addr().String())
			if err != nil {
				return
			}
			defer func() { _ = beyond.Close() }()
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			go func() { _, _ = io.Copy(conn, beyond) }()
			_, _ = io.Copy(beyond, conn)
		})
		base := gateway.Client().Transport.(*http.Transport).Clone()
		base.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: host})
		base.ProxyConnectHeader = http.Header{"X-For-Proxy": {"yes"}}
		transport := New(&http.Client{Transport: base}, 0)
		defer transport.CloseIdleConnections()
		for range 3 {
			for _, send := range []func(context.Context, Request) (*Reply, error){transport.Send, transport.Ask} {
				reply, err := send(t.Context(), request(gateway.URL+"/"))
				require.NoError(t, err)
				require.Equal(t, map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"}[http2], string(reply.Body))
			}
		}
		require.EqualValues(t, 6, gateway.posts.Load())
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, []string{"yes", "yes", "yes", "yes"}, headers,
			"one for each money call, and one for all questions")
	})
}
