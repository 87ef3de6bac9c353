package ecommpaytest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestTheReceiversWay goes by form posts from the link to the merchant's own pages.
func TestTheReceiversWay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		card, title, text, links string
		paid                     int
	}{
		{"4242 4242 4242 4242", "Payout successful", "on its way", "good back", 1},
		{ecommpaytest.CardDeclined, "Payout declined", "General decline (code 100)", "bad back", 0},
		{ecommpaytest.CardNoBalance, "Payout declined", "Insufficient funds on merchant balance (code 3028)", "bad back", 0},
		{ecommpaytest.CardLimit, "Payout declined", "code 3104", "bad back", 0},
		{ecommpaytest.CardClarification, "Payout declined", "code 603", "bad back", 0},
		{ecommpaytest.CardError, "Payout failed", "Internal error (code 501)", "bad back", 0},
	} {
		t.Run(test.card, func(t *testing.T) {
			t.Parallel()
			gateway := ecommpaytest.NewGateway(t)
			s := newShop(t, gateway)
			uuid := s.register("a")
			gateway.SetStepTime(0)
			gateway.SetClarificationTime(0)
			parameters := s.parameters("a", uuid, "payment_description", "Third prize", "merchant_success_url", "https://shop.example/good",
				"merchant_fail_url", "https://shop.example/bad", "merchant_return_url", "https://shop.example/back")
			page := s.open(gateway.Config().PageURL + "?" + parameters.Encode())
			require.Equal(t, "Receive 70.00 EUR", page.title())
			require.Contains(t, page.body, "<dd>Third prize</dd>")
			require.Regexp(t, `role="timer">Time left: <strong id="left" data-left="(1800|179\d)">(30:00|29:5\d)</strong>, until <time datetime="\S+Z">\d\d:\d\d:\d\d UTC</time>`, page.body)
			require.Regexp(t, `^1[78]\d\d; url=/payment/\w+$`, page.header.Get("Refresh"))
			require.Equal(t, page.url, s.send(gateway.Config().PageURL, parameters).url, "by POST, too")
			require.Empty(t, gateway.EmailCode("a"))

			page = s.enter(page, test.card)
			require.Equal(t, "Confirm 70.00 EUR", page.title())
			code := gateway.EmailCode("A")
			require.Regexp(t, `^\d{6}$`, code)
			require.Contains(t, page.body, "To p.jeltz@mail.com: your code is <strong>"+code+"</strong>")
			require.Equal(t, page.body, s.open(page.url).body)
			page = s.code(page, " "+code[:3]+" "+code[3:])
			require.Equal(t, "Please wait", page.title())
			require.Regexp(t, `^1; url=/payment/\w+$`, page.header.Get("Refresh"))
			require.True(t, gateway.Finish("a"))
			if test.card == ecommpaytest.CardClarification {
				require.Equal(t, "Please wait", s.open(page.url).title())
				require.True(t, gateway.Finish("a"))
			}

			page = s.open(page.url)
			require.Equal(t, test.title, page.title())
			require.Contains(t, page.body, test.text)
			require.Contains(t, page.body, "<dd>Third prize</dd>")
			require.Empty(t, page.header.Get("Refresh"))
			for _, name := range []string{"good", "bad", "back"} {
				require.Equal(t, strings.Contains(test.links, name), strings.Contains(page.body, `<a href="https://shop.example/`+name+`">`), name)
			}
			require.Len(t, gateway.Payouts("a"), test.paid)
			message := s.last()
			require.Equal(t, "Third prize", at(message, "payment", "description"))
			require.Equal(t, "P JELTZ", at(message, "account", "card_holder"))
			require.Equal(t, "2039", at(message, "account", "expiry_year"))
		})
	}
}

// TestChosenCard: with a token nobody is asked for the card.
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

