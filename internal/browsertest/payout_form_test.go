package browsertest

import (
	"crypto/sha1"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPayoutForm goes from the merchant's page through the form and the wait page back to the result.
func TestPayoutForm(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]struct {
		heading string
		paid    int
	}{
		approved: {"Paid", 1},
		declined: {"Not paid", 0},
		errored:  {"We are looking into it", 0},
	} {
		t.Run(want.heading, func(t *testing.T) {
			t.Parallel()
			b, s := newTab(t), newSite(t)
			s.end(b, account, want.heading)
			require.Len(t, s.gateway.Payouts(s.order()), want.paid)
		})
	}
}

// TestPageUpdate checks that the page updates itself when the merchant learns more.
func TestPageUpdate(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	s.process(b)
	b.do(chromedp.Evaluate[chromedp.Void]("window.loaded = 'once'"))
	require.True(t, s.gateway.Hide(s.order(), false))
	require.True(t, s.gateway.CallBack(s.order(), nil))
	b.see("Paid")
	require.Equal(t, "once", eval[string](b, "window.loaded"))
	require.Equal(t, "Paid – Example merchant", eval[string](b, "document.title"))
}

// TestConfirmation asks the receiver again after the form.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	for answer, heading := range map[string]string{"Confirm": "Paid", "Refuse": "Not paid"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			b, s := newTab(t), newSite(t)
			pages["gateway-confirm"](s, b)
			require.Empty(t, s.gateway.Payouts(s.order()))
			b.press(answer)
			if answer == "Confirm" {
				b.see("Please wait")
				s.finish()
			}
			b.see(heading)
		})
	}
}

// TestExpiredLink shows at both ends that nothing was paid, and lets the receiver begin again.
func TestExpiredLink(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	s.begin(b)
	first := s.order()
	require.True(t, s.gateway.ExpireLink(first))
	b.fill("account_number", approved)
	b.press("Receive 10.42 USD")
	b.see("Not paid")
	require.Equal(t, s.result(), b.url())
	require.Empty(t, s.gateway.Payouts(first))

	b.open(s.gateway.ReceiverURL(first))
	b.see("This link has expired")
	b.press("Back to TestMerchant")
	b.see("Not paid")
	b.press("Try again")
	b.see("Get your payout")
	b.fill("recipient", "Jane Doe")
	b.press("Continue")
	b.see("Receive 10.42 USD")
	require.Len(t, s.gateway.Orders(), 2)
}

// TestClosedTab closes the tab after the form was sent, so only the callback tells the merchant.
func TestClosedTab(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	later := b.another()
	s.submit(b, approved)
	b.close()
	later.open(s.result())
	later.see("Waiting for your account details") // the merchant knows nothing yet
	s.finish()
	later.see("Paid")
	require.Len(t, s.gateway.Payouts(s.order()), 1)
}

// TestForgedReturn checks that a browser's return is not believed. It says approved, with the control of an order that
// is not paid.
func TestForgedReturn(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	s.begin(b)
	id := s.order()
	order := s.gateway.Orders()[0]
	sum := sha1.Sum([]byte("approved" + order.OrderID + id + payneteasytest.ControlKey))
	b.open(s.url) // a page that may send a form to the merchant
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{
		const form = document.createElement("form");
		form.method = "post";
		form.action = "/return";
		const fields = {status: "approved", orderid: %q, client_orderid: %q, merchant_order: %q, control: "%x"};
		for (const [name, value] of Object.entries(fields)) {
			const field = document.createElement("input");
			field.name = name;
			field.value = value;
			form.append(field);
		}
		document.body.append(form);
		form.submit();
	}`, order.OrderID, id, id, sum)))
	b.see("Processing")
	require.Equal(t, s.result(), b.url())
}
