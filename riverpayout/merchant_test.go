package riverpayout_test

import (
	"context"
	"testing"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestSeveralMerchants lets one process work two merchants that use the same ClientOrderIDs in one database.
func TestSeveralMerchants(t *testing.T) {
	t.Parallel()
	one := newFleet(t, "", nil)
	two := newFleet(t, one.url, nil)
	one.enqueue(paid, "p-1", "p-2")
	two.enqueue(declined, "p-1")
	one.work(two.merchant).until(river.EventKindJobCompleted, 3)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid"}, one.ledger())
	require.Equal(t, map[string]string{"p-1": "not paid"}, two.ledger())
	require.Len(t, one.gateway.Orders(), 2)
	require.Len(t, two.gateway.Orders(), 1)
	_, _, err := two.merchant.Journal().Get(context.Background(), "p-2")
	require.ErrorIs(t, err, payneteasy.ErrNoEntry)
}
