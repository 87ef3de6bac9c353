package riverpayout_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// rewriting is a gateway whose status replies are replaced.
func rewriting(words *atomic.Pointer[strings.Replacer]) func(*riverpayout.Config) {
	return func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			if other := words.Load(); err == nil && other != nil && strings.Contains(req.URL.Path, "/status/") {
				body, _ := io.ReadAll(reply.Body)
				text := other.Replace(string(body))
				reply.Body, reply.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			}
			return reply, err
		})
	}
}

// rejecting is a gateway that rejects one payout.
func rejecting(id string) func(*riverpayout.Config) {
	return func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if !strings.Contains(req.URL.Path, "/payout/") {
				return base.RoundTrip(req)
			}
			body, err := io.ReadAll(req.Body)
			if err != nil || !bytes.Contains(body, []byte("client_orderid="+id+"&")) {
				req.Body = io.NopCloser(bytes.NewReader(body))
				return base.RoundTrip(req)
			}
			reply := "type=validation-error\n&error-code=1\n&error-message=Unsupported+currency\n"
			return &http.Response{
				StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}},
				Request: req, ProtoMajor: 1, ProtoMinor: 1,
				Body: io.NopCloser(strings.NewReader(reply)), ContentLength: int64(len(reply)),
			}, nil
		})
	}
}

// wrongKey makes the gateway refuse signed requests. Payouts are signed, and questions are not.
func wrongKey(c *riverpayout.Config, wrong *atomic.Bool) {
	wrong.Store(true)
	c.Gateway.Timeout, c.Gateway.ResolveWindow = time.Second, time.Millisecond
	base := c.Gateway.HTTPClient.Transport
	c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
		if wrong.Load() {
			req.Header.Set("Authorization",
				strings.Replace(req.Header.Get("Authorization"), `oauth_signature="`, `oauth_signature="AAAA`, 1))
		}
		return base.RoundTrip(req)
	})
}

// calledBack returns a fleet that asks once an hour, so that earlier changes come from callbacks. Its gateway calls
// back.
func calledBack(t *testing.T, change func(*riverpayout.Config)) *fleet {
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait = payneteasy.WaitOptions{MinInterval: time.Hour, MaxInterval: time.Hour}
		if change != nil {
			change(c)
		}
	})
	f.gateway.SetStepTime(time.Hour)
	return f
}

// callbacks serves handlers in turn, as a load balancer does, and sets their URL in the payouts.
func (f *fleet) callbacks(handlers ...http.Handler) {
	f.t.Helper()
	var next atomic.Uint32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers[int(next.Add(1))%len(handlers)].ServeHTTP(w, r)
	}))
	f.t.Cleanup(server.Close)
	f.load = func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
		req.NotifyURL = server.URL
		return req, nil
	}
}

// lastAnswer returns the status code of the answer to the gateway's last callback.
func (f *fleet) lastAnswer() int {
	f.t.Helper()
	f.gateway.WaitCallbacks()
	all := f.gateway.CallbackAttempts()
	require.NotEmpty(f.t, all)
	return all[len(all)-1].HTTPStatus
}

// firstAnswer returns the status code of the answer to its first callback.
func (f *fleet) firstAnswer() int {
	f.t.Helper()
	f.lastAnswer()
	return f.gateway.CallbackAttempts()[0].HTTPStatus
}
