package payneteasytest_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestRepeatedSubmit submits a form from several tabs, again, and after the end. Only the first submission counts, and
// all others see the state of the order.
func TestRepeatedSubmit(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	receiver := newVisitor(t, gateway)
	link := openForm(t, newClient(t, gateway), "a").RedirectURL.Reveal()
	first, second := receiver.open(link), receiver.open(link)
	require.Equal(t, first.body, second.body)
	var tabs sync.WaitGroup
	for i := range 8 {
		tabs.Go(func() {
			account := []string{"1234567890", "DE8937040044053"}[i%2]
			page := receiver.send(link, "account_number", account, "account_name", "Jane Doe")
			if page.title() != "Please wait" {
				t.Errorf("tab %d sees %q", i, page.title())
			}
		})
	}
	tabs.Wait()
	account := gateway.Orders()[0].Account

	again := []string{"account_number", "0987654321", "account_name", "Mallory"}
	require.Equal(t, "Please wait", receiver.send(link, again...).title())
	require.True(t, gateway.Finish("a"))
	require.Len(t, gateway.Payouts("a"), 1)
	require.Equal(t, "Payout approved", receiver.send(link, again...).title())
	require.Equal(t, "Payout approved", receiver.send(link, "decision", "refuse").title())
	require.True(t, gateway.TakeBack("a", "reversal"))
	require.Equal(t, "Payout taken back", receiver.send(link, again...).title())
	require.False(t, gateway.ExpireLink("a"))
	require.Len(t, gateway.Orders(), 1)
	require.Equal(t, account, gateway.Orders()[0].Account)
	require.Empty(t, gateway.DoublePayouts())
}

// TestSubmitForm checks that SubmitForm acts as the receiver, and only once.
func TestSubmitForm(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	require.False(t, gateway.SubmitForm("a", "1234567890", "Jane Doe"), "no such order")
	client := newClient(t, gateway)
	form := openForm(t, client, "a")
	require.True(t, gateway.SubmitForm("a", "1234567890", "Jane Doe"))
	require.False(t, gateway.SubmitForm("a", "0987654321", "Jane Doe"))
	entry, err := client.Wait(t.Context(), form.Entry, nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
	require.Len(t, gateway.Payouts("a"), 1)
}

// TestTwoForms checks that two forms of one ID are a double payout as soon as both are submitted.
func TestTwoForms(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	gateway := payneteasytest.NewGateway(r)
	client, receiver := newClient(t, gateway), newVisitor(t, gateway)
	one, two := openForm(t, client, "a"), openForm(t, client, "a")
	require.NotEqual(t, one.RedirectURL.Reveal(), two.RedirectURL.Reveal())
	receiver.send(one.RedirectURL.Reveal(), "account_number", "1234567890", "account_name", "Jane")
	require.Empty(t, r.errors)
	receiver.send(two.RedirectURL.Reveal(), "account_number", "1234567890", "account_name", "Jane")
	require.Len(t, r.errors, 1)
	require.Contains(t, r.errors[0], `double payout of client_orderid "a"`)

	gateway.SetRepeat(payneteasytest.RepeatSameAnswer)
	require.Equal(t, two.RedirectURL.Reveal(), openForm(t, client, "a").RedirectURL.Reveal())
}

// TestExpiredForm lets a form expire in time and at once. The order is declined, the merchant is called back, and the
// link pays nothing.
func TestExpiredForm(t *testing.T) {
	t.Parallel()
	gateway, shop := payneteasytest.NewGateway(t), newMerchant(t)
	client, receiver := newClient(t, gateway), newVisitor(t, gateway)
	require.False(t, gateway.ExpireLink("a"), "there is no order")
	form := openForm(t, client, "a", func(r *payneteasy.PayoutRequest) { r.CallbackURL = shop.url })
	require.True(t, gateway.ExpireLink("a"))
	require.False(t, gateway.ExpireLink("a"), "the link has expired")
	for _, page := range []seen{
		receiver.open(form.RedirectURL.Reveal()),
		receiver.send(form.RedirectURL.Reveal(), "account_number", "1234567890", "account_name", "Jane"),
	} {
		require.Equal(t, http.StatusGone, page.status)
		require.Equal(t, "This link has expired", page.title())
	}
	status, err := client.Status(t.Context(), form.Entry.Ref())
	require.NoError(t, err)
	require.Equal(t, payneteasy.StatusDeclined, status.Status)
	gateway.WaitCallbacks()
	require.Len(t, shop.callbacks(), 1)
	require.Equal(t, "declined", shop.callbacks()[0].Get("status"))
	require.Empty(t, gateway.Payouts("a"))

	gateway.SetLinkLifetime(0)
	form = openForm(t, client, "b")
	require.Equal(t, "This link has expired",
		receiver.send(form.RedirectURL.Reveal(), "account_number", "1234567890", "account_name", "Jane").title())
	require.Empty(t, gateway.Payouts("b"))
}

// TestFormLifetime checks that a form expires after 15 minutes, or after the time that is set. Polling must neither
// move the order nor extend the lifetime of the link.
func TestFormLifetime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		client, receiver := newClient(t, gateway), newVisitor(t, gateway)
		for _, lifetime := range []time.Duration{15 * time.Minute, time.Minute} {
			id := lifetime.String()
			began := time.Now()
			form := openForm(t, client, id)
			stage := ""
			_, err := client.Wait(t.Context(), form.Entry,
				&payneteasy.WaitOptions{MaxWait: lifetime - time.Second, OnProgress: func(p payneteasy.Progress) {
					stage = p.Status.OrderStage
				}})
			require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
			require.Equal(t, "payout_form_waiting", stage)
			require.Equal(t, "Receive 10.42 USD", receiver.open(form.RedirectURL.Reveal()).title())
			entry, err := client.Wait(t.Context(), form.Entry, nil)
			require.NoError(t, err)
			require.Equal(t, payneteasy.DecisionNotPaid, entry.Decision())
			require.GreaterOrEqual(t, time.Since(began), lifetime)
			require.Equal(t, "This link has expired", receiver.open(form.RedirectURL.Reveal()).title())
			gateway.SetLinkLifetime(time.Minute)
		}
		submitted := openForm(t, client, "submitted")
		receiver.send(submitted.RedirectURL.Reveal(), "account_number", "1234567890", "account_name", "Jane")
		<-time.After(time.Hour)
		require.Equal(t, "Payout approved", receiver.open(submitted.RedirectURL.Reveal()).title(),
			"a form that was submitted does not expire")
		receiver.client.CloseIdleConnections()
		client.CloseIdleConnections()
	})
}

