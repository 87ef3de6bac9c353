package payneteasy_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// formReply returns the acceptance of a form with a page, or without one.
func formReply(kind, page string) string {
	reply := "type=" + kind + "\n&serial-number=00-1\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864"
	if page != "" {
		reply += "\n&redirect-url=" + url.QueryEscape(page)
	}
	return reply
}

// TestFormOutcomes checks what a form's reply needs in addition to a payout's reply. Each case has one line. The
// gateway is on this machine.
func TestFormOutcomes(t *testing.T) {
	t.Parallel()
	const async, link = "async-form-response", "https://gate.example/paynet/form/abc?x=1&y=2"
	const pending, unknown, refused = payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused
	for _, test := range []struct {
		name     string
		answer   answer
		decision payneteasy.Decision // the error's decision
		orderID  string              // in the PayoutForm or in the error
		want     string              // the page, or part of the error's text
	}{
		{"the form's own type", answer{200, form, formReply(async, link), byLength}, accepted, "6982864", link},
		{"a payout's type", answer{200, form, formReply("async-response", link), byLength}, accepted, "6982864", link},
		{"chunked", answer{200, form, formReply(async, link), chunked}, accepted, "6982864", link},
		{
			"ended by the connection, after LF",
			answer{200, form, formReply(async, link) + "\n", byClose},
			accepted,
			"6982864", link,
		},
		{
			"HTTPS in capitals",
			answer{200, form, formReply(async, "HTTPS://gate.example/"), byLength},
			accepted,
			"6982864", "HTTPS://gate.example/",
		},
		{
			"plain http on this machine",
			answer{200, form, formReply(async, "http://127.0.0.1:8080/form"), byLength},
			accepted, "6982864", "http://127.0.0.1:8080/form",
		},
		{"JSON", answer{
			200, js,
			`{"type":"async-form-response","merchant-order-id":"payout-0001","paynet-order-id":6982864,"redirect-url":"https://gate.example/"}`, byLength,
		}, accepted, "6982864", "https://gate.example/"},
		{
			"JSON without type",
			answer{
				200, js,
				`{"merchant-order-id":"payout-0001","paynet-order-id":6982864,"redirect-url":"https://gate.example/"}`,
				byLength,
			},
			accepted, "6982864", "https://gate.example/",
		},

		{"no page", answer{200, form, formReply(async, ""), byLength}, pending, "6982864", "redirect-url is missing"},
		{
			"no page, with a payout's type",
			answer{200, form, formReply("async-response", ""), byLength},
			pending,
			"6982864", "redirect-url is missing",
		},
		{
			"no page in JSON",
			answer{
				200, js,
				`{"type":"async-form-response","merchant-order-id":"payout-0001","paynet-order-id":6982864,"redirect-url":null}`, byLength,
			},
			pending, "6982864", "redirect-url is missing",
		},
		{
			"an empty page",
			answer{200, form, formReply(async, "") + "\n&redirect-url=\n", byLength},
			pending, "6982864",
			"redirect-url is missing",
		},
		{"two pages", answer{
			200, form, formReply(async, link) + "\n&redirect-url=https%3A%2F%2Fother.example%2F\n",
			byLength,
		}, pending, "6982864", "is missing, incomplete or duplicated"},
		{
			"a page that may go on",
			answer{200, form, formReply(async, link), byClose},
			unknown, "6982864",
			"redirect-url is missing, incomplete or duplicated",
		},
		{
			"a page that was cut",
			answer{200, form, formReply(async, link), cutShort},
			unknown, "6982864",
			"redirect-url is missing, incomplete or duplicated",
		},
		{
			"a page under another name",
			answer{200, form, formReply(async, "") + "\n&redirect-to=https%3A%2F%2Fgate.example%2F\n", byLength},
			pending, "6982864", "redirect-url is missing",
		},
		{
			"plain http elsewhere",
			answer{200, form, formReply(async, "http://gate.example/form"), byLength},
			pending,
			"6982864", "not https",
		},
		{
			"a script",
			answer{200, form, formReply(async, "javascript:alert(1)//https://gate.example/"), byLength},
			pending, "6982864", "not the URL of a page",
		},
		{
			"a script with a host",
			answer{200, form, formReply(async, "javascript://gate.example/%0aalert(1)"), byLength},
			pending, "6982864", "not https",
		},
		{
			"a page in itself",
			answer{200, form, formReply(async, "data:text/html,hello"), byLength},
			pending, "6982864",
			"not the URL of a page",
		},
		{
			"a path",
			answer{200, form, formReply(async, "/form/abc"), byLength},
			pending, "6982864",
			"not the URL of a page",
		},
		{
			"a host that borrows a name",
			answer{200, form, formReply(async, "https://gate.example@other.example/"), byLength},
			pending, "6982864",
			"not the URL of a page",
		},
		{
			"a backslash",
			answer{200, form, formReply(async, `https://gate.example/\other.example`), byLength},
			pending,
			"6982864", "not the URL of a page",
		},
		{
			"a line break",
			answer{200, form, formReply(async, "https://gate.example/\r\nSet-Cookie: a=b"), byLength},
			pending, "6982864", "not the URL of a page",
		},
		{
			"a blank",
			answer{200, form, formReply(async, "https://gate.example/ form"), byLength},
			pending, "6982864",
			"not the URL of a page",
		},

		{
			"another order",
			answer{200, form, strings.Replace(formReply(async, link), "payout-0001", "payout-0002", 1), byLength},
			unknown, "", "not the same order",
		},
		{
			"no order id",
			answer{200, form, strings.Replace(formReply(async, link), "6982864", "", 1), byLength},
			unknown,
			"", "paynet-order-id is not a number",
		},
		{
			"another type",
			answer{200, form, formReply("status-response", link), byLength},
			pending, "6982864",
			"the reply is not an acceptance",
		},
		{
			"a page with HTTP 500",
			answer{500, form, formReply(async, link), byLength},
			pending, "6982864",
			"did not answer 200",
		},
		{"a redirect", answer{302, form, formReply(async, link), byLength}, pending, "6982864", "did not answer 200"},
		{
			"an error with an order id",
			answer{200, form, formReply("error", link) + "\n&error-message=No\n", byLength},
			pending, "6982864", "the reply is not an acceptance",
		},
		{
			"an error with a form",
			answer{200, form, "type=error\n&redirect-url=https://sandbox.example/f\n&error-message=No\n", byLength},
			unknown, "", "the reply is not an acceptance",
		},
		{
			"validation error",
			answer{
				200, form,
				"type=validation-error\n&merchant-order-id=payout-0001\n" +
					"&error-message=Parameter+order_desc+is+required\n", byLength,
			},
			refused, "",
			"order_desc is required",
		},
		{"the documented 403 page", answer{403, "text/html", page, byLength}, refused, "", "HTTP 403"},
	} {
		for _, http2 := range []bool{false, true} {
			if http2 && test.answer.framing == byClose {
				continue // HTTP/2 always marks the end of a body
			}
			t.Run(fmt.Sprintf("%s http2=%v", test.name, http2), func(t *testing.T) {
				t.Parallel()
				client := newClient(t, gatewaySaying(t, http2, test.answer))
				page, err := client.PayoutForm(t.Context(), formRequest(t, "payout-0001"))
				requireOneOutcome(t, err, test.decision)
				if test.decision == accepted {
					require.Equal(t, test.orderID, page.OrderID)
					require.Equal(t, test.want, page.RedirectURL.Reveal())
					ref := payneteasy.OrderRef{
						Endpoint: payneteasy.EndpointID(39915), ClientOrderID: "payout-0001",
						OrderID: test.orderID, Amount: request(t).Amount,
					}
					require.Equal(t, ref, page.Entry.Ref())
					require.Equal(t, ref,
						payneteasy.OrderRef{
							Endpoint: page.Endpoint, ClientOrderID: page.ClientOrderID,
							OrderID: page.OrderID, Amount: page.Amount,
						})
					return
				}
				require.Nil(t, page)
				var failed *payneteasy.Error
				require.ErrorAs(t, err, &failed)
				require.Equal(t, test.orderID, failed.OrderID)
				require.Equal(t, "payout-form", failed.Command)
				require.ErrorContains(t, err, test.want)
				require.NotContains(t, err.Error(), ".example", "a person with the page can enter any account")
			})
		}
	}
}

