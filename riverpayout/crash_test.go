package riverpayout_test

import (
	"os/exec"
	"testing"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestCrash kills a worker process where it hurts. Whoever runs the job next sends nothing.
func TestCrash(t *testing.T) {
	t.Parallel()
	for where, test := range map[string]struct {
		left   payneteasy.State // in the journal
		orders int
		ledger map[string]string
	}{
		dieBeforeSending: {payneteasy.StateSending, 0, map[string]string{}},
		dieAfterSending:  {payneteasy.StateSending, 1, map[string]string{"p-1": "paid"}},
		dieBooking:       {payneteasy.StateAccepted, 1, map[string]string{"p-1": "paid"}},
	} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			f := newPlainFleet(t, "", serveOnly)
			f.enqueue(paid, "p-1")
			var killed *exec.ExitError
			process, err := f.start(t.Context(), process{ID: "dead", Die: where})
			require.NoError(t, err)
			require.ErrorAs(t, process.Wait(), &killed)
			require.Equal(t, -1, killed.ExitCode(), "it ended by itself")
			require.Equal(t, test.left, f.entry("p-1").State)
			require.Empty(t, f.ledger())
			require.NoError(t, f.rescue(t.Context(), "dead"))
			crew := f.work()
			if len(test.ledger) > 0 {
				crew.until(river.EventKindJobCompleted, 1)
			} else {
				for f.problem() == "" {
					crew.until(river.EventKindJobSnoozed, 1)
				}
				require.Equal(t, payneteasy.StateHeld, f.entry("p-1").State)
			}
			require.Equal(t, test.ledger, f.ledger())
			require.Len(t, f.gateway.Orders(), test.orders)
		})
	}
}
