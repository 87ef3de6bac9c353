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

// TestForgedCallbacks change nothing: the function is not called, and the journal stays.
func TestForgedCallbacks(t *testing.T) {
	shifted := callbackForm("orderid", "698286", "client_orderid", "4payout-0001", "merchant_order", "")
	require.Equal(t, callbackForm().Get("control"), shifted.Get("control"), "the control does not tell them apart")
	right := callbackForm().Get("control")
	receiving(t, func(t *testing.T, r *receivingTest) {
		before := stateOf(t, r.journal)
		require.Equal(t, payneteasy.StateAccepted, before.State)
		for name, test := range map[string]struct {
			request *http.Request
			status  int
		}{
			"a wrong control":    {callbackGET(callbackForm("control", strings.Repeat("0", 40)).Encode()), 403},
			"no control":         {callbackGET(callbackForm("control", "").Encode()), 403},
			"a status swapped":   {callbackGET(callbackForm("status", "declined", "control", right).Encode()), 403},
			"digits shifted":     {callbackGET(shifted.Encode()), 503},
			"an unknown order":   {callbackGET(callbackForm("client_orderid", "payout-0009", "merchant_order", "").Encode()), 503},
			"another order's id": {callbackGET(callbackForm("orderid", "6982865").Encode()), 409},
			"64 MiB":             {callbackPOST(callbackForm().Encode(), strings.Repeat("a", 64<<20)), 413},
			"10,000 parameters":  {callbackPOST(callbackForm().Encode(), strings.Repeat("a=b&", 10_000)), 400},
			"not UTF-8":          {callbackGET(callbackForm("status", "approved\xff").Encode()), 400},
			"HEAD":               {httptest.NewRequest(http.MethodHead, "/?"+callbackForm().Encode(), nil), 405},
			"JSON":               {httptest.NewRequest(http.MethodPost, "/?"+callbackForm().Encode(), strings.NewReader("{}")), 415},
		} {
			w := httptest.NewRecorder()
			r.handler.ServeHTTP(w, test.request)
			require.Equal(t, test.status, w.Code, name)
			require.Equal(t, http.StatusText(test.status)+"\n", w.Body.String(), "nothing of the request")
			require.Empty(t, r.told, name)
			require.Equal(t, before, stateOf(t, r.journal), name)
			_, err := r.journal.Get(t.Context(), "payout-0009")
			require.ErrorIs(t, err, payneteasy.ErrNoEntry)
		}

		// The true one is still taken afterwards, and then what anybody replays is told no more, with whatever type.
		require.Equal(t, http.StatusOK, r.call())
		require.Len(t, r.told, 1)
		before = stateOf(t, r.journal)
		require.Equal(t, payneteasy.StateFinal, before.State)
		for _, changes := range [][]string{{}, {"type", "reversal"}, {"type", ""}, {"type", "sale"}, {"type", "chargeback"}, {"amount", "9999.00"}} {
			code := http.StatusOK
			if changes != nil && strings.Contains("reversal chargeback", strings.Join(changes[min(1, len(changes)):], "")) && len(changes) > 1 && changes[1] != "" {
				code = http.StatusServiceUnavailable // asked, and not borne out
			}
			require.Equal(t, code, r.call(changes...), changes)
			require.Len(t, r.told, 1, changes)
			require.Equal(t, before, stateOf(t, r.journal))
		}
	})
}

// TestCallbacksWithoutAJournal: a claim's own amount, which the control does not cover, neither counts nor gets in the way.
func TestCallbacksWithoutAJournal(t *testing.T) {
	t.Parallel()
	for _, changes := range [][]string{{"amount", "9999.00"}, {"amount", "9999.00", "currency", ""}, {"currency", "EUR"}, {"currency", ""}, {"amount", "1042"}} {
		gateway := payneteasytest.NewGateway(t)
		client := newClient(t, gateway.Config())
		_, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		gateway.Finish("payout-0001")
		var told *payneteasy.Callback
		handler := client.CallbackHandler(func(_ context.Context, cb *payneteasy.Callback) error { told = cb; return nil })
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm(changes...).Encode())))
		require.True(t, told.Approved())
		require.Equal(t, "10.42 USD", told.Confirmed.Amount.String())
	}
}

// TestAmountsThatDiffer: an order of another amount is not told; one that was paid with another is, but not as paid; and
// what was taken back is, since it may be a part.
func TestAmountsThatDiffer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		says   string // of the order, which is stored as one of 10.42 USD
		claims []string
		told   bool
	}{
		"a part is reversed":       {"&transaction-type=reversal\n&amount=3.00\n&initial-amount=10.42", []string{"type", "reversal", "amount", "3.00"}, true},
		"a part, and no more said": {"&transaction-type=reversal\n&amount=3.00", []string{"type", "reversal", "amount", "3.00"}, true},
		"more was paid":            {"&transaction-type=payout\n&amount=9999.00\n&initial-amount=10.42", []string{"amount", "9999.00"}, true},
		"more was paid, untold":    {"&transaction-type=payout\n&amount=9999.00\n&initial-amount=10.42", []string{"amount", ""}, true},
		"another amount claimed":   {"&transaction-type=payout\n&amount=10.42\n&initial-amount=10.42", []string{"amount", "7.00"}, true},
		"hidden by a type":         {"&transaction-type=payout\n&amount=1.00\n&initial-amount=1.00", []string{"type", "reversal", "amount", ""}, false},
		"hidden by a status":       {"&transaction-type=payout\n&amount=1.00\n&initial-amount=1.00", []string{"status", "processing", "amount", ""}, false},
		"more was asked for":       {"&transaction-type=payout\n&amount=9999.00\n&initial-amount=9999.00", []string{"amount", ""}, false},
		"as it should be":          {"&transaction-type=payout\n&amount=10.42\n&initial-amount=10.42", nil, true},
		"told without its amount":  {"&transaction-type=payout\n&amount=10.42\n&initial-amount=10.42", []string{"amount", ""}, true},
	} {
		client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: constantly(answer{
			200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status=approved\n" + test.says + "\n&currency=USD\n", byLength,
		})}))
		var told *payneteasy.Callback
		handler := client.CallbackHandler(func(_ context.Context, cb *payneteasy.Callback) error { told = cb; return nil })
		handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
			return payneteasy.OrderRef{Amount: request(t).Amount}, nil
		}
		code := served(handler, callbackGET(callbackForm(test.claims...).Encode()))
		require.Equal(t, test.told, told != nil, name)
		require.Equal(t, map[bool]int{true: http.StatusOK, false: http.StatusConflict}[test.told], code, name)
		if told != nil {
			require.Equal(t, strings.HasPrefix(name, "more was paid"), told.AmountDiffers, name)
			require.Equal(t, name == "as it should be" || name == "told without its amount" || name == "another amount claimed", told.Approved(), name)
		}
		if strings.Contains(test.says, "reversal") {
			require.True(t, told.Reversed())
			require.Equal(t, "3.00 USD", told.Confirmed.Amount.String())
		}
	}
}
