package ecommpaytest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestExpiry checks in virtual time that the receiver may confirm until the last moment, and not after it.
func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		waits     time.Duration // before the receiver confirms
		onVisit   bool
		confirmed bool
		code      string // afterwards
	}{
		{"in the last moment", 30*time.Minute - 1, false, true, "0"},
		{"when it is over", 30 * time.Minute, false, false, "604"},
		{"long after", 24 * time.Hour, false, false, "604"},
		{"in the last moment, nothing happening by itself", 30*time.Minute - 1, true, true, "0"},
		{"when it is over, nothing happening by itself", 30 * time.Minute, true, false, "604"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := ecommpaytest.NewPipeGateway(t)
				gateway.SetExpiryOnVisit(test.onVisit)
				s := newShop(t, gateway)
				s.register("a")
				require.Equal(t, 30*time.Minute, time.Until(gateway.Payments()[0].ExpiresAt))
				<-time.After(test.waits)
				synctest.Wait()
				late := !test.onVisit && !test.confirmed
				require.Equal(t, late, gateway.Payments()[0].Status == "decline")
				require.Equal(t, test.confirmed, gateway.Confirm("a", ecommpaytest.CardApproved))
				message := s.last()
				require.Equal(t, test.code, at(message, "operation", "code"))
				require.Equal(t, test.confirmed, len(gateway.Payouts("a")) == 1)
				require.Len(t, s.callbacks(), 2)
				require.Equal(t, test.code, at(s.status("a"), "operations", 0, "code"))
				<-time.After(time.Hour)
				require.Equal(t, test.code, gateway.Payments()[0].Code, "no timer is left over")
			})
		})
	}
}

// TestLifetime checks a shorter lifetime, and one that the test ends.
func TestLifetime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		gateway.SetLinkLifetime(time.Minute)
		s := newShop(t, gateway)
		s.register("a")
		<-time.After(time.Minute)
		synctest.Wait()
		require.Equal(t, "604", at(s.last(), "operation", "code"))
		s.register("b")
		require.True(t, gateway.Expire("b"))
		require.False(t, gateway.Expire("b"))
		require.Equal(t, "604", at(s.last(), "errors", 0, "code"))
	})
}

// TestClarification checks in virtual time that a payout is declined after half an hour.
func TestClarification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		s := newShop(t, gateway)
		s.register("a")
		require.True(t, gateway.Confirm("a", ecommpaytest.CardClarification))
		<-time.After(2 * time.Second)
		synctest.Wait()
		require.Equal(t, "awaiting clarification", gateway.Payments()[0].Status)
		<-time.After(30 * time.Minute)
		synctest.Wait()
		require.Equal(t, "decline", at(s.last(), "payment", "status"))
	})
}

// TestPageExpiry checks in virtual time what happens while the form is open.
func TestPageExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		gateway.SetExpiryOnVisit(true)
		s := newShop(t, gateway)
		link := s.link("a", s.register("a"), "merchant_fail_url", "https://shop.example/bad")
		<-time.After(29*time.Minute + 50*time.Second + 1)
		page := s.enter(s.open(link), ecommpaytest.CardApproved)
		require.Contains(t, page.body,
			`data-left="10">0:10</strong>, until <time datetime="2000-01-01T00:30:01Z">00:30:01 UTC</time>`)
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