// TestLinks: what Payment Page does not open, and why not.
func TestLinks(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	uuid := s.register("a")
	gateway.SetStepTime(0)
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("unregistered"))).status)
	for _, test := range []struct {
		extra  []string
		status int
		text   string
	}{
		{[]string{"best_before", "2030-01-01T00:00:00+0000"}, 400, "best_before must not be given"},
		{[]string{"mode", "purchase"}, 400, "mode=payout only"},
		{[]string{"mode", ""}, 400, "mode=payout only"},
		{[]string{"uuid", ""}, 400, "The parameter uuid is required."},
		{[]string{"payment_currency", ""}, 400, "The parameter payment_currency is required."},
		{[]string{"uuid", "A" + uuid[1:] + "="}, 404, "no payout with this payment_id and uuid"},
		{[]string{"payment_id", "b"}, 404, "no payout with this payment_id and uuid"},
		{[]string{"payment_id", "unregistered"}, 404, "no payout with this payment_id and uuid"},
		{[]string{"project_id", "1"}, 400, "no such project_id"},
		{[]string{"payment_amount", "999999"}, 400, "payment_amount differs"},
		{[]string{"payment_currency", "USD"}, 400, "payment_currency differs"},
		{[]string{"customer_id", "1"}, 400, "customer_id differs"},
		{[]string{"customer_email", "m@mail.com"}, 400, "customer_email differs"},
		{[]string{"recipient_city", strings.Repeat("x", 26)}, 400, "recipient_city is too long"},
		{[]string{"merchant_success_url", "javascript:alert(1)"}, 400, "merchant_success_url is not the address"},
		{[]string{"account_token", "x"}, 400, "no card with this account_token"},
		{[]string{"recipient_city", "Köln"}, 200, "Card number"},
		{[]string{"payment_id", "A"}, 200, "Card number"},
	} {
		page := s.open(s.link("a", uuid, test.extra...))
		require.Equal(t, test.status, page.status, test.extra)
		require.Contains(t, page.body, test.text, test.extra)
		require.Equal(t, test.status != 200, page.title() == "This payout cannot be opened")
	}
	good := s.parameters("a", uuid)
	base := gateway.Config().PageURL
	for link, text := range map[string]string{
		base: "The link is not signed.",
		base + "?" + strings.Replace(good.Encode(), "7000", "9000", 1): "The signature is not right.",
		base + "?" + good.Encode() + "&payment_amount=7000":            "The link is malformed.",
		base + "?" + good.Encode() + "&x=%zz":                          "The link is malformed.",
	} {
		page := s.open(link)
		require.Equal(t, 400, page.status)
		require.Contains(t, page.body, `<p role="alert">`+text)
	}
	require.Equal(t, 200, s.open(base+"?"+good.Encode()+"&_plugin=1").status, "a name with _ is not signed")
	require.Equal(t, 400, s.send(base+"?a=b", good).status)
	for _, test := range []struct {
		method, path, contentType string
		status                    int
	}{
		{http.MethodPut, "", "", 405},
		{http.MethodPost, "", "text/plain", 415},
		{http.MethodGet, "/", "", 404},
		{http.MethodGet, "/X", "", 404},
		{http.MethodPost, "/X", "", 415},
		{http.MethodDelete, "/X", "", 405},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, base+test.path, strings.NewReader("a=b"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", test.contentType)
		page := s.browse(req, nil)
		require.Equal(t, test.status, page.status, test)
		require.Equal(t, test.status == 405, page.header.Get("Allow") != "")
	}
}

// TestCardErrors: each is said at the field, and nothing is lost of what was entered.
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
		{"a month that is none", "4242424242424242", "13/39", "P", "expiry", "still valid"},
		{"no name", "4242424242424242", "12 / 2039", "", "holder", "Enter the name"},
		{"a long name", "4242424242424242", "12/39", strings.Repeat("я", 65), "holder", "longer than 64"},
		{"a name that turns around", "4242424242424242", "12/39", "Jane\u202eDoe", "holder", "cannot be shown"},
	} {
		wrong := s.send(page.url, url.Values{"step": {"card"}, "number": {test.number}, "expiry": {test.expiry}, "holder": {test.holder}})
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

// TestWrongCodes: shown again twice, then declined. Another card gets another code.
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

// TestConfirmedOnce from several tabs, again, and by the way back.
func TestConfirmedOnce(t *testing.T) {
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

// TestPageExpires in virtual time, with the form open.
func TestPageExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		gateway.SetExpiryOnVisit(true)
		s := newShop(t, gateway)
		link := s.link("a", s.register("a"), "merchant_fail_url", "https://shop.example/bad")
		<-time.After(29*time.Minute + 50*time.Second + 1)
		page := s.enter(s.open(link), ecommpaytest.CardApproved)
		require.Contains(t, page.body, `data-left="10">0:10</strong>, until <time datetime="2000-01-01T00:30:01Z">00:30:01 UTC</time>`)
		require.Equal(t, "11", strings.Split(page.header.Get("Refresh"), ";")[0])
		code := gateway.EmailCode("a")
		<-time.After(10 * time.Second)
		late := s.code(page, code)
		require.Equal(t, http.StatusGone, late.status)
		require.Equal(t, "The time is over", late.title())
		require.Contains(t, late.body, `<a href="https://shop.example/bad">`)
		require.Equal(t, "604", at(s.last(), "operation", "code"))
		require.Equal(t, http.StatusGone, s.open(link).status)
		require.Empty(t, gateway.Payouts("a"))
		require.Empty(t, gateway.EmailCode("a"))
	})
}

