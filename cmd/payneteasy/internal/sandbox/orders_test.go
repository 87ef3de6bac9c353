package sandbox

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestDecide checks that each button does what it says, without a script, and leads back to the order.
func TestDecide(t *testing.T) {
	t.Parallel()
	for do, want := range map[string]struct{ status, stage string }{
		"approve": {"approved", "payout_approved"},
		"decline": {"declined", "payout_declined"},
		"error":   {"error", "payout_error"},
		"stall":   {"processing", "payout_processing"},
		"ask":     {"processing", "payout_confirming"},
	} {
		t.Run(do, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			order := s.pay("a")
			done := s.post("/orders", "orderid", s.orderID("a"), "do", do)
			require.Equal(t, http.StatusSeeOther, done.status)
			require.Equal(t, "/#order-"+order.OrderID, done.header.Get("Location"))
			order = s.gateway.Orders()[0]
			require.Equal(t, want.status, order.Status)
			require.Equal(t, want.stage, order.Stage)
			page := s.ask(http.MethodGet, "/live", "").body
			require.Contains(t, page, want.status+" · "+want.stage)
			require.Equal(t, want.status == "processing", strings.Contains(page, `value="approve"`))
			require.Equal(t, want.status == "approved", strings.Contains(page, `value="chargeback"`))
			require.Equal(t, do == "ask", strings.Contains(page, `href="`+s.origin+`/paynet/confirm/`))
			if want.status != "processing" {
				again := s.post("/orders", "orderid", s.orderID("a"), "do", "approve")
				require.Equal(t, http.StatusConflict, again.status, "it is final")
				require.Equal(t, want.status, s.gateway.Orders()[0].Status)
			}
		})
	}
}

// TestTakeBack checks that a paid order can be taken back, once.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.pay("a")
	require.Equal(t, http.StatusConflict, s.post("/orders", "orderid", s.orderID("a"), "do", "chargeback").status,
		"it is not paid")
	require.Equal(t, http.StatusSeeOther, s.post("/orders", "orderid", s.orderID("a"), "do", "approve").status)
	require.Equal(t, http.StatusSeeOther, s.post("/orders", "orderid", s.orderID("a"), "do", "chargeback").status)
	require.Equal(t, "chargeback", s.gateway.Orders()[0].TransactionType)
	require.NotContains(t, s.ask(http.MethodGet, "/live", "").body, `value="chargeback"`)
	require.Equal(t, http.StatusConflict, s.post("/orders", "orderid", s.orderID("b"), "do", "approve").status,
		"there is no such order")
	require.Equal(t, http.StatusConflict, s.post("/orders", "orderid", s.orderID("a"), "do", "nothing").status)
}

// TestCallbacks checks a genuine callback, a duplicate and a forged one, as the merchant gets them.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []url.Values
	s := newSite(t)
	client := s.merchant(s.host())
	merchant := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Query())
		if _, err := client.ParseCallback(r); err != nil {
			http.Error(w, "no", http.StatusForbidden)
		}
	}))
	defer merchant.Close()
	s.gateway.SetCallbackClient(merchant.Client())
	s.pay("a", func(r *payneteasy.PayoutRequest) { r.CallbackURL = merchant.URL + "/callback" })
	for _, do := range []string{"callback", "duplicate"} {
		require.Equal(t, http.StatusSeeOther, s.post("/orders", "orderid", s.orderID("a"), "do", do).status)
		s.gateway.WaitCallbacks()
	}
	require.Len(t, got, 3)
	require.Equal(t, got[1], got[2])
	require.Equal(t, "processing", got[0].Get("status"))
	require.Contains(t, s.ask(http.MethodGet, "/live", "").body, "told processing; "+
		strings.TrimPrefix(merchant.URL, "http://")+"/callback answered 200 OK")
	told := s.gateway.Changed()
	require.Equal(t, http.StatusSeeOther, s.post("/orders", "orderid", s.orderID("a"), "do", "forged").status)
	<-told
	require.Contains(t, s.ask(http.MethodGet, "/live", "").body, "told approved, with a forged control; ")
	require.Contains(t, s.ask(http.MethodGet, "/live", "").body, "answered 403 Forbidden")
	require.Equal(t, "processing", s.gateway.Orders()[0].Status)

	s.pay("b")
	require.Equal(t, http.StatusConflict, s.post("/orders", "orderid", s.orderID("b"), "do", "callback").status,
		"it has no callback URL")
}

