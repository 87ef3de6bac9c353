package payneteasy_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestForgedCallbacks checks that a forged callback changes nothing. The function is not called, and the journal stays
// the same.
func TestForgedCallbacks(t *testing.T) {
	shifted := callbackForm("orderid", "698286", "client_orderid", "4payout-0001", "merchant_order", "")
	moved := callbackForm("status", "approved6", "orderid", "982864")
	require.Equal(t, callbackForm().Get("control"), shifted.Get("control"), "the control does not tell them apart")
	require.Equal(t, callbackForm().Get("control"), moved.Get("control"))
	right := callbackForm().Get("control")
	receiving(t, func(t *testing.T, r *receivingTest) {
		before := stored(t, r.journal)
		require.Equal(t, payneteasy.DecisionPending, before.Decision())
		for name, test := range map[string]struct {
			request *http.Request
			status  int
		}{
			"a wrong control":  {callbackGET(callbackForm("control", strings.Repeat("0", 40)).Encode()), 403},
			"no control":       {callbackGET(callbackForm("control", "").Encode()), 403},
			"a status swapped": {callbackGET(callbackForm("status", "declined", "control", right).Encode()), 403},
			"digits shifted":   {callbackGET(shifted.Encode()), 503},
			"a digit moved":    {callbackGET(moved.Encode()), 409},
			"an unknown order": {
				callbackGET(callbackForm("client_orderid", "payout-0009", "merchant_order", "").Encode()), 503,
			},
			"another order's id": {callbackGET(callbackForm("orderid", "6982865").Encode()), 409},
			"64 MiB":             {callbackPOST(callbackForm().Encode(), strings.Repeat("a", 64<<20)), 413},
			"10,000 parameters":  {callbackPOST(callbackForm().Encode(), strings.Repeat("a=b&", 10_000)), 400},
			"not UTF-8":          {callbackGET(callbackForm("status", "approved\xff").Encode()), 400},
			"HEAD":               {httptest.NewRequest(http.MethodHead, "/?"+callbackForm().Encode(), nil), 405},
			"JSON": {
				httptest.NewRequest(http.MethodPost, "/?"+callbackForm().Encode(), strings.NewReader("{}")), 415,
			},
		} {
			w := httptest.NewRecorder()
			r.handler.ServeHTTP(w, test.request)
			require.Equal(t, test.status, w.Code, name)
			require.Equal(t, http.StatusText(test.status)+"\n", w.Body.String(), "nothing from the request")
			require.Empty(t, r.told, name)
			require.Equal(t, before, stored(t, r.journal), name)
			_, _, err := r.journal.Get(t.Context(), "payout-0009")
			require.ErrorIs(t, err, payneteasy.ErrNoEntry)
		}

		// The genuine callback is still handled afterwards. A replay of it is not told, with any type.
		require.Equal(t, http.StatusOK, r.call())
		require.Len(t, r.told, 1)
		before = stored(t, r.journal)
		require.Equal(t, isPaid, before.Decision())
		for _, replay := range []struct {
			changes []string
			code    int
		}{
			{nil, 200},
			{[]string{"type", ""}, 200},
			{[]string{"type", "sale"}, 200},
			{[]string{"amount", "9999.00"}, 200},
			{[]string{"type", "reversal"}, 503}, // asked, and not confirmed
			{[]string{"type", "chargeback"}, 503},
		} {
			require.Equal(t, replay.code, r.call(replay.changes...), replay.changes)
			require.Len(t, r.told, 1, replay.changes)
			require.Equal(t, before, stored(t, r.journal))
		}
	})
}

