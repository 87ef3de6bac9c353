package sandbox

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const (
	card    = "4444444444444448"
	account = "DE89370400440532013000"
)

// TestMasking checks that no card, no CVV and no whole account is shown on a page or a terminal, wherever a request has
// it.
func TestMasking(t *testing.T) {
	t.Parallel()
	const api = "/paynet/api/v4/payout/39915"
	for name, request := range map[string]struct {
		target, body string
		header       []string
		shows        string
	}{
		"card fields": {
			api, "client_orderid=a&credit_card_number=" + card + "&cvv2=7371", nil,
			"client_orderid=a\ncredit_card_number=[redacted]\ncvv2=[redacted]",
		},
		"an account":               {api, "account_number=" + account, nil, "account_number=[ends in 3000]"},
		"an account, spelt":        {api, "Account-Number=" + account, nil, "[ends in 3000]"},
		"a short account":          {api, "account_number=737100", nil, "account_number=[redacted]"},
		"a wallet":                 {api, "ewallet_wallet=" + account, nil, "ewallet_wallet=[ends in 3000]"},
		"a card elsewhere":         {api, "merchant_data=card+4444+4444-4444+4448", nil, "merchant_data=[redacted]"},
		"a card that is a name":    {api, card, nil, "bytes that are not a form"},
		"another name of the code": {api, "cvc=7371", nil, "cvc=[redacted]"},
		"a user's password": {
			api, "server_callback_url=" + url.QueryEscape("https://u:7371@merchant.example/"),
			nil, "https://[redacted]@merchant.example/",
		},
		"a broken escape": {api, "cvv2=7371&%zz=" + card, nil, "bytes that are not a form"},
		"semicolons":      {api, "a=1;cvv2=7371;credit_card_number=" + card, nil, "bytes that are not a form"},
		"JSON": {
			api, `{"credit_card_number":"` + card + `","cvv2":"7371"}`,
			[]string{"Content-Type", "application/json"},
			"bytes that are not a form",
		},
		"parts": {
			api, "--x\r\nContent-Disposition: form-data; name=cvv2\r\n\r\n7371\r\n--x--",
			[]string{"Content-Type", "multipart/form-data; boundary=x"},
			"bytes that are not a form",
		},
		"no type": {api, "cvv2=7371", []string{"Content-Type", ""}, "bytes that are not a form"},
		"more than it takes": {
			api, "a=" + strings.Repeat("b", maxRead) + "&cvv2=7371", nil,
			"bytes that are not a form",
		},
		"the query": {
			api + "?cvv2=7371&credit_card_number=" + card + "&account_number=" + account, "", nil,
			"cvv2=%5Bredacted%5D",
		},
		"the path":              {"/paynet/" + card, "", nil, "/paynet/[redacted]"},
		"another scheme":        {api, "a=1", []string{"Authorization", "Basic 7371"}, "Authorization: [redacted]"},
		"what names the caller": {api, "a=1", []string{"User-Agent", "card " + card}, "User-Agent: card [redacted]"},
		"a receiver's page":     {"/paynet/form/7371a", "account_number=" + account, nil, "(a page of"},
		"a card that is the id": {
			api, "client_orderid=" + card + "&credit_card_number=" + card, nil,
			"client_orderid=[redacted]\ncredit_card_number=[redacted]",
		},
		"a card within the id": {
			api, "client_orderid=a-4444-4444-4444-4448-1&pan=" + card, nil, "client_orderid=[redacted]\npan=[redacted]",
		},
		"the card in the query": {
			api + "?credit_card_number=" + card, "client_orderid=" + card, nil, "client_orderid=[redacted]",
		},
		"the card in the header": {
			api, "merchant_order=" + card,
			[]string{"Authorization", `OAuth pan="` + card + `"`},
			"merchant_order=[redacted]",
		},
		"the account that is one": {
			api, "client_orderid=" + account + "&account_number=" + account, nil,
			"client_orderid=[redacted]\naccount_number=[ends in 3000]",
		},
		"a card beside an id": {
			api, "client_orderid=5555555555554444&order_desc=" + card, nil,
			"client_orderid=5555555555554444\norder_desc=[redacted]",
		},
		"an id that is a date": {api, "client_orderid=20240102030405", nil, "client_orderid=20240102030405"},
		"JSON that is called form": {
			api, `{"account_number":"` + account + `","cvv2":"7371"}`, nil,
			"bytes that are not a form",
		},
		"in the header": {
			api, "a=1",
			[]string{"Authorization", `OAuth credit_card_number="4444%204444 4444 4448", cvv2="7371", n="1"`},
			`Authorization: OAuth credit_card_number="[redacted]", cvv2="[redacted]", n="1"`,
		},
		"in a URL": {
			api, "server_callback_url=" + url.QueryEscape("https://a.example/?cvv2=7371&x=1"),
			nil, "server_callback_url=[redacted]",
		},
		"with its expiry":         {api, "a=" + card + "+12/29", nil, "a=[redacted]"},
		"with its code":           {api, "a=" + card + "+7371", nil, "a=[redacted]"},
		"dotted":                  {api, "a=4444.4444.4444.4448", nil, "a=[redacted]"},
		"full-width":              {api, "a=" + url.QueryEscape("４４４４４４４４４４４４４４４８"), nil, "a=[redacted]"},
		"the path, encoded":       {"/paynet/%34" + card[1:], "", nil, "/paynet/[redacted]"},
		"the path, encoded twice": {"/paynet/%2534" + card[1:], "", nil, "/paynet/[redacted]"},
		"in brackets": {
			api, "order[account_number]=" + account, nil,
			"order[account_number]=[ends in 3000]",
		},
		"a name encoded twice": {api, "%2563vv2=7371", nil, "%63vv2=[redacted]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.ask(http.MethodPost, request.target, request.body, request.header...)
			s.last()
			page := s.ask(http.MethodGet, "/live", "").body
			s.mu.Lock()
			defer s.mu.Unlock()
			require.Len(t, s.calls, 1)
			call := s.calls[0]
			call.Time, call.Duration = time.Time{}, 0 // their digits are not from the request
			kept, err := json.Marshal(call)
			require.NoError(t, err)
			require.Contains(t, html.UnescapeString(page), request.shows)
			for _, secret := range []string{
				card, "4444+4444", "4444 4444", "4444%20", "4444.4444", "４４４４", card[1:],
				account, "737100", "7371<", "7371&", ":7371", "7371\n", "Basic",
			} {
				require.NotContains(t, page, secret)
				require.NotContains(t, string(kept), secret)
			}
		})
	}
}

