package riverpayout_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgtest"
)

// partitioned returns the URL of a database with the partitions of payouts that the README describes.
func partitioned(t *testing.T) string {
	t.Helper()
	url := pgtest.URL(t, "")
	pool := poolOf(t, url)
	files, err := riverpayout.Migrations()
	require.NoError(t, err)
	for _, file := range files {
		const end = "CHECK (step IN ('send', 'ask', 'tell', 'done'))\n)"
		if file.Name == "riverpayout_001.sql" {
			require.Equal(t, 1, strings.Count(file.SQL, end+";"))
			parts := end + " PARTITION BY HASH (client_orderid);"
			for n := range 4 {
				parts += fmt.Sprintf("\nCREATE TABLE riverpayout_payout_%d PARTITION OF riverpayout_payout "+
					"FOR VALUES WITH (MODULUS 4, REMAINDER %d);", n, n)
			}
			file.SQL = strings.Replace(file.SQL, end+";", parts, 1)
		}
		_, err := pool.Exec(t.Context(), file.SQL)
		require.NoError(t, err, file.Name)
	}
	return url
}

// TestPartitions checks that the module works with partitions by a hash of client_orderid.
func TestPartitions(t *testing.T) {
	t.Parallel()
	f := newFleet(t, partitioned(t), nil)
	one := int32(1)
	require.NoError(t, f.merchant.SetLimit(t.Context(), f.gateway.Config().Endpoint, riverpayout.Limit{AtOnce: &one}))
	f.callbacks(f.merchant.CallbackHandler())
	f.gateway.FailOrder("p-2", payneteasytest.LoseReply())
	f.enqueue(paid, "p-1", "p-2", "p-3", "p-4", "p-5")
	require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
	require.NoError(t, f.cancel("p-5", "a mistake", nil))
	f.work()
	f.untilLedger(4)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "p-3": "paid", "p-4": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 4)
	var filled int
	require.NoError(t, f.pool.QueryRow(t.Context(),
		"SELECT count(DISTINCT tableoid) FROM riverpayout_payout").Scan(&filled))
	require.Greater(t, filled, 1)
}
