package batch

import (
	"cmp"
	"slices"
)

// concern is a value that a warning is about.
type concern struct {
	line  int    // index of the line in the batch
	field string // its column
	kind  string
	rule  func(line int) string // what is wrong with it, and what to do
}

// concern records a column's values that a warning is about, for the lines that would be sent.
func (w *warnings) concern(found *warning, field string, lines []keyedLine, rule func(line int) string) {
	for _, k := range lines {
		if w.sending[k.line] {
			w.concerns = append(w.concerns, concern{k.line, field, found.Kind, rule})
		}
	}
}

// otherThan returns the first of some lines that is not this one.
func (w *warnings) otherThan(line int, lines []keyedLine) *payoutLine {
	if lines[0].line == line {
		return &w.file.lines[lines[1].line]
	}
	return &w.file.lines[lines[0].line]
}

// strict makes a fault of each value that a warning is about.
func (b *Batch) strict() {
	slices.SortStableFunc(b.concerns, func(a, b concern) int { return cmp.Compare(a.line, b.line) })
	shown := len(b.concerns)
	if shown > maxFaults {
		last := b.concerns[maxFaults].line
		for shown = maxFaults; shown < len(b.concerns) && b.concerns[shown].line == last; shown++ {
			continue
		}
	}
	faults := make([]fileFault, shown)
	for i, c := range b.concerns[:shown] {
		faults[i] = b.file.faultOf(b.file.placeOf(&b.file.lines[c.line], c.field), c.kind, c.rule(c.line))
	}
	b.file.more += len(b.concerns) - shown
	b.file.add(faults)
}
