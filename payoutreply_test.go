package payneteasy_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// outcomes lists replies to a payout with client_orderid payout-0001, each with its outcome. Most are one line.
var outcomes = []struct {
	name     string
	answer   answer
	decision payneteasy.Decision // the error's decision
	orderID  string              // in the Payout or in the error
}{
	{"documented acceptance", answer{200, form, ok, byLength}, accepted, "6982864"},
	{"with a last LF", answer{200, form, ok + "\n", byLength}, accepted, "6982864"},
	{"chunked", answer{200, form, ok, chunked}, accepted, "6982864"},
	{"ended by the connection, ids followed by LF", answer{200, form, ok, byClose}, accepted, "6982864"},
	{"cut after the ids", answer{200, form, ok, cutShort}, accepted, "6982864"},
	{"JSON", answer{
		200, js, `{"type":"async-response","merchant-order-id":"payout-0001","paynet-order-id":6982864}`,
		byLength,
	}, accepted, "6982864"},
	{
		"JSON without type",
		answer{200, js, `{"merchant-order-id":"payout-0001","paynet-order-id":"6982864"}`, byLength},
		accepted, "6982864",
	},

	{
		"validation error",
		answer{
			200, form,
			"type=validation-error\n&serial-number=00-1\n&merchant-order-id=payout-0001\n" +
				"&error-message=Parameter+x+is+required\n&error-code=1\n", byLength,
		},
		payneteasy.DecisionRefused, "",
	},
	{"error", answer{200, form, "type=error\n&error-message=No\n", byLength}, payneteasy.DecisionRefused, ""},
	{
		"exists already",
		answer{
			200, form,
			"type=validation-error\n&error-message=Order+with+client_orderid+payout-0001+already+exists\n", byLength,
		},
		payneteasy.DecisionRefused, "",
	},
	{
		"not unique",
		answer{200, form, "type=validation-error\n&error-message=client_orderid+is+not+unique\n", byLength},
		payneteasy.DecisionRefused, "",
	},
	{"JSON error, 408", answer{408, js, `{"type":"error","error-code":3}`, byLength}, payneteasy.DecisionUnknown, ""},
	{"JSON error, 409", answer{409, js, `{"type":"error","error-code":3}`, byLength}, payneteasy.DecisionUnknown, ""},
	{"JSON error, 429", answer{429, js, `{"type":"error","error-code":3}`, byLength}, payneteasy.DecisionUnknown, ""},
	{
		"error with a code only",
		answer{200, form, "type=error\n&error-code=3", byLength},
		payneteasy.DecisionRefused,
		"",
	},
	{
		"error without a length, whose order id a proxy may have cut off",
		answer{200, form, "type=error\n&error-message=No\n&error-code=3\n", chunked},
		payneteasy.DecisionUnknown, "",
	},
	{
		"JSON error without a length",
		answer{400, js, `{"type":"error","error-message":"No"}`, chunked},
		payneteasy.DecisionRefused, "",
	},
	{"JSON error", answer{200, js, `{"type":"error","error-code":3}`, byLength}, payneteasy.DecisionRefused, ""},
	{
		"JSON refusal with 400",
		answer{400, js, `{"type":"validation-error","error-message":"No"}`, byLength},
		payneteasy.DecisionRefused, "",
	},
	{
		"JSON refusal with 422 and no type",
		answer{422, js, `{"error-message":"No","merchant-order-id":"payout-0001"}`, byLength},
		payneteasy.DecisionRefused, "",
	},
	{"the documented 403 page", answer{403, "text/html", page, byLength}, payneteasy.DecisionRefused, ""},

	{
		"error with an order id",
		answer{
			200, form, "type=error\n&paynet-order-id=7\n&merchant-order-id=payout-0001\n&error-message=No\n",
			byLength,
		},
		payneteasy.DecisionPending, "7",
	},
	{
		"error with an empty order id",
		answer{200, form, "type=error\n&paynet-order-id=\n&error-message=No\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"JSON decline with an order id",
		answer{402, js, `{"paynet-order-id":12345,"error-message":"Declined by the issuer","error-code":3}`, byLength},
		payneteasy.DecisionUnknown, "12345",
	},
	{
		"JSON with 200, an order id and an error, without type",
		answer{200, js, `{"paynet-order-id":7,"merchant-order-id":"payout-0001","error-message":"No"}`, byLength},
		payneteasy.DecisionPending, "7",
	},
	{
		"error without a reason",
		answer{200, form, "type=error\n&serial-number=00-1\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error about another order",
		answer{200, form, "type=error\n&merchant-order-id=payout-0002\n&error-message=No\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error that may be cut",
		answer{200, form, "type=error\n&error-message=No\n", byClose},
		payneteasy.DecisionUnknown,
		"",
	},
	{
		"error that was cut",
		answer{200, form, "type=error\n&error-message=No\n", cutShort},
		payneteasy.DecisionUnknown,
		"",
	},
	{
		"error with a field twice",
		answer{200, form, "type=error\n&error-message=No\n&error-message=Yes\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error with an order id in capitals",
		answer{200, form, "type=error\n&error-message=No\n&Paynet-Order-Id=7\n", byLength},
		payneteasy.DecisionUnknown,
		"",
	},
	{
		"error with an orderid",
		answer{200, form, "type=error\n&error-message=No\n&orderid=7\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error with a blank before the order id",
		answer{200, form, "type=error\n&error-message=No\n& paynet-order-id=7\n", byLength},
		payneteasy.DecisionUnknown,
		"",
	},
	{
		"error with a broken escape",
		answer{200, form, "type=error\n&error-message=No\n&paynet-order-%zzid=7\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error with a line break and no &",
		answer{200, form, "type=error&error-message=No\npaynet-order-id=7\nmerchant-order-id=payout-0001\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error with a null order id in JSON",
		answer{400, js, `{"type":"error","error-message":"No","paynet-order-id":null}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error with an order within it",
		answer{200, js, `{"type":"error","error-message":"No","order":{"paynet-order-id":7}}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error with nothing for a message",
		answer{400, js, `{"error-message":{}}`, byLength},
		payneteasy.DecisionUnknown,
		"",
	},
	{"error with false for a code", answer{400, js, `{"error-code":false}`, byLength}, payneteasy.DecisionUnknown, ""},
	{
		"a proxy's time-out in JSON",
		answer{408, js, `{"error-message":"timeout"}`, byLength},
		payneteasy.DecisionUnknown,
		"",
	},
	{
		"a conflict in JSON without type",
		answer{409, js, `{"error-message":"exists"}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"acceptance with a second, null order id",
		answer{200, js, `{"merchant-order-id":"payout-0001","paynet-order-id":null,"paynet-order-id":7}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"error form with HTTP 400",
		answer{400, form, "type=error\n&error-message=No\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"JSON error with HTTP 500",
		answer{500, js, `{"type":"error","error-message":"No"}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"foreign JSON with 400",
		answer{400, "application/json", `{"message":"bad request"}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"foreign JSON with null",
		answer{400, "application/json", `{"message":null}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"JSON that is a list",
		answer{400, js, `[{"type":"error","error-message":"No"}]`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"JSON without a length",
		answer{
			200, js, `{"type":"async-response","merchant-order-id":"payout-0001","paynet-order-id":6982864}`,
			byClose,
		},
		payneteasy.DecisionUnknown, "",
	},

	{
		"another's 403",
		answer{
			403, "text/html",
			"<html><body><h1>403 Forbidden</h1><p>Access is denied</p></body></html>", byLength,
		},
		payneteasy.DecisionUnknown, "",
	},
	{
		"the 403 page with more in it",
		answer{403, "text/html", strings.Replace(page, "</p>", "</p><p>WAF 1234</p>", 1), byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"the 403 page behind another's words",
		answer{403, "text/html", "<!-- edge 7 -->" + page, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{"the 403 page that may be cut", answer{403, "text/html", page, byClose}, payneteasy.DecisionUnknown, ""},
	{"the 403 page with HTTP 200", answer{200, "text/html", page, byLength}, payneteasy.DecisionUnknown, ""},
	{"401", answer{401, "text/html", page, byLength}, payneteasy.DecisionRefused, ""},
	{"401 in words", answer{401, "text/plain", "bad signature", byLength}, payneteasy.DecisionRefused, ""},
	{"401 that may be cut", answer{401, "text/plain", "bad signature", byClose}, payneteasy.DecisionUnknown, ""},
	{"401 with the acceptance in it", answer{401, form, ok, byLength}, payneteasy.DecisionPending, "6982864"},
	{"the 403 page, chunked", answer{403, "text/html", page, chunked}, payneteasy.DecisionRefused, ""},
	{"404", answer{404, form, "type=error\n&error-message=No\n", byLength}, payneteasy.DecisionUnknown, ""},
	{"429", answer{429, "text/plain", "slow down", byLength}, payneteasy.DecisionUnknown, ""},
	{"500", answer{500, "text/html", "<html>oops</html>", byLength}, payneteasy.DecisionUnknown, ""},
	{"502 with the acceptance in it", answer{502, form, ok, byLength}, payneteasy.DecisionPending, "6982864"},
	{"201 with the acceptance in it", answer{201, form, ok, byLength}, payneteasy.DecisionPending, "6982864"},
	{"302", answer{302, form, ok, byLength}, payneteasy.DecisionPending, "6982864"},
	{"307", answer{307, form, "", byLength}, payneteasy.DecisionUnknown, ""},
	{"HTML with 200", answer{200, form, "<html>maintenance</html>", byLength}, payneteasy.DecisionUnknown, ""},
	{"empty with 200", answer{200, form, "", byLength}, payneteasy.DecisionUnknown, ""},
	{"empty JSON with 200", answer{200, js, "", byLength}, payneteasy.DecisionUnknown, ""},
	{"no content", answer{204, form, "", byLength}, payneteasy.DecisionUnknown, ""},

	{
		"another's success type",
		answer{200, form, strings.Replace(ok, "async-response", "async-form-response", 1), byLength},
		payneteasy.DecisionPending, "6982864",
	},
	{
		"an unknown type",
		answer{200, form, strings.Replace(ok, "async-response", "maybe", 1), byLength},
		payneteasy.DecisionPending, "6982864",
	},
	{
		"no type",
		answer{200, form, strings.TrimPrefix(ok, "type=async-response\n&"), byLength},
		payneteasy.DecisionPending, "6982864",
	},
	{
		"another order's acceptance",
		answer{200, form, strings.Replace(ok, "payout-0001", "payout-0002", 1), byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"no client order id",
		answer{200, form, "type=async-response\n&paynet-order-id=6982864\n", byLength},
		payneteasy.DecisionUnknown, "6982864",
	},
	{
		"no order id",
		answer{200, form, "type=async-response\n&merchant-order-id=payout-0001\n", byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"an order id that is no number",
		answer{200, form, strings.Replace(ok, "6982864", "n/a", 1), byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"an order id with an exponent",
		answer{
			200, js, `{"type":"async-response","merchant-order-id":"payout-0001","paynet-order-id":6.98e6}`,
			byLength,
		},
		payneteasy.DecisionUnknown, "",
	},
	{"an order id twice", answer{200, form, ok + "\n&paynet-order-id=7", byLength}, payneteasy.DecisionUnknown, ""},
	{
		"an order id twice in JSON",
		answer{200, js, `{"merchant-order-id":"payout-0001","paynet-order-id":6,"paynet-order-id":7}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"an order id that may go on",
		answer{200, form, "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=69", byClose},
		payneteasy.DecisionUnknown, "",
	},
	{
		"an order id that was cut",
		answer{200, form, "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=69", cutShort},
		payneteasy.DecisionUnknown, "",
	},
	{
		"a status line of HTTP/2.0, cut in the order id",
		answer{200, form, "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=69", claimingHTTP2},
		payneteasy.DecisionUnknown, "",
	},
	{
		"a status line of HTTP/3.0, cut in the order id",
		answer{200, form, "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=69", claimingHTTP3},
		payneteasy.DecisionUnknown, "",
	},
	{
		"a status line of HTTP/2.0, an error cut before its order id",
		answer{200, form, "type=error\n&error-message=No\n", claimingHTTP2},
		payneteasy.DecisionUnknown, "",
	},
	{
		"a status line of HTTP/2.0, a JSON error cut before its order id",
		answer{400, js, `{"type":"error","error-message":"No"}`, claimingHTTP2},
		payneteasy.DecisionUnknown, "",
	},
	{
		"a status line of HTTP/2.0, the 403 page",
		answer{403, "text/html", page, claimingHTTP2},
		payneteasy.DecisionUnknown, "",
	},
	{"a status line of HTTP/2.0, ids followed by LF", answer{200, form, ok, claimingHTTP2}, accepted, "6982864"},

	{
		"JSON with its charset twice",
		answer{200, js + "; charset=utf-8; charset=UTF-8", jsonOK, byLength},
		accepted,
		"6982864",
	},
	{"JSON with a broken parameter", answer{200, "application/json; charset", jsonOK, byLength}, accepted, "6982864"},
	{"JSON with an empty parameter", answer{200, "application/json;;", jsonOK, byLength}, accepted, "6982864"},
	{
		"JSON in capitals and blanks",
		answer{200, " Application/JSON ;charset=UTF-8", jsonOK, byLength},
		accepted,
		"6982864",
	},
	{"JSON that is said to be text", answer{200, form, jsonOK, byLength}, accepted, "6982864"},
	{"JSON of no type", answer{200, "", jsonOK, byLength}, accepted, "6982864"},
	{"JSON, twice", answer{200, "application/json, application/json", jsonOK, byLength}, accepted, "6982864"},
	{
		"JSON refusal with 400 that is said to be text",
		answer{400, "text/html", `{"type":"error","error-message":"No"}`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"JSON that is said to be text, without its type",
		answer{200, form, `{"merchant-order-id":"payout-0001","paynet-order-id":6982864}`, byLength},
		payneteasy.DecisionPending, "6982864",
	},
	{
		"an order id at the end, by its length",
		answer{200, form, "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864", byLength},
		accepted, "6982864",
	},
	{
		"an order id at the end, which a proxy may have cut",
		answer{200, form, "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=69", chunked},
		payneteasy.DecisionUnknown, "",
	},
	{
		"an order id and LF at the end",
		answer{200, form, "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n", chunked},
		accepted, "6982864",
	},
	{
		"our own id at the end, which a proxy may have cut",
		answer{200, form, "type=async-response\n&paynet-order-id=6982864\n&merchant-order-id=payout-0001", chunked},
		payneteasy.DecisionUnknown, "6982864",
	},
	{
		"JSON that a proxy has cut in the order id",
		answer{200, js, `{"type":"async-response","merchant-order-id":"payout-0001","paynet-order-id":69`, chunked},
		payneteasy.DecisionUnknown, "",
	},
	{
		"JSON that a proxy has cut behind the order id",
		answer{
			200, js, `{"type":"async-response","merchant-order-id":"payout-0001","paynet-order-id":6982864,"end-`,
			chunked,
		},
		payneteasy.DecisionUnknown, "6982864",
	},
	{
		"JSON of a 502, cut in the order id",
		answer{502, js, `{"merchant-order-id":"payout-0001","paynet-order-id":69`, byLength},
		payneteasy.DecisionUnknown, "",
	},
	{
		"JSON of a 502",
		answer{502, js, `{"merchant-order-id":"payout-0001","paynet-order-id":6982864}`, byLength},
		payneteasy.DecisionPending, "6982864",
	},
	{
		"JSON that goes on behind its end",
		answer{200, js, jsonOK + "{", byLength},
		payneteasy.DecisionUnknown,
		"6982864",
	},
	{"an order id at the end in JSON", answer{200, js, jsonOK, chunked}, accepted, "6982864"},
	{
		"over 1 MiB",
		answer{200, form, ok + "\n&html=" + strings.Repeat("x", 1<<20), byLength},
		payneteasy.DecisionUnknown, "6982864",
	},
}

func writeRaw(w *bufio.Writer, a answer) {
	version := map[framing]string{claimingHTTP2: "HTTP/2.0", claimingHTTP3: "HTTP/3.0"}[a.framing]
	_, _ = fmt.Fprintf(w, cmp.Or(version, "HTTP/1.1")+" %d %s\r\nContent-Type: %s\r\nConnection: close\r\n", a.status,
		http.StatusText(a.status), a.contentType)
	if a.framing == cutShort {
		_, _ = fmt.Fprintf(w, "Content-Length: %d\r\n", len(a.body)+100)
	}
	_, _ = fmt.Fprintf(w, "\r\n%s", a.body)
	_ = w.Flush()
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for _, test := range outcomes {
			if http2 && test.answer.framing.onlyHTTP1() {
				continue
			}
			t.Run(fmt.Sprintf("%s http2=%v", test.name, http2), func(t *testing.T) {
				t.Parallel()
				client := newClient(t, gatewaySaying(t, http2, test.answer))
				payout, err := client.Payout(t.Context(), request(t))
				requireOneOutcome(t, err, test.decision)
				if test.decision == accepted {
					require.Equal(t, payneteasy.DecisionPending, payout.Entry.Decision())
					require.Equal(t, test.orderID, payout.Entry.OrderID())
					require.Equal(t, test.orderID, payout.OrderID)
					require.Equal(t, payneteasy.EndpointID(39915), payout.Endpoint)
					require.Equal(t, request(t).Amount, payout.Amount)
					return
				}
				require.Nil(t, payout)
				var failed *payneteasy.Error
				require.ErrorAs(t, err, &failed)
				require.Equal(t, test.orderID, failed.OrderID)
				require.Equal(t, test.answer.status, failed.HTTPStatus)
				require.Equal(t, test.answer.status == 401 ||
					test.answer.status == 403, errors.Is(err, payneteasy.ErrAccessDenied))
				require.Equal(t, test.decision, failed.Decision)
				require.Equal(t, test.decision, failed.Entry.Decision())
				require.ErrorContains(t, err, "do not send it again")
			})
		}
	}
}

// TestWireFixtures checks that each recorded or documented reply has the outcome that its fixture names.
func TestWireFixtures(t *testing.T) {
	t.Parallel()
	var vectors struct {
		Wire []struct {
			ID          string `json:"id"`
			HTTPStatus  any    `json:"http_status"`
			ContentType string `json:"content_type"`
			Raw         string `json:"raw"`
			Outcome     string `json:"expected_outcome_of_a_payout"`
		} `json:"wire_fixtures"`
	}
	data, err := os.ReadFile("testdata/protocol.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.Len(t, vectors.Wire, 8)
	for _, fixture := range vectors.Wire {
		t.Run(fixture.ID, func(t *testing.T) {
			t.Parallel()
			want := wireDecision(fixture.Outcome, fixture.Raw)
			statuses := []int{422, 400, 402}
			if status, exact := fixture.HTTPStatus.(float64); exact { //nolint:forbidigo // encoding/json's number
				statuses = []int{int(status)}
			}
			for _, status := range statuses {
				req := request(t)
				// The fixtures have other order IDs.
				for _, name := range []string{"merchant-order-id=", `"merchant-order-id":"`} {
					if _, rest, found := strings.Cut(fixture.Raw, name); found {
						req.ClientOrderID, _, _ = strings.Cut(strings.TrimSuffix(rest, `"}`), "\n")
					}
				}
				client := newClient(t,
					gatewaySaying(t, false, answer{status, fixture.ContentType, fixture.Raw, byLength}))
				_, err := client.Payout(t.Context(), req)
				requireOneOutcome(t, err, want)
			}
		})
	}
}

// wireDecision returns the decision for a fixture's outcome. A fixture's "rejected" is refused at first. If a reply
// does not prove an acceptance, but names both IDs of the order, the order exists.
func wireDecision(outcome, raw string) payneteasy.Decision {
	switch word, _, _ := strings.Cut(outcome, ":"); word {
	case "accepted":
		return accepted
	case "rejected":
		return payneteasy.DecisionRefused
	}
	if strings.Contains(raw, "merchant-order-id") && strings.Contains(raw, "paynet-order-id") {
		return payneteasy.DecisionPending
	}
	return payneteasy.DecisionUnknown
}

// TestErrorText checks that an error has everything that the gateway said, and wraps its cause.
func TestErrorText(t *testing.T) {
	t.Parallel()
	body := "type=error\n&serial-number=00-77\n&merchant-order-id=payout-0001\n&paynet-order-id=7\n" +
		"&error-message=Account+1234567890+of+4444+4444+4444+4448+is%0Ablocked\n&error-code=12\n&own=thing\n"
	client := newClient(t, gatewaySaying(t, false, answer{200, form, body, byLength}))
	_, err := client.Payout(t.Context(), request(t))
	var failed *payneteasy.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "00-77", failed.SerialNumber)
	require.Equal(t, "12", failed.Code)
	require.Equal(t, "error", failed.ReplyType)
	require.Equal(t, "payout", failed.Command)
	require.Equal(t, "thing", failed.Reply.Get("own"))
	require.Equal(t, "Account [redacted] of [redacted] is blocked", failed.Message)
	require.Equal(t, `payneteasy: payout "payout-0001": outcome unknown, it may have been paid: the gateway says `+
		`"Account [redacted] of [redacted] is blocked" (code 12): the reply is not an acceptance (type "error") [serial-number 00-77]; `+
		`ask for the status of order 7, do not send it again`, err.Error())

	_, err = newClient(t, configFor(t, "http://127.0.0.1:1", nil)).Payout(t.Context(), request(t))
	requireOneOutcome(t, err, payneteasy.DecisionNotSent)
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, "dial", op.Op)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Payout(ctx, request(t))
	requireOneOutcome(t, err, payneteasy.DecisionNotSent)
	require.ErrorIs(t, err, context.Canceled)
}

// TestAccessDeniedHint checks that the hint has the difference of the clocks, and what to compare.
func TestAccessDeniedHint(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	config.Login = "SomebodyElse"
	_, err := newClient(t, config).Payout(t.Context(), request(t))
	requireOneOutcome(t, err, payneteasy.DecisionRefused)
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied)
	base, parseErr := url.Parse(gateway.URL())
	require.NoError(t, parseErr)
	for _, part := range []string{
		"HTTP 403", "clock", base.Host, "SomebodyElse", "39915",
		"belong to the same environment",
	} {
		require.ErrorContains(t, err, part)
	}
}

// TestProxyAnswers checks that a denial other than the documented page names both possible causes. If a proxy does not
// open the tunnel, the error names the proxy, and nothing was sent.
func TestProxyAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		answer   answer
		decision payneteasy.Decision
	}{
		{answer{401, "text/plain", "bad signature", byLength}, payneteasy.DecisionRefused},
		{answer{403, "text/html", "<p>blocked</p>", byLength}, payneteasy.DecisionUnknown},
		{answer{401, "text/html", page, byLength}, payneteasy.DecisionRefused},
	} {
		_, err := newClient(t, gatewaySaying(t, false, test.answer)).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, test.decision)
		for _, part := range []string{
			"this is not the documented page: a proxy or a firewall may have answered; if it was the gateway: this " +
				"clock ",
			"login TestMerchant", "the public key of this private key",
		} {
			require.ErrorContains(t, err, part)
		}
	}
	proxy := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	config := configFor(t, "https://gateway.example/paynet",
		&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at)}})
	_, err = newClient(t, config).Payout(t.Context(), request(t))
	requireOneOutcome(t, err, payneteasy.DecisionNotSent)
	require.ErrorContains(t, err, "the proxy "+at.Host+" answered CONNECT with 403")
}
