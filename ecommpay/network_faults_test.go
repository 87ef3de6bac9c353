package ecommpay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestFaults checks that a payout is registered at most once, and that the outcome is never wrong, whatever breaks.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		gateway := ecommpaytest.NewGateway(t)
		m := newMerchant(t, gateway, func(c *ecommpay.Config) { speak(t, c, http2) })
		gateway.SetCallbackURL("") // the questions after callbacks would take the faults
		for i, fault := range []ecommpaytest.Fault{
			ecommpaytest.ResetBeforeBody(), ecommpaytest.ResetWithinBody(), ecommpaytest.ResetAfterBody(),
			ecommpaytest.LoseReply(),
			ecommpaytest.LateReply(time.Hour), ecommpaytest.CutReply(0), ecommpaytest.CutReply(20),
			ecommpaytest.CutReplyWithoutLength(20),
			ecommpaytest.Page(502, "Bad gateway"), ecommpaytest.Page(502, "Bad gateway").AfterAcceptance(),
			ecommpaytest.Page(403, "Forbidden").AfterAcceptance(),
			ecommpaytest.TooManyRequests(time.Second).AfterAcceptance(),
			ecommpaytest.RedirectReply(307, gateway.URL()+"/v2/payment/payout/registration"),
			ecommpaytest.RedirectReply(308, gateway.URL()+"/v2/payment/payout/registration").AfterAcceptance(),
			ecommpaytest.EmptyReply(), ecommpaytest.EmptyReply().AfterAcceptance(),
			ecommpaytest.ReplyOfPayment("another"),
			ecommpaytest.ResetStream(7), ecommpaytest.ResetStream(2), ecommpaytest.GoAway(0), ecommpaytest.GoAway(2),
			ecommpaytest.Refuse(400, "501", "Internal error").AfterAcceptance(),
			ecommpaytest.Refuse(400, "3041", "Payment ID already exists"),
		} {
			id := fmt.Sprintf("payout-%d", i)
			gateway.FailNext(fault)
			ctx := t.Context()
			if fault.String() == ecommpaytest.LateReply(0).String() {
				ctx = untilRegistered(ctx, gateway)
			}
			_, err := m.client.RegisterPayout(ctx, debt(t, id))
			require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, fault)
			require.NotErrorIs(t, err, payneteasy.ErrNotSent)
			require.NotErrorIs(t, err, payneteasy.ErrRejected)
			registered := 0
			for _, p := range gateway.Payments() {
				if p.PaymentID == id {
					registered++
				}
			}
			require.LessOrEqual(t, registered, 1, fault)
		}
		gateway.FailNext(ecommpaytest.Refuse(400, "2004", "Required field not provided"))
		_, err := m.client.RegisterPayout(t.Context(), debt(t, "refused"))
		require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
		gateway.RefuseConnections(true)
		_, err = m.client.RegisterPayout(t.Context(), debt(t, "down"))
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		gateway.RefuseConnections(false)
		gateway.CutConnections(1)
		_, err = m.client.RegisterPayout(t.Context(), debt(t, "cut"))
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		for _, p := range gateway.Payments() {
			require.NotContains(t, []string{"refused", "down", "cut"}, p.PaymentID)
		}
		gateway.WaitCallbacks()
	}
}

// untilRegistered returns a context that ends when the gateway has another payment.
func untilRegistered(ctx context.Context, gateway *ecommpaytest.Gateway) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	before := len(gateway.Payments())
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
		go func() {
			defer cancel()
			for len(gateway.Payments()) == before && ctx.Err() == nil {
				<-time.After(time.Millisecond)
			}
		}()
	}})
}

// TestFlowUnderFaults loses a reply and lets status calls fail. The payout still ends, and is registered once.
func TestFlowUnderFaults(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	m := newMerchant(t, gateway, unchanged)
	gateway.FailPayment("payout-1", ecommpaytest.LoseReply(), ecommpaytest.Page(502, "Bad gateway"),
		ecommpaytest.CutReply(10), ecommpaytest.EmptyReply())
	payout := m.client.NewPayout(debt(t, "payout-1"))
	_, err := payout.Register(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, gateway.Confirm("payout-1", ecommpaytest.CardApproved))
	gateway.FailAtRandom(1, 2, ecommpaytest.Page(502, "Bad gateway"), ecommpaytest.LoseReply(),
		ecommpaytest.Refuse(404, "3061", "Transaction not found"))
	_, err = payout.Wait(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPaid, payout.Decision())
	require.Len(t, gateway.Payments(), 1)
	require.Len(t, gateway.Payouts("payout-1"), 1)

	// A program that has forgotten the payout registers the same ID again. The earlier call reached the platform.
	_, err = newMerchant(t, gateway, unchanged).client.RegisterPayout(t.Context(), debt(t, "PAYOUT-1"))
	for err != nil && !errors.Is(err, ecommpay.ErrPaymentExists) { // the random faults
		_, err = m.client.RegisterPayout(t.Context(), debt(t, "PAYOUT-1"))
	}
	require.ErrorIs(t, err, ecommpay.ErrPaymentExists)
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
}

// TestRepeatingTransport checks that a transport that repeats requests is stopped, and a registration is sent once.
func TestRepeatingTransport(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	m := newMerchant(t, gateway, func(c *ecommpay.Config) {
		inner, ok := c.HTTPClient.Transport.(*http.Transport)
		require.True(t, ok)
		inner.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		c.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			var resp *http.Response
			for range 3 {
				again := r.Clone(r.Context())
				again.Body = io.NopCloser(bytes.NewReader(body))
				resp, err = inner.RoundTrip(again)
				if err == nil && resp.StatusCode < 500 {
					return resp, nil
				}
			}
			return resp, err
		})}
	})
	gateway.FailNext(ecommpaytest.Page(503, "Busy").AfterAcceptance())
	_, err := m.client.RegisterPayout(t.Context(), debt(t, "payout-1"))
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
	require.Len(t, gateway.Payments(), 1)
}

// TestNoCallback loses the reply. The status shows that the payout is registered, and no callback arrives.
func TestNoCallback(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	client, err := ecommpay.NewClient(gateway.Config())
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	gateway.FailNext(ecommpaytest.LoseReply())
	payout := client.NewPayout(debt(t, "payout-1"))
	options := &ecommpay.WaitOptions{
		MinInterval: time.Millisecond, MaxInterval: time.Millisecond,
		MaxWait: 50 * time.Millisecond,
	}
	_, err = payout.Register(t.Context(), options)
	require.ErrorIs(t, err, ecommpay.ErrWaitTimeout)
	require.ErrorContains(t, err, "no callback brought its uuid")
	require.NotContains(t, err.Error(), "it may be registered", "it is known to be")
}
