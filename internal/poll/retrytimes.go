package poll

import (
	"maps"
	"sync"
	"time"
)

// RetryTimes remembers which orders not to ask about before when, as replies about them have asked (RetryAfter). The
// zero value is ready, and safe for concurrent use.
type RetryTimes struct {
	mu    sync.Mutex
	until map[string]time.Time
	full  int // when those that are over are forgotten, if it is above minTimes
}

// minTimes is below which none is forgotten.
const minTimes = 1000

// Note keeps what the latest reply about an order asks for, 0 for nothing.
func (r *RetryTimes) Note(id string, rest time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	switch {
	case rest <= 0:
		delete(r.until, id)
		return
	case r.until == nil:
		r.until = map[string]time.Time{}
	case len(r.until) >= max(r.full, minTimes):
		maps.DeleteFunc(r.until, func(_ string, until time.Time) bool { return !until.After(now) })
		r.full = 2 * len(r.until) // or each call would look through all that are not over
	}
	r.until[id] = now.Add(rest)
}

// Left is how long the order is still not to be asked about.
func (r *RetryTimes) Left(id string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(time.Until(r.until[id]), 0)
}
