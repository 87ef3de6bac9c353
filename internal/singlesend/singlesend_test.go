package singlesend

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// server counts what arrives.
type server struct {
	*httptest.Server
	conns, calls, posts atomic.Int64
}

// protocols are the HTTP versions that every rule holds for.
var protocols = map[string]bool{"HTTP/1.1": false, "HTTP/2": true}

func newServer(t *testing.T, http2 bool, handler http.HandlerFunc) *server {
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		body, err := io.ReadAll(r.Body)
		if err == nil && len(body) > 0 {
			s.posts.Add(1)
		}
		handler(w, r)
	}))
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func request(url string) Request {
	return Request{URL: url, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte("a=b")}
}

func eachProtocol(t *testing.T, test func(t *testing.T, http2 bool)) {
	for name, http2 := range protocols {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, http2)
		})
	}
}

// TestConnections: a money call has a connection of its own, reads share one.
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

// TestManyAtOnce: each has its connection, and all arrive. With one transport for all, calls over HTTP/2 were given one
// another's connections and failed.
func TestManyAtOnce(t *testing.T) {
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

// TestCallersTransportIsLeftAlone and so is the default one.
func TestCallersTransportIsLeftAlone(t *testing.T) {
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

// TestForeignHTTP2TransportIsNotShared: what golang.org/x/net registers would serve the money calls from the pool.
func TestForeignHTTP2TransportIsNotShared(t *testing.T) {
	t.Parallel()
	shared := &http.Transport{TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{
		"h2": func(string, *tls.Conn) http.RoundTripper { return nil },
	}}
	require.True(t, New(&http.Client{Transport: shared}, 0).fresh().(*http.Transport).ForceAttemptHTTP2)
	require.NotNil(t, shared.TLSNextProto["h2"])
	off := &http.Transport{TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}
	require.False(t, New(&http.Client{Transport: off}, 0).fresh().(*http.Transport).ForceAttemptHTTP2, "HTTP/2 was switched off")
}

// TestNoRedirectIsFollowed: 307 and 308 would post the body again, the others turn into a GET that looks like success.
// Break seen red: http.Client.Do instead of RoundTrip.
func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		for _, code := range []int{301, 302, 303, 307, 308} {
			s := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", code) })
			transport := New(s.Client(), 0)
			for _, post := range []func(context.Context, Request) (*Reply, error){transport.Send, transport.Ask} {
				reply, err := post(t.Context(), request(s.URL))
				require.NoError(t, err)
				require.Equal(t, code, reply.StatusCode)
			}
			require.EqualValues(t, 2, s.posts.Load())
		}
	})
}

// TestCutConnectionIsNotResent: the server hangs up after it has read the request.
func TestCutConnectionIsNotResent(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		s := newServer(t, http2, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		transport := New(s.Client(), 0)
		for i := range 20 {
			_, err := transport.Send(t.Context(), request(s.URL))
			var failed *Error
			require.ErrorAs(t, err, &failed)
			require.False(t, failed.NotSent)
			require.EqualValues(t, i+1, s.posts.Load())
		}
	})
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

// repeater is a transport as merchants have them: it buffers the body and sends it again on EOF and on 503.
type repeater struct {
	base   http.RoundTripper
	detach bool // from the context
}

func (r repeater) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		ctx := req.Context()
		if r.detach {
			ctx = context.WithoutCancel(ctx)
		}
		again := req.Clone(ctx)
		again.Body = io.NopCloser(bytes.NewReader(body))
		resp, err := r.base.RoundTrip(again)
		if attempt == 2 || err == nil && resp.StatusCode != http.StatusServiceUnavailable {
			return resp, err
		}
		if resp != nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}
}

// TestRepeatingTransportIsStopped: one post arrives, the call fails, and the error names the transport. Without the
// watch three posts arrive (take the body of gotConn away and see).
func TestRepeatingTransportIsStopped(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		for name, handler := range map[string]http.HandlerFunc{
			"EOF": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for i := range 50 {
					s := newServer(t, http2, handler)
					_, err := New(&http.Client{Transport: repeater{s.Client().Transport, i%2 == 0}}, 0).Send(t.Context(), request(s.URL))
					var repeated *RepeatedError
					require.ErrorAs(t, err, &repeated)
					require.Equal(t, "singlesend.repeater", repeated.Transport)
					var failed *Error
					require.ErrorAs(t, err, &failed)
					require.False(t, failed.NotSent)
					require.EqualValues(t, 1, s.posts.Load())
					s.Close()
				}
			})
		}
	})
}

