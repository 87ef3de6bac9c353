package payneteasy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// callbacks shows callbacks and redirects that carry card and account in every parameter, and the errors of refused
// ones. A callback's own values may be shown only where a program encodes them. The control key and the control are
// never shown.
func (a *leakFinder) callbacks(config payneteasy.Config) {
	config.OldControlKeys = []payneteasy.Secret{payneteasy.NewSecret("old-" + canaryControl)}
	config.HTTPClient = &http.Client{
		Transport: constantly(answer{
			200, form, "type=status-response\n&merchant-order-id=payout-0001\n" +
				"&paynet-order-id=6982864\n&status=approved\n&transaction-type=payout\n&amount=10.42\n&currency=USD\n",
			byLength,
		}),
	}
	client := newClient(a.t, config)
	said := []string{canaryCard, canaryCVV, canaryToken, canaryAccount, canaryWallet}
	everything := canaryCard + " " + canaryCVV + " " + canaryToken + " " + canaryAccount + " " + canaryWallet
	values := url.Values{}
	for _, name := range []string{
		"error_message", "descriptor", "name", "email", "comment", "merchantdata", "last-four-digits", "reason-code",
		"type", everything,
	} {
		values.Set(name, everything)
	}
	for name, value := range callbackForm() {
		if name != "type" {
			values[name] = value
		}
	}
	values.Set("control", controlOf(canaryControl, values))
	control := values.Get("control")
	show := func(where string, value any, except ...string) {
		a.show(where, value, except...)
		require.NotContains(a.t, sinks(value), control, where)
	}

	cb, err := client.ParseCallback(callbackGET(values.Encode()))
	require.NoError(a.t, err)
	require.NotContains(a.t, cb.ErrorMessage, canaryCard)
	show("callback", cb, said...)
	for _, text := range []string{fmt.Sprint(cb), fmt.Sprintf("%v %+v %#v", *cb, *cb, *cb), cb.LogValue().String()} {
		a.search("callback's text", text)
	}
	redirect, err := client.ParseRedirect(callbackPOST("", values.Encode()))
	require.NoError(a.t, err)
	show("redirect", redirect, said...)
	for _, text := range []string{
		fmt.Sprint(redirect), fmt.Sprintf("%v %+v %#v", *redirect, *redirect, *redirect),
		redirect.LogValue().String(),
	} {
		a.search("redirect's text", text)
	}

	broken := []*http.Request{
		httptest.NewRequest(http.MethodPut, "https://a.example/?"+values.Encode(), nil),
		callbackPOST(values.Encode(), "control="+url.QueryEscape(everything)),
		callbackPOST(values.Encode(), "status=%zz"+url.QueryEscape(everything)),
		callbackPOST(values.Encode(), "merchant-order=%ff"+url.QueryEscape(everything)),
	}
	for name := range values {
		forged := maps.Clone(values)
		if name == "orderid" || name == "client_orderid" || name == "merchant_order" || name == "status" {
			forged.Set(name, everything)
			broken = append(broken, callbackGET(forged.Encode()))
		}
	}
	for _, r := range broken {
		_, err := client.ParseCallback(r)
		var refused *payneteasy.CallbackError
		require.ErrorAs(a.t, err, &refused)
		show("refused callback", err)
	}

	var handler *payneteasy.CallbackHandler
	for _, handle := range []func(context.Context, payneteasy.News, *payneteasy.Callback) error{
		func(context.Context, payneteasy.News, *payneteasy.Callback) error { panic(everything) },
		func(context.Context, payneteasy.News, *payneteasy.Callback) error {
			return fmt.Errorf("pq: %s, %s, %s", canaryCard, canaryToken, spaced(canaryCard))
		},
	} {
		handler = client.CallbackHandler(handle)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, callbackGET(values.Encode()))
		require.Equal(a.t, http.StatusInternalServerError, w.Code)
		a.search("answer", w.Body.String())
		for _, r := range broken {
			served(handler, r)
			served(client.RedirectHandler(func(*http.Request, *payneteasy.Redirect) string { return everything }), r)
		}
		require.NotContains(a.t, a.log.String(), control)
		require.NotContains(a.t, a.log.String(), spaced(canaryCard))
		a.logged("callback")
	}
	show("handler", handler)
	a.callbackRecord(config, values)
}

// callbackRecord shows the news and the stored record of a reversal that carries card and account in every parameter.
func (a *leakFinder) callbackRecord(config payneteasy.Config, values url.Values) {
	config.HTTPClient = &http.Client{
		Transport: constantly(answer{200, form, "type=status-response\n&merchant-order-id=payout-0001\n" +
			"&paynet-order-id=6982864\n&status=approved\n&transaction-type=payout\n&amount=10.42\n&currency=USD\n" +
			"&total-reversal-amount=10.42\n", byLength}),
	}
	config.Journal = nil
	values.Set("type", "reversal "+values.Get("type"))
	var told tellings
	handler := newClient(a.t, config).CallbackHandler(told.add)
	store := &recordStore{}
	handler.Store = store
	require.Equal(a.t, http.StatusOK, served(handler, callbackGET(values.Encode())))
	require.Len(a.t, told, 1)
	a.show("news", told[0].News)
	a.search("callback record", store.record)
	var entry payneteasy.Entry
	require.NoError(a.t, json.Unmarshal([]byte(store.record), &entry))
	require.Len(a.t, entry.Told.Claims, 1)
	a.show("callback record", entry)
}

// spaced writes a number in groups of four, as on a card.
func spaced(number string) string {
	var groups []string
	for ; len(number) > 4; number = number[4:] {
		groups = append(groups, number[:4])
	}
	return strings.Join(append(groups, number), " ")
}
