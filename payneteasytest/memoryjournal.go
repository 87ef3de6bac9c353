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

// MemoryJournal is a Journal for tests: it forgets everything when the process ends. The zero value is ready.
type MemoryJournal struct {
	mu      sync.Mutex
	entries map[string]payneteasy.Entry
}

var _ payneteasy.Journal = (*MemoryJournal)(nil)

// Begin implements Journal.
func (j *MemoryJournal) Begin(_ context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	stored, found := j.entries[entry.ClientOrderID]
	entry, err := entry.CheckBegin(stored, found)
	if err != nil {
		return payneteasy.Entry{}, err
	}
	if j.entries == nil {
		j.entries = map[string]payneteasy.Entry{}
	}
	j.entries[entry.ClientOrderID] = entry
	return entry, nil
}

// Update implements Journal.
func (j *MemoryJournal) Update(_ context.Context, entry payneteasy.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	stored, found := j.entries[entry.ClientOrderID]
	if err := entry.CheckUpdate(stored, found); err != nil {
		return err
	}
	j.entries[entry.ClientOrderID] = entry
	return nil
}

// BeginTelling implements Journal.
func (j *MemoryJournal) BeginTelling(
	_ context.Context, clientOrderID string, revision int, by string,
) (payneteasy.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	stored, err := j.get(clientOrderID)
	if err != nil {
		return payneteasy.Entry{}, err
	}
	entry, err := stored.BeginTelling(revision, by, time.Now())
	if err != nil {
		return payneteasy.Entry{}, err
	}
	j.entries[clientOrderID] = entry
	return entry, nil
}

// Get implements Journal.
func (j *MemoryJournal) Get(_ context.Context, clientOrderID string) (payneteasy.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.get(clientOrderID)
}

// get is Get for a caller that holds the lock.
func (j *MemoryJournal) get(clientOrderID string) (payneteasy.Entry, error) {
	entry, found := j.entries[clientOrderID]
	if !found {
		return payneteasy.Entry{}, fmt.Errorf("%w: client_orderid %q", payneteasy.ErrNoEntry, clientOrderID)
	}
	return entry, nil
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
