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

// TestWakes leave one job, however many there are, and whatever the one before does meanwhile.
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

// TestReversedMeanwhile: between a job's question and its booking the journal hears that the payout was taken back. That is what is
// booked, and not the older answer.
func TestReversedMeanwhile(t *testing.T) {
	t.Parallel()
	var f *fleet
	asked, errs := 0, make(chan error, 1)
	f = newFleet(t, "", func(c *riverpayout.Config) {
		c.Observe = func(ctx context.Context, event riverpayout.Event) {
			if event.Name != riverpayout.EventAsked {
				return
			}
			if asked++; asked == 1 {
				f.gateway.TakeBack("p-1", "reversal")
				_, err := f.merchant.Client().Wait(ctx, refOf(t, "p-1"), nil)
				errs <- err
			}
		}
	})
	f.enqueue(paid, "p-1")
	f.reach(payneteasy.StateFinal, "", true)
	f.work()
	require.NoError(t, <-errs)
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "reversed"}, f.ledger())
}

// TestLateCallback: while a callback's answer is on its way, the job tells of something later. The older news is not told after it.
func TestLateCallback(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	f.callbacks(f.merchant.CallbackHandler(change))
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	// As soon as the callback's answer is written down, the payout is reversed, and its job tells that.
	_, err := f.pool.Exec(t.Context(), `
		CREATE FUNCTION reverse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			NEW.transaction_type = 'reversal'; NEW.told = now(); NEW.told_as = 'reversed approved 10.42 USD'; RETURN NEW; END $$;
		CREATE TRIGGER reversed BEFORE UPDATE ON riverpayout_payout FOR EACH ROW WHEN (NEW.state = 'final' AND OLD.state <> 'final') EXECUTE FUNCTION reverse()`)
	require.NoError(t, err)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusInternalServerError, f.firstAnswer())
	require.NotContains(t, f.ledger()["p-1"], "paid") // called again, it contradicts what the journal knows
}
