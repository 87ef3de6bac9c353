package payneteasy_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// controlOf is the control of a callback or a redirect, made here from the documents and not with the package.
func controlOf(key string, form url.Values) string {
	id := form.Get("client_orderid")
	if id == "" {
		id = form.Get("merchant_order")
	}
	sum := sha1.Sum([]byte(form.Get("status") + form.Get("orderid") + id + key))
	return hex.EncodeToString(sum[:])
}

// callbackForm is a callback of the first payout of a fake gateway, with changes: name, value, name, value. An empty value
// takes the parameter away. The control fits unless it is changed too.
func callbackForm(changes ...string) url.Values {
	form := url.Values{
		"status": {"approved"}, "client_orderid": {"payout-0001"}, "merchant_order": {"payout-0001"}, "orderid": {"6982864"},
		"type": {"payout"}, "amount": {"10.42"}, "currency": {"USD"},
	}
	change := func() {
		for i := 0; i < len(changes); i += 2 {
			form.Del(changes[i])
			if changes[i+1] != "" {
				form.Set(changes[i], changes[i+1])
			}
		}
	}
	change()
	form.Set("control", controlOf(payneteasytest.ControlKey, form))
	change()
	return form
}

func callbackGET(query string) *http.Request {
	return httptest.NewRequest(http.MethodGet, "https://merchant.example/callback?"+query, nil)
}

func callbackPOST(query, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://merchant.example/callback?"+query, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// served is what a handler answers.
func served(handler http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

// TestCallbacksOfTheGateway: the gateway calls back over HTTP, and the function is told once that the payout is paid, and
// once that it was taken back.
func TestCallbacksOfTheGateway(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	told := make(chan *payneteasy.Callback, 10)
	handler := client.CallbackHandler(func(_ context.Context, cb *payneteasy.Callback) error { told <- cb; return nil })
	server := httptest.NewServer(handler)
	defer server.Close()
	req := request(t)
	req.CallbackURL = server.URL + "/callback?shop=7"
	_, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	gateway.Finish(req.ClientOrderID)
	gateway.WaitCallbacks()
	cb := <-told
	require.True(t, cb.Approved())
	require.False(t, cb.Reversed())
	require.Equal(t, req.Amount, cb.Amount)
	require.Equal(t, req.Amount, cb.Confirmed.Amount)
	require.Equal(t, "7", cb.Fields.Get("shop"))
	require.False(t, cb.Fields.Get("control") != "", "it is of no use to anybody but a forger")

	require.True(t, gateway.CallBack(req.ClientOrderID, nil))
	gateway.WaitCallbacks()
	require.Empty(t, told, "a duplicate")

	for _, kind := range []string{"reversal", "chargeback"} {
		require.True(t, gateway.TakeBack(req.ClientOrderID, kind))
		gateway.WaitCallbacks()
		cb = <-told
		require.Equal(t, payneteasy.StatusApproved, cb.Status)
		require.Equal(t, kind, cb.TransactionType)
		require.False(t, cb.Approved(), "never taken for paid")
		require.True(t, cb.Reversed())
		require.False(t, cb.MayPayAgain())
	}
	for _, delivery := range gateway.Callbacks() {
		require.Equal(t, http.StatusOK, delivery.HTTPStatus, delivery.URL)
	}
	require.Len(t, gateway.Callbacks(), 4)
}

// TestCallbackAnswers are the answers to what is not taken, over any handler.
func TestCallbackAnswers(t *testing.T) {
	t.Parallel()
	client := newClient(t, payneteasytest.NewGateway(t).Config())
	never := client.CallbackHandler(func(context.Context, *payneteasy.Callback) error { t.Error("told"); return nil })
	require.Equal(t, http.StatusForbidden, served(never, callbackGET(callbackForm("status", "declined", "control", strings.Repeat("0", 40)).Encode())))
	require.Equal(t, http.StatusServiceUnavailable, served(never, callbackGET(callbackForm().Encode())), "no such order")
}
