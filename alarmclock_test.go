package payneteasy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAlarmClocks: all of an order ring, once; those that were stopped are gone.
func TestAlarmClocks(t *testing.T) {
	t.Parallel()
	var a alarmClocks
	one, stopOne := a.set("payout-0001")
	two, stopTwo := a.set("payout-0001")
	other, stopOther := a.set("payout-0002")
	a.wake("payout-0001")
	a.wake("payout-0001")
	a.wake("payout-0003")
	require.Len(t, one, 1)
	require.Len(t, two, 1)
	require.Empty(t, other)
	<-two
	stopOne()
	a.wake("payout-0001")
	require.Len(t, two, 1)
	stopTwo()
	stopOther()
	require.Empty(t, a.clocks)
}
