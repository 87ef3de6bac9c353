package riverpayout_test

import (
	"context"
	"errors"
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
	require.Equal(t, payneteasy.StateNotSent, f.entry("p-1").State)
	f.gateway.RefuseConnections(false)
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// TestRejected is told with the gateway's words, and not sent again.
func TestRejected(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.FailOrder("p-1", payneteasytest.AccessDenied())
	var told riverpayout.Final
	f.book = func(final riverpayout.Final) error { told = final; return nil }
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "not sent"}, f.ledger())
	require.Contains(t, told.Problem, "HTTP 403")
	require.Equal(t, payneteasy.StateRejected, told.Entry.State)
	require.Empty(t, f.gateway.Orders())

	// The merchant may have paid the debt in another way since: a second run that was about to send has no licence.
	req, err := f.loads(t.Context(), told.Entry.Ref())
	require.NoError(t, err)
	_, err = f.merchant.Client().Payout(t.Context(), req)
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	require.ErrorContains(t, err, "does not stand still")
	require.Empty(t, f.gateway.Orders())
}

// held is a payout that was sent, never arrived, and is parked.
func held(t *testing.T) (*fleet, *crew) {
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Timeout = 500 * time.Millisecond // so that the window is short
	})
	f.gateway.FailOrder("p-1", payneteasytest.ResetAfterBody())
	f.enqueue(paid, "p-1")
	crew := f.work()
	for f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.Contains(t, f.problem(), "held: it may have been sent, and the gateway does not know it")
	require.Equal(t, payneteasy.StateHeld, f.entry("p-1").State)
	return f, crew
}

// TestHeld is never sent again; a person settles it, and that is told.
func TestHeld(t *testing.T) {
	t.Parallel()
	for verdict, outcome := range map[payneteasy.Verdict]string{
		payneteasy.VerdictPaid: "paid", payneteasy.VerdictNotPaid: "not paid", payneteasy.VerdictNotSent: "not sent",
	} {
		t.Run(string(verdict), func(t *testing.T) {
			t.Parallel()
			f, crew := held(t)
			require.NoError(t, f.merchant.Client().Settle(t.Context(), refOf(t, "p-1"), verdict, "manager"))
			require.NoError(t, f.merchant.Wake(t.Context(), "p-1"))
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, map[string]string{"p-1": outcome}, f.ledger())
			require.Empty(t, f.gateway.Orders())
			require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
		})
	}
}

func (f *fleet) enqueueAgain() error {
	return pgx.BeginFunc(f.t.Context(), f.pool, func(tx pgx.Tx) error { return f.merchant.Enqueue(f.t.Context(), tx, refOf(f.t, "p-1")) })
}

// TestOnFinalFails: its booking, the final state and the job's end are rolled back together, and come together.
func TestOnFinalFails(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"an error": func() error { return errors.New("the ledger is closed") },
		"a panic":  func() error { panic("the ledger is closed") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			calls := 0
			f.book = func(riverpayout.Final) error {
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
			require.Contains(t, f.problem(), "the ledger is closed")
			require.Empty(t, f.ledger())
			require.Equal(t, payneteasy.StateAccepted, f.entry("p-1").State)
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
			require.Equal(t, payneteasy.StateFinal, f.entry("p-1").State)
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
	_, err := client.Payout(t.Context(), requestOf(refOf(t, "p-1"), paid)) // as a worker that died after it
	require.NoError(t, err)
	_, err = client.Wait(t.Context(), refOf(t, "p-1"), nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.StateFinal, f.entry("p-1").State)
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestContradicted: a payout that was final before, and is otherwise now, is told as one that a person must look at.
func TestContradicted(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1")
	client := f.merchant.Client()
	_, err := client.Payout(t.Context(), requestOf(refOf(t, "p-1"), paid))
	require.NoError(t, err)
	entry := f.entry("p-1")
	entry.State, entry.Status, entry.Revision = payneteasy.StateFinal, payneteasy.StatusDeclined, entry.Revision+1
	require.NoError(t, f.merchant.Journal().Update(t.Context(), entry))
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "look"}, f.ledger())
	require.Equal(t, payneteasy.StatusDeclined, f.entry("p-1").Was)
}

// TestUnknownJob is cancelled: nobody has enqueued its payout.
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
