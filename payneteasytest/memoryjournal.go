package payneteasytest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// MemoryJournal is a Journal for tests. It loses everything when the process ends. The zero value is ready for use.
type MemoryJournal struct {
	mu      sync.Mutex
	entries map[string]payneteasy.Entry
}

var _ payneteasy.Journal = (*MemoryJournal)(nil)

// Put implements Journal.
func (j *MemoryJournal) Put(_ context.Context, entry payneteasy.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if stored := j.entries[entry.ClientOrderID]; entry.Revision != stored.Revision+1 {
		return fmt.Errorf("%w: client_orderid %q, revision %d is stored", payneteasy.ErrConflict, entry.ClientOrderID,
			stored.Revision)
	}
	if j.entries == nil {
		j.entries = map[string]payneteasy.Entry{}
	}
	j.entries[entry.ClientOrderID] = entry
	return nil
}

// Get implements Journal.
func (j *MemoryJournal) Get(_ context.Context, clientOrderID string) (payneteasy.Entry, time.Time, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entry, found := j.entries[clientOrderID]
	if !found {
		return payneteasy.Entry{}, time.Now(), fmt.Errorf("%w: client_orderid %q", payneteasy.ErrNoEntry, clientOrderID)
	}
	return entry, time.Now(), nil
}

// Open implements Journal.
func (j *MemoryJournal) Open(context.Context) iter.Seq2[payneteasy.Entry, error] {
	j.mu.Lock()
	all := slices.Collect(maps.Values(j.entries))
	open := slices.DeleteFunc(all, func(e payneteasy.Entry) bool { return !e.IsOpen() })
	j.mu.Unlock()
	slices.SortFunc(open, func(a, b payneteasy.Entry) int { return a.Began.Compare(b.Began) })
	return func(yield func(payneteasy.Entry, error) bool) {
		for _, entry := range open {
			if !yield(entry, nil) {
				return
			}
		}
	}
}