// TestRepeatedReplyIsNotTrusted: a transport that sends again and swallows the cancellation.
func TestRepeatedReplyIsNotTrusted(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	reply, err := New(&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		first, err := s.Client().Transport.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		again := req.Clone(req.Context())
		again.Body = io.NopCloser(strings.NewReader("a=b"))
		_, _ = s.Client().Transport.RoundTrip(again)
		return first, nil
	})}, 0).Send(t.Context(), request(s.URL))
	require.NoError(t, err)
	require.False(t, reply.Whole)
	var repeated *RepeatedError
	require.ErrorAs(t, reply.ReadErr, &repeated)
	require.EqualValues(t, 1, s.posts.Load())
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func dialer(dial func(ctx context.Context) (net.Conn, error)) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}
}

// TestNotSentNeedsProof: what is proved not to have been sent, and what is not.
func TestNotSentNeedsProof(t *testing.T) {
	t.Parallel()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	plain := newPlain(t)
	secure := newServer(t, false, func(http.ResponseWriter, *http.Request) {})
	refused := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for _, test := range []struct {
		name    string
		ctx     context.Context
		client  *http.Client
		url     string
		notSent bool
	}{
		{"a context that is done", done, nil, "https://127.0.0.1:1/", true},
		{"a URL that is none", t.Context(), nil, "https://a b/", true},
		{"connection refused", t.Context(), nil, "https://127.0.0.1:1/", true},
		{"no such host", t.Context(), nil, "https://payneteasy.invalid/", true},
		{"a certificate nobody knows", t.Context(), nil, secure.URL, true},
		{"a server that speaks no TLS", t.Context(), nil, "https://" + strings.TrimPrefix(plain, "http://"), true},
		{"a dial that fails in its own words", t.Context(), dialer(func(context.Context) (net.Conn, error) { return nil, errors.New("no route") }), "https://a.example/", true},
		{"a peer that hangs up at once", t.Context(), nil, plain, false},
		{"somebody's transport that fails without a word", t.Context(), &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("busy")
		})}, "https://a.example/", false},
		{"somebody's transport that could not dial", t.Context(), &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
			return nil, refused
		})}, "https://a.example/", true},
		{"somebody's transport that could not dial after it read the body", t.Context(), &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, req.Body)
			return nil, refused
		})}, "https://a.example/", false},
		{"somebody's transport that returns nothing", t.Context(), &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
			return nil, nil //nolint:nilnil // that is the case
		})}, "https://a.example/", false},
	} {
		_, err := New(test.client, 0).Send(test.ctx, request(test.url))
		var failed *Error
		require.ErrorAs(t, err, &failed, test.name)
		require.Equal(t, test.notSent, failed.NotSent, "%s: %v", test.name, err)
	}
}

// newPlain accepts connections and hangs up.
func newPlain(t *testing.T) (url string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.CopyN(io.Discard, conn, 1)
			_ = conn.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestTimeouts: a time-out is no outcome by itself. Dial and handshake that hang were not sent, a missing reply may
// have been.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	// net/http lets a dial go on after its request has ended, so this one ends by itself.
	hangDial := func(context.Context) (net.Conn, error) { <-time.After(2 * time.Minute); return nil, errors.New("late") }
	for _, test := range []struct {
		name    string
		scheme  string
		dial    func(ctx context.Context) (net.Conn, error)
		notSent bool
	}{
		{"a dial that hangs", "https", hangDial, true},
		{"a handshake that hangs", "https", func(context.Context) (net.Conn, error) { return deaf(), nil }, true},
		{"a reply that never comes", "http", func(context.Context) (net.Conn, error) { return deaf(), nil }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				client := dialer(test.dial)
				client.Transport.(*http.Transport).TLSHandshakeTimeout = 2 * time.Minute
				_, err := New(client, 0).Send(t.Context(), request(test.scheme+"://gateway.example/"))
				var failed *Error
				require.ErrorAs(t, err, &failed)
				require.Equal(t, test.notSent, failed.NotSent, "%v", err)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, time.Minute, time.Since(began))
				<-time.After(2 * time.Minute)
				synctest.Wait()
			})
		})
	}
}

// deaf is a connection whose peer reads everything and says nothing.
func deaf() net.Conn {
	client, server := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, server) }()
	return client
}

