package ecommpay

import (
	"sync"
)

// superseded holds the latest payments whose debt was registered again.
type superseded struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (f *superseded) has(paymentID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[fold(paymentID)]
}

// add adds a payment ID and reports whether it is new.
func (f *superseded) add(paymentID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids[fold(paymentID)] {
		return false
	}
	if f.ids == nil {
		f.ids = map[string]bool{}
	}
	for id := range f.ids {
		if len(f.ids) < maxSuperseded {
			break
		}
		delete(f.ids, id)
	}
	f.ids[fold(paymentID)] = true
	return true
}

// maxSuperseded bounds how many payment IDs are remembered.
const maxSuperseded = 100_000
