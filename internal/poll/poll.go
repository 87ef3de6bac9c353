// Package poll asks again and again, at random intervals, until there is an answer or the waiting has lasted long
// enough.
package poll

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// ErrMaxWait is returned when Schedule.MaxWait has passed without an answer.
var ErrMaxWait = errors.New("waited long enough")

// Schedule says when to ask. The first question is asked at once. Intervals are uniformly random, so that many
// waiters do not ask in step.
type Schedule struct {
	Min, Max         time.Duration // between questions at first
	SlowAfter        time.Duration // when to slow down, counted from the first question
	SlowMin, SlowMax time.Duration // between questions from then on
	MaxWait          time.Duration // no question is begun later than this

	// Wake makes Run ask at once instead of at its next time, but not sooner than minGap after the last answer. Nil
	// never does.
	Wake <-chan struct{}
}

// minGap keeps whoever wakes all the time from making a busy loop.
const minGap = 200 * time.Millisecond

// Run calls ask until it says done, the context ends (its error), or MaxWait has passed (ErrMaxWait). The last question
// is asked at MaxWait itself, so that nothing that happened meanwhile is missed.
func Run(ctx context.Context, s Schedule, ask func(context.Context) (done bool)) error {
	start := time.Now()
	for last := false; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if ask(ctx) {
			return nil
		}
		if last {
			return ErrMaxWait
		}
		elapsed := time.Since(start)
		pause := between(s.Min, s.Max)
		if elapsed >= s.SlowAfter {
			pause = between(s.SlowMin, s.SlowMax)
		}
		if left := s.MaxWait - elapsed; pause >= left {
			pause, last = max(left, 0), true
		}
		woken, err := s.pause(ctx, pause)
		if err != nil {
			return err
		}
		last = last && !woken
	}
}

// pause waits for d, or until it is woken, or until the context ends and then returns its error.
func (s Schedule) pause(ctx context.Context, d time.Duration) (woken bool, err error) {
	if s.Wake == nil {
		return false, Pause(ctx, d)
	}
	timer, gap := time.NewTimer(d), time.NewTimer(minGap)
	defer timer.Stop()
	defer gap.Stop()
	wake, awake := s.Wake, (<-chan time.Time)(nil)
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-timer.C:
			return false, nil
		case <-wake:
			wake, awake = nil, gap.C
		case <-awake:
			return true, nil
		}
	}
}

// Pause waits for d, or until the context ends and then returns its error.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Backoff is the pause before retry number n (0 for the first): uniformly random up to base doubled n times, at most
// limit ("full jitter"), and at least half of that bound, so that a retry never follows at once.
func Backoff(n int, base, limit time.Duration) time.Duration {
	bound := limit
	if n < 16 {
		bound = min(limit, base<<n)
	}
	return between(bound/2, bound)
}

func between(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(rand.Int64N(int64(high-low)+1)) //nolint:gosec // spreads load; guards nothing
}
