// Package poll asks repeatedly, at random intervals, until there is an answer or the longest wait is over.
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

// ErrRetryLater is an ErrMaxWait without the last question, because the answer before it asked to wait longer.
var ErrRetryLater = fmt.Errorf("%w: the last answer asked to retry later", ErrMaxWait)

// Schedule says when to ask. The first question is asked at once. Intervals are uniformly random, so that many waiters
// do not ask at the same time.
type Schedule struct {
	Min, Max         time.Duration // between questions at first
	SlowAfter        time.Duration // when to slow down, counted from the first question
	SlowMin, SlowMax time.Duration // between questions after that
	MaxWait          time.Duration // no question begins later than this

	// RetryAfter is how long the last answer asks to wait, or 0. Run asks no sooner, even if it is woken. It is also
	// called before the first question, for answers from before Run. Nil means no wait.
	RetryAfter func() time.Duration

	// Resting is called before a pause that RetryAfter makes longer than the interval. It may be nil.
	Resting func(rest time.Duration)

	// Wake makes Run ask at once, but no sooner than minGap after the last answer. It may be nil.
	Wake <-chan struct{}

	// Done ends Run without a question. It is called before each question, and at once when Run is woken. It may be
	// nil.
	Done func() bool
}

// Platform is the pace that the Payneteasy platform advises for the status of an order. It has no MaxWait.
var Platform = Schedule{
	Min: 3 * time.Second, Max: 5 * time.Second,
	SlowAfter: 5 * time.Minute, SlowMin: 5 * time.Minute, SlowMax: 10 * time.Minute,
}

// minGap keeps frequent wakes from making a busy loop.
const minGap = 200 * time.Millisecond

// Run calls ask until it returns true or Schedule.Done does. It returns the context's error when the context ends, and
// ErrMaxWait when MaxWait has passed. The last question is asked at MaxWait itself, so that no change is missed. Run
// returns ErrRetryLater instead if the answer before it asked to wait longer.
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

// Interval is the time until the next question. elapsed is the time since the first one.
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

// pause waits for d, for a wake-up after rest is over, or for the end of the context.
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

// Pause waits for d. It returns the context's error if that ends first.
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

// Backoff is the pause before retry number n (0 for the first). Its upper bound is base doubled n times, at most limit.
// The pause is uniformly random between half of the bound and the bound, so that a retry never follows at once.
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
	return low + time.Duration(rand.Int64N(int64(high-low)+1)) //nolint:gosec // it spreads load and protects nothing
}
