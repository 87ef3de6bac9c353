package singlesend

import "sync"

// InFlight are the IDs that are being sent at this moment. The zero value is ready and safe for concurrent use.
type InFlight struct {
	mu  sync.Mutex
	ids map[string]bool
}

// Enter reports whether no other call is sending this ID, and adds it.
func (f *InFlight) Enter(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids[id] {
		return false
	}
	if f.ids == nil {
		f.ids = map[string]bool{}
	}
	f.ids[id] = true
	return true
}

// Leave removes an ID.
func (f *InFlight) Leave(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ids, id)
}

// Has reports whether an ID is being sent.
func (f *InFlight) Has(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[id]
}
