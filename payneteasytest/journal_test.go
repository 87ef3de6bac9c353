package payneteasytest_test

import (
	"context"
	"errors"
	"sync"
	"testing"

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

// TestTestJournalFindsMistakes: each of these journals would lose or double a payout some day.
func TestTestJournalFindsMistakes(t *testing.T) {
	t.Parallel()
	for name, j := range map[string]*broken{
		"an id that is free again passes for many": {begin: func(j *broken, ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
			if stored, err := j.Get(ctx, entry.ClientOrderID); err == nil && stored.Free() {
				entry.Revision = stored.Revision + 1
				return entry, nil
			}
			return j.MemoryJournal.Begin(ctx, entry)
		}},
		"a bare ErrDuplicate": {begin: func(j *broken, ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
			stored, err := j.MemoryJournal.Begin(ctx, entry)
			if err != nil {
				err = payneteasy.ErrDuplicate
			}
			return stored, err
		}},
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
			stored.Revision, stored.Send, stored.Orders, stored.Settlement = entry.Revision, entry.Send, entry.Orders, entry.Settlement
			return j.MemoryJournal.Update(ctx, stored)
		}},
		"no conflict is told": {update: func(j *broken, ctx context.Context, entry payneteasy.Entry) error {
			if err := j.MemoryJournal.Update(ctx, entry); !errors.Is(err, payneteasy.ErrJournalConflict) {
				return err
			}
			return nil
		}},
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

func TestMemoryJournal(t *testing.T) {
	t.Parallel()
	journal := &payneteasytest.MemoryJournal{}
	payneteasytest.TestJournal(t, func() (payneteasy.Journal, error) { return journal, nil })
}
