package browsertest

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// Accounts of the fake gateway.
const (
	approved = "1234567890"
	declined = "0987654321"
	errored  = "1987654321"
)

// site is the example merchant in its own process, with a fake gateway in this one.
type site struct {
	t       *testing.T
	gateway *payneteasytest.Gateway
	url     string // the merchant's
}

// newSite starts both. Orders stay in their step until finish, although the merchant asks about them.
func newSite(t *testing.T) *site {
	t.Helper()
	gateway := payneteasytest.NewGateway(t)
	require.NoError(t, gateway.ServePlainPages()) // no browser trusts its certificate
	gateway.SetStepTime(0)
	gateway.SetOtherAccounts(slow(payneteasytest.Approved()))
	for account, script := range map[string]payneteasytest.Script{
		approved: payneteasytest.Approved(),
		declined: payneteasytest.Declined("Declined by the bank", "2"),
		errored:  payneteasytest.Errored("PROCESSOR_INTERNAL_ERROR", "3"),
	} {
		gateway.SetAccount(account, slow(script))
	}
	key := filepath.Join(t.TempDir(), "merchant.pem")
	require.NoError(t, os.WriteFile(key, payneteasytest.MerchantKeyPEM(), 0o600))
	url := runProgram(t, "payoutform", trust(t, gateway.HTTPClient(), gateway.URL()),
		"PAYNETEASY_BASE_URL="+gateway.URL(), "PAYNETEASY_LOGIN="+payneteasytest.Login, "PAYNETEASY_PRIVATE_KEY_FILE="+
			key,
		"PAYNETEASY_CONTROL_KEY="+payneteasytest.ControlKey,
		"PAYNETEASY_ENDPOINT_ID="+strconv.Itoa(payneteasytest.EndpointID))
	return &site{t: t, gateway: gateway, url: url}
}

// slow is a script that takes a thousand questions longer.
func slow(script payneteasytest.Script) payneteasytest.Script {
	return append(slices.Repeat(payneteasytest.Stuck(), 1000), script...)
}

// order is the id of the only order there is.
func (s *site) order() string {
	s.t.Helper()
	orders := s.gateway.Orders()
	require.Len(s.t, orders, 1)
	return orders[0].ClientOrderID
}

// finish lets the gateway finish its work on the only order.
func (s *site) finish() {
	s.t.Helper()
	require.True(s.t, s.gateway.Finish(s.order()), "the order waits for its receiver")
}

// result is the merchant's page for the only order.
func (s *site) result() string { return s.url + "/payouts/" + s.order() }

// ask fills in the merchant's form.
func (s *site) ask(b *tab) {
	s.t.Helper()
	b.open(s.url)
	b.see("Get your payout")
	b.fill("recipient", "Jane Doe", "amount", "10.42")
	b.press("Continue")
}

// begin goes from the merchant's page to the gateway's form.
func (s *site) begin(b *tab) {
	s.t.Helper()
	s.ask(b)
	b.see("Receive 10.42 USD")
}

// submit goes on to the wait page.
func (s *site) submit(b *tab, account string) {
	s.t.Helper()
	s.begin(b)
	b.fill("account_number", account)
	b.press("Receive 10.42 USD")
	b.see("Please wait")
}

// end goes the whole way, to the merchant's result.
func (s *site) end(b *tab, account, heading string) {
	s.t.Helper()
	s.submit(b, account)
	s.finish()
	b.see(heading)
	require.Equal(s.t, s.result(), b.url())
}

// process goes the whole way, but the merchant cannot ask about the order yet.
func (s *site) process(b *tab) {
	s.t.Helper()
	s.submit(b, approved)
	require.True(s.t, s.gateway.Hide(s.order(), true))
	s.finish()
	b.see("Processing")
}

// paidOnce checks the end, with one order that is paid once.
func (s *site) paidOnce() {
	s.t.Helper()
	require.Len(s.t, s.gateway.Payouts(s.order()), 1)
}
