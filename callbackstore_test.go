package payneteasy_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestCallbackStore: taken on once, given back, done for good.
func TestCallbackStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var store payneteasy.MemoryCallbackStore
	require.NoError(t, store.Begin(ctx, "a"))
	require.ErrorIs(t, store.Begin(ctx, "a"), payneteasy.ErrCallbackBusy)
	require.NoError(t, store.Begin(ctx, "b"))
	require.NoError(t, store.Release(ctx, "a"))
	require.NoError(t, store.Begin(ctx, "a"))
	require.NoError(t, store.Done(ctx, "a"))
	require.ErrorIs(t, store.Begin(ctx, "a"), payneteasy.ErrCallbackHandled)
	require.NoError(t, store.Release(ctx, "a"))
	require.ErrorIs(t, store.Begin(ctx, "a"), payneteasy.ErrCallbackHandled, "what is done stays done")
	require.ErrorIs(t, store.Begin(ctx, "b"), payneteasy.ErrCallbackBusy)
}

// TestCallbackStoreForgets what is older than 15 days, and the oldest above its limit, but nothing that is being handled.
func TestCallbackStoreForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		for _, test := range []struct {
			store  *payneteasy.MemoryCallbackStore
			expiry time.Duration
		}{
			{&payneteasy.MemoryCallbackStore{}, 15 * 24 * time.Hour},
			{&payneteasy.MemoryCallbackStore{Expiry: time.Hour}, time.Hour},
		} {
			require.NoError(t, test.store.Begin(ctx, "busy"))
			require.NoError(t, test.store.Begin(ctx, "a"))
			require.NoError(t, test.store.Done(ctx, "a"))
			<-time.After(test.expiry - 1)
			require.ErrorIs(t, test.store.Begin(ctx, "a"), payneteasy.ErrCallbackHandled)
			<-time.After(1)
			require.NoError(t, test.store.Begin(ctx, "a"))
			require.ErrorIs(t, test.store.Begin(ctx, "busy"), payneteasy.ErrCallbackBusy)
		}
	})
	ctx := t.Context()
	for _, limit := range []int{3, 100_000} {
		store := &payneteasy.MemoryCallbackStore{Limit: limit}
		if limit == 100_000 {
			store.Limit = 0
		}
		for i := range limit + 1 {
			require.NoError(t, store.Begin(ctx, strconv.Itoa(i)))
			require.NoError(t, store.Done(ctx, strconv.Itoa(i)))
		}
		require.NoError(t, store.Begin(ctx, "0"), "forgotten")
		require.ErrorIs(t, store.Begin(ctx, "1"), payneteasy.ErrCallbackHandled)
		for i := range limit - 1 {
			require.NoError(t, store.Begin(ctx, "busy "+strconv.Itoa(i)))
		}
		require.ErrorIs(t, store.Begin(ctx, "one too many"), payneteasy.ErrCallbackBusy)
		require.NoError(t, store.Release(ctx, "0"))
		require.NoError(t, store.Begin(ctx, "one too many"))
	}
}
