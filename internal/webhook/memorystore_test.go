package webhook

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMemoryStore checks that one callback of an order is in progress at a time, and that the last record is kept.
func TestMemoryStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var store MemoryStore
	begin := func(order, want string) {
		t.Helper()
		record, err := store.Begin(ctx, order)
		require.NoError(t, err)
		require.Equal(t, want, record)
	}
	begin("a", "")
	_, err := store.Begin(ctx, "a")
	require.ErrorIs(t, err, ErrBusy)
	begin("b", "")
	require.NoError(t, store.End(ctx, "a", ""))
	begin("a", "")
	require.NoError(t, store.End(ctx, "a", "approved"))
	begin("a", "approved")
	require.NoError(t, store.End(ctx, "a", "approved reversal"))
	begin("a", "approved reversal")
	_, err = store.Begin(ctx, "b")
	require.ErrorIs(t, err, ErrBusy)
}

// TestMemoryStoreForgets checks that orders older than 15 days and the oldest above the limit are dropped, but no order
// in progress.
func TestMemoryStoreForgets(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	keep := func(store *MemoryStore, order string) string {
		record, err := store.Begin(t.Context(), order)
		require.NoError(t, err)
		require.NoError(t, store.End(t.Context(), order, "approved"))
		return record
	}
	synctest.Test(t, func(t *testing.T) {
		var store MemoryStore
		_, err := store.Begin(t.Context(), "busy")
		require.NoError(t, err)
		require.Empty(t, keep(&store, "a"))
		<-time.After(15*24*time.Hour - 1)
		require.Equal(t, "approved", keep(&store, "a"))
		<-time.After(15 * 24 * time.Hour)
		require.Empty(t, keep(&store, "a"))
		_, err = store.Begin(t.Context(), "busy")
		require.ErrorIs(t, err, ErrBusy)
	})
	var store MemoryStore
	for i := range limit {
		require.Empty(t, keep(&store, strconv.Itoa(i)))
	}
	require.Equal(t, "approved", keep(&store, "0"), "and the latest now")
	require.Empty(t, keep(&store, "one more"))
	require.Equal(t, "approved", keep(&store, "0"))
	require.Empty(t, keep(&store, "1"), "forgotten")
	for i := range limit {
		_, err := store.Begin(t.Context(), "busy "+strconv.Itoa(i))
		require.NoError(t, err)
	}
	_, err := store.Begin(t.Context(), "one too many")
	require.ErrorIs(t, err, ErrBusy)
	require.NoError(t, store.End(t.Context(), "busy 0", ""))
	_, err = store.Begin(t.Context(), "one too many")
	require.NoError(t, err)
}

// TestMemoryStoreBusyExpiry checks how long a Begin without an End keeps others away.
func TestMemoryStoreBusyExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lapses, stays := MemoryStore{BusyExpiry: time.Minute}, MemoryStore{}
		begin := func(store *MemoryStore) error {
			_, err := store.Begin(t.Context(), "a")
			return err
		}
		require.NoError(t, begin(&lapses))
		require.NoError(t, begin(&stays))
		<-time.After(time.Minute - 1)
		require.ErrorIs(t, begin(&lapses), ErrBusy)
		<-time.After(1)
		require.NoError(t, begin(&lapses))
		require.ErrorIs(t, begin(&lapses), ErrBusy, "from now on again")
		<-time.After(24 * time.Hour)
		require.ErrorIs(t, begin(&stays), ErrBusy)
	})
}
