package payneteasytest

import (
	"context"
	"errors"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
)

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
		entry(payneteasy.SendSending, nothing), entry(payneteasy.SendUnknown, nothing),
		entry(payneteasy.SendRefused, nothing),
		entry(payneteasy.SendAccepted, order(payneteasy.EndOpen)), entry(payneteasy.SendUnknown, notKnown),
		entry(payneteasy.SendAccepted, order(payneteasy.EndFailed)),
		entry(payneteasy.SendAccepted, order(payneteasy.EndPaid)),
		entry(payneteasy.SendAccepted, order(payneteasy.EndDeclined)),
		entry(payneteasy.SendAccepted, order(payneteasy.EndReversed)),
		entry(payneteasy.SendUnknown, settled(payneteasy.DecisionPaid)),
		entry(payneteasy.SendUnknown, settled(payneteasy.DecisionNotPaid)),
		entry(payneteasy.SendUnknown, settled(payneteasy.DecisionNotSent)), entry(payneteasy.SendNotSent, nothing),
		entry(payneteasy.SendDenied, notKnown),
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

// remembered: what was freed or closed is still so after the journal was opened again.
func (j *journalTest) remembered() {
	ctx := context.Background()
	if !j.reopen() {
		return
	}
	for i := range freedCases() { // those that were free are being sent again
		id := fmt.Sprintf("freed-%d", i)
		_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.SendSending))
		j.check(errors.Is(err, payneteasy.ErrDuplicate),
			"Begin of %q after the journal was opened anew: want ErrDuplicate, got %v", id, err)
	}
}
