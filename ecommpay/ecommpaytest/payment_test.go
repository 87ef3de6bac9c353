package ecommpaytest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestPayouts checks that Payouts returns what was paid, and Payments what was accepted.
func TestPayouts(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	s.register("a")
	gateway.SetStepTime(0)
	require.True(t, gateway.Confirm("a", ecommpaytest.CardApproved))
	require.Len(t, gateway.Payments(), 1)
	require.Empty(t, gateway.Payouts("a"), "it is being processed")
	require.True(t, gateway.Finish("a"))
	require.Len(t, gateway.Payouts("a"), 1)
	require.True(t, gateway.Reverse("a"))
	require.Len(t, gateway.Payouts("a"), 1, "it was paid")
}
