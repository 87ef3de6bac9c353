package payneteasytest_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestReceiver follows a receiver by form posts from the form to the merchant's own page, for each documented account.
func TestReceiver(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]struct {
		title, message string
		code           payneteasy.StatusCode
		paid           int
	}{
		"1234567890":      {"Payout approved", "", payneteasy.StatusApproved, 1},
		" 12345 67890 ":   {"Payout approved", "", payneteasy.StatusApproved, 1},
		"0987654321":      {"Payout declined", "Declined by the bank", payneteasy.StatusDeclined, 0},
		"1987654321":      {"The outcome is not known", "PROCESSOR_INTERNAL_ERROR", payneteasy.StatusError, 0},
		"DE8937040044053": {"Payout approved", "", payneteasy.StatusApproved, 1},
	} {
		t.Run(account, func(t *testing.T) {
			t.Parallel()
			gateway, shop := payneteasytest.NewGateway(t), newMerchant(t)
			client, receiver := newClient(t, gateway), newVisitor(t, gateway)
			form := openForm(t, client, "a", func(r *payneteasy.PayoutRequest) {
				r.RedirectURL, r.CallbackURL, r.MerchantData = shop.url+"/back?session=7", shop.url+"/callback", "4711"
				r.Receiver = &payneteasy.Receiver{FirstName: "Jane", LastName: "Doe"}
			})
			require.Equal(t, gateway.ReceiverURL("a"), form.RedirectURL.Reveal())
			page := receiver.open(form.RedirectURL.Reveal())
			require.Equal(t, "Receive 10.42 USD", page.title())
			require.Contains(t, page.body, `name="account_name" value="Jane Doe"`)
			require.False(t, gateway.Finish("a"), "it waits for its receiver")

			page = receiver.send(form.RedirectURL.Reveal(), "account_number", account, "account_name", "Jane Doe")
			require.Equal(t, "Please wait", page.title())
			require.Regexp(t, `^1; url=https://[^#]+/paynet/form/\w+$`, page.header.Get("Refresh"))
			entry, err := client.Wait(t.Context(), form.Entry, nil)
			require.NoError(t, err)
			status, err := client.Status(t.Context(), entry.Ref())
			require.NoError(t, err)
			require.Equal(t, want.code, status.Status)
			require.Equal(t, want.message, status.ErrorMessage)

			page = receiver.open(form.RedirectURL.Reveal())
			require.Equal(t, want.title, page.title())
			require.Contains(t, page.body, want.message)
			require.Empty(t, page.header.Get("Refresh"))
			action, fields, byItself := page.wayBack()
			require.Equal(t, shop.url+"/back?session=7", action)
			require.True(t, byItself)
			require.Equal(t, url.Values{
				"status": {string(want.code)}, "orderid": {form.OrderID}, "merchant_order": {"a"},
				"client_orderid": {"a"}, "type": {"payout"},
				"amount": {"10.42"}, "currency": {"USD"}, "error_message": {want.message}, "merchantdata": {"4711"},
				"descriptor":      {"Test gate USD"},
				"processor-tx-id": {"PNTEST-" + form.OrderID},
				"control":         {control(string(want.code), form.OrderID, "a")},
			}, without(fields, "error_code"))
			require.Equal(t, http.StatusOK, receiver.post(action, fields).status)
			require.Equal(t, []url.Values{fields}, shop.browsers())
			gateway.WaitCallbacks()
			require.Len(t, shop.callbacks(), 1)
			require.Equal(t, fields.Get("control"), shop.callbacks()[0].Get("control"))
			require.Len(t, gateway.Payouts("a"), want.paid)
			require.Equal(t, strings.ReplaceAll(account, " ", ""), gateway.Orders()[0].Account)
		})
	}
}

func without(fields url.Values, name string) url.Values {
	fields = maps.Clone(fields)
	delete(fields, name)
	return fields
}

func control(values ...string) string {
	sum := sha1.Sum([]byte(strings.Join(values, "") + payneteasytest.ControlKey))
	return hex.EncodeToString(sum[:])
}