// TestCallbackOfAReversal checks that the callback goes to notify_url. With only server_callback_url there is no
// callback, and the page says why.
func TestCallbackOfAReversal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer merchant.Close()
	s.pay("a", func(r *payneteasy.PayoutRequest) { r.NotifyURL = merchant.URL })
	s.pay("b", func(r *payneteasy.PayoutRequest) { r.CallbackURL = merchant.URL })
	for id, want := range map[string]int{"a": http.StatusSeeOther, "b": http.StatusConflict} {
		for _, do := range []string{"approve", "reversal"} {
			require.Equal(t, http.StatusSeeOther, s.post("/orders", "orderid", s.orderID(id), "do", do).status)
		}
		require.Equal(t, want, s.post("/orders", "orderid", s.orderID(id), "do", "callback").status)
	}
	s.gateway.WaitCallbacks()
	require.Len(t, s.gateway.CallbackAttempts(), 2+1+1, "of a: approved, reversed, and by the button; of b: approved")
	require.Equal(t, 1, strings.Count(s.ask(http.MethodGet, "/live", "").body, "There is no callback for this"))
}

// TestDouble checks that the top of the page reports a double payout. The buttons apply to the later order.
func TestDouble(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.pay("a")
	require.NotContains(t, s.ask(http.MethodGet, "/", "").body, "Paid twice")
	s.pay("a")
	page := s.ask(http.MethodGet, "/", "").body
	require.Contains(t, page, "Paid twice")
	require.Contains(t, page, "orders 6982864 and 6982865")
	require.Equal(t, 1, strings.Count(page, `value="approve"`))
	require.Contains(t, page, `id="order-6982865-approve"`)
}

// TestManyOrders checks that the page shows the latest orders, and says that there are more.
func TestManyOrders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.gateway.SetOtherAccounts(payneteasytest.Stuck())
	for range maxOrders + 2 {
		s.pay("a", func(r *payneteasy.PayoutRequest) { r.BankAccount.Number = "5" })
	}
	page := s.ask(http.MethodGet, "/", "").body
	require.Equal(t, maxOrders, strings.Count(page, `<li id="order-`))
	require.Contains(t, page, "2 older orders are not shown.")
}

// TestCardAsID checks that a client_orderid that looks like a card is shown whole, also in pending faults and double
// payouts.
func TestCardAsID(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 2 {
		order := s.pay(card)
		require.Equal(t, http.StatusSeeOther, s.post("/orders", "orderid", order.OrderID, "do", "approve").status)
	}
	s.gateway.FailOrder(card, payneteasytest.EmptyReply())
	for _, page := range []string{s.ask(http.MethodGet, "/", "").body, s.ask(http.MethodGet, "/live", "").body} {
		require.Contains(t, page, `<span class="id">`+card+`</span>`)
		require.Contains(t, page, "<li>next call about "+card+": empty reply</li>")
		require.Contains(t, page, "<li>double payout of client_orderid &#34;"+card+"&#34;: orders ")
		require.NotContains(t, page, "[redacted]")
	}
}

// TestOwnCardAsID checks an order whose client_orderid is the card or the account to which it pays. The page shows it
// nowhere, and the buttons still work.
func TestOwnCardAsID(t *testing.T) {
	t.Parallel()
	for name, destination := range map[string]string{
		card: "credit_card_number", "a-4444-4444-4444-4448": "credit_card_number", account: "account_number",
	} {
		s := newSite(t)
		signer, err := payneteasy.NewSigner(payneteasytest.Login, s.gateway.Config().PrivateKey)
		require.NoError(t, err)
		number := card
		if destination == "account_number" {
			number = account
		}
		for range 2 {
			body, authorization, err := signer.Sign(http.MethodPost, s.origin+"/paynet/api/v4/payout/39915", url.Values{
				"client_orderid": {name}, destination: {number}, "amount": {"10.42"}, "currency": {"USD"},
				"card_printed_name": {"J DOE"}, "expire_month": {"12"}, "expire_year": {"2099"}, "cvv2": {"7371"},
			})
			require.NoError(t, err)
			reply := s.ask(http.MethodPost, "/paynet/api/v4/payout/39915", string(body),
				"Authorization", authorization)
			require.Contains(t, reply.body, "type=async-response", "another SDK may send it")
			require.NotContains(t, s.last().Reply, number)
			s.gateway.Finish(name)
		}
		s.ask(http.MethodPost, "/paynet/api/v2/status/39915", "client_orderid="+url.QueryEscape(name))
		require.Equal(t, "client_orderid=%5Bredacted%5D", s.last().Body, "it was seen before")
		require.Equal(t, "[redacted]", s.last().ClientOrderID)
		s.pay(name)
		s.gateway.FailOrder(name, payneteasytest.EmptyReply())
		for _, page := range []string{s.ask(http.MethodGet, "/", "").body, s.ask(http.MethodGet, "/live", "").body} {
			require.Contains(t, page, `<span class="id">[redacted]</span>`)
			require.Contains(t, page, "<li>next call about [redacted]: empty reply</li>")
			require.Contains(t, page, "double payout of client_orderid &#34;[redacted]&#34;")
			require.NotContains(t, page, name)
			require.NotContains(t, page, number)
		}
		require.Equal(t, http.StatusSeeOther, s.post("/orders", "orderid", s.orderID(name), "do", "decline").status)
		require.Equal(t, "declined", s.gateway.Orders()[2].Status)
	}
}
