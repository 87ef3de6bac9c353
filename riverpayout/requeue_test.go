package riverpayout_test

import (
	"context"
	"testing"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"
)

// TestLostJob checks that a payout without a job gets a new one.
func TestLostJob(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1", "p-2", "p-3")
	_, err := f.pool.Exec(t.Context(), `DELETE FROM river_job WHERE args->>'client_orderid' = 'p-1'`)
	require.NoError(t, err)
	_, err = f.pool.Exec(t.Context(),
		`UPDATE river_job SET state = 'discarded', finalized_at = now() WHERE args->>'client_orderid' = 'p-2'`)
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
