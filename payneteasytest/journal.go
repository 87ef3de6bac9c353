package payneteasytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// TestJournal checks an implementation of payneteasy.Journal: that intents are atomic, that changes follow one another,
// and that everything is still there after it was opened anew. open returns the journal, empty at first; when it is called
// again it returns one on the same storage, and the earlier one is not used any more (close it there, if it needs that).
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

// journalEntry has every field set. Times are of microseconds; clock readings and zones do not survive
// storage, and need not.
func journalEntry(id string, state payneteasy.State) payneteasy.Entry {
	amount, _ := payneteasy.ParseAmount("10.42", "USD") // known to be good
	at := time.Date(2024, 2, 3, 4, 5, 6, 789012000, time.FixedZone("", 3*3600))
	return payneteasy.Entry{
		ClientOrderID: id, Attempt: "5f2e91c07a3b", State: state, Command: "payout", BaseURL: "https://gateway.example/paynet", Login: "TestMerchant",
		Endpoint: payneteasy.EndpointGroupID(1144), Amount: amount, OrderID: "6982864", OtherOrders: "6982860", SerialNumber: "00-1",
		Status: "processing", TransactionType: "payout", AmountDiffers: true, Was: "declined", Verdict: payneteasy.VerdictPaid, Reason: "héllo \"world\"\n", Began: at, Changed: at.Add(time.Second),
	}
}

func same(a, b payneteasy.Entry) bool {
	times := a.Began.Equal(b.Began) && a.Changed.Equal(b.Changed)
	a.Began, a.Changed = b.Began, b.Changed
	return times && a == b
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
	want := journalEntry("inv/2024 #1 é", payneteasy.StateSending)
	stored := j.begin(want)
	want.Revision = 1
	j.check(same(stored, want), "Begin returned %+v, want %+v", stored, want)
	j.requireStored(want)
	_, err = j.journal.Begin(ctx, journalEntry(want.ClientOrderID, payneteasy.StateSending))
	var duplicate *payneteasy.DuplicateError
	j.check(errors.As(err, &duplicate) && same(duplicate.Entry, want), "a second Begin: want a *DuplicateError with the stored entry, got %v", err)
	if j.reopen() {
		j.requireStored(want)
	}
}

func (j *journalTest) changes() {
	ctx := context.Background()
	entry := j.begin(journalEntry("changes", payneteasy.StateSending))
	next := entry
	next.Revision, next.State, next.OrderID = 2, payneteasy.StateAccepted, "77"
	next.OtherOrders, next.SerialNumber, next.Status, next.TransactionType = "unknown", "00-2", "approved", "reversal"
	next.Was, next.AmountDiffers = "filtered", false
	next.Verdict, next.Reason, next.Changed = payneteasy.VerdictNotPaid, "another", next.Changed.Add(time.Hour)
	j.check(j.journal.Update(ctx, next) == nil, "Update to revision 2 failed")
	j.requireStored(next)
	for _, revision := range []int{0, 1, 2, 4} {
		stale := next
		stale.Revision, stale.State = revision, payneteasy.StateFinal
		err := j.journal.Update(ctx, stale)
		j.check(errors.Is(err, payneteasy.ErrJournalConflict), "Update of revision 2 to %d: want ErrJournalConflict, got %v", revision, err)
	}
	err := j.journal.Update(ctx, journalEntry("never begun", payneteasy.StateFinal))
	j.check(errors.Is(err, payneteasy.ErrNoEntry), "Update of an unknown id: want ErrNoEntry, got %v", err)
	if j.reopen() {
		j.requireStored(next)
	}
}