// TestFormOfARemoteGateway checks that only a gateway on this machine may send a browser to plain http, and only to
// this machine.
func TestFormOfARemoteGateway(t *testing.T) {
	t.Parallel()
	for page, decision := range map[string]payneteasy.Decision{
		"https://other.example/form": accepted,
		"https://127.0.0.1/form":     accepted,
		"http://127.0.0.1/form":      payneteasy.DecisionPending,
		"http://localhost/form":      payneteasy.DecisionPending,
		"http://gate.example/form":   payneteasy.DecisionPending,
	} {
		said := answer{200, form, formReply("async-form-response", page), byLength}
		config := configFor(t, "https://gate.example/paynet", &http.Client{Transport: constantly(said)})
		_, err := newClient(t, config).PayoutForm(t.Context(), formRequest(t, "payout-0001"))
		requireOneOutcome(t, err, decision)
	}
}

// TestFormByteSweep cuts a form's reply at every byte. An accepted form must have the right ID and the whole page. An
// error must have the right order ID or none.
func TestFormByteSweep(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", http2), func(t *testing.T) {
			t.Parallel()
			gateway := payneteasytest.NewGateway(t)
			gateway.SetLastLF(true)
			client := newClient(t, speaking(gateway, http2))
			whole, err := client.PayoutForm(t.Context(), formRequest(t, "whole"))
			require.NoError(t, err)
			length := len(
				"type=async-form-response\n&serial-number=00000000-0000-0000-0000-000000000000\n" +
					"&merchant-order-id=123\n&paynet-order-id=\n" +
					"&end-point-id=39915\n&redirect-url=" + whole.OrderID + url.QueryEscape(whole.RedirectURL.Reveal()))
			decisions := map[payneteasy.Decision]int{}
			for n := range length + 2 {
				for i, fault := range []payneteasytest.Fault{
					payneteasytest.CutReply(n),
					payneteasytest.CutReplyWithoutLength(n),
				} {
					if http2 && i == 1 {
						continue // no difference there
					}
					gateway.FailNext(fault)
					id := fmt.Sprintf("%d%02x", i, n)[:3]
					page, err := client.PayoutForm(t.Context(), formRequest(t, id))
					requireOneOutcome(t, err, payneteasy.DecisionOf(err))
					decisions[payneteasy.DecisionOf(err)]++
					var orderID string
					for _, order := range gateway.Orders() {
						orderID = order.OrderID // the latest order
					}
					if err == nil {
						require.Equal(t, orderID, page.OrderID)
						require.Equal(t, gateway.ReceiverURL(id), page.RedirectURL.Reveal())
						continue
					}
					var failed *payneteasy.Error
					require.ErrorAs(t, err, &failed)
					if failed.OrderID != "" {
						require.Equal(t, orderID, failed.OrderID)
					}
				}
			}
			require.Positive(t, decisions[payneteasy.DecisionUnknown])
			want := 2
			if http2 {
				want = 1
			}
			require.Equal(t, want, decisions[accepted], "the page comes last: only a whole reply has it")
		})
	}
}

