package riverpayout_test

import (
	"os/exec"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestCrash kills a worker process at each dangerous point. The next process that runs the job does not send a payout
// that may have been sent.
func TestCrash(t *testing.T) {
	t.Parallel()
	for where, test := range map[string]struct {
		left   string // in the journal
		orders int
		ledger map[string]string
	}{
		dieBeforeSending: {"sending", 0, map[string]string{"p-1": "review"}},
		dieAfterSending:  {"sending", 1, map[string]string{"p-1": "paid"}},
		// the gateway refused the merchant
		dieRejected: {"denied", 1, map[string]string{"p-1": "paid"}},
		dieBooking:  {"accepted", 1, map[string]string{"p-1": "paid"}},
	} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			f := newPlainFleet(t, "", serveOnly)
			if where == dieRejected {
				f.gateway.FailPayout("p-1", payneteasytest.AccessDenied())
			}
			f.enqueue(paid, "p-1")
			var killed *exec.ExitError
			process, err := f.start(t.Context(), process{ID: "dead", Die: where})
			require.NoError(t, err)
			require.ErrorAs(t, process.Wait(), &killed)
			require.Equal(t, -1, killed.ExitCode(), "the process ended by itself")
			require.Equal(t, test.left, f.entry("p-1").Send)
			require.Empty(t, f.ledger())
			require.NoError(t, f.rescue(t.Context(), "dead"))
			crew := f.work()
			f.untilBooked(test.ledger)
			if where == dieBeforeSending {
				require.Equal(t, payneteasy.CauseHeld, f.entry("p-1").Cause())
			} else {
				crew.until(river.EventKindJobCompleted, 1)
			}
			require.Equal(t, test.ledger, f.ledger())
			require.Len(t, f.gateway.Orders(), test.orders)
		})
	}
}

// TestRescue checks that River itself gives a job to another process when the job has timed out and its process is
// dead. The test sets times back in the database instead of waiting.
func TestRescue(t *testing.T) {
	t.Parallel()
	for _, where := range []string{dieAfterSending, dieBooking} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			f := newPlainFleet(t, "", serveOnly)
			config := &river.Config{}
			require.NoError(t, riverpayout.AddWorkers(config, f.merchant))
			// A call to the gateway may take its timeout and 90 s. River's default is an hour.
			require.Equal(t, 92*time.Second, config.RescueStuckJobsAfter)
			f.enqueue(paid, "p-1")
			process, err := f.start(t.Context(), process{ID: "dead", Die: where})
			require.NoError(t, err)
			require.Error(t, process.Wait())
			require.Equal(t, -1, process.ProcessState.ExitCode(), "the process ended by itself")

			ago := config.RescueStuckJobsAfter + time.Second
			tag, err := f.pool.Exec(t.Context(),
				"UPDATE river_job SET attempted_at = attempted_at - $1::interval WHERE state = 'running'", ago)
			require.NoError(t, err)
			require.EqualValues(t, 1, tag.RowsAffected())
			_, err = f.pool.Exec(t.Context(),
				"UPDATE river_leader SET elected_at = elected_at - $1::interval, "+
					"expires_at = expires_at - $1::interval", ago)
			require.NoError(t, err)
			f.work()
			f.untilDone(1)
			require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
			require.Len(t, f.gateway.Orders(), 1)
			var rescued string
			require.NoError(t, f.pool.QueryRow(t.Context(), "SELECT errors[1]->>'error' FROM river_job").Scan(&rescued))
			require.Equal(t, "Stuck job rescued by JobRescuer", rescued)
		})
	}
}
