package riverpayout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout"
)

func TestStats(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	other := newFleet(t, f.url, nil)
	other.enqueue(paid, "p-1")
	stats, err := f.merchant.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, riverpayout.Stats{}, stats)
	f.enqueue(paid, "p-1", "p-2")
	f.reach("accepted", true)
	stats, err = f.merchant.Stats(t.Context())
	require.NoError(t, err)
	require.Greater(t, stats.Oldest, time.Duration(0))
	stats.Oldest = 0
	require.Equal(t, riverpayout.Stats{Waiting: 1, Pending: 1}, stats)
}