// TestFormIsPostedOnce checks that a form's request reaches the gateway at most once, with any fault. The fault applies
// to one request only, so a second request would make an order.
func TestFormIsPostedOnce(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		gateway := payneteasytest.NewGateway(t)
		config := speaking(gateway, http2)
		config.HTTPClient.CheckRedirect = nil
		client := newClient(t, config)
		for i, test := range []struct {
			fault  payneteasytest.Fault
			orders int
		}{
			{payneteasytest.ResetBeforeBody(), 0},
			{payneteasytest.ResetAfterBody(), 0},
			{payneteasytest.ResetStream(0x1), 0}, // PROTOCOL_ERROR
			{payneteasytest.ResetStream(0x7), 0}, // REFUSED_STREAM
			{payneteasytest.GoAway(0x0), 0},
			{payneteasytest.GoAway(0x2), 0},
			{payneteasytest.RedirectReply(307, gateway.URL()+"/api/v4/payout-form/39915"), 0},
			{payneteasytest.Page(503, "Sorry"), 0},
			{payneteasytest.LoseReply(), 1},
			{payneteasytest.ResetStream(0x7).AfterAcceptance(), 1},
			{payneteasytest.GoAway(0x0).AfterAcceptance(), 1},
		} {
			gateway.FailNext(test.fault)
			req := formRequest(t, fmt.Sprint("payout-", i))
			_, err := client.PayoutForm(t.Context(), req)
			requireOneOutcome(t, err, payneteasy.DecisionUnknown)
			var orders int
			for _, order := range gateway.Orders() {
				if order.ClientOrderID == req.ClientOrderID {
					orders++
				}
			}
			require.Equal(t, test.orders, orders, "%s http2=%v", test.fault, http2)
		}
	}
}

