package payneteasytest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestHistory checks that an order's states, calls and callbacks are listed in their order. A caller that waits on
// Changed must see each of them.
func TestHistory(t *testing.T) {
	t.Parallel()
	gateway, client, merchant := manual(t)
	gateway.SetAccount("1234567890", payneteasytest.Stuck())
	changed := gateway.Changed()
	req := request(t, "payout-0001", "1234567890")
	req.NotifyURL = merchant
	payout, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	<-changed
	for range 3 {
		_, err = client.Status(t.Context(), payout.Entry.Ref())
		require.NoError(t, err)
	}
	changed = gateway.Changed()
	approved := payneteasytest.Approved()
	require.True(t, gateway.Become("payout-0001", approved[len(approved)-1:]))
	<-changed
	gateway.WaitCallbacks()
	require.True(t, gateway.TakeBack("payout-0001", "chargeback"))
	gateway.WaitCallbacks()
	require.Equal(t, []string{
		"step payout processing payout_starting",
		"call v4/payout |",
		"call v2/status |",
		"step payout processing payout_processing",
		"call v2/status ||",
		"step payout approved payout_approved",
		"callback payout approved OK",
		"step chargeback approved chargeback_approved",
		"callback chargeback approved OK",
	}, told(gateway, payout.OrderID))
	require.Nil(t, gateway.History("1"))
}
