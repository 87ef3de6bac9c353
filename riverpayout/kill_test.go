package riverpayout_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestKills kills three worker processes again and again, and PostgreSQL too. The gateway loses replies, and each
// payout has several jobs. Nothing is paid twice, all that is not final is held, and gateway, journal and ledger agree.
func TestKills(t *testing.T) {
	t.Parallel()
	k := newKills(t, 500, 42, 3)
	k.run(t, func() bool { return k.enqueueMore(t.Context()) && k.settled(t.Context()) })
	t.Logf("%d processes killed, PostgreSQL killed %d times, %d requests", k.died, k.served, k.requests)
	require.GreaterOrEqual(t, k.died, 40, "processes that were killed")
	require.Equal(t, 3, k.served, "times that PostgreSQL was killed")
	k.reconcile(t)
}

// TestNoCondition shows that TestKills can fail. Without the condition in Journal.Put the same payouts are paid twice.
func TestNoCondition(t *testing.T) {
	t.Parallel()
	k := newKills(t, 30, 3, 0)
	k.noCondition = true
	k.gateway.AllowDoublePayouts()
	twice := 0
	k.run(t, func() bool {
		k.enqueueMore(t.Context())
		for _, id := range k.ids {
			if twice = len(k.gateway.Orders(id)); twice > 1 {
				return true
			}
		}
		return false
	})
	require.Greater(t, twice, 1)
}

// run lets three processes work until done returns true.
func (k *kills) run(t *testing.T, done func() bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	const processes = 3
	ended := make(chan error, processes+1)
	for range processes {
		go func() { ended <- k.keepAlive(ctx) }()
	}
	go func() { ended <- k.restart(ctx) }()
	assert.Eventually(t, func() bool { return t.Failed() || len(ended) > 0 || done() }, 2*patience, 20*time.Millisecond)
	stop()
	for range cap(ended) {
		require.ErrorIs(t, <-ended, context.Canceled)
	}
}

const together = 20 // payouts that are enqueued in one transaction

// enqueueMore enqueues the next payouts when the earlier ones have been sent. It reports whether none is left.
func (k *kills) enqueueMore(ctx context.Context) bool {
	if k.enqueued == len(k.ids) {
		return true
	}
	var waiting int
	err := k.pool.QueryRow(ctx, "SELECT count(*) FROM riverpayout_payout WHERE send = 'created'").Scan(&waiting)
	if err != nil || waiting >= together {
		return false // the database is being killed, or is busy
	}
	next := k.ids[k.enqueued:min(k.enqueued+together, len(k.ids))]
	err = pgx.BeginFunc(ctx, k.pool, func(tx pgx.Tx) error { return k.enqueueCopies(ctx, tx, next) })
	if err == nil || errors.Is(err, riverpayout.ErrEnqueued) { // an error if the server was killed after the commit
		k.enqueued += len(next)
	}
	return false
}

// enqueueCopies gives each payout three jobs in a row, so that several processes run them at the same time.
func (k *kills) enqueueCopies(ctx context.Context, tx pgx.Tx, ids []string) error {
	for _, id := range ids {
		amount, err := amountOf(id)
		if err != nil {
			return err
		}
		if err := k.merchant.Enqueue(ctx, tx, payneteasy.OrderRef{ClientOrderID: id, Amount: amount}); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		`INSERT INTO river_job (args, kind, max_attempts, queue, priority) SELECT args, kind, max_attempts, queue, priority
			FROM river_job CROSS JOIN generate_series(1, 2) WHERE args->>'client_orderid' = ANY($1)`,
		`UPDATE river_job SET scheduled_at = '2020-01-01'::timestamptz + substring(args->>'client_orderid' from 3)::int * interval '1 s'
			WHERE args->>'client_orderid' = ANY($1)`,
		"UPDATE riverpayout_payout SET job = NULL WHERE client_orderid = ANY($1)", // any of the jobs may work it
	} {
		if _, err := tx.Exec(ctx, sql, ids); err != nil {
			return err
		}
	}
	return nil
}

// amountOf returns a different amount for each payout.
func amountOf(id string) (payneteasy.Amount, error) {
	cents := 1000 + 37*numberOf(id)
	return payneteasy.ParseAmount(fmt.Sprintf("%d.%02d", cents/100, cents%100), "USD")
}

// settled reports whether each payout is done, or is held without an order at the gateway.
func (k *kills) settled(ctx context.Context) bool {
	if err := k.rescueLost(ctx); err != nil {
		return false
	}
	rows, err := k.pool.Query(ctx, "SELECT client_orderid, decision FROM riverpayout_payout WHERE step <> 'done'")
	if err != nil {
		return false
	}
	orders := k.orders()
	settled := true
	var id, decision string
	_, err = pgx.ForEachRow(rows, []any{&id, &decision}, func() error {
		settled = settled && decision == string(payneteasy.DecisionReview) && len(orders[id]) == 0
		return nil
	})
	return err == nil && settled
}

// orders returns the gateway's orders by client_orderid.
func (k *kills) orders() map[string][]payneteasytest.Order {
	orders := map[string][]payneteasytest.Order{}
	for _, order := range k.gateway.Orders() {
		orders[order.ClientOrderID] = append(orders[order.ClientOrderID], order)
	}
	return orders
}

// reconcile compares gateway, journal and ledger, payout by payout and to the cent.
func (k *kills) reconcile(t *testing.T) {
	t.Helper()
	orders, ledger, held := k.orders(), k.ledger(), 0
	atGateway, inJournal := map[string]*big.Rat{}, map[string]*big.Rat{}
	for _, id := range k.ids {
		entry := k.entry(id)
		amount, err := amountOf(id)
		require.NoError(t, err)
		require.Equal(t, amount, entry.Amount, id)
		if entry.Cause() == payneteasy.CauseHeld {
			held++
			require.Empty(t, orders[id], id)
			require.Equal(t, "review", ledger[id], id)
			continue
		}
		require.Len(t, orders[id], 1, id)
		order := orders[id][0]
		require.Equal(t, order.OrderID, entry.OrderID(), id)
		require.Equal(t, ledger[id], string(entry.Decision()), id)
		require.Equal(t, map[string]string{paid: "paid", declined: "not paid"}[accountOf(id)], ledger[id], id)
		add(atGateway, order.Status, order.Amount)
		require.Equal(t, entry.Decision() == payneteasy.DecisionPaid, entry.Paid() == amount, id)
		add(inJournal, string(entry.Decision()), entry.Amount.Decimal())
	}
	for status, outcome := range map[string]string{"approved": "paid", "declined": "not paid"} {
		require.Contains(t, atGateway, status)
		total := atGateway[status].FloatString(2)
		require.Equal(t, total, inJournal[outcome].FloatString(2), status)
		var booked string
		const sum = "SELECT sum(amount)::text FROM ledger WHERE outcome = $1"
		require.NoError(t, k.pool.QueryRow(t.Context(), sum, outcome).Scan(&booked))
		require.Equal(t, total, booked, status)
		t.Logf("%s: %s at the gateway, in the journal and in the ledger", outcome, total)
	}
	require.Len(t, ledger, len(k.ids))
	require.Len(t, k.gateway.Orders(), len(k.ids)-held)
	t.Logf("%d held", held)
}

func add(sums map[string]*big.Rat, key, amount string) {
	if sums[key] == nil {
		sums[key] = new(big.Rat)
	}
	decimal, ok := new(big.Rat).SetString(amount)
	if !ok {
		panic("not an amount: " + amount)
	}
	sums[key].Add(sums[key], decimal)
}
