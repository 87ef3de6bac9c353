package singlesend

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWholeReply checks when the end of a body is proved.
func TestWholeReply(t *testing.T) {
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
		{
			"encoded as identity, twice",
			"Content-Length: 3\r\nContent-Encoding: identity\r\nContent-Encoding: , identity \r\n\r\na=b",
			true, "a=b", false,
		},
		{
			"encoded as identity and gzip",
			"Content-Length: 3\r\nContent-Encoding: identity, gzip\r\n\r\na=b", false, "a=b", false,
		},
		{"encoded as nothing", "Content-Length: 3\r\nContent-Encoding:\r\n\r\na=b", true, "a=b", false},
		{"compressed unasked", "Content-Length: 3\r\nContent-Encoding: gzip\r\n\r\na=b", false, "a=b", false},
	} {
		reply, err := New(
			dialer(func(context.Context) (net.Conn, error) { return answering("HTTP/1.1 200 OK\r\n" + test.raw), nil }),
			0).
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

// TestStatusLineVersion checks that the version in a status line proves nothing about the end of a body. Only the
// protocol that the handshake negotiated does.
func TestStatusLineVersion(t *testing.T) {
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
				StatusCode: http.StatusOK, ProtoMajor: 3, ContentLength: -1,
				Body: io.NopCloser(strings.NewReader("a=b")),
				TLS:  &tls.ConnectionState{NegotiatedProtocol: protocol},
			}, nil
		})
		reply, err := New(&http.Client{Transport: own}, 0).Send(t.Context(), request("https://gateway.example/"))
		require.NoError(t, err, protocol)
		require.Equal(t, whole, reply.Whole, protocol)
	}
}

// speaking is a client whose server negotiates a protocol, reads one HTTP/1 request and answers with these bytes. For
// "h2" the transport does not know HTTP/2, although its TLS configuration offers it.
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

// TestContentLength has a transport that does not notice that a body was cut.
func TestContentLength(t *testing.T) {
	t.Parallel()
	reply, err := New(&http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, ContentLength: 9,
			Body: io.NopCloser(strings.NewReader("a=b")),
		}, nil
	})}, 0).Send(t.Context(), request("https://a.example/"))
	require.NoError(t, err)
	require.False(t, reply.Whole)
}

// TestSwitchingProtocols checks a 101, after which the body is the bare connection and does not end with the context.
func TestSwitchingProtocols(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		client := dialer(func(context.Context) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				req, err := http.ReadRequest(bufio.NewReader(server))
				if err == nil {
					_, _ = io.Copy(io.Discard, req.Body)
					_, _ = io.WriteString(server,
						"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
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

func TestReplyLimit(t *testing.T) {
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

// TestUnclosableBody has a transport that returns a body whose Close does not end a Read. The call still ends with its
// context.
func TestUnclosableBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		silent, end := io.Pipe()
		own := roundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, ContentLength: 9, Body: io.NopCloser(silent)}, nil
		})
		began := time.Now()
		reply, err := New(&http.Client{Transport: own}, time.Minute).Send(t.Context(),
			request("https://gateway.example/"))
		require.NoError(t, err)
		require.ErrorIs(t, reply.ReadErr, context.DeadlineExceeded)
		require.False(t, reply.Whole)
		require.Equal(t, time.Minute+grace, time.Since(began))
		require.NoError(t, end.Close())
	})
}

// TestCompression checks that no compressed reply is asked for, even if the caller's transport would ask for gzip.
func TestCompression(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		s := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Header.Get("Accept-Encoding"))
		})
		for _, transport := range []http.RoundTripper{
			s.Client().Transport,
			roundTripFunc(s.Client().Transport.RoundTrip),
		} {
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
