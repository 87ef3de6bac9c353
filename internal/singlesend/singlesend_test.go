package singlesend

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestConnections checks that a money call has its own connection, and that reads share one.
func TestConnections(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		s := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, http2, r.ProtoMajor == 2)
			_, _ = io.WriteString(w, "ok")
		})
		transport := New(s.Client(), 0)
		for range 5 {
			reply, err := transport.Send(t.Context(), request(s.URL))
			require.NoError(t, err)
			require.True(t, reply.Whole)
			require.Equal(t, "ok", string(reply.Body))
		}
		require.EqualValues(t, 5, s.conns.Load())
		for range 5 {
			_, err := transport.Ask(t.Context(), request(s.URL))
			require.NoError(t, err)
		}
		require.EqualValues(t, 6, s.conns.Load())
		require.EqualValues(t, 10, s.posts.Load())
	})
}

// TestConcurrentCalls checks that each call has its own connection, and that all arrive. With one transport for all,
// calls over HTTP/2 got each other's connections and failed.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		s := newServer(t, http2, func(http.ResponseWriter, *http.Request) {})
		transport := New(s.Client(), 0)
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if _, err := transport.Send(t.Context(), request(s.URL)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 100, s.posts.Load())
		require.EqualValues(t, 100, s.conns.Load())
	})
}

// TestCallersTransport checks that neither the caller's transport nor the default one is changed.
func TestCallersTransport(t *testing.T) {
	t.Parallel()
	shared := &http.Transport{MaxIdleConnsPerHost: 3, MaxIdleConns: 4}
	client := &http.Client{Transport: shared, Timeout: 7 * time.Second}
	transport := New(client, 0)
	require.Equal(t, 3, shared.MaxIdleConnsPerHost)
	require.Equal(t, 4, shared.MaxIdleConns)
	require.False(t, shared.DisableKeepAlives)
	require.Equal(t, 7*time.Second, transport.timeout)
	require.Nil(t, client.CheckRedirect)
	money, reads := transport.fresh().(*http.Transport), transport.reads.(*http.Transport)
	require.NotSame(t, money, transport.fresh())
	require.True(t, money.DisableKeepAlives)
	require.False(t, reads.DisableKeepAlives)
	require.Equal(t, 256, reads.MaxIdleConnsPerHost)
	require.Equal(t, 256, reads.MaxIdleConns)
	require.Equal(t, 256, reads.MaxConnsPerHost)

	require.Equal(t, time.Minute, New(nil, 0).timeout)
	require.Equal(t, time.Second, New(client, time.Second).timeout)
	require.NotSame(t, http.DefaultTransport, New(nil, 0).fresh())
	require.True(t, New(&http.Client{Transport: (*http.Transport)(nil)}, 0).owned)
	require.False(t, http.DefaultTransport.(*http.Transport).DisableKeepAlives)
}

// TestForeignHTTP2Transport has the registration of golang.org/x/net, which would serve money calls from the pool.
func TestForeignHTTP2Transport(t *testing.T) {
	t.Parallel()
	shared := &http.Transport{TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{
		"h2": func(string, *tls.Conn) http.RoundTripper { return nil },
	}}
	require.True(t, New(&http.Client{Transport: shared}, 0).fresh().(*http.Transport).ForceAttemptHTTP2)
	require.NotNil(t, shared.TLSNextProto["h2"])
	off := &http.Transport{TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}
	require.False(t, New(&http.Client{Transport: off}, 0).fresh().(*http.Transport).ForceAttemptHTTP2,
		"HTTP/2 was switched off")
}

func TestCloseIdleConnections(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, func(http.ResponseWriter, *http.Request) {})
	transport := New(s.Client(), 0)
	for range 3 {
		_, err := transport.Ask(t.Context(), request(s.URL))
		require.NoError(t, err)
		transport.CloseIdleConnections()
	}
	require.EqualValues(t, 3, s.conns.Load())
}

// TestProtocolList checks that transports share no list of ALPN protocols. net/http appends to it at the first use,
// which would be a data race.
func TestProtocolList(t *testing.T) {
	http2 := new(http.Protocols)
	http2.SetHTTP2(true)
	base := &http.Transport{Protocols: http2, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	transport := New(&http.Client{Transport: base}, 0)
	for _, rt := range []http.RoundTripper{transport.reads, transport.fresh(), transport.fresh()} {
		list := rt.(*http.Transport).TLSClientConfig.NextProtos
		require.Equal(t, []string{"h2"}, list)
		require.Equal(t, len(list), cap(list), "what is appended goes to memory of its own")
	}
}

// TestHTTP2 checks that HTTP/2 is attempted exactly when net/http would with the same transport.
func TestHTTP2(t *testing.T) {
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
		"forced": {
			&http.Transport{Proxy: proxy, TLSClientConfig: &tls.Config{}, ForceAttemptHTTP2: true}, true,
		},
		"http.DefaultTransport": {http.DefaultTransport.(*http.Transport).Clone(), true},
	} {
		made := followed(clone(test.transport))
		require.Equal(t, test.want, made.ForceAttemptHTTP2, name)
	}
	off := followed(clone(
		&http.Transport{Proxy: proxy, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}))
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
