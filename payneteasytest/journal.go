package payneteasytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// TestJournal checks an implementation of payneteasy.Journal: that intents are atomic, that changes follow one another,
// that one process tells at a time, and that every field is still there after it was opened again. open returns the journal, empty at first; when it is called
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

// journalEntry has every field set but those that would decide: its Send does. Times are of microseconds; clock readings and
// zones do not survive storage, and need not.
func journalEntry(id string, send payneteasy.Send) payneteasy.Entry {
	amount, _ := payneteasy.ParseAmount("10.42", "USD") // known to be good
	at := time.Date(2024, 2, 3, 4, 5, 6, 789012000, time.FixedZone("", 3*3600))
	return payneteasy.Entry{
		ClientOrderID: id, Attempt: "5f2e91c07a3b", Command: "payout", BaseURL: "https://gateway.example/paynet", Login: "TestMerchant",
		Endpoint: payneteasy.EndpointGroupID(1144), Amount: amount, Window: 2 * time.Minute, Began: at, Changed: at.Add(time.Second), Send: send,
		Status: "processing", TransactionType: "payout", SerialNumber: "00-1", Seq: 3,
		Told: payneteasy.Told{
			Seq:    2,
			Claims: []payneteasy.TakenBackClaim{{OrderID: "6982864", Kind: "reversal", Amount: amount, Since: at}},
			Doubts: []payneteasy.TakenBackClaim{{OrderID: "6982860", Kind: "chargeback", Amount: amount, Since: at}},
		},
	}
}

// fullEntry has every field set.
func fullEntry(id string) payneteasy.Entry {
	e := journalEntry(id, payneteasy.SendUnknown)
	e.ClaimedOrderID = "6982865"
	e.NotKnown, e.Booked, e.Alarm = true, payneteasy.DecisionPaid, payneteasy.CauseChanged
	e.Orders = []payneteasy.Order{
		{ID: "6982864", End: payneteasy.EndReversed, Paid: e.Amount, TakenBack: e.Amount, Doubt: e.Began.Add(time.Minute)}, {ID: "6982860", End: payneteasy.EndOpen},
	}
	e.Telling = payneteasy.Telling{Seq: 3, By: "0a1b2c", Since: e.Began.Add(time.Hour)}
	e.Settlement = payneteasy.Settlement{
		Decision: payneteasy.DecisionReversed, Paid: e.Amount, TakenBack: e.Amount, Reason: "héllo \"world\"\n", At: e.Began, Orders: e.Orders[:1], Overtaken: true,
	}
	return e
}

// same compares entries as they are stored: times by the instant.
func same(a, b payneteasy.Entry) bool {
	return bytes.Equal(stored(a), stored(b))
}

