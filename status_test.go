package payneteasy_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestStatusReplies checks which replies are a status of the order, and which are failed questions.
func TestStatusReplies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer answer
		says   string // "" for a status
	}{
		{"a status", answer{200, form, statusReply, byLength}, ""},
		{
			"a status in JSON",
			answer{
				200, js,
				`{"type":"status-response","merchant-order-id":"payout-0001","paynet-order-id":6982864,"status":"approved"}`, byLength,
			},
			"",
		},
		{
			"a status in JSON without type",
			answer{
				200, js, `{"merchant-order-id":"payout-0001","paynet-order-id":"6982864","status":"approved"}`,
				byLength,
			},
			"",
		},
		{
			"an error",
			answer{200, form, "type=error\n&error-message=Order+not+found\n&error-code=5", byLength},
			"Order not found",
		},
		{
			"a validation error",
			answer{200, form, "type=validation-error\n&error-message=No\n", byLength},
			"the reply is not a status",
		},
		{
			"an error with a status in it",
			answer{200, form, strings.Replace(statusReply, "status-response", "error", 1), byLength},
			"the reply is not a status",
		},
		{
			"no type",
			answer{200, form, strings.TrimPrefix(statusReply, "type=status-response\n&"), byLength},
			"is not a status (type",
		},
		{"an acceptance", answer{200, form, ok, byLength}, "is not a status (type"},
		{
			"another order of the merchant's",
			answer{200, form, strings.Replace(statusReply, "payout-0001", "payout-0002", 1), byLength},
			"merchant-order-id is not the one",
		},
		{
			"another order of the gateway's",
			answer{200, form, strings.Replace(statusReply, "6982864", "6982865", 1), byLength},
			"order id is not the one",
		},
		{
			"no order id",
			answer{200, form, strings.Replace(statusReply, "&paynet-order-id=6982864\n", "", 1), byLength},
			"no order id",
		},
		{
			"no status",
			answer{200, form, strings.Replace(statusReply, "status=approved", "status=", 1), byLength},
			"has no status",
		},
		{"status twice", answer{200, form, statusReply + "&status=declined", byLength}, `the reply's "status" is duplicated`},
		{"a reply that may be cut", answer{200, form, statusReply, byClose}, "may be incomplete"},
		{
			"a reply that may be cut, and a status line of HTTP/2.0",
			answer{200, form, statusReply, claimingHTTP2},
			"may be incomplete",
		},
		{
			"an order id at the end, which a proxy may have cut",
			answer{
				200, form,
				"type=status-response\n&status=approved\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864",
				chunked,
			},
			"may be incomplete",
		},
		{
			"a final status without a length and type, which a proxy may have cut off",
			answer{
				200, form,
				"type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status=declined\n",
				chunked,
			},
			"may be incomplete",
		},
		{
			"a type at the end without a length",
			answer{
				200, form,
				"type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status=approved\n" +
					"&transaction-type=payo", chunked,
			},
			"may be incomplete",
		},
		{
			"a final status without a length, with its type",
			answer{
				200, form,
				"type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status=approved\n" +
					"&transaction-type=payout\n", chunked,
			},
			"",
		},
		{
			"an order id at the end, by its length",
			answer{
				200, form,
				"type=status-response\n&status=approved\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864",
				byLength,
			},
			"",
		},
		{"a reply that was cut", answer{200, form, statusReply, cutShort}, "may be incomplete"},
		{"an approval with HTTP 404", answer{404, form, statusReply, byLength}, "HTTP 404"},
		{"a redirect", answer{302, form, statusReply, byLength}, "HTTP 302"},
		{"a page", answer{
			200, "text/html", "<html><style>p{}</style><h1>Sorry, card 4444444444444448</h1></html>",
			byLength,
		}, `"Sorry, card [redacted]"`},
		{"nothing", answer{200, form, "", byLength}, "empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, err := newClient(t, gatewaySaying(t, false, test.answer)).Status(t.Context(), ref())
			if test.says == "" {
				require.NoError(t, err)
				require.Equal(t, payneteasy.StatusApproved, status.Status)
				return
			}
			require.Nil(t, status)
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, `payneteasy: status "payout-0001": failed`)
			for _, sentinel := range []error{
				payneteasy.ErrNotSent, payneteasy.ErrRejected,
				payneteasy.ErrOutcomeUnknown,
			} {
				require.NotErrorIs(t, err, sentinel, "a question has no outcome")
			}
		})
	}
}

