package payneteasy_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestOrderNotFound checks that ErrOrderNotFound comes only from the gateway's own answer to a question.
func TestOrderNotFound(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	ask := func() error {
		_, err := client.Status(t.Context(), request(t).Ref())
		require.Empty(t, payneteasy.DecisionOf(err), "it says nothing about whether it was sent")
		return err
	}
	require.ErrorIs(t, ask(), payneteasy.ErrOrderNotFound)
	gateway.SetNotFound(payneteasytest.NotFoundValidation)
	require.ErrorIs(t, ask(), payneteasy.ErrOrderNotFound)
	gateway.SetNotFound(payneteasytest.NotFoundPage)
	require.NotErrorIs(t, ask(), payneteasy.ErrOrderNotFound)
	gateway.SetNotFound(payneteasytest.NotFoundError)
	gateway.FailNext(payneteasytest.AccessDenied())
	require.NotErrorIs(t, ask(), payneteasy.ErrOrderNotFound)
	gateway.RefuseConnections(true)
	require.NotErrorIs(t, ask(), payneteasy.ErrOrderNotFound)
	gateway.RefuseConnections(false)
	_, err := client.Payout(t.Context(), request(t))
	require.NoError(t, err)
	_, err = client.Status(t.Context(), request(t).Ref())
	require.NoError(t, err)
}

// TestNotKnownSentence checks that only a plain sentence about this order lets a payout be sent again. A number that is
// not one of its IDs may be the ID of another order.
func TestNotKnownSentence(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{
		"Order with client_orderid payout-0001 not found": true,
		"Order not found":                                                true,
		"order_not_found":                                                false, // ambiguous, too few words
		"The specified order does not exist.":                            true,
		"Transaction payout-0001 was not found in the system":            true,
		"Merchant order 'payout-0001' not found":                         true,
		"Order with client_orderid 'payout-0001', id 20261122 not found": false,
		"Заказ не найден":                                                true,
		"Unknown error while reading the order":                          false,
		"Payout is in unknown state":                                     false,
		"Customer of the order not found":                                false,
		"Order found, but its card does not exist":                       false,
		"Order not found: try again later":                               false,
		"Endpoint of the order not found":                                false,
		"Order cannot be found while the system is maintained":           false,
		"":                                    false,
		"Declined":                            false,
		"Order found, transaction not found":  false,
		"Client not found for this order":     false,
		"Order of the client not found":       false,
		"No such order":                       true,
		"Cannot find order by client_orderid": true,
		"Error: order 6982864 does not exist": false,
		"Транзакция с номером 7 не найдена":                 false,
		"Транзакция с номером payout-0001 не найдена":       true,
		"Order payout-0002 not found":                       false,
		"Order payout-00012 not found":                      false,
		"Order payout-0001-2 not found":                     false,
		"Order 0002 not found":                              false,
		"Order № ٢ not found":                               false,
		"Unknown order":                                     true,
		"Unknown order payout-0001":                         true,
		"Unknown transaction.":                              true,
		"There is no such order":                            true,
		"Order is unknown":                                  false,
		"Неизвестный заказ":                                 true,
		"Transaction unknown":                               false,
		"No order id":                                       false,
		"No client order id":                                false,
		"No merchant order number":                          false,
		"Error: no order id":                                false,
		"Cannot find order id":                              false,
		"Order for merchant id not found":                   false,
		"Order not found (payout-0001)":                     true,
		"Cannot find order with client_orderid payout-0001": true,
		"payout-0001 not found":                             false,
		"Order payout-0001 of payout-0001 not found":        false,
		"Order is in unknown state":                         false,
		"Unknown order status":                              false,
		"Unknown endpoint":                                  false,
		"Order not found" + strings.Repeat(" ", 512):        false,
	} {
		body := "type=error\n&error-message=" + url.QueryEscape(said) + "\n&error-code=5\n"
		client := newClient(t,
			configFor(t, "http://localhost/paynet",
				&http.Client{Transport: constantly(answer{200, form, body, byLength})}))
		_, err := client.Status(t.Context(), request(t).Ref())
		require.Error(t, err)
		require.Equal(t, want, errors.Is(err, payneteasy.ErrOrderNotFound), said)
	}
}

