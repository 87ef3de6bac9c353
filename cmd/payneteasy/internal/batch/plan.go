package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/duplicate"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Batch is a file of payouts, with what the journal knows about them.
type Batch struct {
	file    *payoutFile
	store   *store.Store
	results []lineResult // by line: what is known now
	send    []int        // lines that were not sent, are proved not sent, or were rejected
	ask     []int        // lines that are open

	warnings []warning // about the lines that would be sent
	concerns []concern // each value that a warning is about
}

// New reads a file, and compares it with the store. Ignored columns may have any name. With strict, each value that a
// warning is about is a fault. Do not pay a batch with faults.
func New(
	ctx context.Context, content []byte, client *payneteasy.Client, s *store.Store, ignored []string, strict bool,
) (*Batch, error) {
	file := readPayouts(content, client, s.Destinations.Of, ignored...)
	b, err := plan(ctx, file, s)
	if err == nil && (strict || len(file.faults) == 0) {
		err = b.warn(ctx, time.Now())
	}
	if err == nil && strict {
		b.strict()
	}
	return b, err
}

// IsFaulty reports whether the file has any fault.
func (b *Batch) IsFaulty() bool { return len(b.file.faults) > 0 }

// Lines returns the number of payouts in the file.
func (b *Batch) Lines() int { return len(b.file.lines) }

// Sends reports whether a run would send anything.
func (b *Batch) Sends() bool { return len(b.send) > 0 }

// Close closes the store.
func (b *Batch) Close() error { return b.store.Close() }

// Question asks a person to confirm the totals.
func (b *Batch) Question() string {
	pay, despite := b.total(b.send), ""
	if n := len(b.warnings); n > 0 {
		despite = ", in spite of " + terminal.Plural(n, "warning")
	}
	return fmt.Sprintf("Pay %s, %s%s? Type yes: ", terminal.Plural(pay.lines, "payout"), pay.amounts(), despite)
}

// plan finds out what is left to do. A line that was sent, and has changed since, is a fault of the file.
func plan(ctx context.Context, file *payoutFile, s *store.Store) (*Batch, error) {
	b := &Batch{file: file, store: s, results: make([]lineResult, len(file.lines))}
	var faults []fileFault
	for i := range file.lines {
		l := &file.lines[i]
		entry, _, err := s.Journal.Get(ctx, l.id)
		if errors.Is(err, payneteasy.ErrNoEntry) {
			b.send, b.results[i].decision = append(b.send, i), payneteasy.DecisionNotSent
			continue
		}
		if err != nil {
			return nil, err
		}
		known, _ := s.Notes.Of(l.id)
		b.results[i] = resultOfEntry(entry, known)
		switch {
		case entry.Decision().PayAgain() == payneteasy.PayAgainSameID:
			b.send = append(b.send, i)
			continue
		case entry.IsOpen():
			b.ask = append(b.ask, i)
		}
		if len(faults) < maxFaults {
			faults = append(faults, b.differs(l, entry)...)
		} else {
			file.more += len(b.differs(l, entry))
		}
	}
	file.add(faults)
	return b, nil
}

// differs reports how a line differs from the payout that was sent under its ID.
func (b *Batch) differs(l *payoutLine, entry payneteasy.Entry) (faults []fileFault) {
	add := func(field, format string, args ...any) {
		place := b.file.placeOf(l, field)
		faults = append(faults, b.file.faultOf(place, kindSentBefore, fmt.Sprintf(format, args...)))
	}
	another := duplicate.NewIDAdvice(entry, "add a line with")
	sent, became := quotedID(l.id)+" was sent"+whenSent(entry), outcome(entry)
	differs := b.store.Compare(entry, "payout", l.amount, l.sum)
	if differs.Command {
		add("client_orderid", "was sent%s by %s, %s: remove the line%s",
			whenSent(entry), entry.Command, became, another)
		return faults
	}
	if differs.Amount {
		add("amount", "is %s, and %s, of %s, %s: restore the line%s", l.amount, sent, entry.Amount, became, another)
	}
	switch {
	case differs.UnknownDestination:
		add(destinationField, "cannot be compared, because %s by another program, %s: remove the line%s",
			sent, became, another)
	case differs.Destination != "":
		add(destinationField, "differs: %s, to %s, %s: restore the line%s", sent, differs.Destination, became, another)
	}
	return faults
}

// whenSent says when a payout was sent, and as which order.
func whenSent(entry payneteasy.Entry) string {
	text := " on " + day(entry)
	if entry.OrderID() != "" {
		text += " as order " + entry.OrderID()
	}
	return text
}

// outcome says what happened to a payout.
func outcome(entry payneteasy.Entry) string {
	switch decision := entry.Decision(); decision {
	case payneteasy.DecisionPaid, payneteasy.DecisionReversed:
		return "and is " + string(decision)
	case payneteasy.DecisionNotPaid:
		if entry.Status != "" {
			return "and is not paid (" + string(entry.Status) + ")"
		}
		return "and is not paid"
	case payneteasy.DecisionPending:
		return "and is in progress"
	case payneteasy.DecisionReview:
		return "and may be paid (a person must look: " + string(entry.Cause()) + ")"
	case payneteasy.DecisionUnknown, payneteasy.DecisionRefused,
		payneteasy.DecisionRejected, payneteasy.DecisionNotSent:
	}
	return "and may be paid (it is " + string(entry.Decision()) + ")"
}

// quotedID shows an ID, which may hold anything.
func quotedID(id string) string { return terminal.Line(id) }

// total is a number of lines, and their sum.
type total struct {
	lines  int
	minors map[string]int64 // by currency
}

// plus returns the total with one more line.
func (t total) plus(amount payneteasy.Amount) total {
	minors := map[string]int64{amount.Currency(): amount.Minor()}
	for code, minor := range t.minors {
		minors[code] += minor
	}
	return total{t.lines + 1, minors}
}

// total returns the total of some lines.
func (b *Batch) total(lines []int) (t total) {
	for _, i := range lines {
		t = t.plus(b.file.lines[i].amount)
	}
	return t
}

func (b *Batch) all() []int {
	all := make([]int, len(b.file.lines))
	for i := range all {
		all[i] = i
	}
	return all
}

// byDecision returns the totals of each decision.
func (b *Batch) byDecision() map[payneteasy.Decision]total {
	totals := map[payneteasy.Decision]total{}
	for i, r := range b.results {
		totals[r.decision] = totals[r.decision].plus(b.file.lines[i].amount)
	}
	return totals
}

// Exit returns the exit status of the worst decision.
func (b *Batch) Exit() int {
	found := map[payneteasy.Decision]int{}
	for _, r := range b.results {
		found[r.decision]++
	}
	return exit.OfWorst(found)
}

func (t total) currencies() []string {
	var codes []string
	for code := range t.minors {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// amounts shows the sums, by currency.
func (t total) amounts() string {
	var sums []string
	for _, code := range t.currencies() {
		sums = append(sums, decimal(t.minors[code], code)+" "+code)
	}
	return strings.Join(sums, ", ")
}
