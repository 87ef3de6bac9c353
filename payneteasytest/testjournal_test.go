package payneteasytest_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// broken is a journal with one mistake.
type broken struct {
	payneteasytest.MemoryJournal
	mu   sync.Mutex
	put  func(ctx context.Context, j *broken, entry payneteasy.Entry) error
	now  func() time.Time
	open func(entry payneteasy.Entry) bool
	lost func(entry *payneteasy.Entry) // removes what Get loses
}

func (j *broken) Put(ctx context.Context, entry payneteasy.Entry) error {
	if j.put != nil {
		return j.put(ctx, j, entry)
	}
	return j.MemoryJournal.Put(ctx, entry)
}

func (j *broken) Get(ctx context.Context, id string) (payneteasy.Entry, time.Time, error) {
	entry, now, err := j.MemoryJournal.Get(ctx, id)
	if j.lost != nil {
		j.lost(&entry)
	}
	if j.now != nil {
		now = j.now()
	}
	return entry, now, err
}

// replace stores an entry, whatever revision is stored.
func replace(ctx context.Context, j *broken, entry payneteasy.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	stored, _, _ := j.MemoryJournal.Get(ctx, entry.ClientOrderID)
	entry.Revision = stored.Revision + 1
	return j.MemoryJournal.Put(ctx, entry)
}

func (j *broken) Open(ctx context.Context) iter.Seq2[payneteasy.Entry, error] {
	return func(yield func(payneteasy.Entry, error) bool) {
		for entry, err := range j.MemoryJournal.Open(ctx) {
			if j.open != nil && !j.open(entry) {
				continue
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}

// TestJournalMistakes checks that TestJournal finds each of these mistakes. Each could lose or double a payout one day.
func TestJournalMistakes(t *testing.T) {
	t.Parallel()
	for name, j := range map[string]*broken{
		"a revision is accepted twice": {put: func(ctx context.Context, j *broken, entry payneteasy.Entry) error {
			stored, _, err := j.Get(ctx, entry.ClientOrderID)
			if err == nil && entry.Revision == stored.Revision {
				return nil
			}
			return j.MemoryJournal.Put(ctx, entry)
		}},
		"the last change wins": {put: replace},
		"a first entry replaces another": {put: func(ctx context.Context, j *broken, entry payneteasy.Entry) error {
			if entry.Revision == 1 {
				return replace(ctx, j, entry)
			}
			return j.MemoryJournal.Put(ctx, entry)
		}},
		"a skipped revision": {put: func(ctx context.Context, j *broken, entry payneteasy.Entry) error {
			if _, _, err := j.Get(ctx, entry.ClientOrderID); err != nil {
				return replace(ctx, j, entry)
			}
			return j.MemoryJournal.Put(ctx, entry)
		}},
		"only some fields are changed": {put: func(ctx context.Context, j *broken, entry payneteasy.Entry) error {
			stored, _, err := j.Get(ctx, entry.ClientOrderID)
			if err == nil {
				stored.Revision, stored.Send = entry.Revision, entry.Send
				stored.Orders, stored.Settlement = entry.Orders, entry.Settlement
				entry = stored
			}
			return j.MemoryJournal.Put(ctx, entry)
		}},
		"no conflict is reported": {put: func(ctx context.Context, j *broken, entry payneteasy.Entry) error {
			if err := j.MemoryJournal.Put(ctx, entry); !errors.Is(err, payneteasy.ErrConflict) {
				return err
			}
			return nil
		}},
		"a conflict is another error": {put: func(ctx context.Context, j *broken, entry payneteasy.Entry) error {
			if err := j.MemoryJournal.Put(ctx, entry); err != nil {
				return errors.New("duplicate key")
			}
			return nil
		}},
		"no clock": {now: func() time.Time { return time.Time{} }},
		"a review is not open": {open: func(entry payneteasy.Entry) bool {
			return entry.Decision() != payneteasy.DecisionReview
		}},
	} {
		r := &recorder{TB: t}
		payneteasytest.TestJournal(r, func() (payneteasy.Journal, error) { return j, nil })
		require.NotEmpty(t, r.errors, name)
	}
	r := &recorder{TB: t}
	payneteasytest.TestJournal(r, func() (payneteasy.Journal, error) { return &payneteasytest.MemoryJournal{}, nil })
	require.NotEmpty(t, r.errors, "a journal that forgets everything")
	payneteasytest.TestJournal(r, func() (payneteasy.Journal, error) { return nil, errors.New("no disk") })
	require.Contains(t, r.errors[len(r.errors)-1], "no disk")
}

// caching is a process's view of a journal, which reads an entry from the storage only once.
type caching struct {
	payneteasytest.MemoryJournal
	shared *payneteasytest.MemoryJournal
}

func (j *caching) Get(ctx context.Context, id string) (payneteasy.Entry, time.Time, error) {
	if entry, now, err := j.MemoryJournal.Get(ctx, id); err == nil {
		return entry, now, nil
	}
	return j.shared.Get(ctx, id)
}

func (j *caching) Put(ctx context.Context, entry payneteasy.Entry) error {
	err := j.shared.Put(ctx, entry)
	if err == nil {
		_ = j.MemoryJournal.Put(ctx, entry)
	}
	return err
}

func TestSharedJournal(t *testing.T) {
	t.Parallel()
	shared := &payneteasytest.MemoryJournal{}
	payneteasytest.TestSharedJournal(t, shared, shared)
	shared = &payneteasytest.MemoryJournal{}
	for name, journals := range map[string][2]payneteasy.Journal{
		"a cache of each process": {&caching{shared: shared}, &caching{shared: shared}},
		"two journals":            {&payneteasytest.MemoryJournal{}, &payneteasytest.MemoryJournal{}},
	} {
		r := &recorder{TB: t}
		payneteasytest.TestSharedJournal(r, journals[0], journals[1])
		require.NotEmpty(t, r.errors, name)
	}
}

// TestJournalLostFields checks that TestJournal finds a journal that does not store one field of an entry.
func TestJournalLostFields(t *testing.T) {
	t.Parallel()
	fields := fieldsOf(reflect.TypeFor[payneteasy.Entry](), nil)
	require.Greater(t, len(fields), 30)
	for _, path := range fields {
		j := &broken{lost: func(entry *payneteasy.Entry) { clearField(reflect.ValueOf(entry).Elem(), path) }}
		r := &recorder{TB: t}
		payneteasytest.TestJournal(r, func() (payneteasy.Journal, error) { return j, nil })
		require.NotEmpty(t, r.errors, "field %v", path)
	}
}

// fieldsOf returns the index paths of the exported fields that have no exported fields themselves.
func fieldsOf(of reflect.Type, above []int) (paths [][]int) {
	if of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	if of.Kind() == reflect.Struct {
		for i := range of.NumField() {
			if of.Field(i).IsExported() {
				paths = append(paths, fieldsOf(of.Field(i).Type, append(slices.Clone(above), i))...)
			}
		}
	}
	if paths == nil {
		return [][]int{above}
	}
	return paths
}

// clearField sets a field to zero, in all elements of a slice.
func clearField(of reflect.Value, path []int) {
	switch {
	case of.Kind() == reflect.Slice:
		all := reflect.MakeSlice(of.Type(), of.Len(), of.Len()) // keeps the journal's own slice unchanged
		reflect.Copy(all, of)
		for i := range all.Len() {
			clearField(all.Index(i), path)
		}
		of.Set(all)
	case len(path) == 0:
		of.SetZero()
	default:
		clearField(of.Field(path[0]), path[1:])
	}
}