// TestNotFoundOfAnyID checks IDs that are words of such a sentence, or that look like an account number.
func TestNotFoundOfAnyID(t *testing.T) {
	t.Parallel()
	client := newClient(t, payneteasytest.NewGateway(t).Config())
	for id, said := range map[string]string{
		"status": "Order status not found", "archive": "Unknown order archive", "yet": "Order not yet found",
		"order": "Order not found order",
	} {
		body := "type=error\n&error-message=" + url.QueryEscape(said) + "\n"
		strange := newClient(t,
			configFor(t, "http://localhost/paynet",
				&http.Client{Transport: constantly(answer{200, form, body, byLength})}))
		ref := request(t).Ref()
		ref.ClientOrderID = id
		_, err := strange.Status(t.Context(), ref)
		require.NotErrorIs(t, err, payneteasy.ErrOrderNotFound, said)
	}
	for _, id := range []string{
		"salary-2026-11-0001", "80236479180236479", "an error of a customer", "Выплата-1", "e",
		"order",
	} {
		ref := request(t).Ref()
		ref.ClientOrderID = id
		_, err := client.Status(t.Context(), ref)
		require.ErrorIs(t, err, payneteasy.ErrOrderNotFound, id)
	}
}

// TestNotKnownReply checks which replies to a question about payout-0001 mean that there is no such order. A reply that
// names another order, or any order ID, does not.
func TestNotKnownReply(t *testing.T) {
	t.Parallel()
	const missing = "type=error\n&error-message=Order+not+found\n"
	for _, test := range []struct {
		name  string
		reply answer
		want  bool
	}{
		{"documented error", answer{200, form, missing, byLength}, true},
		{
			"validation error",
			answer{200, form, strings.Replace(missing, "error", "validation-error", 1), byLength},
			true,
		},
		{"about this order", answer{200, form, missing + "&merchant-order-id=payout-0001\n", byLength}, true},
		{"chunked", answer{200, form, missing, chunked}, true},
		{"404", answer{404, form, missing, byLength}, true},
		{"JSON", answer{200, js, `{"type":"error","error-message":"Order not found"}`, byLength}, true},
		{"JSON without type", answer{400, js, `{"error-message":"Unknown order"}`, byLength}, true},
		{"JSON without type, 404", answer{404, js, `{"error-message":"Unknown order","error-code":7}`, byLength}, true},
		{
			"JSON without type, 422",
			answer{422, js, `{"merchant-order-id":"payout-0001","error-message":"Unknown order"}`, byLength},
			true,
		},

		{"about another order", answer{200, form, missing + "&merchant-order-id=payout-0002\n", byLength}, false},
		{"about another order, first", answer{200, form, "merchant-order-id=payout-0002&" + missing, byLength}, false},
		{
			"about another order in another case",
			answer{200, form, missing + "&merchant-order-id=Payout-0001\n", byLength},
			false,
		},
		{"about no order", answer{200, form, missing + "&merchant-order-id=\n", byLength}, true},
		{"another client_orderid", answer{200, form, missing + "&client_orderid=payout-0002\n", byLength}, false},
		{"another client-order-id", answer{200, form, missing + "&Client-Order-Id=payout-0002\n", byLength}, false},
		{"another merchant_order", answer{200, form, missing + "&merchant_order=payout-0002\n", byLength}, false},
		{
			"another order behind a lost &",
			answer{200, form, "type=error&error-message=Order+not+found\nmerchant-order-id=payout-0002", byLength},
			false,
		},
		{"two orders", answer{
			200, form, missing + "&merchant-order-id=payout-0001\n&merchant-order-id=payout-0002\n",
			byLength,
		}, false},
		{
			"this order in two spellings",
			answer{200, form, missing + "&merchant-order-id=payout-0001\n&merchant_order_id=payout-0002\n", byLength},
			false,
		},
		{
			"another order in JSON",
			answer{400, js, `{"error-message":"Unknown order","merchant-order-id":"payout-0002"}`, byLength},
			false,
		},
		{
			"an order within it in JSON",
			answer{400, js, `{"error-message":"Unknown order","merchant-order-id":{"id":"payout-0001"}}`, byLength},
			false,
		},
		{"an order id", answer{200, form, missing + "&paynet-order-id=7\n", byLength}, false},
		{"an empty order id", answer{200, form, missing + "&paynet-order-id=\n", byLength}, true},
		{
			"nothing in JSON",
			answer{
				400, js,
				`{"type":null,"error-message":"Unknown order","paynet-order-id":null,"merchant-order-id":""}`,
				byLength,
			},
			true,
		},
		{"an underscore", answer{400, js, `{"error_message":"Unknown order"}`, byLength}, true},
		{"an amount in another name", answer{200, form, missing + "&order-status=approved\n", byLength}, false},
		{"a status", answer{200, form, missing + "&status=processing\n", byLength}, false},
		{
			"JSON with a status",
			answer{200, js, `{"status":"unknown","error-message":"Unknown order"}`, byLength},
			false,
		},
		{"a cut sentence", answer{200, form, "type=error\n&error-message=Order+not+found", chunked}, false},
		{"another order by another name", answer{200, form, missing + "&order=payout-0002\n", byLength}, false},
		{
			"another order by another name in JSON",
			answer{
				400, js, `{"error-message":"Unknown order","order":"payout-0002","transaction-id":6982864}`,
				byLength,
			},
			false,
		},
		{
			"a stage and an amount",
			answer{200, form, missing + "&order-stage=payout_approved\n&amount=10.42\n", byLength},
			false,
		},
		{
			"a second message",
			answer{
				200, js, `{"type":"error","error-message":"Order not found","error_message":"replica unavailable"}`,
				byLength,
			},
			false,
		},
		{
			"another message",
			answer{200, js, `{"type":"error","error-message":"Order not found","message":"try again later"}`, byLength},
			false,
		},
		{
			"all that is documented",
			answer{
				200, form,
				"type=error\n&serial-number=00-1\n&merchant-order-id=payout-0001\n&error-message=Order+not+found\n" +
					"&error-code=5", byLength,
			},
			true,
		},
		{"form without type", answer{400, form, "error-message=Order+not+found\n", byLength}, false},
		{"another type", answer{200, form, strings.Replace(missing, "error", "async-response", 1), byLength}, false},
		{"ended by the connection", answer{200, form, missing, byClose}, false},
		{"ended by the connection, and a status line of HTTP/2.0", answer{200, form, missing, claimingHTTP2}, false},
		{"cut", answer{200, form, missing, cutShort}, false},
		{"the message twice", answer{200, form, missing + "&error-message=Order+not+found\n", byLength}, false},
		{"a broken escape", answer{200, form, missing + "&x=%zz\n", byLength}, false},
		{"a redirect", answer{302, form, missing, byLength}, false},
		{"401", answer{401, form, missing, byLength}, false},
		{"403", answer{403, js, `{"error-message":"Unknown order"}`, byLength}, false},
		{"408", answer{408, js, `{"error-message":"Unknown order"}`, byLength}, false},
		{"429", answer{429, js, `{"error-message":"Unknown order"}`, byLength}, false},
		{"500", answer{500, js, `{"type":"error","error-message":"Unknown order"}`, byLength}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, gatewaySaying(t, false, test.reply))
			_, err := client.Status(t.Context(), request(t).Ref())
			require.Error(t, err)
			require.Equal(t, test.want, errors.Is(err, payneteasy.ErrOrderNotFound), "%v", err)
		})
	}
}

