package singlesend

import (
	"context"
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

// TestNotSent checks which failures prove that nothing was sent.
func TestNotSent(t *testing.T) {
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
		{"an invalid URL", t.Context(), nil, "https://a b/", true},
		{"connection refused", t.Context(), nil, "https://127.0.0.1:1/", true},
		{"no such host", t.Context(), nil, "https://payneteasy.invalid/", true},
		{"an unknown certificate", t.Context(), nil, secure.URL, true},
		{"a server that speaks no TLS", t.Context(), nil, "https://" + strings.TrimPrefix(plain, "http://"), true},
		{
			"a dial that fails in its own words", t.Context(),
			dialer(func(context.Context) (net.Conn, error) { return nil, errors.New("no route") }),
			"https://a.example/", true,
		},
		{"a peer that disconnects at once", t.Context(), nil, plain, false},
		{
			"a transport that fails without a reason", t.Context(),
			&http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
				return nil, errors.New("busy")
			})}, "https://a.example/", false,
		},
		{
			"a transport that could not dial", t.Context(),
			&http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
				return nil, refused
			})}, "https://a.example/", true,
		},
		{
			"a transport that could not dial after it read the body", t.Context(),
			&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
				_, _ = io.Copy(io.Discard, req.Body)
				return nil, refused
			})}, "https://a.example/", false,
		},
		{
			"a transport that reports a failed dial in its own words",
			t.Context(), ownWords(), "https://127.0.0.1:1/", true,
		},
		{
			"a transport that reports a failed handshake in its own words",
			t.Context(), ownWords(), "https://" + strings.TrimPrefix(plain, "http://"), true,
		},
		{
			"a transport that returns nothing", t.Context(),
			&http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
				return nil, nil //nolint:nilnil // that is the case
			})}, "https://a.example/", false,
		},
	} {
		_, err := New(test.client, 0).Send(test.ctx, request(test.url))
		var failed *Error
		require.ErrorAs(t, err, &failed, test.name)
		require.Equal(t, test.notSent, failed.NotSent, "%s: %v", test.name, err)
	}
}

// ownWords is a client whose transport hides the errors of net/http.
func ownWords() *http.Client {
	base := &http.Transport{}
	return &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err != nil {
			return nil, errors.New("busy")
		}
		return resp, nil
	})}
}

// TestTimeouts checks that a timeout alone is no outcome. A hanging dial or handshake means not sent. With a missing
// reply the request may have been sent.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	// net/http lets a dial go on after its request has ended, so this one ends by itself.
	hangDial := func(context.Context) (net.Conn, error) {
		<-time.After(2 * time.Minute)
		return nil, errors.New("late")
	}
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