// TestStatusByClientOrderIDAlone checks that an order found by ClientOrderID alone is accepted only if amount and
// currency match.
func TestStatusByClientOrderIDAlone(t *testing.T) {
	t.Parallel()
	amount, err := payneteasy.ParseAmount("10.40", "USD")
	require.NoError(t, err)
	byAmount := payneteasy.OrderRef{ClientOrderID: "payout-0001", Amount: amount}
	for _, test := range []struct {
		name, fields string
		ours         bool
	}{
		{"the initial amount", "amount=9.00\n&initial-amount=10.40\n&currency=USD", true},
		{"the amount", "amount=10.40\n&currency=USD", true},
		{"the amount, padded another way", "amount=10.4\n&currency=USD", true},
		{"another initial amount", "amount=10.40\n&initial-amount=10.41\n&currency=USD", false},
		{"another amount", "amount=1.04\n&currency=USD", false},
		{"another currency", "amount=10.40\n&currency=EUR", false},
		{"no currency", "amount=10.40", false},
		{"no amount", "currency=USD", false},
		{"an unreadable initial amount", "amount=10.40\n&initial-amount=x\n&currency=USD", false},
	} {
		body := "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status=approved\n&" +
			test.fields
		client := newClient(t, gatewaySaying(t, false, answer{200, form, body, byLength}))
		status, err := client.Status(t.Context(), byAmount)
		if test.ours {
			require.NoError(t, err, test.name)
			require.Equal(t, "6982864", status.OrderID)
			continue
		}
		require.ErrorIs(t, err, payneteasy.ErrOrderMismatch, test.name)
		require.Regexp(t, `the amount is [0-9.]+ (USD|EUR), not 10\.40 USD|no readable amount and currency, want 10\.40 USD`,
			err.Error(), test.name)
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "6982864", failed.OrderID, "a person needs the order ID")
	}
}

// TestDeclinedByIDAndAmount checks that a declined order permits a new payout only if its order ID or its amount proves
// that it is ours. Without both, no question is sent.
func TestDeclinedByIDAndAmount(t *testing.T) {
	t.Parallel()
	body := strings.Replace(statusReply, "approved", "declined", 1)
	client := newClient(t, gatewaySaying(t, false, answer{200, form, body, byLength}))
	alone := payneteasy.OrderRef{ClientOrderID: "payout-0001"}
	_, err := client.Wait(t.Context(), client.NewEntry(alone), nil)
	require.ErrorContains(t, err, "recognised by its amount: give OrderID or Amount")
	require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
	for _, proof := range []payneteasy.OrderRef{ref(), request(t).Ref()} {
		require.Equal(t, payneteasy.DecisionNotPaid, decided(t, client, proof).Decision())
	}
}

func TestStatusRefusesBadRefs(t *testing.T) {
	t.Parallel()
	client := newClient(t, configFor(t, "http://127.0.0.1:1", nil))
	for says, bad := range map[string]payneteasy.OrderRef{
		"client_orderid is required":            {},
		"client_orderid begins or ends":         {ClientOrderID: " a"},
		"client_orderid has U+000A (line break": {ClientOrderID: "a\nb"},
		"orderid is not a number":               {ClientOrderID: "a", OrderID: "x"},
		"Endpoint is not a positive":            {ClientOrderID: "a", Endpoint: payneteasy.EndpointID(-1)},
		"recognised by its amount: give Order":  {ClientOrderID: "a"},
		"invalid request: client_orderid is no": {ClientOrderID: "\xff"},
	} {
		_, err := client.Wait(t.Context(), client.NewEntry(bad), nil)
		require.ErrorContains(t, err, says)
		if !strings.Contains(says, "amount") {
			_, err = client.Status(t.Context(), bad)
			require.ErrorContains(t, err, says)
			var invalid *payneteasy.ValidationError
			require.ErrorAs(t, err, &invalid)
		}
	}
}

