package riverpayout_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestWake checks that any number of wakes leaves one job, whatever the job before does.
func TestWake(t *testing.T) {
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
	crew.until(river.EventKindJobSnoozed, 2) // both have sent it, or found that it was sent
	for range 3 {
		require.NoError(t, f.merchant.Wake(t.Context(), "p-1"))
		crew.until(river.EventKindJobSnoozed, 1)
	}
	// the hour is over
	_, err := f.pool.Exec(t.Context(),
		"UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state = 'scheduled'")
	require.NoError(t, err)
	crew.until(river.EventKindJobCompleted, 1)
	f.untilIdle()
	var live int
	require.NoError(t, f.pool.QueryRow(t.Context(),
		"SELECT count(*) FROM river_job WHERE state <> 'completed'").Scan(&live))
	require.Equal(t, 1, live)
	require.Len(t, f.gateway.Orders(), 1)
	require.ErrorIs(t, f.merchant.Wake(t.Context(), "p-2"), payneteasy.ErrNoEntry)
}

// TestWakeQueue checks a process that only takes callbacks and has another queue than the workers.
func TestWakeQueue(t *testing.T) {
	t.Parallel()
	f := calledBack(t, func(c *riverpayout.Config) { c.Queue = "workers" })
	web := f.twin(func(c *riverpayout.Config) { c.OnNews = nil })
	f.callbacks(web.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusInternalServerError, f.firstAnswer())
	f.untilLedger(1)
}
