package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// attack would run in a page that does not escape it, in an element or in an attribute.
const attack = `"><img src=x onerror=alert(1)><script>document.title="taken";alert(2)</script>{{.}}`

// TestInjection enters scripts in every field. The pages' Content-Security-Policy is off, because it is the second
// defense, and this test is about the first.
func TestInjection(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	b.bypassCSP()
	s.gateway.SetAccount(declined, slow(payneteasytest.Declined(attack, attack)))

	b.open(s.url)
	b.fill("recipient", attack, "amount", attack)
	b.press("Continue")
	b.appears("//p[@id='amount-fault']")
	b.unharmed()
	require.Equal(t, attack, b.value("recipient"))
	require.Equal(t, attack, b.value("amount"))

	b.fill("amount", "10.42")
	b.press("Continue")
	b.see("Receive 10.42 USD")
	b.unharmed()
	require.Equal(t, attack, b.value("account_name"))
	require.Contains(t, b.text(), `Payout to "><img src=x onerror=alert(1)>`)

	later := b.another()
	later.open(s.result())
	later.see("Waiting for your account details")
	later.unharmed()
	require.Contains(t, later.text(), attack)

	b.fill("account_number", `"><svg/onload=alert(3)>`, "account_name", attack)
	b.press("Receive 10.42 USD")
	b.see("Please check what you have entered")
	b.unharmed()
	require.Equal(t, `"><svg/onload=alert(3)>`, b.value("account_number"))
	require.Equal(t, attack, b.value("account_name"))

	b.fill("account_number", declined)
	b.press("Receive 10.42 USD")
	b.see("Please wait")
	b.unharmed()
	require.Contains(t, b.text(), attack)

	s.finish()
	b.see("Not paid")
	b.unharmed()
	require.Contains(t, b.text(), attack+" was declined: "+attack)
	later.see("Not paid") // put there by the page's script
	later.unharmed()
	require.Contains(t, later.text(), attack+" was declined: "+attack)

	b.open(s.gateway.ReceiverURL(s.order()))
	b.see("Payout declined")
	b.unharmed()
	require.Contains(t, b.text(), "Nothing was paid: "+attack)
}

// bypassCSP switches the pages' Content-Security-Policy off.
func (b *tab) bypassCSP() {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	require.NoError(b.t, err)
}

// unharmed checks that no input became a part of the page or ran.
func (b *tab) unharmed() {
	b.t.Helper()
	require.Zero(b.t, eval[int](b, "document.querySelectorAll('img, svg, [onerror], [onload]').length"))
	require.NotContains(b.t, eval[string](b, "document.title"), "taken")
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.dialogs)
}

// text is what the page shows.
func (b *tab) text() string {
	b.t.Helper()
	return eval[string](b, "document.body.innerText")
}

// value is the value of a field.
func (b *tab) value(id string) string {
	b.t.Helper()
	return eval[string](b, "document.getElementById('"+id+"').value")
}

// TestEcommpayInjection enters scripts in every field, as TestInjection does.
func TestEcommpayInjection(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newEcommpayShop(t)
	b.bypassCSP()
	b.open(s.url)
	b.fill("recipient", attack, "email", attack, "phone", attack, "amount", attack)
	b.press("Continue")
	for _, id := range []string{"recipient", "email", "phone", "amount"} {
		b.appears("//p[@id='" + id + "-fault']")
		require.Equal(t, attack, b.value(id))
	}
	b.unharmed()

	const name, mail = `"><img src=x onerror=alert(1)>{{.}}`, `"><svg/onload=alert(3)>@mail.example`
	b.fill("recipient", name, "email", mail, "phone", "44991234567", "amount", "10.42")
	b.press("Continue")
	b.see("Receive 10.42 EUR")
	b.unharmed()
	require.Contains(t, b.text(), "Payout to "+name)
	require.Contains(t, b.text(), mail)
	later := b.another()
	later.open(s.result())
	later.see("Waiting for your card")
	later.unharmed()
	require.Contains(t, later.text(), name)

	b.fill("number", attack, "expiry", attack, "holder", attack)
	b.press("Send me the code")
	b.see("Please check what you have entered")
	b.unharmed()
	b.fill("number", ecommpaytest.CardDeclined, "expiry", "12/39", "holder", "P JELTZ")
	b.press("Send me the code")
	b.see("Confirm 10.42 EUR")
	b.unharmed()
	require.Contains(t, b.text(), mail)
	b.fill("code", attack)
	b.press("Receive 10.42 EUR")
	b.see("Please check what you have entered")
	b.unharmed()
	b.fill("code", s.gateway.EmailCode(s.payment()))
	b.press("Receive 10.42 EUR")
	b.see("Payout declined")
	b.unharmed()
	later.see("Not paid")
	later.unharmed()
	require.Contains(t, later.text(), name)
}
