package payneteasytest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestDoublePayout checks that a double payout fails the test. A declined order and a paid one are not a double payout.
func TestDoublePayout(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	gateway := payneteasytest.NewGateway(r)
	gateway.SetStepTime(0) // a double payout is reported before the money moves
	r.asks = func() { _ = gateway.Orders() }
	client := newClient(t, gateway)
	for _, account := range []string{"0987654321", "1234567890"} {
		_, err := client.Payout(t.Context(), request(t, "a", account))
		require.NoError(t, err)
	}
	require.Empty(t, r.errors)
	_, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	require.Len(t, r.errors, 1)
	require.Contains(t, r.errors[0], `double payout of client_orderid "a": orders 6982865 and 6982866`)
	require.Equal(t, r.errors, gateway.DoublePayouts())
	require.Empty(t, gateway.Payouts("a"))

	gateway.AllowDoublePayouts()
	_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	require.Len(t, r.errors, 1)
	require.Len(t, gateway.Orders(), 4)
}

func TestRepeatedClientOrderID(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	first, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)

	gateway.SetRepeat(payneteasytest.RepeatRefused)
	_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown) // there is an order, and its status would say more
	require.ErrorContains(t, err, "not unique")

	gateway.SetRepeat(payneteasytest.RepeatSameAnswer)
	again, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	require.Equal(t, first.OrderID, again.OrderID)
	require.Len(t, gateway.Orders("a"), 1)
}

// TestPayouts checks that Payouts has the orders whose money has moved, and Orders all accepted ones.
func TestPayouts(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	client := newClient(t, gateway)
	for id, account := range map[string]string{
		"approved": "1234567890", "declined": "0987654321",
		"an error": "1987654321",
	} {
		_, err := client.Payout(t.Context(), request(t, id, account))
		require.NoError(t, err)
	}
	require.Len(t, gateway.Orders(), 3)
	require.Len(t, gateway.Orders("approved", "declined", "none"), 2)
	require.Empty(t, gateway.Payouts(), "all of them are being processed")
	for _, order := range gateway.Orders() {
		require.False(t, order.Paid)
		require.True(t, gateway.Finish(order.ClientOrderID))
	}
	require.Len(t, gateway.Payouts(), 1)
	require.Len(t, gateway.Payouts("approved", "declined"), 1)
	require.Empty(t, gateway.Payouts("declined"))
	require.True(t, gateway.TakeBack("approved", "reversal"))
	require.Len(t, gateway.Payouts("approved"), 1, "it was paid")
	require.Empty(t, gateway.Orders("none"))
}

// TestOrder checks that Order returns the latest order of an ID.
func TestOrder(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.AllowDoublePayouts()
	client := newClient(t, gateway)
	_, found := gateway.Order("a")
	require.False(t, found)
	for range 2 {
		payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
		require.NoError(t, err)
		order, found := gateway.Order("a")
		require.True(t, found)
		require.Equal(t, payout.OrderID, order.OrderID)
	}
}

// TestStepTime checks that time moves orders on without a status request.
func TestStepTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.SetStepTime(10 * time.Minute)
		payout, err := newClient(t, gateway).Payout(t.Context(), request(t, "a", "1234567890"))
		require.NoError(t, err)
		<-time.After(19 * time.Minute)
		require.Equal(t, "processing", gateway.Orders()[0].Status)
		<-time.After(2 * time.Minute)
		require.Equal(t, "approved", gateway.Orders()[0].Status)
		require.Equal(t, payout.OrderID, gateway.Orders()[0].OrderID)
		require.Zero(t, gateway.StatusCalls())
	})
}
