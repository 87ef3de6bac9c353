package payneteasytest_test

import (
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestCallbacks checks that a final order is called back by GET, with every documented parameter and the control, until
// the answer is 200.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	var mu sync.Mutex
	var got []url.Values
	merchant := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Query())
		if len(got) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer merchant.Close()
	client := newClient(t, gateway)
	req := request(t, "a", "0987654321")
	req.CallbackURL, req.MerchantData = merchant.URL+"/cb?mine=1", "data"
	payout, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	_, err = client.Wait(t.Context(), payout.Entry, nil)
	require.NoError(t, err)
	gateway.WaitCallbacks()
	require.Len(t, got, 2)
	require.Equal(t, got[0], got[1])
	sum := sha1.Sum([]byte("declined" + payout.OrderID + "a" + payneteasytest.ControlKey))
	require.Equal(t, url.Values{
		"mine": {"1"}, "status": {"declined"}, "merchant_order": {"a"}, "client_orderid": {"a"},
		"orderid": {payout.OrderID},
		"type":    {"payout"}, "amount": {"10.42"}, "currency": {"USD"}, "descriptor": {"Test gate USD"},
		"error_message": {"Declined by the bank"}, "error_code": {"2"}, "merchantdata": {"data"},
		"control": {hex.EncodeToString(sum[:])},
	}, got[0])
	deliveries := gateway.CallbackAttempts()
	require.Equal(t, []int{503, 200}, []int{deliveries[0].HTTPStatus, deliveries[1].HTTPStatus})
}

// TestManualCallbacks makes a duplicate callback, one out of order, and a forged one.
func TestManualCallbacks(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	got := make(chan url.Values, 10)
	merchant := httptest.NewServer(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.URL.Query() }))
	defer merchant.Close()
	req := request(t, "a", "1234567890")
	req.CallbackURL = merchant.URL
	_, err := newClient(t, gateway).Payout(t.Context(), req)
	require.NoError(t, err)
	require.False(t, gateway.CallBack("unknown", nil))
	require.True(t, gateway.CallBack("a", nil))
	early := <-got
	require.Equal(t, "processing", early.Get("status"))
	require.True(t, gateway.CallBack("a", func(p url.Values) { p.Set("status", "approved") }))
	lie := <-got
	require.Equal(t, "approved", lie.Get("status"))
	require.NotEqual(t, early.Get("control"), lie.Get("control"), "the control must match the claimed status")
	require.True(t, gateway.CallBack("a", func(p url.Values) { p.Set("control", "0") }))
	require.Equal(t, "0", (<-got).Get("control"))
}
