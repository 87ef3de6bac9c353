package ecommpaytest_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestServePlainPages serves pages to browsers that do not trust the gateway's certificate. Gate API stays on https.
func TestServePlainPages(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	require.NoError(t, gateway.ServePlainPages())
	require.ErrorContains(t, gateway.ServePlainPages(), "called before")
	s := newShop(t, gateway)
	link := s.link("a", s.register("a"))
	require.True(t, strings.HasPrefix(link, "http://127.0.0.1:"), link)
	s.client = &http.Client{}
	page := s.enter(s.open(link), ecommpaytest.CardApproved)
	require.Contains(t, []string{"Please wait", "Payout successful"}, s.code(page, gateway.EmailCode("a")).title())
	gateway.WaitCallbacks()
	require.Len(t, gateway.Payouts("a"), 1)
	base := strings.TrimSuffix(gateway.Config().PageURL, "/payment")
	require.Equal(t, http.StatusNotFound, s.open(base+statusPath).status)
	gateway.Close()
	_, err := s.client.Get(link)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

// TestCardErrors checks that each fault shows at its field, and that the page keeps everything that was entered.
func TestCardErrors(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	page := s.open(s.link("a", s.register("a")))
	for _, test := range []struct{ name, number, expiry, holder, field, wrong string }{
		{"no number", " ", "12/39", "P", "number", "Enter the card number"},
		{"a wrong check digit", "4242424242424243", "12/39", "P", "number", "not a card number"},
		{"a short number", "42", "12/39", "P", "number", "not a card number"},
		{"a number with a letter", "4242x42424242424", "12/39", "P", "number", "not a card number"},
		{"no date", "4242424242424242", "", "P", "expiry", "Enter month and year"},
		{"a card that has expired", "4242424242424242", "12/20", "P", "expiry", "still valid"},
		{"an invalid month", "4242424242424242", "13/39", "P", "expiry", "still valid"},
		{"no name", "4242424242424242", "12 / 2039", "", "holder", "Enter the name"},
		{"a long name", "4242424242424242", "12/39", strings.Repeat("я", 65), "holder", "longer than 64"},
		{"a name that turns around", "4242424242424242", "12/39", "Jane\u202eDoe", "holder", "cannot be shown"},
	} {
		wrong := s.send(page.url,
			url.Values{"step": {"card"}, "number": {test.number}, "expiry": {test.expiry}, "holder": {test.holder}})
		require.Equal(t, http.StatusUnprocessableEntity, wrong.status, test.name)
		require.Equal(t, "Please check what you have entered", wrong.title(), test.name)
		require.Regexp(t, `<p class="wrong" id="`+test.field+`-wrong">[^<]*`+test.wrong, wrong.body, test.name)
		require.Contains(t, wrong.body, `<a href="#`+test.field+`">`, test.name)
		require.Equal(t, 1, strings.Count(wrong.body, ` aria-invalid="true">`), test.name)
		require.Contains(t, wrong.body, `role="timer"`, test.name)
		if test.field != "number" {
			require.Contains(t, wrong.body, `name="number" value="4242424242424242"`, test.name)
		}
	}
	require.Empty(t, gateway.EmailCode("a"))
}

// TestWrongCodes checks that the page appears again twice, and then the payout is declined. Another card gets another
// code.
func TestWrongCodes(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	page := s.enter(s.open(s.link("a", s.register("a"))), ecommpaytest.CardApproved)
	first := gateway.EmailCode("a")
	again := s.code(page, "")
	require.Equal(t, http.StatusUnprocessableEntity, again.status)
	require.Contains(t, again.body, "Attempts left: 2")
	require.Equal(t, first, gateway.EmailCode("a"))

	require.Equal(t, "Receive 70.00 EUR", s.send(page.url, url.Values{"step": {"again"}}).title())
	require.Equal(t, "Receive 70.00 EUR", s.code(page, first).title(), "a code that is no longer awaited")
	s.enter(page, "5555555555554444")
	require.Contains(t, s.code(page, "000000").body, "Attempts left: 1")
	require.Equal(t, "Payout declined", s.code(page, "000000").title())
	require.Equal(t, "Payout declined", s.code(page, gateway.EmailCode("a")).title())
	require.Equal(t, "100", at(s.last(), "operation", "code"))
	require.Len(t, s.callbacks(), 2)
	require.Empty(t, gateway.Payouts("a"))
}

// TestRepeatedConfirmation confirms in several tabs, repeatedly, and after the back button.
func TestRepeatedConfirmation(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	link := s.link("a", s.register("a"))
	gateway.SetStepTime(0)
	page := s.enter(s.open(link), ecommpaytest.CardApproved)
	code := gateway.EmailCode("a")
	require.Equal(t, page.url, s.open(link).url, "another tab is where the first is")
	var tabs sync.WaitGroup
	for range 8 {
		tabs.Go(func() {
			if title := s.code(page, code).title(); title != "Please wait" {
				t.Errorf("a tab sees %q", title)
			}
		})
	}
	tabs.Wait()
	require.Equal(t, "Please wait", s.enter(page, ecommpaytest.CardDeclined).title())
	require.False(t, gateway.Confirm("a", ecommpaytest.CardApproved))
	require.True(t, gateway.Finish("a"))
	require.Equal(t, "Payout successful", s.code(page, code).title())
	require.Equal(t, "Payout successful", s.open(link).title())
	require.Len(t, gateway.Payouts("a"), 1)
	require.Len(t, s.callbacks(), 2)
}

// TestChosenCard checks that with a token the page does not ask for the card.
func TestChosenCard(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	uuid := s.register("a")
	page := s.open(s.link("a", uuid, "account_token", gateway.Token("5555555555554444")))
	require.Contains(t, page.body, "<dd>555555******4444</dd>")
	require.NotContains(t, page.body, "<input")
	page = s.send(page.url, url.Values{"step": {"card"}, "number": {ecommpaytest.CardDeclined}})
	require.NotContains(t, page.body, "Use another card")
	s.code(page, gateway.EmailCode("a"))
	require.Equal(t, "mastercard", at(s.last(), "account", "type"))
	require.Equal(t, "555555******4444", gateway.Payouts("a")[0].Card)
	page = s.open(page.url)
	require.Equal(t, "Payout successful", page.title())
	require.Contains(t, page.body, "You can close this page.")
	require.True(t, gateway.Reverse("a"))
	require.Equal(t, "Payout taken back", s.open(page.url).title())
}