// TestCallbacksWithoutAJournal checks that the amount in a claim is ignored, because the control does not cover it.
func TestCallbacksWithoutAJournal(t *testing.T) {
	t.Parallel()
	for _, changes := range [][]string{
		{"amount", "9999.00"},
		{"amount", "9999.00", "currency", ""},
		{"currency", "EUR"},
		{"currency", ""},
		{"amount", "1042"},
	} {
		gateway := payneteasytest.NewGateway(t)
		client := newClient(t, gateway.Config())
		_, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		gateway.Finish("payout-0001")
		var told tellings
		require.Equal(t, http.StatusOK, calledBack(client.CallbackHandler(told.add), changes...))
		require.Equal(t, toldAs{isPaid}, told.decisions())
		require.Equal(t, "10.42 USD", told[0].Paid.String())
		require.Equal(t, "10.42 USD", told[0].cb.Confirmed.Amount.String())
	}
}

// TestAmountsThatDiffer checks that an order with another amount is told, but not as paid. A reversal is told with its
// own amount, because it may be a part. The HTTP status answers the callback's claim.
func TestAmountsThatDiffer(t *testing.T) {
	t.Parallel()
	payout := func(amount, requested string) string {
		return "&status=approved\n&transaction-type=payout\n&currency=USD\n&amount=" + amount + "\n&initial-amount=" +
			requested
	}
	part := []string{"type", "reversal", "amount", "3.00"}
	const reversal = "&status=approved\n&transaction-type=reversal\n&amount=3.00\n&currency=USD"
	for name, test := range map[string]struct {
		says            string // the gateway's status of the order, which is stored with 10.42 USD
		claims          []string
		code            int
		decision        payneteasy.Decision
		paid, takenBack string
	}{
		"a part is reversed":      {partOf("reversal", "3.00", ""), part, 200, isReversed, "10.42", "3.00"},
		"a part, without a total": {reversal, part, 200, isReversed, "10.42", "3.00"},
		"more was paid":           {payout("99.00", "10.42"), []string{"amount", "99.00"}, 200, isReview, "99.00", ""},
		"more was paid, no claim": {payout("99.00", "10.42"), []string{"amount", ""}, 200, isReview, "99.00", ""},
		"another amount claimed":  {payout("10.42", "10.42"), []string{"amount", "7.00"}, 200, isPaid, "10.42", ""},
		"hidden by a type":        {payout("1.00", "1.00"), []string{"type", "reversal"}, 503, isReview, "1.00", ""},
		"hidden by a status": {
			payout("1.00", "1.00"),
			[]string{"status", "processing"},
			200, isReview, "1.00",
			"",
		},
		"more was requested": {payout("99.00", "99.00"), []string{"amount", ""}, 200, isReview, "99.00", ""},
		"the right amount":   {payout("10.42", "10.42"), nil, 200, isPaid, "10.42", ""},
		"no amount claimed":  {payout("10.42", "10.42"), []string{"amount", ""}, 200, isPaid, "10.42", ""},
	} {
		handler, told := saysOf(t, nil, &test.says)
		require.Equal(t, test.code, calledBack(handler, test.claims...), name)
		require.Equal(t, toldAs{test.decision}, told.decisions(), name)
		require.Equal(t, test.paid, told.last().Paid.Decimal(), name)
		require.Equal(t, test.takenBack == "", told.last().TakenBack.IsZero(), name)
		if test.takenBack != "" {
			require.Equal(t, test.takenBack, told.last().TakenBack.Decimal(), name)
		}
		if test.decision == isReview {
			require.Equal(t, payneteasy.CauseAmount, told.last().Cause, name)
		}
	}
}

// TestForgedReversal checks that a forged type does not block later genuine callbacks. The receiver's browser has a
// valid control, which does not cover the type.
func TestForgedReversal(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		for range 3 {
			require.Equal(t, http.StatusServiceUnavailable, r.call("type", "chargeback"))
		}
		require.Len(t, r.told, 1)
		require.Equal(t, isPaid, r.told[0].Decision, "nothing was taken back")
		require.Equal(t, http.StatusOK, r.call())
		r.gateway.TakeBack("payout-0001", "chargeback")
		require.Equal(t, http.StatusOK, r.call("type", "chargeback"))
		require.Len(t, r.told, 2)
		require.Equal(t, isReversed, r.told[1].Decision)
	})
}
