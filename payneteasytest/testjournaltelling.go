package payneteasytest

import (
	"context"
	"errors"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// telling: one call tells at a time, until it ends or has taken too long.
func (j *journalTest) telling() {
	ctx := context.Background()
	const id = "telling"
	_, err := j.journal.BeginTelling(ctx, "nobody's", 1, "a")
	j.check(errors.Is(err, payneteasy.ErrNoEntry), "BeginTelling of an unknown id: want ErrNoEntry, got %v", err)
	entry := j.begin(journalEntry(id, payneteasy.SendSending))
	_, err = j.journal.BeginTelling(ctx, id, 2, "a")
	j.check(errors.Is(err, payneteasy.ErrJournalConflict),
		"BeginTelling of revision 1 as 2: want ErrJournalConflict, got %v", err)
	entry = j.beginTelling(entry, "a")
	for revision := range 4 {
		_, err = j.journal.BeginTelling(ctx, id, revision, "b")
		j.check(errors.Is(err, payneteasy.ErrTelling), "BeginTelling while another tells: want ErrTelling, got %v", err)
	}
	j.requireStored(entry)
	entry.Telling.By, entry.Revision = "", entry.Revision+1
	j.check(j.journal.Update(ctx, entry) == nil, "Update after a telling failed")
	entry = j.beginTelling(entry, "b")
	entry.Telling.Since, entry.Revision = entry.Telling.Since.Add(-4*time.Minute), entry.Revision+1
	j.check(j.journal.Update(ctx, entry) == nil, "Update while telling failed")
	j.beginTelling(entry, "c") // b has taken too long
}

// beginTelling begins to tell an entry, and checks all that is stored then.
func (j *journalTest) beginTelling(entry payneteasy.Entry, by string) payneteasy.Entry {
	j.t.Helper()
	telling, err := j.journal.BeginTelling(context.Background(), entry.ClientOrderID, entry.Revision, by)
	j.check(err == nil, "BeginTelling of revision %d: %v", entry.Revision, err)
	j.check(!telling.Telling.Since.IsZero(), "BeginTelling: Telling.Since is not set")
	entry.Telling = payneteasy.Telling{Seq: entry.Seq, By: by, Since: telling.Telling.Since}
	entry.Revision, entry.Changed = entry.Revision+1, telling.Changed
	j.check(same(telling, entry), "BeginTelling returned %+v, want %+v", telling, entry)
	j.requireStored(entry)
	return entry
}
