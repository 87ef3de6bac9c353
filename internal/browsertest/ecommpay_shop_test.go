package browsertest

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// ecommpayShop is the merchant of examples/ecommpay in its own process, with ecommpay's fake in this one.
type ecommpayShop struct {
	t       *testing.T
	gateway *ecommpaytest.Gateway
	url     string // the merchant's
}

func newEcommpayShop(t *testing.T) *ecommpayShop {
	t.Helper()
	gateway := ecommpaytest.NewGateway(t)
	require.NoError(t, gateway.ServePlainPages()) // browsers do not trust its certificate
	url := runProgram(t, "ecommpay", trust(t, gateway.HTTPClient(), gateway.URL()),
		"ECOMMPAY_PROJECT_ID="+strconv.Itoa(ecommpaytest.ProjectID), "ECOMMPAY_SECRET_KEY="+ecommpaytest.SecretKey,
		"ECOMMPAY_BASE_URL="+gateway.URL(), "ECOMMPAY_PAGE_URL="+gateway.Config().PageURL)
	return &ecommpayShop{t: t, gateway: gateway, url: url}
}

// payment is the id of the latest registration.
func (s *ecommpayShop) payment() string {
	s.t.Helper()
	payments := s.gateway.Payments()
	require.NotEmpty(s.t, payments)
	return payments[len(payments)-1].PaymentID
}

// result is the merchant's page for the latest registration.
func (s *ecommpayShop) result() string { return s.url + "/payouts/" + s.payment()[:26] }

// paid is how often money moved, over all attempts.
func (s *ecommpayShop) paid() int {
	sum := 0
	for _, p := range s.gateway.Payments() {
		sum += len(s.gateway.Payouts(p.PaymentID))
	}
	return sum
}

// ask fills in the merchant's form.
func (s *ecommpayShop) ask(b *tab) {
	s.t.Helper()
	b.open(s.url)
	b.see("Get your payout")
	b.fill("recipient", "Prostetnik Jeltz", "email", "p.jeltz@mail.example", "phone", "+44 991 234567", "amount",
		"10.42")
	b.press("Continue")
}

// begin goes from the merchant's page to Payment Page.
func (s *ecommpayShop) begin(b *tab) {
	s.t.Helper()
	s.ask(b)
	b.see("Receive 10.42 EUR")
}

// enter fills in a card on Payment Page.
func (s *ecommpayShop) enter(b *tab, card string) {
	s.t.Helper()
	b.see("Receive 10.42 EUR")
	b.fill("number", card, "expiry", "12/39", "holder", "P JELTZ")
	b.press("Send me the code")
	b.see("Confirm 10.42 EUR")
}

// confirm fills in the card and the code of the e-mail.
func (s *ecommpayShop) confirm(b *tab, card, heading string) {
	s.t.Helper()
	s.enter(b, card)
	b.fill("code", s.gateway.EmailCode(s.payment()))
	b.press("Receive 10.42 EUR")
	b.see(heading)
}

// end goes on to the merchant's result.
func (s *ecommpayShop) end(b *tab, card, heading, shown string) {
	s.t.Helper()
	s.confirm(b, card, heading)
	b.press("Continue")
	b.see(shown)
	require.Equal(s.t, s.result(), b.url())
}

// TestEcommpay goes from the merchant's page through Payment Page back to the result.
func TestEcommpay(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]struct {
		heading, shown string
		paid           int
	}{
		ecommpaytest.CardApproved:  {"Payout successful", "Paid", 1},
		ecommpaytest.CardDeclined:  {"Payout declined", "Not paid", 0},
		ecommpaytest.CardNoBalance: {"Payout declined", "Not paid", 0},
		ecommpaytest.CardError:     {"Payout failed", "We are looking into it", 0},
	} {
		t.Run(want.shown+" "+card, func(t *testing.T) {
			t.Parallel()
			b, s := newTab(t), newEcommpayShop(t)
			s.begin(b)
			s.end(b, card, want.heading, want.shown)
			require.Equal(t, want.paid, s.paid())
		})
	}
}

