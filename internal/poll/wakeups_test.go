package poll

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWakeups checks that all waiters of an order are woken once, except those that were stopped.
func TestWakeups(t *testing.T) {
	t.Parallel()
	var w Wakeups
	one, stopOne := w.Register("payout-0001")
	two, stopTwo := w.Register("payout-0001")
	other, stopOther := w.Register("payout-0002")
	w.Wake("payout-0001")
	w.Wake("payout-0001")
	w.Wake("payout-0003")
	require.Len(t, one, 1)
	require.Len(t, two, 1)
	require.Empty(t, other)
	<-two
	stopOne()
	w.Wake("payout-0001")
	require.Len(t, two, 1)
	stopTwo()
	stopOther()
	require.Empty(t, w.waiters)
}
