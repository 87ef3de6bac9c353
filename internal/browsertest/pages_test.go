package browsertest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// pages are all pages that a receiver can see, and the way to each.
var pages = map[string]func(s *site, b *tab){
	"merchant-start": func(s *site, b *tab) {
		b.open(s.url)
		b.see("Get your payout")
	},
	"merchant-start-faults": func(s *site, b *tab) {
		b.open(s.url)
		b.fill("recipient", " ", "amount", "ten")
		b.press("Continue")
		b.see("Get your payout")
		b.appears("//p[@id='amount-fault']")
	},
	"merchant-waiting": func(s *site, b *tab) {
		s.begin(b)
		b.open(s.result())
		b.see("Waiting for your account details")
	},
	"merchant-processing": func(s *site, b *tab) { s.process(b) },
	"merchant-paid":       func(s *site, b *tab) { s.end(b, approved, "Paid") },
	"merchant-declined":   func(s *site, b *tab) { s.end(b, declined, "Not paid") },
	"merchant-error":      func(s *site, b *tab) { s.end(b, errored, "We are looking into it") },
	"merchant-failed": func(s *site, b *tab) {
		s.gateway.RefuseConnections(true)
		s.ask(b)
		b.see("Not started")
	},
	"merchant-unknown": func(s *site, b *tab) {
		s.gateway.FailNext(payneteasytest.LoseReply())
		s.ask(b)
		b.see("Finding out")
	},
	"merchant-missing": func(s *site, b *tab) {
		b.open(s.url + "/payouts/none")
		b.see("There is no such payout")
	},
	"gateway-form": func(s *site, b *tab) { s.begin(b) },
	"gateway-form-faults": func(s *site, b *tab) {
		s.begin(b)
		b.fill("account_number", "12 34 #", "account_name", " ")
		b.press("Receive 10.42 USD")
		b.see("Please check what you have entered")
	},
	"gateway-wait": func(s *site, b *tab) { s.submit(b, approved) },
	"gateway-confirm": func(s *site, b *tab) {
		s.gateway.SetAccount(approved, slow(payneteasytest.Approved()).WithConfirmation())
		s.begin(b)
		b.fill("account_number", approved)
		b.press("Receive 10.42 USD")
		b.see("Confirm 10.42 USD")
	},
	"gateway-approved": func(s *site, b *tab) { s.revisit(b, approved, "Paid", "Payout approved") },
	"gateway-declined": func(s *site, b *tab) { s.revisit(b, declined, "Not paid", "Payout declined") },
	"gateway-error": func(s *site, b *tab) {
		s.revisit(b, errored, "We are looking into it", "The outcome is not known")
	},
	"gateway-reversed": func(s *site, b *tab) {
		s.end(b, approved, "Paid")
		require.True(s.t, s.gateway.TakeBack(s.order(), "reversal"))
		b.open(s.gateway.ReceiverURL(s.order()))
		b.see("Payout taken back")
	},
	"gateway-expired": func(s *site, b *tab) {
		s.begin(b)
		require.True(s.t, s.gateway.ExpireLink(s.order()))
		b.open(s.gateway.ReceiverURL(s.order())) // which redirects
		b.see("Not paid")
		b.open(s.gateway.ReceiverURL(s.order()))
		b.see("This link has expired")
	},
	"gateway-missing": func(s *site, b *tab) {
		s.begin(b)
		b.open(s.gateway.ReceiverURL(s.order()) + "x")
		b.see("There is no such page")
	},
}

// revisit opens the gateway's link again after the end.
func (s *site) revisit(b *tab, account, heading, revisited string) {
	s.t.Helper()
	s.end(b, account, heading)
	b.open(s.gateway.ReceiverURL(s.order()))
	b.see(revisited)
}

// Screens.
const (
	desktop = 1280
	phone   = 390
)

// TestPages inspects each page on a desktop and on a phone, in light and dark mode, and takes pictures.
func TestPages(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	for name, reach := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newTab(t), newSite(t)
			reach(s, b)
			b.inspect(name, axe)
		})
	}
}

// inspect checks the page that a tab shows.
func (b *tab) inspect(name, axe string) {
	b.t.Helper()
	b.hold()
	b.examine(name, axe)
}

// examine is inspect for a page that reloads.
func (b *tab) examine(name, axe string) {
	b.t.Helper()
	b.reachAll()
	b.do(chromedp.Evaluate[chromedp.Void]("document.activeElement.blur()"))
	for _, width := range []int64{desktop, phone} {
		b.resize(width)
		b.light("light")
		require.LessOrEqual(b.t, eval[int64](b, "document.documentElement.scrollWidth"), width, "it scrolls sideways")
		b.findNoBarriers(axe)
		file := name + "-" + strconv.FormatInt(width, 10)
		b.picture(file)
		b.light("dark")
		b.findNoBarriers(axe)
		b.picture(file + "-dark")
	}
}

