package payneteasytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// TestJournal checks an implementation of payneteasy.Journal: that intents are atomic, that changes follow one another,
// that one process tells at a time, and that every field is still there after it was opened again. open returns the
// journal, empty at first; when it is called again it returns one on the same storage, and the earlier one is not used
// any more (close it there, if it needs that).
func TestJournal(t TB, open func() (payneteasy.Journal, error)) {
	t.Helper()
	j := &journalTest{t: t, open: open}
	if !j.reopen() {
		return
	}
	j.intents()
	j.changes()
	j.freed()
	j.remembered()
	j.telling()
	j.race()
	j.openEntries()
}

type journalTest struct {
	t       TB
	open    func() (payneteasy.Journal, error)
	journal payneteasy.Journal
}

func (j *journalTest) reopen() bool {
	j.t.Helper()
	journal, err := j.open()
	if err != nil {
		j.t.Errorf("open: %v", err)
		return false
	}
	j.journal = journal
	return true
}

func (j *journalTest) check(ok bool, format string, args ...any) {
	j.t.Helper()
	if !ok {
		j.t.Errorf("journal: "+format, args...)
	}
}

func (j *journalTest) begin(entry payneteasy.Entry) payneteasy.Entry {
	j.t.Helper()
	stored, err := j.journal.Begin(context.Background(), entry)
	j.check(err == nil, "Begin %q: %v", entry.ClientOrderID, err)
	return stored
}

func (j *journalTest) requireStored(want payneteasy.Entry) {
	j.t.Helper()
	got, err := j.journal.Get(context.Background(), want.ClientOrderID)
	j.check(err == nil && same(got, want), "Get %q: got %+v (%v), want %+v", want.ClientOrderID, got, err, want)
}

func (j *journalTest) intents() {
	ctx := context.Background()
	_, err := j.journal.Get(ctx, "nobody's")
	j.check(errors.Is(err, payneteasy.ErrNoEntry), "Get of an unknown id: want ErrNoEntry, got %v", err)
	want := journalEntry("inv/2024 #1 é", payneteasy.SendSending)
	stored := j.begin(want)
	want.Revision = 1
	j.check(same(stored, want), "Begin returned %+v, want %+v", stored, want)
	j.requireStored(want)
	_, err = j.journal.Begin(ctx, journalEntry(want.ClientOrderID, payneteasy.SendSending))
	var duplicate *payneteasy.DuplicateError
	j.check(errors.As(err, &duplicate) && same(duplicate.Entry, want),
		"a second Begin: want a *DuplicateError with the stored entry, got %v", err)
	if j.reopen() {
		j.requireStored(want)
	}
}

func (j *journalTest) changes() {
	ctx := context.Background()
	j.begin(journalEntry("changes", payneteasy.SendSending))
	next := fullEntry("changes")
	next.Revision = 2
	j.check(j.journal.Update(ctx, next) == nil, "Update to revision 2 failed")
	j.requireStored(next)
	for _, revision := range []int{0, 1, 2, 4} {
		stale := next
		stale.Revision, stale.Send = revision, payneteasy.SendAccepted
		err := j.journal.Update(ctx, stale)
		j.check(errors.Is(err, payneteasy.ErrJournalConflict),
			"Update of revision 2 to %d: want ErrJournalConflict, got %v", revision, err)
	}
	err := j.journal.Update(ctx, journalEntry("never begun", payneteasy.SendAccepted))
	j.check(errors.Is(err, payneteasy.ErrNoEntry), "Update of an unknown id: want ErrNoEntry, got %v", err)
	if j.reopen() {
		next.Telling.By = "" // a journal that only one process can open may end the tellings of earlier ones
		got, err := j.journal.Get(ctx, "changes")
		got.Telling.By = ""
		j.check(err == nil && same(got, next), "opened again: got %+v (%v), want %+v", got, err, next)
	}
}

func (j *journalTest) openEntries() {
	if !j.reopen() {
		return
	}
	early := journalEntry("early", payneteasy.SendUnknown)
	early.Began = early.Began.Add(-time.Hour)
	j.begin(early)
	var ids []string
	for entry, err := range j.journal.Open(context.Background()) {
		if err != nil {
			j.t.Errorf("journal: Open: %v", err)
			return
		}
		j.check(entry.IsOpen(), "Open yielded %q, which is %s", entry.ClientOrderID, entry.Decision())
		ids = append(ids, entry.ClientOrderID)
	}
	j.check(len(ids) > 0 && ids[0] == "early", "Open did not begin with the oldest: %v", ids)
	for _, id := range []string{"inv/2024 #1 é", "changes", "race-0"} {
		j.check(slices.Contains(ids, id), "Open did not yield %q", id)
	}
	for i, entry := range freedCases() {
		open := entry.IsOpen() || entry.Free() // what was free was begun again
		j.check(slices.Contains(ids, fmt.Sprintf("freed-%d", i)) == open,
			"Open and one that is %s: want %t", entry.Decision(), open)
	}
	for range j.journal.Open(context.Background()) { //nolint:errcheck // an iterator, whose errors were looked at above
		break // and stops when it is told to
	}
}
