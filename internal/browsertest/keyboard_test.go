package browsertest

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestKeyboard does everything by Tab, Enter and letters, including faults and a second attempt.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSite(t)
	b.open(s.url)
	b.see("Get your payout")
	b.reach("Your name").write("Jane Doe")
	b.reach("Amount in US dollars").write("10.42")
	b.reach("Continue").enter()
	b.see("Receive 10.42 USD")
	b.reach("Account number").write("#")
	b.enter() // as with the button
	b.see("Please check what you have entered")
	b.reach("The account number may have letters, digits and hyphens only").enter()
	require.Equal(t, "Account number", b.focused().Name, "the link leads to the field")
	b.write(declined)
	b.reach("Receive 10.42 USD").enter()
	b.see("Please wait")
	s.finish()
	b.see("Not paid")
	b.reach("Try again").enter()
	b.see("Get your payout")
	b.reach("Your name").write("Jane Doe")
	b.enter()
	b.see("Receive 10.42 USD")
	b.back()
	b.see("Get your payout")
	orders := s.gateway.Orders()
	require.Len(t, orders, 2)
	b.open(s.url + "/payouts/" + orders[1].ClientOrderID)
	b.see("Waiting for your account details")
	b.reach("Go to the form").enter()
	b.see("Receive 10.42 USD")
	b.reach("Account number").write(approved)
	b.enter()
	b.see("Please wait")
	require.True(t, s.gateway.Finish(orders[1].ClientOrderID))
	b.see("Paid")
}

// TestConfirmationKeyboard reaches both answers.
func TestConfirmationKeyboard(t *testing.T) {
	t.Parallel()
	for answer, heading := range map[string]string{"Confirm": "Please wait", "Refuse": "Not paid"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			b, s := newTab(t), newSite(t)
			pages["gateway-confirm"](s, b)
			b.reach(answer).enter()
			b.see(heading)
		})
	}
}

// focus is the element that has the focus.
type focus struct {
	Name    string `json:"name"`    // its label, or its text
	Visible bool   `json:"visible"` // the focus is visible in the window
}

func (b *tab) focused() focus {
	b.t.Helper()
	return eval[focus](b, `(() => {
		const e = document.activeElement, at = e.getBoundingClientRect();
		const middle = Math.min((at.top + at.bottom) / 2, at.top + 40); // or the first lines of a long text
		return {
			name: (e.labels?.[0] ?? e).innerText.trim(),
			visible: getComputedStyle(e).outlineStyle !== "none" && at.width > 0 && middle > 0 && middle < innerHeight,
		};
	})()`)
}

// reach presses Tab until a field, button or link has the focus.
func (b *tab) reach(name string) *tab {
	b.t.Helper()
	var passed []string
	for range 20 { // more than any page has
		b.do(chromedp.KeyEvent(kb.Tab))
		at := b.focused()
		if at.Name == name {
			require.True(b.t, at.Visible, "the focus of %q is not visible", name)
			return b
		}
		passed = append(passed, at.Name)
	}
	require.Fail(b.t, "not reached by Tab", "%q: only %q", name, passed)
	return b
}

// reachAll presses Tab through the whole page. Every control gets the focus, in the order of the page.
func (b *tab) reachAll() {
	b.t.Helper()
	const all = `[...document.querySelectorAll('a[href], button, input:not([type=hidden], [type=radio]:not(:checked)), select, textarea, summary, [tabindex="0"]')]` +
		".filter((e) => e.checkVisibility())"
	for i := range eval[int](b, all+".length") {
		b.do(chromedp.KeyEvent(kb.Tab))
		require.Equal(b.t, i, eval[int](b, all+".indexOf(document.activeElement)"), "Tab leads to %q", b.focused().Name)
		require.True(b.t, b.focused().Visible, "the focus of %q is not visible", b.focused().Name)
	}
}

// write replaces the text of the field that has the focus.
func (b *tab) write(text string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void]("document.activeElement.select()"), chromedp.KeyEvent(kb.Backspace),
		chromedp.KeyEvent(text))
}

// enter presses Enter as a keyboard does. chromedp.KeyEvent would type another character into the element with the
// focus.
func (b *tab) enter() {
	b.t.Helper()
	key := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13,
		NativeVirtualKeyCode: 13,
	}
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key)
		return err
	}))
	key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key)
		return err
	}))
}

// TestEcommpayKeyboard does everything by Tab, Enter and letters.
func TestEcommpayKeyboard(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newEcommpayShop(t)
	b.open(s.url)
	b.see("Get your payout")
	b.reach("Your name").write("Prostetnik Jeltz")
	b.reach("Your e-mail address").write("p.jeltz@mail.example")
	b.enter()
	b.appears("//p[@id='phone-fault']")
	b.reach("Your phone number, with the country code").write("+44 991 234567")
	b.reach("Continue").enter()
	b.see("Receive 10.42 EUR")
	b.reach("Card number").write(ecommpaytest.CardDeclined)
	b.reach("Valid thru").write("12/39")
	b.reach("Name on the card").write("P JELTZ")
	b.enter()
	b.see("Confirm 10.42 EUR")
	b.reach("Code").write(s.gateway.EmailCode(s.payment()))
	b.enter()
	b.see("Payout declined")
	b.reach("Continue").enter()
	b.see("Not paid")
	b.reach("Try again").enter()
	b.see("Receive 10.42 EUR")
	b.open(s.result())
	b.see("Waiting for your card")
	b.reach("Go to the payment page").enter()
	b.see("Receive 10.42 EUR")
}