// TestReturn sends the receiver back to one address, to one of two by status, or to none. The browser is sent back by
// itself only once.
func TestReturn(t *testing.T) {
	t.Parallel()
	pair := func(r *payneteasy.PayoutRequest) {
		r.RedirectSuccessURL, r.RedirectFailURL = "https://shop.example/good", "https://shop.example/bad"
	}
	for _, test := range []struct {
		name    string
		change  func(*payneteasy.PayoutRequest)
		account string // if empty, the link expires
		want    string
	}{
		{"approved", pair, "1234567890", "https://shop.example/good"},
		{"declined", pair, "0987654321", "https://shop.example/bad"},
		{"error", pair, "1987654321", "https://shop.example/bad"},
		{"expired", pair, "", "https://shop.example/bad"},
		{
			"one for all",
			func(r *payneteasy.PayoutRequest) { r.RedirectURL = "https://shop.example/" },
			"0987654321", "https://shop.example/",
		},
		{"none", func(*payneteasy.PayoutRequest) {}, "1234567890", ""},
	} {
		gateway := payneteasytest.NewGateway(t)
		receiver := newVisitor(t, gateway)
		link := openForm(t, newClient(t, gateway), "a", test.change).RedirectURL.Reveal()
		if test.account == "" {
			require.True(t, gateway.ExpireLink("a"), test.name)
		} else {
			receiver.send(link, "account_number", test.account, "account_name", "Jane Doe")
			require.True(t, gateway.Finish("a"), test.name)
		}
		require.Equal(t, http.MethodHead,
			receiver.do(http.NewRequestWithContext(t.Context(), http.MethodHead, link, nil)).method)
		first, second := receiver.open(link), receiver.open(link)
		action, _, byItself := first.wayBack()
		require.Equal(t, test.want, action, test.name)
		require.Equal(t, test.want != "", byItself, test.name)
		action, _, byItself = second.wayBack()
		require.Equal(t, test.want, action, "%s: there must be a button", test.name)
		require.False(t, byItself, "%s: the page must not send the browser back again", test.name)
		require.Equal(t, first.title(), second.title(), test.name)
		require.Equal(t, test.want == "", strings.Contains(first.body, "You can close this page"), test.name)
	}
}

// TestFormErrors checks that each error is shown at its field, and that the form keeps all input.
func TestFormErrors(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	receiver := newVisitor(t, gateway)
	link := openForm(t, newClient(t, gateway), "a").RedirectURL.Reveal()
	for _, test := range []struct{ name, account, holder, field, wrong string }{
		{"no account", "", "Jane Doe", "account_number", "Enter the account number"},
		{"a blank account", " \t", "Jane Doe", "account_number", "Enter the account number"},
		{"a long account", strings.Repeat("1", 33), "Jane Doe", "account_number", "longer than 32"},
		{"an account with signs", "12/34", "Jane Doe", "account_number", "letters, digits and hyphens"},
		{"an account that is not UTF-8", "1234\xff", "Jane Doe", "account_number", "letters, digits and hyphens"},
		{"no name", "1234567890", " ", "account_name", "Enter the name"},
		{"a long name", "1234567890", strings.Repeat("я", 129), "account_name", "longer than 128"},
		{"a name with a line break", "1234567890", "Jane\nDoe", "account_name", "cannot be shown"},
		{"a name that turns around", "1234567890", "Jane\u202eDoe", "account_name", "cannot be shown"},
	} {
		page := receiver.send(link, "account_number", test.account, "account_name", test.holder)
		require.Equal(t, http.StatusUnprocessableEntity, page.status, test.name)
		require.Equal(t, "Please check what you have entered", page.title(), test.name)
		require.Regexp(t, `<p class="wrong" id="`+test.field+`-wrong">[^<]*`+test.wrong, page.body, test.name)
		require.Regexp(t, `<input id="`+test.field+`"[^>]* aria-describedby="`+test.field+`-wrong `+test.field+
			`-hint" aria-invalid="true">`, page.body, test.name)
		require.Contains(t, page.body, `<a href="#`+test.field+`">`, test.name)
		require.Equal(t, 1, strings.Count(page.body, ` aria-invalid="true">`), test.name)
		if test.field == "account_name" {
			require.Contains(t, page.body, `name="account_number" value="1234567890"`, test.name)
		}
	}
	require.Equal(t, "processing", gateway.Orders()[0].Status)
	require.Empty(t, gateway.Orders()[0].Account)
	require.Equal(t, "Please wait",
		receiver.send(link, "account_number", strings.Repeat("1", 32), "account_name",
			strings.Repeat("я", 128)).title())
}

