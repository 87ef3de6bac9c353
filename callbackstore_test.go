package payneteasy_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestCallbackStore: of one order one callback is in progress, and the last record is kept.
func TestCallbackStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var store payneteasy.MemoryCallbackStore
	begin := func(order, want string) {
		t.Helper()
		record, err := store.Begin(ctx, order)
		require.NoError(t, err)
		require.Equal(t, want, record)
	}
	begin("a", "")
	_, err := store.Begin(ctx, "a")
	require.ErrorIs(t, err, payneteasy.ErrCallbackBusy)
	begin("b", "")
	require.NoError(t, store.End(ctx, "a", ""))
	begin("a", "")
	require.NoError(t, store.End(ctx, "a", "approved"))
	begin("a", "approved")
	require.NoError(t, store.End(ctx, "a", "approved reversal"))
	begin("a", "approved reversal")
	_, err = store.Begin(ctx, "b")
	require.ErrorIs(t, err, payneteasy.ErrCallbackBusy)
}

// TestCallbackStoreForgets what is older than 15 days, and the oldest above its limit, but nothing that is being
// handled.
func TestCallbackStoreForgets(t *testing.T) {
	t.Parallel()
	keep := func(store *payneteasy.MemoryCallbackStore, order string) string {
		record, err := store.Begin(t.Context(), order)
		require.NoError(t, err)
		require.NoError(t, store.End(t.Context(), order, "approved"))
		return record
	}
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			store  *payneteasy.MemoryCallbackStore
			expiry time.Duration
		}{
			{&payneteasy.MemoryCallbackStore{}, 15 * 24 * time.Hour},
			{&payneteasy.MemoryCallbackStore{Expiry: time.Hour}, time.Hour},
		} {
			_, err := test.store.Begin(t.Context(), "busy")
			require.NoError(t, err)
			require.Empty(t, keep(test.store, "a"))
			<-time.After(test.expiry - 1)
			require.Equal(t, "approved", keep(test.store, "a"))
			<-time.After(test.expiry)
			require.Empty(t, keep(test.store, "a"))
			_, err = test.store.Begin(t.Context(), "busy")
			require.ErrorIs(t, err, payneteasy.ErrCallbackBusy)
		}
	})
	for _, limit := range []int{3, 100_000} {
		store := &payneteasy.MemoryCallbackStore{Limit: limit}
		if limit == 100_000 {
			store.Limit = 0
		}
		for i := range limit {
			require.Empty(t, keep(store, strconv.Itoa(i)))
		}
		require.Equal(t, "approved", keep(store, "0"), "and the latest now")
		require.Empty(t, keep(store, "one more"))
		require.Equal(t, "approved", keep(store, "0"))
		require.Empty(t, keep(store, "1"), "forgotten")
		for i := range limit {
			_, err := store.Begin(t.Context(), "busy "+strconv.Itoa(i))
			require.NoError(t, err)
		}
		_, err := store.Begin(t.Context(), "one too many")
		require.ErrorIs(t, err, payneteasy.ErrCallbackBusy)
		require.NoError(t, store.End(t.Context(), "busy 0", ""))
		_, err = store.Begin(t.Context(), "one too many")
		require.NoError(t, err)
	}
}
