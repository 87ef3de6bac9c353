package poll

import "sync"

// Wakeups are the waits under way, by the id of what is waited for. The zero value is ready; it is safe for concurrent
// use.
type Wakeups struct {
	mu      sync.Mutex
	waiters map[string]map[chan struct{}]bool
}

// Register makes a channel that receives when the order is woken. One value is kept for a waiter that is asking just
// now: what it asked may have been answered before.
func (w *Wakeups) Register(id string) (wakes <-chan struct{}, stop func()) {
	woken := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiters == nil {
		w.waiters = map[string]map[chan struct{}]bool{}
	}
	if w.waiters[id] == nil {
		w.waiters[id] = map[chan struct{}]bool{}
	}
	w.waiters[id][woken] = true
	return woken, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiters[id], woken)
		if len(w.waiters[id]) == 0 {
			delete(w.waiters, id)
		}
	}
}

// Wake wakes every waiter of an id.
func (w *Wakeups) Wake(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for woken := range w.waiters[id] {
		select {
		case woken <- struct{}{}:
		default: // one is kept already
		}
	}
}
