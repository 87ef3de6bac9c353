package poll

import "sync"

// Wakeups are the waits under way, by the id of what is waited for. The zero value is ready; it is safe for concurrent
// use.
type Wakeups struct {
	mu     sync.Mutex
	clocks map[string]map[chan struct{}]bool
}

// Set makes a clock that rings when the order is woken. One ring is kept for a waiter that is asking just now: what it
// asked may have been answered before.
func (a *Wakeups) Set(id string) (rings <-chan struct{}, stop func()) {
	clock := make(chan struct{}, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clocks == nil {
		a.clocks = map[string]map[chan struct{}]bool{}
	}
	if a.clocks[id] == nil {
		a.clocks[id] = map[chan struct{}]bool{}
	}
	a.clocks[id][clock] = true
	return clock, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.clocks[id], clock)
		if len(a.clocks[id]) == 0 {
			delete(a.clocks, id)
		}
	}
}

// Wake rings every clock of an id.
func (a *Wakeups) Wake(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for clock := range a.clocks[id] {
		select {
		case clock <- struct{}{}:
		default: // it rings already
		}
	}
}
