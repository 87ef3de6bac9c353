package singlesend

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBeforeSend checks that it runs when the connection is ready, before anything is written to it. If gotConn left it
// to Read, HTTP/2's headers would go out.
func TestBeforeSend(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, http2 bool) {
		server := newServer(t, http2, func(http.ResponseWriter, *http.Request) {})
		var asked atomic.Int64
		refused := errors.New("settled by a person")
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

// TestBeforeSendBuffered checks that BeforeSend runs again when a transport that has read the body has a connection. An
// error proves nothing then, because the transport may have sent the body before.
func TestBeforeSendBuffered(t *testing.T) {
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
