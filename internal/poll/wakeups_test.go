package poll

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClocks: all of an order ring, once; those that were stopped are gone.
func TestClocks(t *testing.T) {
	t.Parallel()
	var a Wakeups
	one, stopOne := a.Set("payout-0001")
	two, stopTwo := a.Set("payout-0001")
	other, stopOther := a.Set("payout-0002")
	a.Wake("payout-0001")
	a.Wake("payout-0001")
	a.Wake("payout-0003")
	require.Len(t, one, 1)
	require.Len(t, two, 1)
	require.Empty(t, other)
	<-two
	stopOne()
	a.Wake("payout-0001")
	require.Len(t, two, 1)
	stopTwo()
	stopOther()
	require.Empty(t, a.clocks)
}
