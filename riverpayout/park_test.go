package riverpayout_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestGatewayOutage checks that an accepted order is parked while the gateway does not answer questions for a long
// time.
func TestGatewayOutage(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait.SlowAfter, c.Gateway.Wait.SlowMinInterval, c.Gateway.Wait.SlowMaxInterval = 1, time.Millisecond,
			time.Millisecond
	})
	f.enqueue(paid, "p-1")
	f.reach("accepted", true)
	f.gateway.RefuseConnections(true)
	crew := f.work()
	for f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.Contains(t, f.problem(), `status "p-1"`)
	require.Equal(t, payneteasy.DecisionPending, f.entry("p-1").Decision())
	f.gateway.RefuseConnections(false)
	crew.until(river.EventKindJobCompleted, 1)
	require.Empty(t, f.problem())
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// TestFailedReversal lets the gateway tell only that an attempt to take the payout back has failed.
func TestFailedReversal(t *testing.T) {
	t.Parallel()
	var words atomic.Pointer[strings.Replacer]
	words.Store(strings.NewReplacer("status=approved", "status=declined", "transaction-type=payout",
		"transaction-type=reversal", "transaction-type=transfer", "transaction-type=reversal"))
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait.SlowMinInterval, c.Gateway.Wait.SlowMaxInterval = time.Millisecond, time.Millisecond
		rewriting(&words)(c)
	})
	f.enqueue(paid, "p-1")
	crew := f.work()
	for f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.Equal(t, "review: unclear", f.problem())
	f.untilBooked(map[string]string{"p-1": "review"})
	words.Store(nil)
	f.untilBooked(map[string]string{"p-1": "review, paid"})
	require.Empty(t, f.problem())
}
