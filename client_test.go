package payneteasy_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestRepeatingTransport checks that a merchant's transport that sends a payout twice is stopped. The error names the
// type of the transport.
func TestRepeatingTransport(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	config.HTTPClient = &http.Client{Transport: &resending{base: config.HTTPClient.Transport}}
	_, err := newClient(t, config).Payout(t.Context(), request(t))
	requireOneOutcome(t, err, payneteasy.DecisionUnknown)
	require.ErrorContains(t, err, "*payneteasy_test.resending tried to send the request a second time and was stopped")
	require.Len(t, gateway.Orders("payout-0001"), 1)
}

// resending sends each request twice and discards the first reply.
type resending struct{ base http.RoundTripper }

func (r *resending) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	for range 2 {
		again := req.Clone(req.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		var resp *http.Response
		if resp, err = r.base.RoundTrip(again); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			err = resp.Body.Close()
		}
	}
	return nil, err
}

// TestPayoutsTakeFreshConnections checks that a payout does not use a pooled connection. The server may just have
// closed it, and then no one knows if the request arrived.
func TestPayoutsTakeFreshConnections(t *testing.T) {
	t.Parallel()
	config := payneteasytest.NewGateway(t).Config()
	var dials atomic.Int32
	transport := config.HTTPClient.Transport.(*http.Transport)
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	client := newClient(t, config)
	for i := range 3 {
		req := request(t)
		req.ClientOrderID = strings.Repeat("x", i+1)
		payout, err := client.Payout(t.Context(), req)
		require.NoError(t, err)
		_, err = client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
	}
	require.EqualValues(t, 4, dials.Load(), "one for each payout, and one for all the polls")
}

// TestTimeout checks that the outcome is unknown if no reply comes within Config.Timeout. The error wraps the cause.
func TestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: speechless{}})
		config.Timeout = 9 * time.Second
		began := time.Now()
		_, err := newClient(t, config).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 9*time.Second, time.Since(began))
	})
}

// speechless reads a request and never answers.
type speechless struct{}

func (speechless) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// TestClientIsConcurrent checks that one client can make many payouts at the same time. CI runs it with the race
// detector.
func TestClientIsConcurrent(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			req := request(t)
			req.ClientOrderID = strings.Repeat("x", i+1)
			payout, err := client.Payout(t.Context(), req)
			if err == nil {
				_, err = client.Wait(t.Context(), payout.Entry, nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Len(t, gateway.Orders(), 32)
}

// TestRequestEncoding checks that spaces, Unicode, reserved characters and extra parameters arrive as they were
// validated. The gateway verifies their signature with its own code.
func TestRequestEncoding(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	req := request(t)
	req.ClientOrderID = "inv/2024 #1 é+&=%"
	req.OrderDesc = "  Fish & Chips + 10% (tip)!*' ~ "
	req.Receiver = &payneteasy.Receiver{FirstName: "Zoë", LastName: "Müller-Łukasz", City: "北京"}
	req.Extra = map[string][]string{"b": {"2", "1"}, "a.b-c_d": {"x=y&z"}}
	payout, err := newClient(t, gateway.Config()).Payout(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, req.ClientOrderID, payout.ClientOrderID)
	require.Equal(t, "10.42", gateway.Orders()[0].Amount)
}

// TestClientPrintedDuringAPayout checks that a struct with a client can be printed during a payout, without a data
// race.
func TestClientPrintedDuringAPayout(t *testing.T) {
	t.Parallel()
	client := newClient(t, payneteasytest.NewGateway(t).Config())
	service := struct{ client *payneteasy.Client }{client}
	var calls sync.WaitGroup
	for i := range 4 {
		calls.Go(func() {
			for n := range 20 {
				req := request(t)
				req.ClientOrderID = fmt.Sprintf("payout-%d-%d", i, n)
				_, err := client.Payout(t.Context(), req)
				assert.NoError(t, err)
				_ = fmt.Sprintf("%s", service) // it does not call Format
			}
		})
	}
	calls.Wait()
}