func stored(e payneteasy.Entry) []byte {
	for _, at := range []*time.Time{&e.Began, &e.Changed, &e.Settlement.At, &e.Telling.Since} {
		*at = at.UTC()
	}
	for _, orders := range []*[]payneteasy.Order{&e.Orders, &e.Settlement.Orders} {
		*orders = slices.Clone(*orders)
		for i := range *orders {
			(*orders)[i].Doubt = (*orders)[i].Doubt.UTC()
		}
	}
	for _, claims := range []*[]payneteasy.TakenBackClaim{&e.Told.Claims, &e.Told.Doubts} {
		*claims = slices.Clone(*claims)
		for i := range *claims {
			(*claims)[i].Since = (*claims)[i].Since.UTC()
		}
	}
	encoded, err := json.Marshal(e)
	if err != nil {
		return []byte(err.Error())
	}
	return encoded
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
	j.check(errors.As(err, &duplicate) && same(duplicate.Entry, want), "a second Begin: want a *DuplicateError with the stored entry, got %v", err)
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
		j.check(errors.Is(err, payneteasy.ErrJournalConflict), "Update of revision 2 to %d: want ErrJournalConflict, got %v", revision, err)
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

// telling: one call tells at a time, until it ends or has taken too long.
func (j *journalTest) telling() {
	ctx := context.Background()
	const id = "telling"
	_, err := j.journal.BeginTelling(ctx, "nobody's", 1, "a")
	j.check(errors.Is(err, payneteasy.ErrNoEntry), "BeginTelling of an unknown id: want ErrNoEntry, got %v", err)
	entry := j.begin(journalEntry(id, payneteasy.SendSending))
	_, err = j.journal.BeginTelling(ctx, id, 2, "a")
	j.check(errors.Is(err, payneteasy.ErrJournalConflict), "BeginTelling of revision 1 as 2: want ErrJournalConflict, got %v", err)
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

// freedCases are entries, the decisions that they come to, and whether that frees the id and is closed.
func freedCases() []payneteasy.Entry {
	entry := func(send payneteasy.Send, change func(*payneteasy.Entry)) payneteasy.Entry {
		e := journalEntry("", send)
		change(&e)
		return e
	}
	order := func(end payneteasy.End) func(*payneteasy.Entry) {
		return func(e *payneteasy.Entry) {
			e.Orders = []payneteasy.Order{{ID: "6982864", End: end}}
		}
	}
	settled := func(d payneteasy.Decision) func(*payneteasy.Entry) {
		return func(e *payneteasy.Entry) { e.Settlement = payneteasy.Settlement{Decision: d, Reason: "told"} }
	}
	nothing := func(*payneteasy.Entry) {}
	notKnown := func(e *payneteasy.Entry) { e.NotKnown = true }
	return []payneteasy.Entry{
		entry(payneteasy.SendSending, nothing), entry(payneteasy.SendUnknown, nothing), entry(payneteasy.SendRefused, nothing),
		entry(payneteasy.SendAccepted, order(payneteasy.EndOpen)), entry(payneteasy.SendUnknown, notKnown), entry(payneteasy.SendAccepted, order(payneteasy.EndFailed)),
		entry(payneteasy.SendAccepted, order(payneteasy.EndPaid)), entry(payneteasy.SendAccepted, order(payneteasy.EndDeclined)),
		entry(payneteasy.SendAccepted, order(payneteasy.EndReversed)),
		entry(payneteasy.SendUnknown, settled(payneteasy.DecisionPaid)), entry(payneteasy.SendUnknown, settled(payneteasy.DecisionNotPaid)),
		entry(payneteasy.SendUnknown, settled(payneteasy.DecisionNotSent)), entry(payneteasy.SendNotSent, nothing), entry(payneteasy.SendDenied, notKnown),
	}
}

// freed: which decisions let an id be used again.
func (j *journalTest) freed() {
	ctx := context.Background()
	for i, entry := range freedCases() {
		id := fmt.Sprintf("freed-%d", i)
		j.begin(journalEntry(id, payneteasy.SendSending))
		next := journalEntry(id, payneteasy.SendSending)
		next.Seq = 1_800_000_000 // a Unix time, as Client.NewEntry has it
		entry.ClientOrderID, entry.Revision, entry.Seq = id, 2, next.Seq
		j.check(j.journal.Update(ctx, entry) == nil, "Update %q failed", id)
		again, err := j.journal.Begin(ctx, next)
		j.check((err == nil) == entry.Free(), "Begin again after %s: %v", entry.Decision(), err)
		if entry.Free() {
			next.Revision, next.Seq, next.Told = 3, entry.Seq+next.Seq, entry.Told
			j.check(err == nil && same(again, next), "Begin again: got %+v, want %+v", again, next)
			j.requireStored(next)
		}
	}
}

// remembered: what was freed or closed is still so after the journal was opened anew.
func (j *journalTest) remembered() {
	ctx := context.Background()
	if !j.reopen() {
		return
	}
	for i := range freedCases() { // those that were free are being sent again
		id := fmt.Sprintf("freed-%d", i)
		_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.SendSending))
		j.check(errors.Is(err, payneteasy.ErrDuplicate), "Begin of %q after the journal was opened anew: want ErrDuplicate, got %v", id, err)
	}
}

// rounds is how often a race is run: one that is lost by chance is lost in some of them.
const rounds = 50

// race: of many that begin with one id, new or free again, that change one revision, or that tell it, one passes.
func (j *journalTest) race() {
	ctx := context.Background()
	for round := range rounds {
		id := fmt.Sprintf("race-%d", round)
		j.requireOne("begin with a new id", payneteasy.ErrDuplicate, func(int) error {
			_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.SendSending))
			return err
		})
		j.requireOne("change one revision", payneteasy.ErrJournalConflict, func(i int) error {
			next := journalEntry(id, payneteasy.SendNotSent)
			next.Revision, next.SerialNumber = 2, strconv.Itoa(i+1)
			return j.journal.Update(ctx, next)
		})
		j.requireOne("tell one revision", payneteasy.ErrTelling, func(i int) error {
			_, err := j.journal.BeginTelling(ctx, id, 2, strconv.Itoa(i+1))
			return err
		})
		j.requireOne("begin with an id that is free again", payneteasy.ErrDuplicate, func(int) error {
			_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.SendSending))
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
		j.check(slices.Contains(ids, fmt.Sprintf("freed-%d", i)) == open, "Open and one that is %s: want %t", entry.Decision(), open)
	}
	for range j.journal.Open(context.Background()) { //nolint:errcheck // an iterator, whose errors were looked at above
		break // and stops when it is told to
	}
}