// TestEcommpayNextAttempt has a declined payout that is tried again under another payment ID, and paid once.
func TestEcommpayNextAttempt(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newEcommpayShop(t)
	s.begin(b)
	s.end(b, ecommpaytest.CardDeclined, "Payout declined", "Not paid")
	first, result := s.payment(), s.result()
	b.press("Try again")
	b.see("Receive 10.42 EUR")
	require.NotEqual(t, first, s.payment())
	require.Equal(t, result, s.result(), "it is the same debt")
	s.end(b, ecommpaytest.CardApproved, "Payout successful", "Paid")
	b.back()
	b.back()
	require.Len(t, s.gateway.Payments(), 2)
	require.Equal(t, 1, s.paid())

	// The decline is told again, and changes nothing.
	require.True(t, s.gateway.CallBack(first, nil))
	s.gateway.WaitCallbacks()
	b.open(result)
	b.see("Paid")
}

// TestEcommpayRepeatedDebt checks that a declined debt stays the same debt when it is started again from the first
// page.
func TestEcommpayRepeatedDebt(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newEcommpayShop(t)
	s.begin(b)
	s.end(b, ecommpaytest.CardDeclined, "Payout declined", "Not paid")
	result := s.result()
	s.begin(b)
	require.Len(t, s.gateway.Payments(), 2)
	require.Equal(t, result, s.result())
	s.end(b, ecommpaytest.CardError, "Payout failed", "We are looking into it")
	s.ask(b)
	b.see("We are looking into it")
	require.Len(t, s.gateway.Payments(), 2, "what may have been paid is not paid again")
}

// TestEcommpayTwoTabs has the same link in two tabs, which both confirm. It is paid once.
func TestEcommpayTwoTabs(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newEcommpayShop(t)
	s.begin(b)
	c := b.another()
	s.begin(c) // starting again leads to the same link
	require.Equal(t, b.url(), c.url())
	s.gateway.SetStepTime(0)
	s.enter(b, ecommpaytest.CardApproved)
	s.enter(c, "5555555555554444") // the last card and its code count
	code := s.gateway.EmailCode(s.payment())
	for _, tab := range []*tab{b, c} {
		tab.fill("code", code)
	}
	for _, tab := range []*tab{b, c} {
		tab.press("Receive 10.42 EUR")
		tab.see("Please wait")
	}
	require.True(t, s.gateway.Finish(s.payment()))
	for _, tab := range []*tab{b, c} {
		tab.see("Payout successful")
		tab.press("Continue")
		tab.see("Paid")
	}
	require.Len(t, s.gateway.Payments(), 1)
	require.Equal(t, 1, s.paid())
}

// TestEcommpayExpiredLink has an expired link. It is shown as "not paid" only when ecommpay says so. Then it is tried
// again.
func TestEcommpayExpiredLink(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newEcommpayShop(t)
	s.gateway.SetExpiryOnVisit(true)
	s.gateway.SetLinkLifetime(8 * time.Second)
	s.begin(b)
	link := b.url()
	b.open(s.url) // otherwise Payment Page would reload itself when the time is over, as a visit
	c := b.another()
	c.open(s.result())
	c.see("The time is over") // put there by the page's script
	s.ask(c)
	c.see("The time is over")
	require.Len(t, s.gateway.Payments(), 1, "there is no second registration")

	s.gateway.SetLinkLifetime(time.Hour)
	b.open(link)
	b.see("The time is over") // on ecommpay's page, which declines it now
	c.see("Not paid")
	require.Contains(t, c.text(), "UUID Expired")
	c.press("Try again")
	s.end(c, ecommpaytest.CardApproved, "Payout successful", "Paid")
	require.Equal(t, 1, s.paid())
}

// TestEcommpayLateConfirmation has a confirmation just before the link ends. The merchant learns about it later.
func TestEcommpayLateConfirmation(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newEcommpayShop(t)
	s.gateway.SetLinkLifetime(10 * time.Second)
	s.begin(b)
	s.gateway.SetStepTime(0)
	id := s.payment()
	require.True(t, s.gateway.Hide(id, true))
	require.True(t, s.gateway.Confirm(id, ecommpaytest.CardApproved))
	b.open(s.result())
	b.see("The time is over")
	require.True(t, s.gateway.Hide(id, false))
	b.see("Processing")
	require.True(t, s.gateway.Finish(id))
	b.see("Paid")
	require.Equal(t, 1, s.paid())
}
