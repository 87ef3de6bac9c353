package riverpayout_test

import (
	"context"
	"testing"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestLostReply checks that the order is found and that nothing is sent again.
func TestLostReply(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.FailOrder("p-1", payneteasytest.LoseReply())
	f.gateway.FailOrder("p-2", payneteasytest.CutReply(5))
	f.enqueue(paid, "p-1", "p-2")
	f.work().until(river.EventKindJobCompleted, 2)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 2)
}

// TestReversalBeforeBooking lets the journal learn between a job's question and its booking that the payout was taken
// back. The job books that, and not the older answer.
func TestReversalBeforeBooking(t *testing.T) {
	t.Parallel()
	var f *fleet
	asked, errs := 0, make(chan error, 1)
	f = newFleet(t, "", func(c *riverpayout.Config) {
		c.Observe = func(ctx context.Context, event payneteasy.Event) {
			if call, ok := event.(payneteasy.CallEvent); !ok || call.Status != payneteasy.StatusApproved {
				return
			}
			if asked++; asked == 1 {
				f.gateway.TakeBack("p-1", "reversal")
				entry := f.entry("p-1") //nolint:contextcheck // it uses the test's context
				_, err := f.merchant.Client().Wait(ctx, entry, nil)
				errs <- err
			}
		}
	})
	f.enqueue(paid, "p-1")
	f.reach("accepted", true)
	f.work()
	require.NoError(t, <-errs)
	f.untilBooked(map[string]string{"p-1": "reversed"})
}