// TestEscaping: whatever a merchant or a receiver writes shows as text.
func TestEscaping(t *testing.T) {
	t.Parallel()
	const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}`
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	message := registration(evil)
	mail := `<script>x</script>"@mail.com`
	message["customer"].(map[string]any)["email"] = mail
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(message)).status)
	uuid, _ := s.last()["uuid"].(string)
	gateway.SetStepTime(0)
	page := s.open(s.link(evil, uuid, "customer_email", mail, "payment_description", evil,
		"merchant_success_url", "https://shop.example/?q="+evil, "merchant_return_url", `https://shop.example/"onmouseover="alert(3)`))
	pages := []seen{page, s.enter(page, evil)}
	require.Equal(t, http.StatusUnprocessableEntity, pages[1].status)
	pages = append(pages, s.enter(page, ecommpaytest.CardApproved), s.code(page, evil), s.code(page, gateway.EmailCode(evil)))
	require.True(t, gateway.Finish(evil))
	pages = append(pages, s.open(page.url), s.open(gateway.Config().PageURL+"?payment_id="+url.QueryEscape(evil)), s.open(gateway.Config().PageURL+"/"+url.PathEscape(evil)))
	titles := map[string]bool{}
	for i, page := range pages {
		titles[page.title()] = true
		script, rest, _ := strings.Cut(page.body, "<script>(function")
		if rest != "" {
			_, rest, _ = strings.Cut(rest, "</script>")
		}
		require.NotContains(t, script+rest, "<script", "page %d", i)
		require.NotContains(t, page.body, "<img", "page %d", i)
		require.NotContains(t, page.body, `"onmouseover`, "page %d", i)
		requireSafe(t, page)
	}
	require.Len(t, titles, 6, "each page")
}

// requireSafe: nothing is loaded, framed, kept or told to others, and only the page's own style and script run.
func requireSafe(t *testing.T, page seen) {
	t.Helper()
	require.Equal(t, "no-store", page.header.Get("Cache-Control"))
	require.Equal(t, "no-referrer", page.header.Get("Referrer-Policy"))
	require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
	policy := page.header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'; style-src 'sha256-"+hashOf(page.body, "style")+"';")
	require.Contains(t, policy, "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	require.NotContains(t, policy, "unsafe")
	if strings.Contains(page.body, "<script>") {
		require.Contains(t, policy, "script-src 'sha256-"+hashOf(page.body, "script")+"';")
	}
	require.Contains(t, page.body, `<html lang="en">`)
	require.Contains(t, page.body, "Sandbox – no money moves")
	require.Contains(t, page.body, `name="viewport"`)
	require.NotRegexp(t, `\ssrc=\S+ onerror|<link|@import|url\(|javascript:|\sstyle=`, strings.ReplaceAll(page.body, "&lt;img src=x onerror", ""))
}

func hashOf(body, tag string) string {
	_, rest, _ := strings.Cut(body, "<"+tag+">")
	inner, _, _ := strings.Cut(rest, "</"+tag+">")
	sum := sha256.Sum256([]byte(inner))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// TestServePlainPages: for browsers that do not trust the gateway's certificate; Gate API stays on https.
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
