package riverpayout_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestWakes leave one job, however many there are, and whatever the one before does.
func TestWakes(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait = payneteasy.WaitOptions{MinInterval: time.Hour, MaxInterval: time.Hour}
	})
	f.gateway.SetAccount(paid, payneteasytest.Stuck())
	inLoad, woken := make(chan struct{}), make(chan struct{})
	f.before = func() {
		f.before = nil
		close(inLoad)
		<-woken
	}
	f.enqueue(paid, "p-1")
	crew := f.work()
	<-inLoad // the job runs, and is about to send
	require.NoError(t, f.merchant.Wake(t.Context(), "p-1"))
	close(woken)
	crew.until(river.EventKindJobSnoozed, 2) // both have sent, or found that it was
	for range 3 {
		require.NoError(t, f.merchant.Wake(t.Context(), "p-1"))
		crew.until(river.EventKindJobSnoozed, 1)
	}
	_, err := f.pool.Exec(t.Context(), "UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state = 'scheduled'") // the hour is over
	require.NoError(t, err)
	crew.until(river.EventKindJobCompleted, 1)
	f.untilIdle()
	var live int
	require.NoError(t, f.pool.QueryRow(t.Context(), "SELECT count(*) FROM river_job WHERE state <> 'completed'").Scan(&live))
	require.Equal(t, 1, live)
	require.Len(t, f.gateway.Orders(), 1)
	require.ErrorIs(t, f.merchant.Wake(t.Context(), "p-2"), payneteasy.ErrNoEntry)
}

// TestReversedInBetween: between a job's question and its booking the journal hears that the payout was taken back. That is what is
// booked, and not the older answer.
func TestReversedInBetween(t *testing.T) {
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
				_, err := f.merchant.Client().Wait(ctx, f.entry("p-1"), nil) //nolint:contextcheck // entry has the test's own
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

// TestLateCallback: while a callback's question is on its way the payout's job tells the end. It is not told again.
func TestLateCallback(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	web := f.twin(func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		client := *c.Gateway.HTTPClient
		client.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			require.NoError(t, f.merchant.Wake(req.Context(), "p-1"))
			f.untilBooked(map[string]string{"p-1": "paid"}) //nolint:contextcheck // it has the test's own
			return reply, err
		})
		c.Gateway.HTTPClient = &client
	})
	f.callbacks(web.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.firstAnswer())
	require.Equal(t, payneteasy.DecisionPaid, f.entry("p-1").Decision())
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}