// TestConfirmation checks that a payout that waits for its receiver has a link in redirect-to, until the receiver has
// answered.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, decision, title string
		expire                bool
		code                  payneteasy.StatusCode
		paid                  int
	}{
		{"confirmed", "confirm", "Payout approved", false, payneteasy.StatusApproved, 1},
		{"refused", "refuse", "Payout declined", false, payneteasy.StatusDeclined, 0},
		{"too late", "confirm", "This link has expired", true, payneteasy.StatusDeclined, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			gateway := payneteasytest.NewGateway(t)
			gateway.SetStepTime(time.Millisecond)
			gateway.SetAccount("1", payneteasytest.Approved().WithConfirmation())
			client, receiver := newClient(t, gateway), newVisitor(t, gateway)
			payout, err := client.Payout(t.Context(), request(t, "a", "1"))
			require.NoError(t, err)
			var asked []string
			entry, err := client.Wait(t.Context(), payout.Entry,
				&payneteasy.WaitOptions{OnProgress: func(p payneteasy.Progress) {
					s := p.Status
					asked = append(asked, s.RedirectTo)
					if s.RedirectTo == "" {
						return
					}
					require.Equal(t, gateway.ReceiverURL("a"), s.RedirectTo)
					require.Equal(t, "Confirm 10.42 USD", receiver.open(s.RedirectTo).title())
					require.Equal(t, "Confirm 10.42 USD",
						receiver.send(s.RedirectTo, "account_number", "1234567890", "account_name", "Jane").title())
					require.Equal(t, "Confirm 10.42 USD", receiver.send(s.RedirectTo, "decision", "perhaps").title())
					require.Empty(t, gateway.Payouts("a"))
					require.False(t, gateway.Finish("a"))
					if test.expire {
						require.True(t, gateway.ExpireLink("a"))
					}
					receiver.send(s.RedirectTo, "decision", test.decision)
					receiver.send(s.RedirectTo, "decision", "refuse")
					receiver.send(s.RedirectTo, "decision", "confirm")
				}})
			require.NoError(t, err)
			require.Equal(t, test.code, entry.Status)
			require.Empty(t, asked[len(asked)-1])
			require.NotEmpty(t, asked[0])
			require.Equal(t, test.title, receiver.open(asked[0]).title())
			require.Len(t, gateway.Payouts("a"), test.paid)
			require.Equal(t, "1", gateway.Orders()[0].Account)
		})
	}
}

// TestFormAndConfirmation checks an account that asks for a confirmation after the form. Only both together pay.
func TestFormAndConfirmation(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetAccount("1", payneteasytest.Approved().WithConfirmation())
	client, receiver := newClient(t, gateway), newVisitor(t, gateway)
	form := openForm(t, client, "a", func(r *payneteasy.PayoutRequest) {
		r.Endpoint = payneteasy.EndpointGroupID(payneteasytest.EndpointGroupID)
	})
	require.Equal(t, "Receive 10.42 USD", receiver.send(form.RedirectURL.Reveal(), "decision", "confirm").title())
	require.Equal(t, "Confirm 10.42 USD",
		receiver.send(form.RedirectURL.Reveal(), "account_number", "1", "account_name", "Jane").title())
	require.False(t, gateway.Finish("a"), "it waits for its receiver")
	require.Empty(t, gateway.Payouts("a"))
	status, err := client.Status(t.Context(), form.Entry.Ref())
	require.NoError(t, err)
	require.Equal(t, form.RedirectURL.Reveal(), status.RedirectTo)
	require.Equal(t, "Please wait", receiver.send(form.RedirectURL.Reveal(), "decision", "confirm").title())
	require.True(t, gateway.Finish("a"))
	require.Len(t, gateway.Payouts("a"), 1)
	require.Equal(t, "group/1144", gateway.Orders()[0].Endpoint)
	require.Empty(t, gateway.ReceiverURL("b"))
	_, err = client.Payout(t.Context(), request(t, "c", "1234567890"))
	require.NoError(t, err)
	require.Empty(t, gateway.ReceiverURL("c"), "its receiver has nothing to do")
}