// decided returns an entry after one question about it.
func decided(t *testing.T, client *payneteasy.Client, ref payneteasy.OrderRef) payneteasy.Entry {
	t.Helper()
	entry := client.NewEntry(ref)
	answer, err := client.Ask(t.Context(), entry)
	require.NoError(t, err)
	entry, _, err = answer.Apply(entry, 0)
	require.NoError(t, err)
	return entry
}

// TestApprovedIsNotAlwaysPaid checks the decision for each status and transaction type. An approved reversal is not a
// paid payout.
func TestApprovedIsNotAlwaysPaid(t *testing.T) {
	t.Parallel()
	const pending, paid, notPaid, reversed, review = payneteasy.DecisionPending, payneteasy.DecisionPaid,
		payneteasy.DecisionNotPaid,
		payneteasy.DecisionReversed, payneteasy.DecisionReview
	for _, test := range []struct {
		status, kind string
		final        bool
		decision     payneteasy.Decision
		cause        payneteasy.Cause
	}{
		{"approved", "", true, paid, ""},
		{"approved", "payout", true, paid, ""},
		{"APPROVED", "transfer", true, paid, ""},
		{"approved", "reversal", true, reversed, ""},
		{"approved", "Refund", true, reversed, ""},
		{"approved", "cancel", true, reversed, ""},
		{"approved", "CHARGEBACK", true, reversed, ""},
		{"approved", "payout_cancelled", true, reversed, ""},
		{"approved", "charge-back", true, reversed, ""},
		{"approved", "Reversed", true, reversed, ""},
		{"approved", "void", true, reversed, ""},
		{"approved", "fraud", true, review, payneteasy.CauseUnclear},
		{"approved", "retrieval", true, review, payneteasy.CauseUnclear},
		{"approved", "dispute", true, review, payneteasy.CauseUnclear},
		{"approved", "pre_arbitration", true, review, payneteasy.CauseUnclear},
		{"declined", "roll back", true, review, payneteasy.CauseUnclear},
		{"declined", "payout", true, notPaid, ""},
		{"declined", "reversal", true, review, payneteasy.CauseUnclear},
		{"filtered", "", true, notPaid, ""},
		{"error", "payout", true, review, payneteasy.CauseError},
		{"unknown", "payout", false, pending, ""},
		{"processing", "payout", false, pending, ""},
		{"processing", "reversal", false, pending, ""},
		{"chain_declined", "payout", false, pending, ""},
		{"cancelled", "payout", false, pending, ""},
		{"brand-new", "", false, pending, ""},
	} {
		t.Run(test.status+" "+test.kind, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.final, payneteasy.StatusCode(test.status).Final())
			body := strings.Replace(statusReply, "approved", test.status, 1) + "&transaction-type=" +
				url.QueryEscape(test.kind) + "\n"
			client := newClient(t, gatewaySaying(t, false, answer{200, form, body, byLength}))
			entry := decided(t, client,
				payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "6982864", Amount: request(t).Amount})
			require.Equal(t, test.decision, entry.Decision())
			require.Equal(t, test.cause, entry.Cause())
			want := payneteasy.PayAgainNo
			if test.decision == notPaid {
				want = payneteasy.PayAgainNewID
			}
			require.Equal(t, want, entry.Decision().PayAgain())
		})
	}
}