// TestFormInTheJournal checks that the intent names the form's command, and that an order without a page keeps its ID.
// Neither is posted again.
func TestFormInTheJournal(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	journal := &payneteasytest.MemoryJournal{}
	config.Journal = journal
	client := newClient(t, config)

	page, err := client.PayoutForm(t.Context(), formRequest(t, "a"))
	require.NoError(t, err)
	entry, _, err := journal.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "payout-form", entry.Command)
	require.Equal(t, payneteasy.DecisionPending, entry.Decision())
	require.Equal(t, page.Entry, entry)
	require.Equal(t, page.Entry.Ref(), entry.Ref())

	_, err = client.PayoutForm(t.Context(), formRequest(t, "a"))
	requireOneOutcome(t, err, payneteasy.DecisionPending)
	require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	again := request(t)
	again.ClientOrderID = "a"
	_, err = client.Payout(t.Context(), again)
	requireOneOutcome(t, err, payneteasy.DecisionReview) // another command
	require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	require.Len(t, gateway.Orders(), 1)

	gateway.FailNext(payneteasytest.ReplyOfOrder("b", "6982865"))
	_, err = client.PayoutForm(t.Context(), formRequest(t, "b"))
	requireOneOutcome(t, err, payneteasy.DecisionPending)
	require.ErrorContains(t, err, "redirect-url is missing")
	entry, _, err = journal.Get(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPending, entry.Decision())
	require.Equal(t, "6982865", entry.OrderID())
	found, err := client.Resolve(t.Context(), entry)
	require.NoError(t, err)
	require.Equal(t, "6982865", found.OrderID())
	require.Equal(t, payneteasy.StatusProcessing, found.Status)

	gateway.FailNext(payneteasytest.LoseReply())
	_, err = client.PayoutForm(t.Context(), formRequest(t, "c"))
	requireOneOutcome(t, err, payneteasy.DecisionUnknown)
	require.True(t, gateway.ExpireLink("c"))
	entry, err = client.Wait(t.Context(), entryOfError(t, err), nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionNotPaid, entry.Decision())
	require.Equal(t, payneteasy.PayAgainNewID, entry.Decision().PayAgain())
	require.Len(t, gateway.Orders(), 3)
}

// TestFormRequest checks a form of an endpoint and of an endpoint group. The limits are the same as a payout's, except
// for server_callback_url.
func TestFormRequest(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	req := formRequest(t, "a")
	req.Endpoint = payneteasy.EndpointGroupID(payneteasytest.EndpointGroupID)
	req.CallbackURL = "https://merchant.example/" + strings.Repeat("x", 1024-len("https://merchant.example/"))
	req.OrderDesc = strings.Repeat("я", 64)
	page, err := client.PayoutForm(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, req.Endpoint, page.Endpoint)
	require.Equal(t, "group/1144", gateway.Orders()[0].Endpoint)

	var invalid *payneteasy.ValidationError
	req.BankAccount = request(t).BankAccount
	_, err = client.Payout(t.Context(), req)
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, []payneteasy.Fault{{Field: "server_callback_url", Rule: "is longer than 128 characters"}},
		invalid.Faults)

	notified := formRequest(t, "notified")
	notified.NotifyURL = req.CallbackURL
	_, err = client.PayoutForm(t.Context(), notified)
	require.NoError(t, err)
	notified.NotifyURL += "x"
	_, err = client.PayoutForm(t.Context(), notified)
	require.ErrorContains(t, err, "notify_url is longer than 1024 characters")

	req.CallbackURL += "x"
	req.OrderDesc += "я"
	req.RedirectURL, req.RedirectFailURL = "https://merchant.example/", "https://merchant.example/"
	_, err = client.PayoutForm(t.Context(), req)
	requireOneOutcome(t, err, payneteasy.DecisionNotSent)
	require.ErrorAs(t, err, &invalid)
	var texts []string
	for _, fault := range invalid.Faults {
		texts = append(texts, fault.Field+" "+fault.Rule)
	}
	require.Equal(t, []string{
		"order_desc is longer than 64 characters", "server_callback_url is longer than 1024 characters",
		"redirect_url cannot be set together with redirect_success_url or redirect_fail_url",
	}, texts)

	_, err = client.PayoutForm(t.Context(), nil)
	requireOneOutcome(t, err, payneteasy.DecisionNotSent)
	require.ErrorContains(t, err, "the request is nil")
	_, err = client.PayoutForm(nil, formRequest(t, "b")) //nolint:staticcheck // a caller's mistake
	requireOneOutcome(t, err, payneteasy.DecisionNotSent)
	require.ErrorContains(t, err, "the context is nil")
	require.Len(t, gateway.Orders(), 2)
}

// TestFormPageIsMasked checks that no error or log shows the page's URL, because a reader of the log could enter
// another account there.
func TestFormPageIsMasked(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	var log bytes.Buffer
	config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	page, err := newClient(t, config).PayoutForm(t.Context(), formRequest(t, "payout-0001"))
	require.NoError(t, err)
	require.Contains(t, page.RedirectURL.Reveal(), "/form/")
	shown := sinks(page) + sinks(*page) + log.String()
	require.Contains(t, shown, "command=payout-form")
	require.Contains(t, shown, `"RedirectURL":"[redacted]"`)
	require.NotContains(t, shown, "/form/")
}