// TestEscaping checks that any text of a merchant, a bank or a receiver is shown as text.
func TestEscaping(t *testing.T) {
	t.Parallel()
	const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}`
	gateway := payneteasytest.NewGateway(t)
	gateway.SetAccount("1", payneteasytest.Declined(evil, evil).WithConfirmation())
	receiver := newVisitor(t, gateway)
	client := newClient(t, gateway, func(c *payneteasy.Config) { c.SkipLimits = true })
	link := openForm(t, client, evil, func(r *payneteasy.PayoutRequest) {
		r.OrderDesc, r.MerchantData = evil, evil
		r.BankAccount = &payneteasy.BankAccount{Number: "1'&amp;", Name: evil}
		r.RedirectURL = "https://shop.example/?q=" + evil
	}).RedirectURL.Reveal()
	pages := []seen{receiver.open(link)}
	pages = append(pages, receiver.send(link, "account_number", evil, "account_name", ""))
	pages = append(pages, receiver.send(link, "account_number", "", "account_name", evil))
	pages = append(pages, receiver.send(link, "account_number", "1", "account_name", evil)) // asks for a confirmation
	require.Equal(t, "Confirm 10.42 USD", pages[3].title())
	pages = append(pages, receiver.send(link, "decision", "confirm"))
	require.True(t, gateway.Finish(evil))
	result := receiver.open(link)
	pages = append(pages, result)
	pages = append(pages, receiver.open(gateway.URL()+"/form/"+url.PathEscape(evil)))
	for i, page := range pages {
		body := strings.Replace(page.body, "<script>document.forms[0].submit()</script>", "", 1)
		require.NotContains(t, body, "<script", "page %d", i)
		require.NotContains(t, body, "<img", "page %d", i)
		require.NotRegexp(t, `value="[^"]*"'`, body, "page %d", i)
	}
	require.Contains(t, result.body, "&lt;script&gt;")
	action, fields, _ := result.wayBack()
	require.Equal(t, evil, fields.Get("client_orderid"))
	require.Equal(t, evil, fields.Get("error_message"))
	require.Equal(t, evil, fields.Get("merchantdata"))
	require.True(t, strings.HasPrefix(action, "https://shop.example/?q="))
	require.NotContains(t, action, "<")
}

// TestPageHeaders checks that a page loads nothing, cannot be framed, is not cached and sends no referrer. Only its own
// style and script may run.
func TestPageHeaders(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetAccount("1", payneteasytest.Approved().WithConfirmation())
	receiver := newVisitor(t, gateway)
	link := openForm(t, newClient(t, gateway), "a",
		func(r *payneteasy.PayoutRequest) { r.RedirectURL = "https://shop.example/" }).RedirectURL.Reveal()
	pages := []seen{
		receiver.open(link), receiver.send(link, "account_number", ""),
		receiver.send(link, "account_number", "1", "account_name", "J"),
	}
	pages = append(pages, receiver.send(link, "decision", "confirm"))
	require.True(t, gateway.Finish("a"))
	pages = append(pages, receiver.open(link), receiver.open(gateway.URL()+"/form/X"))
	titles := map[string]bool{}
	for _, page := range pages {
		titles[page.title()] = true
		require.Equal(t, "no-store", page.header.Get("Cache-Control"))
		require.Equal(t, "no-referrer", page.header.Get("Referrer-Policy"))
		require.Equal(t, "nosniff", page.header.Get("X-Content-Type-Options"))
		require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
		policy := page.header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'; ")
		require.Contains(t, policy, "; base-uri 'none'; frame-ancestors 'none'")
		require.NotContains(t, policy, "unsafe")
		require.Contains(t, policy, "style-src 'sha256-"+hashOf(t, page.body, "style")+"';")
		if strings.Contains(page.body, "<script>") {
			require.Contains(t, policy, "script-src 'sha256-"+hashOf(t, page.body, "script")+"';")
			require.Contains(t, policy, "form-action http: https:;")
		} else {
			require.Contains(t, policy, "form-action 'self';")
		}
		require.Contains(t, page.body, `<html lang="en">`)
		require.Contains(t, page.body, "Sandbox – no money moves")
		require.Contains(t, page.body, `name="viewport"`)
		require.NotRegexp(t, `\ssrc=|<link|@import|url\(|javascript:|\son[a-z]+=|\sstyle=`, page.body)
	}
	require.Len(t, titles, 6)
}

func hashOf(t *testing.T, body, tag string) string {
	_, rest, found := strings.Cut(body, "<"+tag+">")
	require.True(t, found)
	inner, _, _ := strings.Cut(rest, "</"+tag+">")
	sum := sha256.Sum256([]byte(inner))
	return base64.StdEncoding.EncodeToString(sum[:])
}