// TestStatusFields checks that every documented key has its field, and that other keys are kept.
func TestStatusFields(t *testing.T) {
	t.Parallel()
	keys := strings.Fields(
		`amount initial-amount order-stage transaction-type error-message error-code redirect-to html by-request-sn
		descriptor original-gate-descriptor receipt-id paynet-processing-date acquirer-processing-date approval-code
		processor-rrn processor-tx-id auth-response-code processor-auth-credit-code processor-credit-rrn
		processor-credit-arn processor-debit-arn bank-name terminal-id name cardholder-name first-name last-name
		email phone last-four-digits bin card-type card-exp-month card-exp-year card-hash-id
		card-country-alpha-three-code dest-bank-name dest-last-four-digits dest-bin dest-card-type
		destination-hash-id ips-src-payment-product-code ips-src-payment-product-name ips-src-payment-type-code
		ips-src-payment-type-name gate-partial-reversal gate-partial-capture verified-3d-status verified-rsc-status
		loyalty-balance loyalty-message loyalty-bonus loyalty-program merchantdata bank_message filter_message
		fraud_message end-point-id total-reversal-amount`)
	body := "type=status-response\n&serial-number=sn\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n" +
		"&status=processing\n&currency=USD\n&own=thing\n"
	for i, key := range keys {
		value := fmt.Sprintf("v%d", i)
		switch key {
		case "amount", "initial-amount":
			value = fmt.Sprintf("%d.5", i+1)
		case "paynet-processing-date":
			value = "2024-03-20 08:51:03 MSK"
		}
		body += "&" + key + "=" + strings.ReplaceAll(value, " ", "+") + "\n"
	}
	s, err := newClient(t, gatewaySaying(t, false, answer{200, form, body, byLength})).Status(t.Context(), ref())
	require.NoError(t, err)
	typed := fmt.Sprintf("%#v %s %s", *s, s.Amount, s.InitialAmount)
	for i, key := range keys {
		if value := fmt.Sprintf("%q", fmt.Sprintf("v%d", i)); strings.Contains(body, "&"+key+"=v") {
			require.Contains(t, typed, value, key)
		}
	}
	require.Equal(t, "1.50 USD", s.Amount.String())
	require.Equal(t, "2.50 USD", s.InitialAmount.String())
	require.Equal(t, "2024-03-20 08:51:03 MSK", s.Reference.ProcessingDate)
	require.Equal(t, "2024-03-20T05:51:03Z", s.Reference.ProcessingTime.UTC().Format(time.RFC3339))
	require.Equal(t, "thing", s.Fields.Get("own"))
}

// TestStatusRetries checks that a question is retried with a new signature, unless a retry cannot help.
func TestStatusRetries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		status  int
		after   string
		calls   int32
		atLeast time.Duration
	}{
		{"500", 500, "", 3, 750 * time.Millisecond},
		{"503", 503, "7", 3, 14 * time.Second},
		{"429", 429, "7", 3, 14 * time.Second},
		{"429 for an hour", 429, "3600", 3, 2 * time.Minute},
		{"429 until a date", 429, "Thu, 01 Jan 2026 00:00:20 GMT", 3, 40 * time.Second},
		{"429 until a date of another form", 429, "Thursday, 01-Jan-26 00:00:20 GMT", 3, 40 * time.Second},
		{"503 until a date a day ahead", 503, "Fri, 02 Jan 2026 00:00:00 GMT", 3, 2 * time.Minute},
		{"503 until a date gone by", 503, "Wed, 31 Dec 2025 23:59:50 GMT", 3, 750 * time.Millisecond},
		{"429 with blanks", 429, " 7 ", 3, 14 * time.Second},
		{"429 for longer than a number holds", 429, "99999999999999999999", 3, 2 * time.Minute},
		{"429 for a negative time", 429, "-7", 3, 750 * time.Millisecond},
		{"429 for a part of a second", 429, "1.5", 3, 750 * time.Millisecond},
		{"429 for nonsense", 429, "soon", 3, 750 * time.Millisecond},
		{"404", 404, "", 1, 0},
		{"403", 403, "", 1, 0},
		{"302", 302, "", 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				nonces := map[string]bool{}
				handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					nonces[r.Header.Get("Authorization")] = true
					w.Header().Set("Retry-After", test.after)
					w.Header().Set("Date", "Thu, 01 Jan 2026 00:00:00 GMT")
					w.WriteHeader(test.status)
				})
				config := configFor(t, "http://localhost/paynet", &http.Client{Transport: inProcess{handler}})
				config.StatusV4 = true
				began := time.Now()
				_, err := newClient(t, config).Status(t.Context(), ref())
				var failed *payneteasy.Error
				require.ErrorAs(t, err, &failed)
				require.Equal(t, test.status, failed.HTTPStatus)
				require.Equal(t, test.calls, calls.Load())
				require.Len(t, nonces, int(test.calls))
				require.GreaterOrEqual(t, time.Since(began), test.atLeast)
				require.Less(t, time.Since(began), test.atLeast+3*time.Second)
			})
		})
	}
}