// TestIDs checks that the IDs of an order are shown whole, on the page, in the log and in the replies.
func TestIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{card, "5555555555554444", "2026113000000008", "order-" + card, "4444 4444 4444 4448"} {
		s := newSite(t)
		order := s.pay(id)
		e := url.QueryEscape(id)
		const api = "/paynet/api/v2/status/39915"
		for _, path := range []string{api, api + "?client_orderid=" + e + "&merchant_order=" + e} {
			ids := "client_orderid=" + e + "&orderid=" + order.OrderID + "&by-request-sn=" + e
			s.ask(http.MethodPost, path, ids+"&order_desc="+url.QueryEscape("for 4222222222222222"))
			call := s.last()
			require.Equal(t, path, call.URL)
			require.Equal(t, ids+"&order_desc=%5Bredacted%5D", call.Body)
			require.Equal(t, id, call.ClientOrderID)
		}
		_, err := s.merchant(s.host()).Status(t.Context(),
			payneteasy.OrderRef{ClientOrderID: id, OrderID: order.OrderID})
		require.NoError(t, err)
		require.Contains(t, s.last().Reply, "&merchant-order-id="+e+"\n")
		s.gateway.Hide(id, true)
		_, err = s.merchant(s.host()).Status(t.Context(), payneteasy.OrderRef{ClientOrderID: id})
		require.ErrorContains(t, err, "Order with client_orderid "+id+" not found")
		reply, err := url.QueryUnescape(s.last().Reply)
		require.NoError(t, err)
		require.Contains(t, reply, "error-message=Order with client_orderid "+id+" not found\n")
		page := html.UnescapeString(s.ask(http.MethodGet, "/live", "").body)
		require.Contains(t, page, `<span class="id">`+id+`</span> <span class="badge`) // the order
		require.Contains(t, page, `<span class="id">`+id+`</span></summary>`)          // a call
		require.Contains(t, page, "client_orderid="+id+"\norderid=")
	}
}

// TestRecorder checks that a call is recorded even if the connection is cut, and that the client still sees the cut.
func TestRecorder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  payneteasytest.Fault
		cut    bool
		status int
	}{
		"reset-before-body": {payneteasytest.ResetBeforeBody(), true, 0},
		"reset-within-body": {payneteasytest.ResetWithinBody(), true, 0},
		"lose-reply":        {payneteasytest.LoseReply(), true, 0},
		"cut-reply":         {payneteasytest.CutReply(20), true, http.StatusOK},
		"cut-reply-unseen":  {payneteasytest.CutReplyWithoutLength(20), true, 0},
		"502":               {payneteasytest.Page(http.StatusBadGateway, "Bad gateway"), false, http.StatusBadGateway},
		"empty-reply":       {payneteasytest.EmptyReply(), false, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			require.Equal(t, http.StatusSeeOther, s.post("/faults", "fault", name, "when", "next").status)
			_, err := s.merchant(s.host()).Payout(t.Context(), s.request("a"))
			require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
			call := s.last()
			require.Equal(t, test.cut, call.Cut, call)
			require.Equal(t, test.status, call.Status, call)
			require.Empty(t, s.gateway.PendingFaults())
		})
	}
}

// TestRecorderBounds checks that only the last calls are stored.
func TestRecorderBounds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range maxCalls + 5 {
		s.ask(http.MethodGet, "/paynet/", "")
	}
	require.Len(t, s.sandbox.recorder.calls, maxCalls)
	require.Equal(t, maxCalls+5, s.last().Number)
	require.LessOrEqual(t, len(cut(strings.Repeat("ä", maxShown))), maxShown+4)
}
