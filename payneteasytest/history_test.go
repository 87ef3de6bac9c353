package payneteasytest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// told are an order's events in short.
func told(gateway *payneteasytest.Gateway, orderID string) []string {
	var all []string
	for _, e := range gateway.History(orderID) {
		words := []string{string(e.Kind)}
		switch e.Kind {
		case payneteasytest.EventStep:
			words = append(words, e.TransactionType, e.Status, e.Stage)
		case payneteasytest.EventCall:
			words = append(words, e.Call, strings.Repeat("|", e.Count))
		case payneteasytest.EventCallback:
			called, err := url.Parse(e.Callback.URL)
			if err != nil {
				return []string{err.Error()}
			}
			words = append(words, called.Query().Get("type"), called.Query().Get("status"), http.StatusText(e.Callback.HTTPStatus))
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

// manual is a gateway in which nothing happens by itself, and a merchant who is called back.
func manual(t *testing.T) (*payneteasytest.Gateway, *payneteasy.Client, string) {
	t.Helper()
	merchant := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(merchant.Close)
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	return gateway, newClient(t, gateway), merchant.URL
}

// TestHistory: an order's states, the calls about it and the callbacks, in their order; and whoever waits hears of each.
func TestHistory(t *testing.T) {
	t.Parallel()
	gateway, client, merchant := manual(t)
	gateway.SetAccount("1234567890", payneteasytest.Stuck())
	changed := gateway.Changed()
	req := request(t, "payout-0001", "1234567890")
	req.NotifyURL = merchant
	payout, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	<-changed
	for range 3 {
		_, err = client.Status(t.Context(), payout.Ref())
		require.NoError(t, err)
	}
	changed = gateway.Changed()
	approved := payneteasytest.Approved()
	require.True(t, gateway.Become("payout-0001", approved[len(approved)-1:]))
	<-changed
	gateway.WaitCallbacks()
	require.True(t, gateway.TakeBack("payout-0001", "chargeback"))
	gateway.WaitCallbacks()
	require.Equal(t, []string{
		"step payout processing payout_starting",
		"call v4/payout |",
		"call v2/status |",
		"step payout processing payout_processing",
		"call v2/status ||",
		"step payout approved payout_approved",
		"callback payout approved OK",
		"step chargeback approved chargeback_approved",
		"callback chargeback approved OK",
	}, told(gateway, payout.OrderID))
	require.Nil(t, gateway.History("1"))
}

// TestBecome: whatever an open order waits for, it can be decided, and what counts as paid follows.
func TestBecome(t *testing.T) {
	t.Parallel()
	declined := payneteasytest.Declined("Declined by hand", "2")
	for name, script := range map[string]payneteasytest.Script{
		"on its way":                    payneteasytest.Approved(),
		"for ever":                      payneteasytest.Stuck(),
		"until its receiver confirms":   payneteasytest.Approved().WithConfirmation(),
		"until its receiver goes away":  payneteasytest.Approved().WithRedirect("https://elsewhere.example/"),
		"on its way to another refusal": payneteasytest.Declined("No", "1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway, client, _ := manual(t)
			gateway.SetAccount("1234567890", script)
			payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
			require.NoError(t, err)

			require.True(t, gateway.Become("a", payneteasytest.Stuck()))
			require.Empty(t, gateway.Payouts("a"))
			require.True(t, gateway.Become("a", declined[len(declined)-1:]))
			status, err := client.Status(t.Context(), payout.Ref())
			require.NoError(t, err)
			require.Equal(t, payneteasy.StatusDeclined, status.Status)
			require.Equal(t, "Declined by hand", status.ErrorMessage)
			require.Empty(t, gateway.Payouts("a"))

			require.False(t, gateway.Become("a", payneteasytest.Approved()), "it is final")
			require.Equal(t, "declined", gateway.Orders()[0].Status)
		})
	}
}

// TestBecomePaid: an order that a receiver was asked about is paid, and called back once; and then it stays paid.
func TestBecomePaid(t *testing.T) {
	t.Parallel()
	gateway, client, merchant := manual(t)
	req := request(t, "a", "")
	req.BankAccount, req.CallbackURL, req.RedirectURL = nil, merchant, "https://merchant.example/"
	_, err := client.PayoutForm(t.Context(), req)
	require.NoError(t, err)
	require.False(t, gateway.Become("b", payneteasytest.Approved()), "there is no such order")
	require.False(t, gateway.Become("a", nil), "nothing to become")
	require.True(t, gateway.Become("a", payneteasytest.Approved()))
	require.False(t, gateway.SubmitForm("a", "0987654321", "Jane Doe"), "nobody waits for it any more")
	require.True(t, gateway.Finish("a"))
	require.Len(t, gateway.Payouts("a"), 1)
	gateway.WaitCallbacks()
	require.Len(t, gateway.CallbackAttempts(), 1)
	require.False(t, gateway.Become("a", payneteasytest.Stuck()))
	require.Len(t, gateway.Payouts("a"), 1)
}

// TestBecomeAsks: an order that nobody asked about gets a link of its own.
func TestBecomeAsks(t *testing.T) {
	t.Parallel()
	gateway, client, _ := manual(t)
	payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	require.Empty(t, gateway.ReceiverURL("a"))
	require.True(t, gateway.Become("a", payneteasytest.Approved().WithConfirmation()))
	require.Empty(t, gateway.Payouts("a"), "he may refuse")
	require.Contains(t, gateway.ReceiverURL("a"), "/paynet/confirm/")
	status, err := client.Status(t.Context(), payout.Ref())
	require.NoError(t, err)
	require.Equal(t, gateway.ReceiverURL("a"), status.RedirectTo)
	require.True(t, gateway.ExpireLink("a"))
	require.Equal(t, "declined", gateway.Orders()[0].Status)
}

// TestBecomeTwicePaid: two orders of one client_orderid that were both decided to be paid are a double payout, told once.
func TestBecomeTwicePaid(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	gateway := payneteasytest.NewGateway(r)
	gateway.SetStepTime(0)
	client := newClient(t, gateway)
	for _, account := range []string{"1234567890", "0987654321"} {
		_, err := client.Payout(t.Context(), request(t, "a", account))
		require.NoError(t, err)
	}
	require.Empty(t, r.errors)
	for _, script := range []payneteasytest.Script{payneteasytest.Approved(), payneteasytest.Stuck(), payneteasytest.Approved()} {
		require.True(t, gateway.Become("a", script))
	}
	require.Len(t, r.errors, 1)
	require.Equal(t, r.errors, gateway.DoublePayouts())
}

// TestClearFaults: what is to break is told, and can be taken back.
func TestClearFaults(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	gateway.FailNext(payneteasytest.LoseReply())
	gateway.FailOrder("a", payneteasytest.Page(http.StatusBadGateway, "Bad gateway").AfterAcceptance())
	gateway.FailAtRandom(1, 1, payneteasytest.EmptyReply())
	require.Equal(t, []string{
		"next call: lose the reply", "next call about a: page 502 after acceptance", "one call in 1 at random: empty reply",
	}, gateway.PendingFaults())
	gateway.ClearFaults()
	require.Empty(t, gateway.PendingFaults())
	_, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
}
