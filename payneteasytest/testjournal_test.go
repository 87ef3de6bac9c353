package payneteasytest_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// broken is a journal with one mistake in it.
type broken struct {
	payneteasytest.MemoryJournal
	mu     sync.Mutex
	begin  func(j *broken, ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error)
	update func(j *broken, ctx context.Context, entry payneteasy.Entry) error
	tell   func(j *broken, ctx context.Context, id string, revision int, by string) (payneteasy.Entry, error)
	lost   func(entry *payneteasy.Entry) // what Get has lost
}

func (j *broken) BeginTelling(ctx context.Context, id string, revision int, by string) (payneteasy.Entry, error) {
	if j.tell != nil {
		return j.tell(j, ctx, id, revision, by)
	}
	return j.MemoryJournal.BeginTelling(ctx, id, revision, by)
}

func (j *broken) Get(ctx context.Context, id string) (payneteasy.Entry, error) {
	entry, err := j.MemoryJournal.Get(ctx, id)
	if j.lost != nil {
		j.lost(&entry)
	}
	return entry, err
}

func (j *broken) Begin(ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
	if j.begin != nil {
		return j.begin(j, ctx, entry)
	}
	return j.MemoryJournal.Begin(ctx, entry)
}

func (j *broken) Update(ctx context.Context, entry payneteasy.Entry) error {
	if j.update != nil {
		return j.update(j, ctx, entry)
	}
	return j.MemoryJournal.Update(ctx, entry)
}

// TestJournalMistakes: each of these journals would lose or double a payout some day.
func TestJournalMistakes(t *testing.T) {
	t.Parallel()
	for name, j := range map[string]*broken{
		"an id that is free again passes for many": {
			begin: func(j *broken, ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
				if stored, err := j.Get(ctx, entry.ClientOrderID); err == nil && stored.Free() {
					entry.Revision = stored.Revision + 1
					return entry, nil
				}
				return j.MemoryJournal.Begin(ctx, entry)
			},
		},
		"a bare ErrDuplicate": {
			begin: func(j *broken, ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
				stored, err := j.MemoryJournal.Begin(ctx, entry)
				if err != nil {
					err = payneteasy.ErrDuplicate
				}
				return stored, err
			},
		},
		"the last change wins": {update: func(j *broken, ctx context.Context, entry payneteasy.Entry) error {
			j.mu.Lock()
			defer j.mu.Unlock()
			stored, err := j.Get(ctx, entry.ClientOrderID)
			if err != nil {
				return err
			}
			entry.Revision = stored.Revision + 1
			return j.MemoryJournal.Update(ctx, entry)
		}},
		"a change of some fields only": {update: func(j *broken, ctx context.Context, entry payneteasy.Entry) error {
			stored, err := j.Get(ctx, entry.ClientOrderID)
			if err != nil {
				return err
			}
			stored.Revision, stored.Send, stored.Orders, stored.Settlement = entry.Revision, entry.Send, entry.Orders,
				entry.Settlement
			return j.MemoryJournal.Update(ctx, stored)
		}},
		"no conflict is told": {update: func(j *broken, ctx context.Context, entry payneteasy.Entry) error {
			if err := j.MemoryJournal.Update(ctx, entry); !errors.Is(err, payneteasy.ErrJournalConflict) {
				return err
			}
			return nil
		}},
		"all may tell": {
			tell: func(j *broken, ctx context.Context, id string, revision int, by string) (payneteasy.Entry, error) {
				stored, err := j.Get(ctx, id)
				if err != nil {
					return stored, err
				}
				stored.Telling = payneteasy.Telling{}
				return stored.BeginTelling(revision, by, time.Now())
			},
		},
		"the clock of the process that tells": {
			tell: func(j *broken, ctx context.Context, id string, revision int, by string) (payneteasy.Entry, error) {
				entry, err := j.MemoryJournal.BeginTelling(ctx, id, revision, by)
				entry.Telling.Since = time.Time{}
				return entry, err
			},
		},
		"a telling never ends": {
			tell: func(j *broken, ctx context.Context, id string, revision int, by string) (payneteasy.Entry, error) {
				stored, err := j.Get(ctx, id)
				if err == nil && stored.Telling.By != "" {
					return stored, payneteasy.ErrTelling
				}
				return j.MemoryJournal.BeginTelling(ctx, id, revision, by)
			},
		},
	} {
		r := &recorder{TB: t}
		payneteasytest.TestJournal(r, func() (payneteasy.Journal, error) { return j, nil })
		require.NotEmpty(t, r.errors, name)
	}
	r := &recorder{TB: t}
	payneteasytest.TestJournal(r, func() (payneteasy.Journal, error) { return &payneteasytest.MemoryJournal{}, nil })
	require.NotEmpty(t, r.errors, "one that forgets everything")
	payneteasytest.TestJournal(r, func() (payneteasy.Journal, error) { return nil, errors.New("no disk") })
	require.Contains(t, r.errors[len(r.errors)-1], "no disk")
}

// TestJournalLostFields: a journal that does not store one of an entry's fields.
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

// fieldsOf are the index paths of the exported fields that have no exported fields themselves.
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

// clearField makes a field zero, in all elements of a slice.
func clearField(of reflect.Value, path []int) {
	switch {
	case of.Kind() == reflect.Slice:
		all := reflect.MakeSlice(of.Type(), of.Len(), of.Len()) // the journal's own stay as they are
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
