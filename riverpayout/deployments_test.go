package riverpayout_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestConcurrentDeployments runs two deployments of one merchant, as when a new version replaces the old one. Both
// enqueue the same payouts at the same time, and both work them. Each payout is enqueued once and paid once.
func TestConcurrentDeployments(t *testing.T) {
	t.Parallel()
	const payouts = 100
	loading := &rendezvous{}
	one := func(c *riverpayout.Config) { c.MaxWorkers = 1 }
	f := newFleet(t, "", one)
	other := f.twin(one)
	f.before = loading.meet // the first two loads wait for each other, one in each deployment, so both work
	ids := make([]string, payouts)
	ledger := map[string]string{}
	for i := range ids {
		ids[i] = fmt.Sprintf("p-%03d", i)
		f.accounts[ids[i]], ledger[ids[i]] = paid, "paid"
	}
	start := make(chan struct{})
	took := make(chan int, 4)
	for i := range cap(took) {
		go func() {
			<-start
			taken := 0
			for _, id := range ids {
				merchant := []*riverpayout.Merchant{f.merchant, other.merchant}[i%2]
				err := pgx.BeginFunc(t.Context(), f.pool,
					func(tx pgx.Tx) error { return merchant.Enqueue(t.Context(), tx, refOf(t, id)) })
				if err == nil {
					taken++
				} else if !errors.Is(err, riverpayout.ErrEnqueued) {
					t.Error(err)
				}
			}
			took <- taken
		}()
	}
	crew := both(f.work(), other.work())
	close(start)
	all := 0
	for range cap(took) {
		all += <-took
	}
	require.Equal(t, payouts, all)
	crew.until(river.EventKindJobCompleted, payouts)
	require.Equal(t, ledger, f.ledger())
	require.Len(t, f.gateway.Orders(), payouts)
}

// TestForeignOrder lets another environment, with its own database, pay something else under the same client_orderid at
// the same gateway. Our payout, which may have been sent, must not be taken for that order.
func TestForeignOrder(t *testing.T) {
	t.Parallel()
	for state, ledger := range map[string]map[string]string{"sending": {}, "unknown": {}, "held": {"p-1": "review"}} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", func(c *riverpayout.Config) {
				c.Gateway.Wait.SlowMinInterval, c.Gateway.Wait.SlowMaxInterval = time.Millisecond, time.Millisecond
			})
			theirs := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway = f.gateway.Config() })
			amount, err := payneteasy.ParseAmount("99.99", "USD")
			require.NoError(t, err)
			theirs.accounts["p-1"] = paid
			require.NoError(t, pgx.BeginFunc(t.Context(), theirs.pool, func(tx pgx.Tx) error {
				return theirs.merchant.Enqueue(t.Context(), tx,
					payneteasy.OrderRef{ClientOrderID: "p-1", Amount: amount})
			}))
			theirs.work().until(river.EventKindJobCompleted, 1)
			f.enqueue(paid, "p-1")
			f.reach(state, false)
			crew := f.work()
			for !strings.Contains(f.problem(), "not the same order: the amount is 99.99 USD, not 10.42 USD") {
				crew.until(river.EventKindJobSnoozed, 1)
			}
			require.Equal(t, ledger, f.ledger())
			require.Empty(t, f.entry("p-1").Orders)
			require.Equal(t, map[string]string{"p-1": "paid"}, theirs.ledger())
			require.Len(t, f.gateway.Orders(), 1)
		})
	}
}
