package singlesend

import "sync"

// InFlight are the ids of what is being sent at this moment. The zero value is ready; it is safe for concurrent use.
type InFlight struct {
	mu  sync.Mutex
	ids map[string]bool
}

// Enter reports whether nobody else is sending this id.
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

// Leave says that it is sent no more.
func (f *InFlight) Leave(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ids, id)
}

// Has reports whether an id is being sent.
func (f *InFlight) Has(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[id]
}
