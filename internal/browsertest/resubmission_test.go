package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestResubmission is a receiver who presses twice, goes back, and sends every form again.
func TestResubmission(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	b.open(s.url)
	b.fill("recipient", "Jane Doe")
	b.do(chromedp.DoubleClick("//button[.='Continue']"))
	b.see("Receive 10.42 USD")
	link := b.url()
	b.back()
	b.see("Get your payout")
	b.fill("recipient", "Jane Doe", "amount", "10.42")
	b.press("Continue")
	b.see("Receive 10.42 USD")
	require.Equal(t, link, b.url())

	b.fill("account_number", approved)
	b.do(chromedp.DoubleClick("//button[.='Receive 10.42 USD']"))
	b.see("Please wait")
	b.back()
	b.see("Please wait") // instead of the form
	s.ask(b)
	b.see("Please wait")
	s.finish()
	b.see("Paid")
	b.back()
	b.see("Get your payout") // the pages between have redirected
	b.open(link)
	b.see("Payout approved")
	b.press("Back to TestMerchant")
	b.see("Paid")
	s.paidOnce()
}

// TestTwoTabs has the same form in two tabs, with another account in each. The first one that is sent is paid.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	s.begin(b)
	c := b.another()
	s.begin(c) // starting again shows the same form
	require.Equal(t, b.url(), c.url())
	b.fill("account_number", approved)
	c.fill("account_number", "5555555555")
	b.press("Receive 10.42 USD")
	b.see("Please wait")
	c.press("Receive 10.42 USD")
	c.see("Please wait")
	s.finish()
	for _, tab := range []*tab{b, c} {
		// The gateway redirects only one of them.
		if tab.see("Paid", "Payout approved") == "Payout approved" {
			tab.press("Back to TestMerchant")
			tab.see("Paid")
		}
	}
	require.Equal(t, approved, s.gateway.Orders()[0].Account)
	s.paidOnce()
}

// TestResubmissionAfterError starts a payout again that may have been paid. There is no second order.
func TestResubmissionAfterError(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	s.end(b, errored, "We are looking into it")
	s.ask(b)
	b.see("We are looking into it")
	require.Equal(t, s.result(), b.url())
}