// freed: which states let an id be used again.
func (j *journalTest) freed() {
	ctx := context.Background()
	for i, test := range []struct {
		state   payneteasy.State
		verdict payneteasy.Verdict
		free    bool
	}{
		{payneteasy.StateSending, "", false},
		{payneteasy.StateUnknown, "", false},
		{payneteasy.StateAccepted, "", false},
		{payneteasy.StateHeld, "", false},
		{payneteasy.StateFinal, "", false},
		{payneteasy.StateSettled, payneteasy.VerdictPaid, false},
		{payneteasy.StateSettled, payneteasy.VerdictNotPaid, false},
		{payneteasy.StateSettled, payneteasy.VerdictNotSent, true},
		{payneteasy.StateNotSent, "", true},
		{payneteasy.StateRejected, "", true},
	} {
		id := fmt.Sprintf("freed-%d", i)
		entry := j.begin(journalEntry(id, payneteasy.StateSending))
		entry.Revision, entry.State, entry.Verdict = 2, test.state, test.verdict
		j.check(j.journal.Update(ctx, entry) == nil, "Update %q failed", id)
		again, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.StateSending))
		j.check((err == nil) == test.free, "Begin again after %s %s: %v", test.state, test.verdict, err)
		if test.free {
			j.check(again.Revision == 3, "Begin again: want revision 3, got %d", again.Revision)
		}
	}
}

// remembered: what was freed or closed is still so after the journal was opened anew.
func (j *journalTest) remembered() {
	ctx := context.Background()
	if !j.reopen() {
		return
	}
	for i := range 7 { // those that were not free
		id := fmt.Sprintf("freed-%d", i)
		_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.StateSending))
		j.check(errors.Is(err, payneteasy.ErrDuplicate), "Begin of %q after the journal was opened anew: want ErrDuplicate, got %v", id, err)
	}
}

// rounds is how often a race is run: one that is lost by chance is lost in some of them.
const rounds = 50

// race: of many that begin with one id, new or free again, one passes; of many changes to one revision, one does.
func (j *journalTest) race() {
	ctx := context.Background()
	for round := range rounds {
		id := fmt.Sprintf("race-%d", round)
		j.requireOne("begin with a new id", payneteasy.ErrDuplicate, func(int) error {
			_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.StateSending))
			return err
		})
		j.requireOne("change one revision", payneteasy.ErrJournalConflict, func(i int) error {
			next := journalEntry(id, payneteasy.StateRejected)
			next.Revision, next.OrderID = 2, strconv.Itoa(i+1)
			return j.journal.Update(ctx, next)
		})
		j.requireOne("begin with an id that is free again", payneteasy.ErrDuplicate, func(int) error {
			_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.StateSending))
			return err
		})
	}
}

// requireOne calls from many goroutines at once.
func (j *journalTest) requireOne(what string, refusal error, call func(i int) error) {
	j.t.Helper()
	const callers = 16
	var group sync.WaitGroup
	start := make(chan struct{})
	results := make([]error, callers)
	for i := range callers {
		group.Go(func() {
			<-start
			results[i] = call(i)
		})
	}
	close(start)
	group.Wait()
	passed := 0
	for _, err := range results {
		var duplicate *payneteasy.DuplicateError
		switch {
		case err == nil:
			passed++
		case !errors.Is(err, refusal):
			j.t.Errorf("journal: %s, many at once: want %v, got %v", what, refusal, err)
		case errors.Is(refusal, payneteasy.ErrDuplicate):
			j.check(errors.As(err, &duplicate), "%s: want a *DuplicateError, got %v", what, err)
		}
	}
	j.check(passed == 1, "%s, %d at once: %d passed", what, callers, passed)
}

func (j *journalTest) openEntries() {
	if !j.reopen() {
		return
	}
	early := journalEntry("early", payneteasy.StateUnknown)
	early.Began = early.Began.Add(-time.Hour)
	j.begin(early)
	var ids []string
	for entry, err := range j.journal.Open(context.Background()) {
		if err != nil {
			j.t.Errorf("journal: Open: %v", err)
			return
		}
		j.check(!entry.Closed(), "Open yielded %q, which is %s", entry.ClientOrderID, entry.State)
		ids = append(ids, entry.ClientOrderID)
	}
	j.check(len(ids) > 0 && ids[0] == "early", "Open did not begin with the oldest: %v", ids)
	for _, id := range []string{"inv/2024 #1 é", "changes", "freed-0", "freed-1", "freed-2", "freed-3", "freed-7", "race-0"} {
		j.check(slices.Contains(ids, id), "Open did not yield %q", id)
	}
	for _, id := range []string{"freed-4", "freed-5", "freed-6"} {
		j.check(!slices.Contains(ids, id), "Open yielded %q, which is closed", id)
	}
	for range j.journal.Open(context.Background()) { //nolint:errcheck // an iterator, whose errors were looked at above
		break // and stops when it is told to
	}
}
