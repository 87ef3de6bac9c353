package ecommpaytest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestReceiver follows the form posts from the link to the merchant's own pages.
func TestReceiver(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		card, title, text, links string
		paid                     int
	}{
		{"4242 4242 4242 4242", "Payout successful", "on its way", "good back", 1},
		{ecommpaytest.CardDeclined, "Payout declined", "General decline (code 100)", "bad back", 0},
		{
			ecommpaytest.CardNoBalance, "Payout declined", "Insufficient funds on merchant balance (code 3028)",
			"bad back", 0,
		},
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
			parameters := s.parameters("a", uuid, "payment_description", "Third prize", "merchant_success_url",
				"https://shop.example/good",
				"merchant_fail_url", "https://shop.example/bad", "merchant_return_url", "https://shop.example/back")
			page := s.open(gateway.Config().PageURL + "?" + parameters.Encode())
			require.Equal(t, "Receive 70.00 EUR", page.title())
			require.Contains(t, page.body, "<dd>Third prize</dd>")
			require.Regexp(t,
				`role="timer">Time left: <strong id="left" data-left="(1800|179\d)">(30:00|29:5\d)</strong>, until <time datetime="\S+Z">\d\d:\d\d:\d\d UTC</time>`, page.body)
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
				require.Equal(t, strings.Contains(test.links, name),
					strings.Contains(page.body, `<a href="https://shop.example/`+name+`">`), name)
			}
			require.Len(t, gateway.Payouts("a"), test.paid)
			message := s.last()
			require.Equal(t, "Third prize", at(message, "payment", "description"))
			require.Equal(t, "P JELTZ", at(message, "account", "card_holder"))
			require.Equal(t, "2039", at(message, "account", "expiry_year"))
		})
	}
}

// TestEscaping checks that everything that a merchant or a receiver writes shows as text.
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
		"merchant_success_url", "https://shop.example/?q="+evil, "merchant_return_url",
		`https://shop.example/"onmouseover="alert(3)`))
	pages := []seen{page, s.enter(page, evil)}
	require.Equal(t, http.StatusUnprocessableEntity, pages[1].status)
	pages = append(pages, s.enter(page, ecommpaytest.CardApproved), s.code(page, evil),
		s.code(page, gateway.EmailCode(evil)))
	require.True(t, gateway.Finish(evil))
	pages = append(pages, s.open(page.url), s.open(gateway.Config().PageURL+"?payment_id="+url.QueryEscape(evil)),
		s.open(gateway.Config().PageURL+"/"+url.PathEscape(evil)))
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

// requireSafe checks that a page loads nothing, cannot be framed or stored, and tells others nothing. Only its own
// style and script run.
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
	require.NotRegexp(t, `\ssrc=\S+ onerror|<link|@import|url\(|javascript:|\sstyle=`,
		strings.ReplaceAll(page.body, "&lt;img src=x onerror", ""))
}

func hashOf(body, tag string) string {
	_, rest, _ := strings.Cut(body, "<"+tag+">")
	inner, _, _ := strings.Cut(rest, "</"+tag+">")
	sum := sha256.Sum256([]byte(inner))
	return base64.StdEncoding.EncodeToString(sum[:])
}