// TestWhole: when the end of a body is proved, and when not.
func TestWhole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, raw string
		whole     bool
		body      string
		cut       bool
	}{
		{"by its length", "Content-Length: 3\r\n\r\na=b", true, "a=b", false},
		{"cut before its length", "Content-Length: 9\r\n\r\na=b", false, "a=b", true},
		{"by its last chunk", "Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n", true, "a=b", false},
		{"cut before its last chunk", "Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n", false, "a=b", true},
		{"by the connection's end", "Connection: close\r\n\r\na=b", false, "a=b", false},
		{"empty by its length", "Content-Length: 0\r\n\r\n", true, "", false},
		{"encoded as identity", "Content-Length: 3\r\nContent-Encoding: Identity\r\n\r\na=b", true, "a=b", false},
		{"encoded as identity, twice", "Content-Length: 3\r\nContent-Encoding: identity\r\nContent-Encoding: , identity \r\n\r\na=b", true, "a=b", false},
		{"encoded as identity and gzip", "Content-Length: 3\r\nContent-Encoding: identity, gzip\r\n\r\na=b", false, "a=b", false},
		{"encoded as nothing", "Content-Length: 3\r\nContent-Encoding:\r\n\r\na=b", true, "a=b", false},
		{"compressed unasked", "Content-Length: 3\r\nContent-Encoding: gzip\r\n\r\na=b", false, "a=b", false},
	} {
		reply, err := New(dialer(func(context.Context) (net.Conn, error) { return answering("HTTP/1.1 200 OK\r\n" + test.raw), nil }), 0).
			Send(t.Context(), request("http://gateway.example/"))
		require.NoError(t, err, test.name)
		require.Equal(t, test.whole, reply.Whole, test.name)
		require.Equal(t, test.body, string(reply.Body), test.name)
		require.Equal(t, test.cut, errors.Is(reply.ReadErr, io.ErrUnexpectedEOF), "%s: %v", test.name, reply.ReadErr)
	}
	eachProtocol(t, func(t *testing.T, http2 bool) {
		s := newServer(t, http2, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a=b")
			w.(http.Flusher).Flush() // no Content-Length
		})
		reply, err := New(s.Client(), 0).Send(t.Context(), request(s.URL))
		require.NoError(t, err)
		require.True(t, reply.Whole)
	})
}

// TestVersionOfTheStatusLine: it is the peer's claim, and proves nothing about the end of a body. Only the protocol that
// the handshake negotiated does.
func TestVersionOfTheStatusLine(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"} {
		for _, negotiated := range []string{"", "http/1.1", "h2"} {
			raw := version + " 200 OK\r\n\r\na=b"
			reply, err := New(speaking(t, negotiated, raw), 0).Send(t.Context(), request("https://gateway.example/"))
			require.NoError(t, err, version)
			require.False(t, reply.Whole, "%s, negotiated %q", version, negotiated)
			require.Equal(t, "a=b", string(reply.Body))
		}
		raw := version + " 200 OK\r\nContent-Length: 3\r\n\r\na=b"
		reply, err := New(speaking(t, "", raw), 0).Send(t.Context(), request("https://gateway.example/"))
		require.NoError(t, err, version)
		require.True(t, reply.Whole, version)
	}
	for protocol, whole := range map[string]bool{"": false, "http/1.1": false, "h2c": false, "h2": true, "h3": true} {
		own := roundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: http.StatusOK, ProtoMajor: 3, ContentLength: -1, Body: io.NopCloser(strings.NewReader("a=b")),
				TLS: &tls.ConnectionState{NegotiatedProtocol: protocol},
			}, nil
		})
		reply, err := New(&http.Client{Transport: own}, 0).Send(t.Context(), request("https://gateway.example/"))
		require.NoError(t, err, protocol)
		require.Equal(t, whole, reply.Whole, protocol)
	}
}

// speaking is a client whose server negotiates a protocol, reads one HTTP/1 request and answers with these bytes. For
// "h2" the transport does not know HTTP/2, though its TLS configuration offers it.
func speaking(t *testing.T, negotiated, raw string) *http.Client {
	s := newServer(t, false, nil) // for its certificate and a client that trusts it
	server, client := s.TLS.Clone(), s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	server.NextProtos, client.NextProtos = nil, nil
	if negotiated != "" {
		server.NextProtos, client.NextProtos = []string{negotiated}, []string{negotiated}
	}
	client.ServerName = "example.com"
	return &http.Client{Transport: &http.Transport{
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { answer(tls.Server(far, server), raw) }()
			conn := tls.Client(near, client)
			return conn, conn.HandshakeContext(ctx)
		},
	}}
}

