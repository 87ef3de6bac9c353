package riverpayout_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestLostReply: the order is found, and nothing is sent again.
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

// TestNotSent is tried again, since nothing left.
func TestNotSent(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.RefuseConnections(true)
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 1)
	require.Contains(t, f.problem(), `payout "p-1": not sent`)
	require.Equal(t, payneteasy.DecisionNotSent, f.entry("p-1").Decision())
	f.gateway.RefuseConnections(false)
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// held is a payout that was sent, never arrived, and that a person must look at.
func held(t *testing.T) (*fleet, *crew) {
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Timeout = 500 * time.Millisecond // so that the window is short
	})
	f.gateway.FailOrder("p-1", payneteasytest.ResetAfterBody())
	f.enqueue(paid, "p-1")
	crew := f.work()
	f.untilBooked(map[string]string{"p-1": "review"})
	require.Equal(t, "review: held", f.problem())
	require.Equal(t, payneteasy.CauseHeld, f.entry("p-1").Cause())
	return f, crew
}

// TestHeld is never sent again; a person settles it, and that is told.
func TestHeld(t *testing.T) {
	t.Parallel()
	for _, decision := range []payneteasy.Decision{
		payneteasy.DecisionPaid, payneteasy.DecisionNotPaid, payneteasy.DecisionReversed, payneteasy.DecisionNotSent,
	} {
		t.Run(string(decision), func(t *testing.T) {
			t.Parallel()
			f, crew := held(t)
			settlement := payneteasy.Settlement{Decision: decision, Reason: "manager"}
			require.ErrorIs(t, f.merchant.Settle(t.Context(), "p-2", settlement), payneteasy.ErrNoEntry)
			require.ErrorContains(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: decision}), `riverpayout: settle "p-1": payneteasy: settle: invalid request: Settlement.Reason is missing`)
			require.ErrorContains(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: decision, Reason: "\xff"}), "is not UTF-8")
			require.NoError(t, f.merchant.Settle(t.Context(), "p-1", settlement))
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, map[string]string{"p-1": "review, " + string(decision)}, f.ledger())
			require.Empty(t, f.problem())
			require.Empty(t, f.gateway.Orders())
			if decision == payneteasy.DecisionNotSent {
				require.NoError(t, f.enqueueAgain())
				return
			}
			require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
		})
	}
}

// TestSettleFindsTheEnd: the question of Settle finds what can be booked. Nothing is settled, and OnNews is told at once,
// although the job's next question is far away.
func TestSettleFindsTheEnd(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait = payneteasy.WaitOptions{MinInterval: time.Hour, MaxInterval: time.Hour}
	})
	f.gateway.SetAccount(paid, payneteasytest.Stuck())
	f.enqueue(paid, "p-1")
	f.work()
	f.untilSend("p-1", payneteasy.SendAccepted)
	f.untilIdle()
	require.True(t, f.gateway.Become("p-1", payneteasytest.Script{{Status: "approved"}}))
	word := payneteasy.Settlement{Decision: payneteasy.DecisionNotPaid, Reason: "manager"}
	require.ErrorIs(t, f.merchant.Settle(t.Context(), "p-1", word), payneteasy.ErrStale)
	f.untilBooked(map[string]string{"p-1": "paid"})
}

func (f *fleet) enqueueAgain() error {
	return pgx.BeginFunc(f.t.Context(), f.pool, func(tx pgx.Tx) error { return f.merchant.Enqueue(f.t.Context(), tx, refOf(f.t, "p-1")) })
}

// TestOnNewsFails: its booking, the final state and the job's end are rolled back together, and come together.
func TestOnNewsFails(t *testing.T) {
	t.Parallel()
	for problem, fail := range map[string]func() error{
		"OnNews: the ledger is closed":          func() error { return errors.New("the ledger is closed") },
		"OnNews: a panic (string): see the log": func() error { panic("of 1234567890") },
		"OnNews: it has ended its goroutine":    func() error { runtime.Goexit(); return nil },
	} {
		t.Run(problem, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			calls := 0
			f.book = func(payneteasy.News) error {
				if calls++; calls == 1 {
					return fail()
				}
				return nil
			}
			f.enqueue(paid, "p-1")
			crew := f.work()
			for f.problem() == "" {
				crew.until(river.EventKindJobSnoozed, 1)
			}
			require.Equal(t, problem, f.problem())
			require.Empty(t, f.ledger())
			require.Equal(t, payneteasy.DecisionPending, f.entry("p-1").Decision())
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
			require.Equal(t, payneteasy.DecisionPaid, f.entry("p-1").Decision())
			require.Equal(t, 2, calls)
			require.Len(t, f.gateway.Orders(), 1)
		})
	}
}

// TestCallbackFirst: what a callback's question has written down is told by the job, once.
func TestCallbackFirst(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1")
	client := f.merchant.Client()
	payout, err := client.Payout(t.Context(), requestOf(refOf(t, "p-1"), paid)) // as a worker that died after it
	require.NoError(t, err)
	_, err = client.Wait(t.Context(), payout.Entry, nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPaid, f.entry("p-1").Decision())
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestContradicted: a payout that was declined before, and is approved now, is told as one that a person must look at, also when the job
// hears of both at once.
func TestContradicted(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1")
	client := f.merchant.Client()
	payout, err := client.Payout(t.Context(), requestOf(refOf(t, "p-1"), paid))
	require.NoError(t, err)
	entry := payout.Entry
	entry.Orders[0].End, entry.Booked, entry.Revision, entry.Seq = payneteasy.EndDeclined, payneteasy.DecisionNotPaid, entry.Revision+1, entry.Seq+1
	require.NoError(t, f.merchant.Journal().Update(t.Context(), entry))
	f.gateway.Finish("p-1")
	entry, _, err = client.Refresh(t.Context(), entry)
	require.NoError(t, err)
	require.Equal(t, payneteasy.CauseChanged, entry.Cause())
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "review"}, f.ledger())
}

// TestUnknownJob is cancelled: its payout was not enqueued.
func TestUnknownJob(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	crew := f.work()
	_, err := crew.client.Insert(t.Context(), riverpayout.OrderArgs{Merchant: 1, ClientOrderID: "nobody's"}, &river.InsertOpts{Queue: "payneteasy"})
	require.NoError(t, err)
	crew.until(river.EventKindJobCancelled, 1)
	require.Empty(t, f.gateway.Orders())
	require.ErrorIs(t, f.merchant.Wake(t.Context(), "nobody's"), payneteasy.ErrNoEntry)
}

// TestLostJob gets another one.
func TestLostJob(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1", "p-2", "p-3")
	_, err := f.pool.Exec(t.Context(), `DELETE FROM river_job WHERE args->>'client_orderid' = 'p-1'`)
	require.NoError(t, err)
	_, err = f.pool.Exec(t.Context(), `UPDATE river_job SET state = 'discarded', finalized_at = now() WHERE args->>'client_orderid' = 'p-2'`)
	require.NoError(t, err)
	for _, want := range []int{2, 0} {
		count, err := f.merchant.Requeue(context.Background())
		require.NoError(t, err)
		require.Equal(t, want, count)
	}
	f.work().until(river.EventKindJobCompleted, 3)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "p-3": "paid"}, f.ledger())
	count, err := f.merchant.Requeue(t.Context())
	require.NoError(t, err)
	require.Zero(t, count)
}
