package poll

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	pace := Schedule{Min: time.Second, Max: 2 * time.Second, SlowAfter: time.Minute, SlowMin: 20 * time.Second, SlowMax: 30 * time.Second, MaxWait: 10 * time.Minute}
	synctest.Test(t, func(t *testing.T) {
		began, asked := time.Now(), 0
		err := Run(t.Context(), pace, func(context.Context) bool { asked++; return time.Since(began) > 5*time.Minute })
		require.NoError(t, err)
		require.Less(t, time.Since(began), 5*time.Minute+31*time.Second)
		require.Greater(t, asked, 30+8)
		require.Less(t, asked, 60+13)

		began = time.Now()
		require.ErrorIs(t, Run(t.Context(), pace, func(context.Context) bool { return false }), ErrMaxWait)
		require.Equal(t, 10*time.Minute, time.Since(began))

		asked = 0
		require.ErrorIs(t, Run(t.Context(), Schedule{}, func(context.Context) bool { asked++; return false }), ErrMaxWait)
		require.Equal(t, 2, asked, "at once, and at the end")

		ctx, cancel := context.WithCancel(t.Context())
		asked = 0
		require.ErrorIs(t, Run(ctx, pace, func(context.Context) bool { asked++; cancel(); return false }), context.Canceled)
		require.Equal(t, 1, asked)
		require.ErrorIs(t, Run(ctx, pace, func(context.Context) bool { asked++; return true }), context.Canceled)
		require.Equal(t, 1, asked, "not asked after the end")
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for n, bound := range []time.Duration{1, 2, 4, 8, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10} {
		for range 50 {
			pause := Backoff(n, time.Second, 10*time.Second)
			require.LessOrEqual(t, pause, bound*time.Second)
			require.GreaterOrEqual(t, pause, bound*time.Second/2)
		}
	}
	require.LessOrEqual(t, Backoff(99, time.Hour, time.Second), time.Second, "no overflow")
}