// answering is a connection whose peer reads one request and answers with these bytes.
func answering(raw string) net.Conn {
	client, server := net.Pipe()
	go func() { answer(server, raw) }()
	return client
}

func answer(conn net.Conn, raw string) {
	defer func() { _ = conn.Close() }()
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_, _ = io.WriteString(conn, raw)
	}
}

// TestLengthIsCounted: somebody's transport may not notice that a body was cut.
func TestLengthIsCounted(t *testing.T) {
	t.Parallel()
	reply, err := New(&http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, ContentLength: 9, Body: io.NopCloser(strings.NewReader("a=b"))}, nil
	})}, 0).Send(t.Context(), request("https://a.example/"))
	require.NoError(t, err)
	require.False(t, reply.Whole)
}

// TestSwitchingProtocolsEndsWithTheContext: after a 101 the body is the bare connection, which knows no context.
func TestSwitchingProtocolsEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		client := dialer(func(context.Context) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				req, err := http.ReadRequest(bufio.NewReader(server))
				if err == nil {
					_, _ = io.Copy(io.Discard, req.Body)
					_, _ = io.WriteString(server, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
				}
				<-hold
				_ = server.Close()
			}()
			return client, nil
		})
		began := time.Now()
		reply, err := New(client, 0).Send(t.Context(), request("http://gateway.example/"))
		require.NoError(t, err)
		require.Equal(t, http.StatusSwitchingProtocols, reply.StatusCode)
		require.ErrorIs(t, reply.ReadErr, context.DeadlineExceeded)
		require.False(t, reply.Whole)
		require.Equal(t, time.Minute, time.Since(began))
		close(hold)
	})
}

// TestAnotherRequestsAnswer: a transport that follows a redirect, with a context of its own, brings another's answer.
func TestAnotherRequestsAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Redirect(w, r, "/login", http.StatusFound)
		}
	})
	_, err := New(&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		return s.Client().Do(req.Clone(context.WithoutCancel(req.Context())))
	})}, 0).Send(t.Context(), request(s.URL))
	var failed *Error
	require.ErrorAs(t, err, &failed)
	require.False(t, failed.NotSent)
}

func TestReplyIsCapped(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		s := newServer(t, http2, func(w http.ResponseWriter, _ *http.Request) {
			chunk := make([]byte, 1<<16)
			for range 64 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		})
		reply, err := New(s.Client(), 0).Ask(t.Context(), request(s.URL))
		require.NoError(t, err)
		require.ErrorIs(t, reply.ReadErr, ErrReplyTooLarge)
		require.False(t, reply.Whole)
		require.Len(t, reply.Body, MaxReply)
	})
}

// TestSealedBody: a transport that goes on in the background after it returned gets nothing of the body any more.
func TestSealedBody(t *testing.T) {
	t.Parallel()
	var late io.Reader
	_, err := New(&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		late = req.Body
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	})}, 0).Send(t.Context(), request("https://a.example/"))
	var failed *Error
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NotSent)
	body, err := io.ReadAll(late)
	require.ErrorIs(t, err, errSealed)
	require.Empty(t, body)
}

// TestRequestCannotBeRewound: no GetBody, no idempotency header, and the body is readable once.
func TestRequestCannotBeRewound(t *testing.T) {
	t.Parallel()
	var once sync.Once
	_, err := New(&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		once.Do(func() {
			require.Nil(t, req.GetBody)
			require.NotContains(t, req.Header, "Idempotency-Key")
			require.NotContains(t, req.Header, "X-Idempotency-Key")
			require.EqualValues(t, 3, req.ContentLength)
		})
		first, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		require.Equal(t, "a=b", string(first))
		second, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		require.Empty(t, second)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
	})}, 0).Send(t.Context(), request("https://a.example/"))
	require.NoError(t, err)
}

