package singlesend

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// server counts what arrives.
type server struct {
	*httptest.Server
	conns, calls, posts atomic.Int64
}

// protocols are the HTTP versions that all rules apply to.
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
	return Request{
		URL: url, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body: []byte("a=b"),
	}
}

func eachProtocol(t *testing.T, test func(t *testing.T, http2 bool)) {
	for name, http2 := range protocols {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, http2)
		})
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func dialer(dial func(ctx context.Context) (net.Conn, error)) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}
}

// newPlain accepts connections and closes them.
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

// deaf is a connection whose peer reads everything and says nothing.
func deaf() net.Conn {
	client, server := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, server) }()
	return client
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

// talk handles one connection of a proxy. The connection is closed when it returns.
type talk func(conn net.Conn)

// proxyAt listens on this machine and serves each connection.
func proxyAt(t *testing.T, serve talk) (host string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		group.Wait()
	})
	return listener.Addr().String()
}

// asked reads a CONNECT request.
func asked(conn net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(conn)) }

// answers answers a CONNECT and closes the connection.
func answers(raw string) talk {
	return func(conn net.Conn) {
		asked(conn)
		_, _ = io.WriteString(conn, raw)
	}
}

// answersAndStays keeps the connection until the client closes it.
func answersAndStays(raw string) talk {
	return answersThen(raw, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
}

// speaks reads from a client before each of these messages.
func speaks(messages ...string) talk {
	return func(conn net.Conn) {
		for _, message := range messages {
			if _, err := conn.Read(make([]byte, 512)); err != nil {
				return
			}
			_, _ = io.WriteString(conn, message)
		}
	}
}

// certificate returns the TLS configurations of a server and of clients that trust it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	t.Cleanup(s.Close)
	server = s.TLS.Clone()
	server.NextProtos = nil
	return server, s.Client().Transport.(*http.Transport).TLSClientConfig
}

// overTLS is a proxy behind TLS.
func overTLS(config *tls.Config, serve talk) talk {
	return func(conn net.Conn) {
		secured := tls.Server(conn, config)
		defer func() { _ = secured.Close() }()
		serve(secured)
	}
}

const hello = "\x16\x03\x01\x00\x05hello"

// endless answers with headers until the client closes the connection.
func endless(conn net.Conn) {
	asked(conn)
	_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
	for err == nil {
		_, err = io.WriteString(conn, "X-Secret: "+proxySecret+"\r\n")
	}
}

// answersThen goes on with the connection after the answer.
func answersThen(raw string, next talk) talk {
	return func(conn net.Conn) {
		answers(raw)(conn)
		next(conn)
	}
}

// The parts of a proxy's URL and the words of a proxy that no error may contain.
const (
	proxyUser     = "clerk-of-proxy"
	proxyPassword = "pass-of-proxy"
	proxySecret   = "said-by-proxy"
)
