package browsertest

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/examples/payoutform/merchant"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// Accounts of the fake gateway.
const (
	approved = "1234567890"
	declined = "0987654321"
	errored  = "1987654321"
)

// site is the example merchant with a fake gateway, both in this process.
type site struct {
	t       *testing.T
	gateway *payneteasytest.Gateway
	url     string // the merchant's
}

// newSite starts both. Nothing happens by itself: the merchant asks when a callback or a browser wakes him, and orders stay
// in their step until finish.
func newSite(t *testing.T) *site {
	t.Helper()
	gateway := payneteasytest.NewGateway(t)
	require.NoError(t, gateway.ServePlainPages()) // no browser trusts its certificate
	gateway.SetStepTime(0)
	config := gateway.Config()
	config.Journal = new(payneteasytest.MemoryJournal)
	config.Wait = payneteasy.WaitOptions{MinInterval: 24 * time.Hour, MaxInterval: 24 * time.Hour, MaxWait: 48 * time.Hour}
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(nil)
	ctx, cancel := context.WithCancel(context.Background())
	s := &site{t: t, gateway: gateway, url: "http://" + server.Listener.Addr().String()}
	shop := merchant.New(ctx, client, s.url)
	server.Config.Handler = shop.Handler()
	server.Start()
	t.Cleanup(func() {
		cancel()
		server.Close()
		shop.Wait()
	})
	return s
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
