// Package poll asks again and again, at random intervals, until there is an answer or the waiting has lasted long
// enough.
package poll

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// ErrMaxWait is returned when Schedule.MaxWait has passed without an answer.
var ErrMaxWait = errors.New("waited long enough")

// ErrRetryLater is an ErrMaxWait without the last question: the answer before it asked to wait longer.
var ErrRetryLater = fmt.Errorf("%w: the last answer asked to retry later", ErrMaxWait)

// Schedule says when to ask. The first question is asked at once. Intervals are uniformly random, so that many
// waiters do not ask in step.
type Schedule struct {
	Min, Max         time.Duration // between questions at first
	SlowAfter        time.Duration // when to slow down, counted from the first question
	SlowMin, SlowMax time.Duration // between questions from then on
	MaxWait          time.Duration // no question is begun later than this

	// RetryAfter is how long the last answer asks to wait, 0 if it does not. Run asks no sooner, also when it is woken.
	// It is called before the first question too, for what came before Run. Nil never asks to wait.
	RetryAfter func() time.Duration

	// Resting is called before a pause that RetryAfter makes longer than the interval. Nil is off.
	Resting func(rest time.Duration)

	// Wake makes Run ask at once instead of at its next time, but not sooner than minGap after the last answer. Nil
	// never does.
	Wake <-chan struct{}

	// Done ends Run without a question. It is called before each question, and at once when Run is woken. Nil never
	// does.
	Done func() bool
}

// Platform is the pace that the Payneteasy platform advises for the status of an order. It has no MaxWait.
var Platform = Schedule{
	Min: 3 * time.Second, Max: 5 * time.Second,
	SlowAfter: 5 * time.Minute, SlowMin: 5 * time.Minute, SlowMax: 10 * time.Minute,
}

// minGap keeps frequent wakes from making a busy loop.
const minGap = 200 * time.Millisecond

// Run calls ask until it or Schedule.Done says done, the context ends (its error), or MaxWait has passed (ErrMaxWait).
// The last question is asked at MaxWait itself, so that no change is missed, unless the answer before it
// asked to wait longer (ErrRetryLater).
func Run(ctx context.Context, s Schedule, ask func(context.Context) (done bool)) error {
	start := time.Now()
	for asked := false; ; asked = true {
		elapsed, rest := time.Since(start), s.rest()
		pause, left := rest, max(s.MaxWait-elapsed, 0)
		if asked {
			pause = max(s.Interval(elapsed), rest)
		}
		if s.Resting != nil && rest > 0 && pause == rest {
			s.Resting(rest)
		}
		woken := s.pause(ctx, min(pause, left), rest)
		last := asked && pause >= left && !woken
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case s.done():
			return nil
		case rest > left && !woken:
			return ErrRetryLater
		case ask(ctx):
			return nil
		case last:
			return ErrMaxWait
		}
	}
}

// Interval is the time between two questions, so long after the first.
func (s Schedule) Interval(elapsed time.Duration) time.Duration {
	if elapsed >= s.SlowAfter {
		return between(s.SlowMin, s.SlowMax)
	}
	return between(s.Min, s.Max)
}

func (s Schedule) rest() time.Duration {
	if s.RetryAfter == nil {
		return 0
	}
	return s.RetryAfter()
}

func (s Schedule) done() bool { return s.Done != nil && s.Done() }

// pause waits for d, or until it is woken and rest is over, or until the context ends.
func (s Schedule) pause(ctx context.Context, d, rest time.Duration) (woken bool) {
	if d == 0 {
		return false
	}
	timer, gap := time.NewTimer(d), time.NewTimer(max(minGap, rest))
	defer timer.Stop()
	defer gap.Stop()
	var awake <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return false
		case <-s.Wake:
			if s.done() {
				return true
			}
			awake = gap.C
		case <-awake:
			return true
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
