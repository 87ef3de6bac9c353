package poll

import "sync"

// Wakeups are the waits in progress, by order. The zero value is ready and safe for concurrent use.
type Wakeups struct {
	mu      sync.Mutex
	waiters map[string]map[chan struct{}]bool
}

// Register makes a channel that receives when the order is woken. It keeps one value for a waiter that is asking at
// that moment, because the answer may be older than the wake-up.
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
