package main

import (
	"fmt"
	"slices"

	"github.com/payneteasy-go/payneteasy"
)

// line is what one of the books says about a payout.
type line struct {
	id, outcome string
	amount      payneteasy.Amount
}

// books are the debts, and the outcome of each debt in each of the three books.
type books struct {
	debts                    []line // without outcomes
	gateway, journal, ledger []line
}

// book is one of the three books, with its name.
type book struct {
	name  string
	lines []line
}

func (b books) three() []book {
	return []book{{"gateway", b.gateway}, {"journal", b.journal}, {"ledger", b.ledger}}
}

// differences compares payout by payout. Each debt must be once in each book, with the same outcome and amount, and the
// books must have nothing else.
func (b books) differences() []string {
	var found []string
	differ := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	owed := map[string]line{}
	for _, d := range b.debts {
		if _, twice := owed[d.id]; twice {
			differ("%s is owed twice", d.id)
		}
		owed[d.id] = d
	}
	outcomes := map[string]string{} // as in the first book
	for _, book := range b.three() {
		seen := map[string]int{}
		for _, line := range book.lines {
			seen[line.id]++
			d, is := owed[line.id]
			switch first, told := outcomes[line.id]; {
			case !is:
				differ("%s: the %s has it, but no debt has this ID", line.id, book.name)
				continue
			case line.amount != d.amount:
				differ("%s: the %s has %s, and %s is owed", line.id, book.name, line.amount, d.amount)
			case told && first != line.outcome:
				differ("%s: the %s has %q, and the gateway has %q", line.id, book.name, line.outcome, first)
			}
			if _, told := outcomes[line.id]; !told {
				outcomes[line.id] = line.outcome
			}
		}
		for _, d := range b.debts {
			if seen[d.id] != 1 {
				differ("%s: the %s has it %d times", d.id, book.name, seen[d.id])
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// outcomes returns the outcomes that occur, in the order of the table.
func (b books) outcomes() []string {
	known := []string{outcomePaid, outcomeReversed, outcomeNotPaid, outcomeNotSent, outcomeReview}
	var there, others []string
	for _, book := range b.three() {
		for _, line := range book.lines {
			if slices.Contains(known, line.outcome) {
				there = append(there, line.outcome)
			} else {
				others = append(others, line.outcome)
			}
		}
	}
	slices.SortFunc(there, func(a, b string) int { return slices.Index(known, a) - slices.Index(known, b) })
	slices.Sort(others)
	return slices.Compact(append(there, others...))
}

// lastLines keeps the last line of each debt if it follows from the lines before. That is so if a review was settled,
// or a paid debt was reversed. Everything else was booked twice, and stays.
func lastLines(lines []line) []line {
	var left []line
	for _, l := range lines {
		before := slices.IndexFunc(left, func(b line) bool {
			follows := b.outcome == outcomeReview && l.outcome != outcomeReview ||
				b.outcome == outcomePaid && l.outcome == outcomeReversed
			return b.id == l.id && b.amount == l.amount && follows
		})
		if before >= 0 {
			left = slices.Delete(left, before, before+1)
		}
		left = append(left, l)
	}
	return left
}
