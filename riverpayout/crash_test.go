package riverpayout_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
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
			f := newPlainFleet(t, func(*http.Request) {})
			f.enqueue(paid, "p-1")
			var killed *exec.ExitError
			process, err := f.start(t.Context(), "dead", where)
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

// TestKills: two worker processes, of which one is killed again and again, a gateway that loses replies, and several jobs of each
// payout. Nothing is paid twice, and gateway, journal and ledger agree.
func TestKills(t *testing.T) {
	t.Parallel()
	const payouts, kills, between = 60, 12, 25 // requests between kills
	var mu sync.Mutex
	var victims []*exec.Cmd
	requests, killed := 0, 0
	f := newPlainFleet(t, func(*http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if requests++; killed < kills && requests%between == 0 && len(victims) > 0 {
			_ = victims[0].Process.Kill() // and so, it may be, before the request that is being made is answered
			victims, killed = victims[1:], killed+1
		}
	})
	f.gateway.FailAtRandom(1, 6, payneteasytest.LoseReply(), payneteasytest.ResetAfterBody(), payneteasytest.CutReply(9))
	ids := make([]string, payouts)
	for i := range ids {
		ids[i] = fmt.Sprintf("p-%03d", i)
	}
	f.enqueue(paid, ids...)
	// Each payout has several jobs, one after the other, so that both processes come by them at the same time.
	_, err := f.pool.Exec(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, queue, priority)
		SELECT args, kind, max_attempts, queue, priority FROM river_job CROSS JOIN generate_series(1, 3)`)
	require.NoError(t, err)
	_, err = f.pool.Exec(t.Context(), `UPDATE river_job SET scheduled_at = '2020-01-01'::timestamptz + substring(args->>'client_orderid' from 3)::int * interval '1 s'`)
	require.NoError(t, err)
	f.anyJob()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for range cap(ended) {
		go func() {
			ended <- f.keepAlive(ctx, func(cmd *exec.Cmd) {
				mu.Lock()
				defer mu.Unlock()
				victims = append(victims, cmd)
			})
		}()
	}
	settled := f.untilSettled(payouts)
	stop()
	for range cap(ended) {
		require.ErrorIs(t, <-ended, context.Canceled)
	}
	require.True(t, settled)
	mu.Lock()
	require.Greater(t, killed, kills/2) // the last may have had nothing left to do
	mu.Unlock()
	ledger, told, heldOnes := f.ledger(), 0, 0
	for _, id := range ids {
		paidAtGateway, entry := f.gateway.Payouts(id), f.entry(id)
		require.LessOrEqual(t, len(paidAtGateway), 1, id)
		switch entry.State {
		case payneteasy.StateFinal:
			told++
			require.Len(t, paidAtGateway, 1, id)
			require.Equal(t, paidAtGateway[0].OrderID, entry.OrderID, id)
			require.Equal(t, "paid", ledger[id], id)
		default:
			heldOnes++
			require.Equal(t, payneteasy.StateHeld, entry.State, id)
			require.Empty(t, paidAtGateway, id)
			require.Empty(t, ledger[id], id)
		}
	}
	t.Logf("%d kills, %d requests, %d paid, %d held", killed, requests, told, heldOnes)
	require.NotZero(t, told)
}

// keepAlive starts a worker process whenever there is none, and gives the jobs of the dead to others.
func (f *fleet) keepAlive(ctx context.Context, started func(*exec.Cmd)) error {
	for {
		id := rand.Text()
		cmd, err := f.start(ctx, id, "")
		if err != nil {
			return err
		}
		started(cmd)
		_ = cmd.Wait() // it is killed
		if err := f.rescue(ctx, id); err != nil {
			return err
		}
	}
}

// untilSettled waits until so many payouts are told, or held.
func (f *fleet) untilSettled(count int) bool {
	return assert.Eventually(f.t, func() bool {
		var settled int
		err := f.pool.QueryRow(f.t.Context(), "SELECT count(*) FROM riverpayout_payout WHERE told IS NOT NULL OR state = 'held'").Scan(&settled)
		return err == nil && settled == count
	}, 3*patience, 20*time.Millisecond)
}
