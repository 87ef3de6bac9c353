package payneteasy

import (
	"context"
	"fmt"
	"iter"
	"sort"
	"sync"
)

// MemoryJournal is a Journal for tests: it forgets everything when the process ends. The zero value is ready.
type MemoryJournal struct {
	mu      sync.Mutex
	entries map[string]Entry
}

var _ Journal = (*MemoryJournal)(nil)

// Begin implements Journal.
func (j *MemoryJournal) Begin(_ context.Context, entry Entry) (Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	stored, found := j.entries[entry.ClientOrderID]
	entry, err := entry.begin(stored, found)
	if err != nil {
		return Entry{}, err
	}
	if j.entries == nil {
		j.entries = map[string]Entry{}
	}
	j.entries[entry.ClientOrderID] = entry
	return entry, nil
}

// Update implements Journal.
func (j *MemoryJournal) Update(_ context.Context, entry Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	stored, found := j.entries[entry.ClientOrderID]
	if err := entry.update(stored, found); err != nil {
		return err
	}
	j.entries[entry.ClientOrderID] = entry
	return nil
}

// Get implements Journal.
func (j *MemoryJournal) Get(_ context.Context, clientOrderID string) (Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entry, found := j.entries[clientOrderID]
	if !found {
		return Entry{}, fmt.Errorf("%w: client_orderid %q", ErrNoEntry, clientOrderID)
	}
	return entry, nil
}

// Open implements Journal.
func (j *MemoryJournal) Open(context.Context) iter.Seq2[Entry, error] {
	j.mu.Lock()
	open := openEntries(j.entries)
	j.mu.Unlock()
	return each(open)
}

func each(entries []Entry) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, entry := range entries {
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// openEntries are those that are not closed, the oldest first.
func openEntries(entries map[string]Entry) []Entry {
	var open []Entry
	for _, entry := range entries {
		if !entry.Closed() {
			open = append(open, entry)
		}
	}
	sort.Slice(open, func(i, j int) bool { return open[i].Began.Before(open[j].Began) }) // compiles to less than slices.SortFunc of an Entry
	return open
}
