package poll

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	pace := Schedule{
		Min: time.Second, Max: 2 * time.Second, SlowAfter: time.Minute, SlowMin: 20 * time.Second,
		SlowMax: 30 * time.Second, MaxWait: 10 * time.Minute,
	}
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
		require.ErrorIs(t, Run(t.Context(), Schedule{}, func(context.Context) bool { asked++; return false }),
			ErrMaxWait)
		require.Equal(t, 2, asked, "at once, and at the end")

		ctx, cancel := context.WithCancel(t.Context())
		asked = 0
		require.ErrorIs(t, Run(ctx, pace, func(context.Context) bool { asked++; cancel(); return false }),
			context.Canceled)
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

// TestWake checks that a wake-up leads to a question at once, but no sooner than minGap after the last answer. The
// schedule then goes on, and the last question is still asked at the end.
func TestWake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wake := make(chan struct{}, 1)
		pace := Schedule{
			Min: time.Minute, Max: time.Minute, SlowAfter: time.Hour,
			MaxWait: 2*time.Minute + 30*time.Second, Wake: wake,
		}
		for _, after := range []time.Duration{
			10 * time.Millisecond, time.Second,
			59*time.Second + 900*time.Millisecond,
		} {
			began := time.Now()
			var asked []time.Duration
			timer := time.AfterFunc(after, func() { wake <- struct{}{} })
			err := Run(t.Context(), pace,
				func(context.Context) bool { asked = append(asked, time.Since(began)); return false })
			require.ErrorIs(t, err, ErrMaxWait)
			first := max(after, 200*time.Millisecond)
			require.Equal(t,
				[]time.Duration{0, first, first + time.Minute, min(first+2*time.Minute, pace.MaxWait), pace.MaxWait},
				padded(asked, pace.MaxWait), "%v", asked)
			timer.Stop()
		}

		// Woken shortly before the end, it still asks at the end.
		began := time.Now()
		var asked []time.Duration
		time.AfterFunc(pace.MaxWait-time.Second, func() { wake <- struct{}{} })
		err := Run(t.Context(), pace,
			func(context.Context) bool { asked = append(asked, time.Since(began)); return false })
		require.ErrorIs(t, err, ErrMaxWait)
		require.Equal(t, []time.Duration{0, time.Minute, 2 * time.Minute, pace.MaxWait - time.Second, pace.MaxWait},
			asked)

		// Woken while it asks, it asks again, because the answer may be older.
		began, asked = time.Now(), nil
		err = Run(t.Context(), pace, func(context.Context) bool {
			asked = append(asked, time.Since(began))
			if len(asked) == 1 {
				wake <- struct{}{}
			}
			return len(asked) == 2
		})
		require.NoError(t, err)
		require.Equal(t, []time.Duration{0, 200 * time.Millisecond}, asked)

		// The end of the context ends it, woken or not.
		ctx, cancel := context.WithCancel(t.Context())
		wake <- struct{}{}
		time.AfterFunc(100*time.Millisecond, cancel)
		require.ErrorIs(t, Run(ctx, pace, func(context.Context) bool { return false }), context.Canceled)
	})
}

// padded has the end at most twice. Whether a question coincides with it depends on the time of the wake-up.
func padded(asked []time.Duration, end time.Duration) []time.Duration {
	for len(asked) < 5 {
		asked = append(asked, end)
	}
	return asked
}

// TestRestBetweenQuestions checks that no question comes before the time that the last answer asked for. That holds for
// the schedule, a wake-up and the end of the wait.
func TestRestBetweenQuestions(t *testing.T) {
	t.Parallel()
	const short, long = 10 * time.Second, 45 * time.Second
	for name, test := range map[string]struct {
		rests  []time.Duration // before the first question, and after each
		wakeAt time.Duration
		asked  []time.Duration
		is     error
	}{
		"no wish": {
			[]time.Duration{0, 0}, 0, []time.Duration{0, 20 * time.Second, 40 * time.Second, time.Minute}, ErrMaxWait,
		},
		"shorter than the interval": {
			[]time.Duration{0, short},
			0,
			[]time.Duration{0, 20 * time.Second, 40 * time.Second, time.Minute},
			ErrMaxWait,
		},
		"longer than the interval": {[]time.Duration{0, long}, 0, []time.Duration{0, long, time.Minute}, ErrMaxWait},
		"before the first question": {
			[]time.Duration{short},
			0,
			[]time.Duration{short, 30 * time.Second, 50 * time.Second, time.Minute},
			ErrMaxWait,
		},
		"up to the end":           {[]time.Duration{0, time.Minute}, 0, []time.Duration{0, time.Minute}, ErrMaxWait},
		"beyond the end":          {[]time.Duration{0, time.Minute + 1}, 0, []time.Duration{0}, ErrRetryLater},
		"beyond the end at first": {[]time.Duration{2 * time.Minute}, 0, nil, ErrRetryLater},
		"woken, the wish is not over": {
			[]time.Duration{0, long}, time.Second, []time.Duration{0, long, time.Minute}, ErrMaxWait,
		},
		"woken, the wish is over": {
			[]time.Duration{0, short},
			15 * time.Second,
			[]time.Duration{0, 15 * time.Second, 35 * time.Second, 55 * time.Second, time.Minute},
			ErrMaxWait,
		},
		"woken before the wish ends": {
			[]time.Duration{0, short},
			time.Second,
			[]time.Duration{0, short, 30 * time.Second, 50 * time.Second, time.Minute},
			ErrMaxWait,
		},
		"woken, beyond the end": {[]time.Duration{0, 2 * time.Minute}, time.Second, []time.Duration{0}, ErrRetryLater},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				wake := make(chan struct{}, 1)
				if test.wakeAt > 0 {
					time.AfterFunc(test.wakeAt, func() { wake <- struct{}{} })
				}
				began := time.Now()
				var asked []time.Duration
				err := Run(t.Context(), Schedule{
					Min: 20 * time.Second, Max: 20 * time.Second, SlowAfter: time.Hour, MaxWait: time.Minute,
					Wake: wake,
					RetryAfter: func() time.Duration {
						if len(asked) < len(test.rests) {
							return test.rests[len(asked)]
						}
						return 0
					},
				}, func(context.Context) bool { asked = append(asked, time.Since(began)); return false })
				require.ErrorIs(t, err, test.is)
				require.ErrorIs(t, err, ErrMaxWait)
				require.Equal(t, test.asked, asked)
				require.Equal(t, time.Minute, time.Since(began))
			})
		})
	}
}

// TestDone checks that Done ends the wait without a question, even during a pause for RetryAfter.
func TestDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wake := make(chan struct{}, 1)
		began, asked := time.Now(), 0
		var done atomic.Bool
		pace := Schedule{
			Min: 5 * time.Minute, Max: 5 * time.Minute, SlowAfter: time.Hour, MaxWait: time.Hour, Wake: wake,
			RetryAfter: func() time.Duration { return time.Duration(asked) * time.Minute },
			Done:       done.Load,
		}
		ask := func(context.Context) bool { asked++; return false }
		time.AfterFunc(time.Second, func() { wake <- struct{}{} })
		time.AfterFunc(2*time.Second, func() { done.Store(true); wake <- struct{}{} })
		require.NoError(t, Run(t.Context(), pace, ask))
		require.Equal(t, 2*time.Second, time.Since(began))
		require.Equal(t, 1, asked)

		require.NoError(t, Run(t.Context(), pace, ask))
		require.Equal(t, 1, asked, "not even the first")
	})
}