// TestStatusByEveryScheme checks v2 with its control and v4 with OAuth, endpoint and group, form and JSON, over both
// HTTP versions. The gateway checks each request.
func TestStatusByEveryScheme(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	n := 0
	for _, v4 := range []bool{false, true} {
		for _, endpoint := range []payneteasy.Endpoint{payneteasy.EndpointID(39915), payneteasy.EndpointGroupID(1144)} {
			for _, json := range []bool{false, true} {
				for _, http2 := range []bool{false, true} {
					config := gateway.Config()
					config.StatusV4, config.Endpoint, config.PreferJSON = v4, endpoint, json
					transport := config.HTTPClient.Transport.(*http.Transport)
					transport.Protocols = new(http.Protocols)
					transport.Protocols.SetHTTP1(!http2)
					transport.Protocols.SetHTTP2(http2)
					client := newClient(t, config)
					req := request(t)
					n++
					req.ClientOrderID = fmt.Sprintf("payout-%04d", n)
					payout, err := client.Payout(t.Context(), req)
					require.NoError(t, err)
					entry, err := client.Wait(t.Context(), payout.Entry, nil)
					require.NoError(t, err)
					require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
					require.Equal(t, endpoint, entry.Endpoint)
				}
			}
		}
	}
	require.Len(t, gateway.Orders(), 16)
}

// TestRequestEndpoint checks a request with another endpoint than the client's. The gateway knows the order only there.
func TestRequestEndpoint(t *testing.T) {
	t.Parallel()
	client := newClient(t, payneteasytest.NewGateway(t).Config())
	req := request(t)
	req.Endpoint = payneteasy.EndpointGroupID(77)
	payout, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, req.Endpoint, payout.Endpoint)
	entry, err := client.Wait(t.Context(), payout.Entry, nil)
	require.NoError(t, err)
	require.Equal(t, req.Endpoint, entry.Ref().Endpoint)
	_, err = client.Status(t.Context(), req.Ref())
	require.NoError(t, err)
	elsewhere := req.Ref()
	elsewhere.Endpoint = payneteasy.Endpoint{}
	_, err = client.Status(t.Context(), elsewhere)
	require.ErrorContains(t, err, "not found")
}

func TestStatusNotFoundShapes(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	for _, shape := range []payneteasytest.NotFound{
		payneteasytest.NotFoundError, payneteasytest.NotFoundValidation, payneteasytest.NotFoundStatusError,
		payneteasytest.NotFoundPage,
	} {
		gateway.SetNotFound(shape)
		status, err := client.Status(t.Context(), request(t).Ref())
		require.Nil(t, status)
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		require.Regexp(t, "(?i)not found", failed.Message)
		require.False(t, errors.Is(err, payneteasy.ErrNotSent) || errors.Is(err, payneteasy.ErrRejected))
	}
}

func TestInvalidControl(t *testing.T) {
	t.Parallel()
	config := payneteasytest.NewGateway(t).Config()
	config.ControlKey = payneteasy.NewSecret("another")
	_, err := newClient(t, config).Status(t.Context(), ref())
	require.ErrorIs(t, err, payneteasy.ErrInvalidControl)
	require.NotContains(t, err.Error(), "another")
}