// TestBeforeSend: it runs when the connection is ready, and before anything is written to it. If gotConn leaves it to
// Read, HTTP/2's headers go out.
func TestBeforeSend(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		server := newServer(t, http2, func(http.ResponseWriter, *http.Request) {})
		var asked atomic.Int64
		refused := errors.New("settled meanwhile")
		for name, permission := range map[string]error{"refused": refused, "given": nil} {
			r := request(server.URL)
			r.BeforeSend = func() error { asked.Add(1); return permission }
			_, err := New(server.Client(), 0).Send(t.Context(), r)
			if permission == nil {
				require.NoError(t, err, name)
				continue
			}
			var failed *Error
			require.ErrorAs(t, err, &failed, name)
			require.ErrorIs(t, err, refused, name)
			require.True(t, failed.NotSent, name)
		}
		require.Equal(t, int64(2), asked.Load())
		require.Equal(t, int64(1), server.posts.Load())
		require.Equal(t, int64(1), server.calls.Load(), "headers alone are too much")
	})
	var failed *Error
	reads := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		_, err := req.Body.Read(make([]byte, 1))
		return nil, err
	})
	r := request("https://gateway.example/")
	r.BeforeSend = func() error { return io.ErrClosedPipe }
	_, err := New(&http.Client{Transport: reads}, 0).Send(t.Context(), r)
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NotSent)
}

// TestBeforeSendOfABufferedBody: a transport that has read the body is asked again when it has a connection. A refusal
// proves nothing then: the transport may have sent the body before.
func TestBeforeSendOfABufferedBody(t *testing.T) {
	t.Parallel()
	server := newServer(t, false, func(http.ResponseWriter, *http.Request) {})
	refused := errors.New("settled in the meantime")
	for name, permissions := range map[string][]error{
		"given twice":           {nil, nil},
		"refused at first":      {refused},
		"refused when it dials": {nil, refused},
	} {
		var asked int
		buffer := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return nil, err
			}
			req = req.Clone(req.Context())
			req.Body = io.NopCloser(bytes.NewReader(body))
			return server.Client().Transport.RoundTrip(req)
		})
		server.posts.Store(0)
		r := request(server.URL)
		r.BeforeSend = func() error { asked++; return permissions[asked-1] }
		_, err := New(&http.Client{Transport: buffer}, 0).Send(t.Context(), r)
		require.Len(t, permissions, asked, name)
		if !slices.Contains(permissions, refused) {
			require.NoError(t, err, name)
			require.EqualValues(t, 1, server.posts.Load(), name)
			continue
		}
		var failed *Error
		require.ErrorAs(t, err, &failed, name)
		require.ErrorIs(t, err, refused, name)
		require.Equal(t, asked == 1, failed.NotSent, name)
		require.Zero(t, server.posts.Load(), name)
	}
}

// TestAdvice: net/http's advice to make a payout a request that can be sent again is not passed on.
func TestAdvice(t *testing.T) {
	t.Parallel()
	s := newFrameServer(t, func(write func(kind, flags byte, stream uint32, payload []byte), stream uint32) {
		write(frameReset, 0, stream, []byte{0, 0, 0, 7}) // REFUSED_STREAM
	})
	_, err := New(s.client, 0).Send(t.Context(), request(s.url))
	require.ErrorContains(t, err, "not sent again: [")
	require.NotContains(t, err.Error(), "GetBody")
	require.NotContains(t, err.Error(), "avoid this error")
}

// TestNoCompression: a reply is asked for as it is, also through a transport of the caller's that would ask for gzip.
func TestNoCompression(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		s := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Header.Get("Accept-Encoding"))
		})
		for _, transport := range []http.RoundTripper{s.Client().Transport, roundTripFunc(s.Client().Transport.RoundTrip)} {
			r := request(s.URL)
			sent, err := New(&http.Client{Transport: transport}, 0).Send(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, "identity", string(sent.Body))
			require.True(t, sent.Counted)
			asked, err := New(&http.Client{Transport: transport}, 0).Ask(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, "identity", string(asked.Body))
			require.NotContains(t, r.Header, "Accept-Encoding", "the caller's header is not changed")
		}
	})
}

// TestBodyThatIgnoresClose: a caller's transport may return a body whose Close does not end a Read. The call ends with its
// context all the same.
func TestBodyThatIgnoresClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		silent, end := io.Pipe()
		own := roundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, ContentLength: 9, Body: io.NopCloser(silent)}, nil
		})
		began := time.Now()
		reply, err := New(&http.Client{Transport: own}, time.Minute).Send(t.Context(), request("https://gateway.example/"))
		require.NoError(t, err)
		require.ErrorIs(t, reply.ReadErr, context.DeadlineExceeded)
		require.False(t, reply.Whole)
		require.Equal(t, time.Minute+grace, time.Since(began))
		require.NoError(t, end.Close())
	})
}
