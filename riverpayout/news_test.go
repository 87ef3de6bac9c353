package riverpayout_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestOnNewsFailure checks that the booking, the final state and the end of the job are rolled back together, and
// committed together.
func TestOnNewsFailure(t *testing.T) {
	t.Parallel()
	for problem, fail := range map[string]func() error{
		"OnNews: the ledger is closed":           func() error { return errors.New("the ledger is closed") },
		"OnNews: panicked (string): see the log": func() error { panic("of 1234567890") },
		"OnNews: it called runtime.Goexit":       func() error { runtime.Goexit(); return nil },
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

// TestStoredDecision checks that the job tells once what a callback's question has stored.
func TestStoredDecision(t *testing.T) {
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

// TestContradiction checks a payout that was declined before and is approved now. A person must look at it, also when
// the job learns both at once.
func TestContradiction(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1")
	client := f.merchant.Client()
	payout, err := client.Payout(t.Context(), requestOf(refOf(t, "p-1"), paid))
	require.NoError(t, err)
	entry := payout.Entry
	entry.Orders[0].End, entry.Booked, entry.Revision, entry.Seq = "declined", payneteasy.DecisionNotPaid,
		entry.Revision+1, entry.Seq+1
	require.NoError(t, f.merchant.Journal().Put(t.Context(), entry))
	f.gateway.Finish("p-1")
	entry, _, err = client.Refresh(t.Context(), entry)
	require.NoError(t, err)
	require.Equal(t, payneteasy.CauseChanged, entry.Cause())
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "review"}, f.ledger())
}

// TestCommitFailure fails after OnNews returned no error. The booking is rolled back, and an operator sees why.
func TestCommitFailure(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a constraint that is checked at the end":  "INSERT INTO entries VALUES ('p-1')",
		"an error that OnNews does not return":     "INSERT INTO nowhere VALUES (1)",
		"a transaction that OnNews ends by itself": "ROLLBACK",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", func(c *riverpayout.Config) {
				c.OnNews = func(ctx context.Context, tx pgx.Tx, _ payneteasy.Entry, _ payneteasy.News) error {
					_, _ = tx.Exec(ctx, sql)
					return nil
				}
			})
			_, err := f.pool.Exec(t.Context(),
				"CREATE TABLE accounts (id text PRIMARY KEY); CREATE TABLE entries (id text REFERENCES accounts "+
					"DEFERRABLE INITIALLY DEFERRED)")
			require.NoError(t, err)
			f.enqueue(paid, "p-1")
			crew := f.work()
			for f.problem() == "" {
				crew.until(river.EventKindJobSnoozed, 1)
			}
			require.Contains(t, f.problem(), "after OnNews: ")
			require.NotEqual(t, payneteasy.DecisionPaid, f.entry("p-1").Decision())
		})
	}
}

// TestSlowBooking checks that a slow booking is rolled back, and that an operator sees it. It must not keep its job
// until the job has timed out, again and again.
func TestSlowBooking(t *testing.T) {
	t.Parallel()
	var slow atomic.Bool
	slow.Store(true)
	f := newFleet(t, "", func(c *riverpayout.Config) {
		book := c.OnNews
		c.OnNews = func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
			if slow.Load() { // as when it waits for a lock
				if _, err := tx.Exec(ctx, "SELECT pg_sleep(600)"); err != nil {
					return err
				}
			}
			return book(ctx, tx, entry, news)
		}
	})
	f.merchant.SetRecordTimeout(time.Second)
	f.enqueue(paid, "p-1")
	f.work()
	require.Eventually(t, func() bool { return strings.HasPrefix(f.problem(), "OnNews: ") }, patience,
		10*time.Millisecond)
	require.Empty(t, f.ledger())
	slow.Store(false)
	f.untilLedger(1)
	require.Empty(t, f.problem())
}

// TestNewsWithoutGateway tells the end that another process has stored in the journal, while the gateway no longer
// answers.
func TestNewsWithoutGateway(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"paid", "rejected"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.enqueue(paid, "p-1")
			f.reach(state, state == "paid")
			f.gateway.RefuseConnections(true)
			f.work()
			f.untilBooked(map[string]string{"p-1": state})
			require.ErrorContains(t,
				f.merchant.Settle(t.Context(), "p-1",
					payneteasy.Settlement{Decision: payneteasy.DecisionNotPaid, Reason: "manager"}), "is "+state)
		})
	}
}
