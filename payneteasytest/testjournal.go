package payneteasytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// TestJournal checks an implementation of payneteasy.Journal. Changes must follow one another, and of several at once
// only one may pass. Every field must still be there after the journal is opened again.
//
// open returns the journal, which must be empty at the first call. A later call must return a journal on the same
// storage. The earlier journal is not used after that, so close it in open if it needs closing.
func TestJournal(t TB, open func() (payneteasy.Journal, error)) {
	t.Helper()
	j := &journalTest{t: t, open: open}
	if !j.reopen() {
		return
	}
	j.intents()
	j.changes()
	j.attempts()
	j.keys()
	j.queued()
	j.clock()
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

func (j *journalTest) put(entry payneteasy.Entry) {
	j.t.Helper()
	err := j.journal.Put(context.Background(), entry)
	j.check(err == nil, "Put %q, revision %d: %v", entry.ClientOrderID, entry.Revision, err)
}

func (j *journalTest) requireConflict(entry payneteasy.Entry, why string) {
	j.t.Helper()
	err := j.journal.Put(context.Background(), entry)
	j.check(errors.Is(err, payneteasy.ErrConflict), "Put of revision %d %s: want ErrConflict, got %v",
		entry.Revision, why, err)
}

func (j *journalTest) get(clientOrderID string) (payneteasy.Entry, error) {
	entry, _, err := j.journal.Get(context.Background(), clientOrderID)
	return entry, err
}

func (j *journalTest) requireStored(want payneteasy.Entry) {
	j.t.Helper()
	got, err := j.get(want.ClientOrderID)
	j.check(err == nil && same(got, want), "Get %q: got %+v (%v), want %+v", want.ClientOrderID, got, err, want)
}

func (j *journalTest) requireNone(clientOrderID string) {
	j.t.Helper()
	_, err := j.get(clientOrderID)
	j.check(errors.Is(err, payneteasy.ErrNoEntry), "Get of an unknown ID: want ErrNoEntry, got %v", err)
}

func (j *journalTest) intents() {
	j.requireNone("unknown")
	want := journalEntry("inv/2024 #1 é", "sending", 1)
	j.put(want)
	j.requireStored(want)
	second := want
	second.Attempt = "another"
	j.requireConflict(second, "when the ID already has an entry")
	j.requireStored(want)
	if j.reopen() {
		j.requireStored(want)
		j.requireConflict(second, "when the ID already has an entry, after reopening")
	}
}

func (j *journalTest) changes() {
	j.put(journalEntry("changes", "sending", 1))
	next := fullEntry("changes", 2)
	j.put(next)
	j.requireStored(next)
	for _, revision := range []int{0, 1, 2, 4} {
		j.requireConflict(journalEntry("changes", "accepted", revision), "when revision 2 is stored")
	}
	for _, revision := range []int{0, 2} {
		j.requireConflict(journalEntry("unknown", "accepted", revision), "when nothing is stored")
	}
	j.requireNone("unknown")
	if j.reopen() {
		next.Telling.By = "" // a journal that only one process can open may end the tellings of earlier processes
		got, err := j.get("changes")
		got.Telling.By = ""
		j.check(err == nil && same(got, next), "after reopening: got %+v (%v), want %+v", got, err, next)
	}
}

// attempts checks that a new attempt can replace one that was not sent.
func (j *journalTest) attempts() {
	const id = "attempts"
	j.put(journalEntry(id, "sending", 1))
	j.put(journalEntry(id, "not sent", 2))
	next := journalEntry(id, "sending", 3)
	next.Attempt, next.Seq = "0a1b2c", 1_800_000_000 // a Unix time, as in Client.NewEntry
	j.put(next)
	j.requireStored(next)
	if j.reopen() {
		j.requireStored(next)
	}
}

// keys checks that IDs are compared exactly.
func (j *journalTest) keys() {
	long := strings.Repeat("x", 127) // an ID has at most 128 characters
	ids := []string{"Key-1", "key-1", "KEY-1", "Müller", "Muller", " key-1", "key-1 ", long + "1", long + "2"}
	for _, id := range ids {
		j.requireNone(id)
		j.put(journalEntry(id, "sending", 1))
	}
	for _, id := range ids {
		j.requireStored(journalEntry(id, "sending", 1))
	}
}

// queued checks that a payout that is only created, as in a queue, is stored, and that its attempt replaces it.
func (j *journalTest) queued() {
	created := journalEntry("queued", "created", 1)
	created.Attempt = ""
	j.put(created)
	j.requireStored(created)
	begun := journalEntry("queued", "sending", 2)
	j.put(begun)
	j.requireStored(begun)
}

// clock checks that the time is there, with and without an entry, and that it goes on.
func (j *journalTest) clock() {
	var last time.Time
	for _, id := range []string{"attempts", "unknown", "attempts"} {
		_, now, _ := j.journal.Get(context.Background(), id)
		j.check(!now.IsZero() && now.After(last), "Get %q: the time is %v, but was %v before", id, now, last)
		last = now
		<-time.After(10 * time.Millisecond)
	}
}

func (j *journalTest) openEntries() {
	if !j.reopen() {
		return
	}
	early := journalEntry("early", "unknown", 1)
	early.Began = early.Began.Add(-time.Hour)
	j.put(early)
	for i, entry := range entriesOfEachKind() {
		entry.ClientOrderID = fmt.Sprintf("kind-%d", i)
		j.put(entry)
	}
	var ids []string
	for entry, err := range j.journal.Open(context.Background()) {
		if err != nil {
			j.t.Errorf("journal: Open: %v", err)
			return
		}
		j.check(entry.IsOpen(), "Open yielded %q, which is %s and not open", entry.ClientOrderID, entry.Decision())
		ids = append(ids, entry.ClientOrderID)
	}
	j.check(len(ids) > 0 && ids[0] == "early", "Open must yield the oldest entry first: got %v", ids)
	for _, id := range []string{"inv/2024 #1 é", "changes", "race-0"} {
		j.check(slices.Contains(ids, id), "Open did not yield %q", id)
	}
	for i, entry := range entriesOfEachKind() {
		j.check(slices.Contains(ids, fmt.Sprintf("kind-%d", i)) == entry.IsOpen(),
			"Open yields an entry that is %s: want %t", entry.Decision(), entry.IsOpen())
	}
	for range j.journal.Open(context.Background()) { //nolint:errcheck // the loop above has checked its errors
		break // the iterator must stop when the loop does
	}
}
