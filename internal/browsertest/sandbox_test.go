package browsertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestSandboxDecline declines an order on the open page. A command that waits for it says so.
func TestSandboxDecline(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSandbox(t)
	b.open(s.PageURL)
	b.see("Orders and calls")
	b.appears("//p[@id='connection' and normalize-space()='Live.']")
	payout := s.pay("payout-0001", approved)
	b.appears("//li[@id='order-" + payout.OrderID + "']//span[normalize-space()='payout-0001']")
	b.press("Stall")
	b.appears("//li[contains(@class, 'step')]//span[contains(., 'payout_processing')]")

	wait := s.command("wait", "payout-0001", "--orderid", payout.OrderID)
	var out bytes.Buffer
	wait.Stdout, wait.Stderr = &out, &out
	require.NoError(t, wait.Start())
	b.appears("//li[contains(@class, 'call')]//span[contains(., 'status')]")
	b.press("Decline")
	b.appears("//li[@id='order-" + payout.OrderID +
		"']//span[contains(@class, 'badge') and normalize-space()='declined']")
	require.Equal(t, "order-"+payout.OrderID+"-title", eval[string](b, "document.activeElement.id"),
		"the keyboard stays at the order")
	b.appears("//p[@id='connection' and contains(., 'payout-0001: declined')]")
	var ended *exec.ExitError
	require.ErrorAs(t, wait.Wait(), &ended)
	require.Equal(t, 1, ended.ExitCode(), out.String())
	require.Contains(t, out.String(), "Declined by hand")
	require.Empty(t, eval[[]string](b, "[...document.querySelectorAll('button[value=approve]')].map((e) => e.id)"),
		"it is final")
}

// TestSandboxBuilder checks that the page signs as the tool does.
func TestSandboxBuilder(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSandbox(t)
	b.open(s.PageURL)
	b.press("Request builder")
	b.see("Request builder")
	b.fill("nonce", "b5E31Tw6SVjauE29uOf2jOLnuUSXmVdE", "timestamp", "1677831012")
	b.press("Sign")
	b.appears("//h2[@id='result']")
	output, err := s.command("sign", "--output", "json", "--curl", "--nonce", "b5E31Tw6SVjauE29uOf2jOLnuUSXmVdE",
		"--timestamp", "1677831012",
		"--data", "client_orderid=payout-0001", "--data", "amount=10.42", "--data", "currency=USD", "--data",
		"account_number=1234567890",
		s.BaseURL+"/api/v4/payout/39915").Output()
	var failed *exec.ExitError
	require.False(t, errors.As(err, &failed), failed)
	var want map[string]any
	require.NoError(t, json.Unmarshal(output, &want))
	for id, name := range map[string]string{
		"normalized": "normalized_parameters", "base-string": "base_string", "signature": "signature_base64",
		"signature-hex": "signature_hex",
		"authorization": "authorization", "body": "body", "curl": "curl",
	} {
		require.NotEmpty(t, want[name])
		require.Equal(t, want[name], eval[string](b, "document.getElementById('"+id+"').textContent"), id)
	}
}

// TestSandboxInjection checks that values of a request are shown as text, also by the page's script.
func TestSandboxInjection(t *testing.T) {
	t.Parallel()
	b, s := newTab(t), newSandbox(t)
	b.open(s.PageURL)
	b.appears("//p[@id='connection' and normalize-space()='Live.']")
	const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script>`
	payout := s.pay(hostile, approved, func(r *payneteasy.PayoutRequest) {
		r.OrderDesc = "</pre><script>alert(3)</script>"
	})
	require.Equal(t, hostile, b.appears("//li[@id='order-"+payout.OrderID+"']//h3/span[1]"))
	b.open(s.PageURL + "#order-" + payout.OrderID)
	b.press("Approve")
	b.appears("//span[contains(@class, 'badge') and normalize-space()='approved']")
	require.Zero(t, eval[int](b, "document.querySelectorAll('img, script:not([src])').length"))
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(t, b.dialogs)
}

// sandboxPages are the pages that a user of the sandbox sees.
var sandboxPages = map[string]func(t *testing.T, s *sandbox, b *tab){
	"sandbox-start": func(_ *testing.T, s *sandbox, b *tab) {
		b.open(s.PageURL)
		b.appears("//p[@id='connection' and normalize-space()='Live.']")
	},
	"sandbox-orders": func(t *testing.T, s *sandbox, b *tab) {
		client := s.client()
		merchant := httptest.NewServer(client.CallbackHandler(nil))
		t.Cleanup(merchant.Close)
		callback := func(r *payneteasy.PayoutRequest) { r.NotifyURL = merchant.URL + "/callback" }
		b.open(s.PageURL)
		b.appears("//p[@id='connection' and normalize-space()='Live.']")
		_, err := client.Wait(t.Context(), s.pay("payout-0001", declined).Entry, nil)
		require.NoError(t, err)
		b.do(chromedp.Click("//summary[normalize-space()='Faults']", chromedp.NodeVisible))
		b.press("Set the fault")
		b.appears("//h3[normalize-space()='Faults to come']")
		amount, err := payneteasy.ParseAmount("250.00", "EUR")
		require.NoError(t, err)
		_, err = client.Payout(t.Context(), &payneteasy.PayoutRequest{
			ClientOrderID: "payout-0002", Amount: amount, BankAccount: &payneteasy.BankAccount{Number: approved},
			NotifyURL: merchant.URL + "/callback",
		})
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
		b.do(chromedp.Click("//li[contains(., 'payout-0002')]//button[@value='approve']", chromedp.NodeVisible))
		b.appears("//li[contains(., 'payout-0002')]//span[contains(., 'answered 200')]")
		b.do(chromedp.Click("//li[contains(., 'payout-0002')]//button[@value='forged']", chromedp.NodeVisible))
		b.appears("//li[contains(., 'payout-0002')]//span[contains(., 'with a forged control')]")
		payout := s.pay("payout-0003", approved, callback)
		b.appears("//li[@id='order-" + payout.OrderID + "']")
		b.press("Redirect the receiver")
		b.appears("//p[@class='link']")
		b.open(s.PageURL) // so that Tab begins at the top
		b.appears("//p[@id='connection' and normalize-space()='Live.']")
		b.do(chromedp.Evaluate[chromedp.Void]("document.querySelector('#calls details').open = true"))
	},
	"sandbox-twice": func(_ *testing.T, s *sandbox, b *tab) {
		b.open(s.PageURL)
		s.pay("payout-0001", approved)
		s.pay("payout-0001", approved)
		b.appears("//h2[normalize-space()='Paid twice']")
	},
	"sandbox-builder": func(_ *testing.T, s *sandbox, b *tab) {
		b.open(s.PageURL + "sign")
		b.press("Sign")
		b.appears("//h2[@id='result']")
	},
	"sandbox-builder-faults": func(_ *testing.T, s *sandbox, b *tab) {
		b.open(s.PageURL + "sign")
		b.fill("url", "no address")
		b.press("Sign")
		b.appears("//*[@id='wrong']")
	},
	"sandbox-missing": func(_ *testing.T, s *sandbox, b *tab) {
		b.open(s.PageURL + "nothing")
		b.see("There is no such page")
	},
}

// TestSandboxPages inspects each page, and takes pictures.
func TestSandboxPages(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	for name, reach := range sandboxPages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newTab(t), newSandbox(t)
			reach(t, s, b)
			b.examine(name, axe)
		})
	}
}
