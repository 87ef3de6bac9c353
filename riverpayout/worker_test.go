package riverpayout_test

import (
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

func TestApprovedAndDeclined(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1", "p-2")
	f.enqueue(declined, "d-1")
	f.work().until(river.EventKindJobCompleted, 3)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "d-1": "not paid"}, f.ledger())
	for _, id := range []string{"p-1", "p-2", "d-1"} {
		require.Equal(t, f.ledger()[id], string(f.entry(id).Decision()))
	}
	require.Len(t, f.gateway.Orders(), 3)
}

// TestUnknownJob checks that a job is cancelled if its payout was not enqueued.
func TestUnknownJob(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	crew := f.work()
	_, err := crew.client.Insert(t.Context(), riverpayout.OrderArgs{Merchant: 1, ClientOrderID: "unknown"},
		&river.InsertOpts{Queue: "payneteasy"})
	require.NoError(t, err)
	crew.until(river.EventKindJobCancelled, 1)
	require.Empty(t, f.gateway.Orders())
	require.ErrorIs(t, f.merchant.Wake(t.Context(), "unknown"), payneteasy.ErrNoEntry)
}

// TestTransportPanic panics in a caller's transport. The process continues, and the text of the panic is not stored.
func TestTransportPanic(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	f := newFleet(t, "", func(c *riverpayout.Config) {
		w.watch(c)
		base, fine := c.Gateway.HTTPClient.Transport, atomic.Bool{}
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if fine.CompareAndSwap(false, true) {
				body, _ := io.ReadAll(req.Body)
				panic("cannot send " + string(body))
			}
			return base.RoundTrip(req)
		})
	})
	f.enqueue(paid, "p-1")
	f.work()
	var stored string
	require.Eventually(t, func() bool {
		err := f.pool.QueryRow(t.Context(), "SELECT errors::text FROM river_job WHERE errors IS NOT NULL").Scan(&stored)
		return err == nil
	}, patience, 10*time.Millisecond)
	require.Contains(t, stored, "riverpayout: panicked (string): see the log")
	require.NotContains(t, f.dump("river_job")+f.dump("riverpayout_payout"), paid)
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Contains(t, w.log.String(), "worker_test.go", "where it was")
	require.NotContains(t, w.log.String(), paid)
}
