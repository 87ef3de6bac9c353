package payneteasy

import "sync"

// Wake lets every Wait of this client for that order ask at once instead of at its next time. If the status is not final
// then, they go on as before. CallbackHandler calls it; so may whoever hears of an order in another way. However often
// it is called, a Wait asks at most five times a second.
func (c *Client) Wake(clientOrderID string) { c.waiting.wake(clientOrderID) }

// alarmClocks are the waits under way, by ClientOrderID.
type alarmClocks struct {
	mu     sync.Mutex
	clocks map[string]map[chan struct{}]bool
}

// set makes a clock that rings when the order is woken. One ring is kept for a waiter that is asking just now: what it
// asked may have been answered before.
func (a *alarmClocks) set(clientOrderID string) (rings <-chan struct{}, stop func()) {
	clock := make(chan struct{}, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clocks == nil {
		a.clocks = map[string]map[chan struct{}]bool{}
	}
	if a.clocks[clientOrderID] == nil {
		a.clocks[clientOrderID] = map[chan struct{}]bool{}
	}
	a.clocks[clientOrderID][clock] = true
	return clock, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.clocks[clientOrderID], clock)
		if len(a.clocks[clientOrderID]) == 0 {
			delete(a.clocks, clientOrderID)
		}
	}
}

func (a *alarmClocks) wake(clientOrderID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for clock := range a.clocks[clientOrderID] {
		select {
		case clock <- struct{}{}:
		default: // it rings already
		}
	}
}
