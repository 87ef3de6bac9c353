package singlesend

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// repeater is a transport as merchants have them. It buffers the body and sends it again on EOF and on 503.
type repeater struct {
	base   http.RoundTripper
	detach bool // ignore the context
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

// TestRepeatingTransport checks that one post arrives, that the call fails, and that the error names the transport.
// Without the body of gotConn three posts arrive.
func TestRepeatingTransport(t *testing.T) {
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
					_, err := New(&http.Client{Transport: repeater{s.Client().Transport, i%2 == 0}},
						0).Send(t.Context(), request(s.URL))
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

// TestRepeatedReply has a transport that sends again and ignores the cancellation.
func TestRepeatedReply(t *testing.T) {
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

// TestRedirects checks that no redirect is followed. 307 and 308 would post the body again, and the others become a GET
// that looks like success. With http.Client.Do instead of RoundTrip it is red.
func TestRedirects(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		for _, code := range []int{301, 302, 303, 307, 308} {
			s := newServer(t, http2,
				func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", code) })
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

// TestCutConnection has a server that closes the connection after it has read the request.
func TestCutConnection(t *testing.T) {
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

// TestForeignReply has a transport that follows a redirect with its own context, and returns another server's answer.
func TestForeignReply(t *testing.T) {
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

// TestRewind checks that there is no GetBody and no idempotency header, and that the body can be read once.
func TestRewind(t *testing.T) {
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

// TestSealedBody checks that a transport gets no more of the body in the background after it has returned.
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

// TestAdvice checks that net/http's advice to make a payout repeatable is not passed on.
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