// TestNotKnownOfAnotherOrder checks that a payout is not held if the gateway answers about another order. It also
// cannot be settled as not sent.
func TestNotKnownOfAnotherOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := answer{502, form, "", byLength}
		other := answer{
			200, form, "type=error\n&merchant-order-id=payout-0002\n&error-message=Order+not+found\n",
			byLength,
		}
		config := configFor(t, "http://localhost/paynet",
			&http.Client{Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "/status/") {
					other.ServeHTTP(w, r)
					return
				}
				lost.ServeHTTP(w, r)
			})}})
		journal := new(payneteasytest.MemoryJournal)
		config.Journal = journal
		client := newClient(t, config)
		_, err := client.Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		entry, err := client.Resolve(t.Context(), entryOfError(t, err))
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
		_, err = client.Settle(t.Context(), entry,
			payneteasy.Settlement{Decision: payneteasy.DecisionNotSent, Reason: "the gateway does not know it"})
		require.ErrorContains(t, err, "the gateway did not say that it does not know the order")
		entry, _, err = journal.Get(t.Context(), "payout-0001")
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionUnknown, entry.Decision())
		require.False(t, entry.NotKnown)
	})
}

// TestConfirmedNotKnown checks a reply that the merchant has configured as "not known". It must match exactly, and be
// about the order in the question.
func TestConfirmedNotKnown(t *testing.T) {
	t.Parallel()
	confirmed := []payneteasy.NotKnownReply{
		{Type: "error", Code: "96", Message: "[96] no data for "},
		{Message: "Nothing here"},
	}
	for name, test := range map[string]struct {
		answer answer
		want   bool
	}{
		"as confirmed": {
			answer{200, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0001\n", byLength},
			true,
		},
		"with other blanks": {
			answer{200, form, "type=error\n&error-code=96\n&error-message=[96]  no data for payout-0001 \n", byLength},
			true,
		},
		"with our own id named": {
			answer{
				200, form,
				"type=error\n&error-code=96\n&merchant-order-id=payout-0001\n&error-message=[96] no data for " +
					"payout-0001\n", byLength,
			}, true,
		},
		"of another code": {
			answer{200, form, "type=error\n&error-code=97\n&error-message=[96] no data for payout-0001\n", byLength},
			false,
		},
		"of no code": {
			answer{200, form, "type=error\n&error-message=[96] no data for payout-0001\n", byLength}, false,
		},
		"of another type": {
			answer{
				200, form, "type=validation-error\n&error-code=96\n&error-message=[96] no data for payout-0001\n",
				byLength,
			}, false,
		},
		"with more words": {
			answer{
				200, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0001 yet\n",
				byLength,
			}, false,
		},
		"in another case": {
			answer{200, form, "type=error\n&error-code=96\n&error-message=[96] No data for payout-0001\n", byLength},
			false,
		},
		"about another order": {
			answer{200, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0002\n", byLength},
			false,
		},
		"with another order's id": {
			answer{
				200, form,
				"type=error\n&error-code=96\n&merchant-order-id=payout-0002\n&error-message=[96] no data for " +
					"payout-0001\n", byLength,
			}, false,
		},
		"with an order id": {
			answer{
				200, form,
				"type=error\n&error-code=96\n&paynet-order-id=7\n&error-message=[96] no data for payout-0001\n",
				byLength,
			}, false,
		},
		"that may be cut": {
			answer{200, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0001\n", byClose},
			false,
		},
		"with a server's error": {
			answer{502, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0001\n", byLength},
			false,
		},
		"JSON without a type": {answer{404, js, `{"error-message":"Nothing here"}`, byLength}, true},
		"JSON with a type": {
			answer{404, js, `{"type":"error","error-message":"Nothing here"}`, byLength},
			false,
		},
		"a plain sentence as always": {
			answer{200, form, "type=error\n&error-message=Order not found\n", byLength},
			true,
		},
		"words that no one confirmed": {
			answer{200, form, "type=error\n&error-message=too many requests\n", byLength},
			false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := gatewaySaying(t, false, test.answer)
			config.NotKnown = confirmed
			if test.answer.status == http.StatusBadGateway {
				config.HTTPClient = &http.Client{Transport: constantly(test.answer)}
			}
			client := newClient(t, config)
			answer, err := client.Ask(t.Context(), about(t, client))
			require.Equal(t, test.want, err == nil, "%v", err)
			require.Equal(t, test.want, answer.NotKnown)
		})
	}
	config := configFor(t, "http://localhost/paynet", nil)
	config.NotKnown = []payneteasy.NotKnownReply{{Type: "error"}, {Type: "status-response", Message: "x"}}
	_, err := payneteasy.NewClient(config)
	require.ErrorContains(t, err,
		"NotKnown[0] has no Message; NotKnown[1] has a Type that is not error or validation-error")
}
