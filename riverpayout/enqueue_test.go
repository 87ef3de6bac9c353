package riverpayout_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestEnqueueDuplicate checks that a duplicate is refused in the same transaction, in another one and at the same time.
// The refusal does not abort the transaction.
func TestEnqueueDuplicate(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	tx, err := f.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.merchant.Enqueue(t.Context(), tx, refOf(t, "p-1")))
	require.ErrorIs(t, f.merchant.Enqueue(t.Context(), tx, refOf(t, "p-1")), riverpayout.ErrEnqueued)
	second := make(chan error, 1)
	go func() { second <- f.enqueueAgain() }() // waits for the first, or runs after it
	require.NoError(t, tx.Commit(t.Context()))
	require.ErrorIs(t, <-second, riverpayout.ErrEnqueued)
	f.accounts["p-1"] = paid
	f.work().until(river.EventKindJobCompleted, 1)
	require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestEnqueueRollback checks that a payout is not enqueued if the merchant's transaction is rolled back.
func TestEnqueueRollback(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	err := pgx.BeginFunc(t.Context(), f.pool, func(tx pgx.Tx) error {
		require.NoError(t, f.merchant.Enqueue(t.Context(), tx, refOf(t, "p-1")))
		return errors.New("no money in the ledger")
	})
	require.EqualError(t, err, "no money in the ledger")
	var rows int
	require.NoError(t, f.pool.QueryRow(t.Context(),
		"SELECT (SELECT count(*) FROM river_job) + (SELECT count(*) FROM riverpayout_payout)").Scan(&rows))
	require.Zero(t, rows)
	f.enqueue(paid, "p-1") // the ID is not used up
}

func TestEnqueueInvalid(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	known := refOf(t, "p-1")
	known.OrderID = "77"
	for want, ref := range map[string]payneteasy.OrderRef{
		`riverpayout: enqueue "": client_orderid is required`:                            refOf(t, ""),
		`riverpayout: enqueue "p-1": amount is required`:                                 {ClientOrderID: "p-1"},
		`riverpayout: enqueue "p-1": OrderID must be empty: the payout was sent already`: known,
		`riverpayout: enqueue "p\xff": client_orderid is not UTF-8, or has a NUL`:        refOf(t, "p\xff"),
		`riverpayout: enqueue "p\x001": client_orderid is not UTF-8, or has a NUL`:       refOf(t, "p\x001"),
		fmt.Sprintf(`riverpayout: enqueue %q: client_orderid is longer than 128 characters`,
			strings.Repeat("p", 129)): refOf(t, strings.Repeat("p", 129)),
	} {
		require.EqualError(t,
			pgx.BeginFunc(t.Context(), f.pool,
				func(tx pgx.Tx) error { return f.merchant.Enqueue(t.Context(), tx, ref) }), want)
	}
	require.EqualError(t, f.merchant.Enqueue(t.Context(), nil, refOf(t, "p-1")),
		`riverpayout: enqueue "p-1": the transaction is nil`)
}
