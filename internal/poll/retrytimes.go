package poll

import (
	"maps"
	"sync"
	"time"
)

// RetryTimes remembers until when not to ask about an order, because of RetryAfter. The zero value is ready and safe
// for concurrent use.
type RetryTimes struct {
	mu    sync.Mutex
	until map[string]time.Time
	full  int // the size at which expired times are dropped, if above minTimes
}

// minTimes is the size below which no time is dropped.
const minTimes = 1000

// Note stores how long the latest reply about an order asks to wait, or 0.
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
		r.full = 2 * len(r.until) // otherwise each call would scan all times
	}
	r.until[id] = now.Add(rest)
}

// Left is how long to wait before the next question about the order.
func (r *RetryTimes) Left(id string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(time.Until(r.until[id]), 0)
}