// hold stops a page from reloading itself.
func (b *tab) hold() {
	b.t.Helper()
	b.do(chromedp.Stop())
}

// resize makes the tab this wide, and as high as the page.
func (b *tab) resize(width int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 800))
	height := eval[int64](b, "document.documentElement.scrollHeight")
	b.do(chromedp.EmulateViewport(width, max(height, 800)))
}

// light sets the colour scheme that the user prefers.
func (b *tab) light(scheme string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	require.NoError(b.t, err)
	require.True(b.t, eval[bool](b, "matchMedia('(prefers-color-scheme: "+scheme+")').matches"))
}

func (b *tab) picture(name string) {
	b.t.Helper()
	require.NoError(b.t, os.MkdirAll("screenshots", 0o750))
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(filepath.Join("screenshots", name+".png"), picture, 0o600))
}

// axeSource is axe-core, which npm has installed.
func axeSource(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if os.IsNotExist(err) {
		missing(t, "no axe-core: run npm ci in internal/browsertest")
	}
	require.NoError(t, err)
	return string(source)
}

// findNoBarriers lets axe-core check the page's accessibility. The driver injects it, so the page's
// Content-Security-Policy does not apply.
func (b *tab) findNoBarriers(axe string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](axe))
	type result struct {
		Rules    int      `json:"rules"` // that it could apply
		Barriers []string `json:"barriers"`
	}
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[result](`axe.run().then((found) => ({
		rules: found.passes.length + found.violations.length,
		barriers: found.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
			.map((v) => v.impact + " " + v.id + ": " + v.help + ": " + v.nodes.map((n) => n.html).join(", ")),
	}))`, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err)
	require.Greater(b.t, found.Rules, 10)
	require.Empty(b.t, found.Barriers, strings.Join(found.Barriers, "\n"))
}

// TestEcommpayShopPages inspects each page as TestPages does.
func TestEcommpayShopPages(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	for name, reach := range ecommpayShopPages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newTab(t), newEcommpayShop(t)
			reach(s, b)
			b.inspect("ecommpay-shop-"+name, axe)
		})
	}
}

// ecommpayShopPages are all pages of the merchant, and the way to each.
var ecommpayShopPages = map[string]func(s *ecommpayShop, b *tab){
	"start": func(s *ecommpayShop, b *tab) {
		b.open(s.url)
		b.see("Get your payout")
	},
	"start-faults": func(s *ecommpayShop, b *tab) {
		b.open(s.url)
		b.fill("recipient", ";", "email", "me", "phone", "none", "amount", "ten")
		b.press("Continue")
		b.appears("//p[@id='amount-fault']")
	},
	"registering": func(s *ecommpayShop, b *tab) {
		s.gateway.SetStepTime(0)
		s.ask(b)
		b.see("Preparing")
	},
	"waiting": func(s *ecommpayShop, b *tab) {
		s.begin(b)
		b.open(s.result())
		b.see("Waiting for your card")
	},
	"expired": func(s *ecommpayShop, b *tab) {
		s.gateway.SetExpiryOnVisit(true)
		s.gateway.SetLinkLifetime(8 * time.Second)
		s.begin(b)
		b.open(s.result())
		b.see("The time is over")
	},
	"processing": func(s *ecommpayShop, b *tab) {
		s.begin(b)
		s.gateway.SetStepTime(0)
		s.confirm(b, ecommpaytest.CardApproved, "Please wait")
		b.open(s.result())
		b.see("Processing")
	},
	"paid": func(s *ecommpayShop, b *tab) {
		s.begin(b)
		s.end(b, ecommpaytest.CardApproved, "Payout successful", "Paid")
	},
	"declined": func(s *ecommpayShop, b *tab) {
		s.begin(b)
		s.end(b, ecommpaytest.CardLimit, "Payout declined", "Not paid")
	},
	"error": func(s *ecommpayShop, b *tab) {
		s.gateway.DisablePayouts()
		s.ask(b)
		b.see("We are looking into it")
	},
	"reversed": func(s *ecommpayShop, b *tab) {
		s.begin(b)
		s.end(b, ecommpaytest.CardApproved, "Payout successful", "Paid")
		require.True(s.t, s.gateway.Reverse(s.payment()))
		s.gateway.WaitCallbacks()
		b.open(s.result())
		b.see("Taken back")
	},
	"failed": func(s *ecommpayShop, b *tab) {
		s.gateway.RefuseConnections(true)
		s.ask(b)
		b.see("Not started")
	},
	"unknown": func(s *ecommpayShop, b *tab) {
		s.gateway.FailNext(ecommpaytest.ResetAfterBody())
		s.ask(b)
		b.see("Finding out")
	},
	"missing": func(s *ecommpayShop, b *tab) {
		b.open(s.url + "/payouts/none")
		b.see("There is no such payout")
	},
}
