package batch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// totalOutput is a total as JSON, with sums by currency in major units.
type totalOutput struct {
	Lines   int               `json:"lines"`
	Amounts map[string]string `json:"amounts,omitempty"`
}

func newTotalOutput(t total) totalOutput {
	out := totalOutput{Lines: t.lines, Amounts: map[string]string{}}
	for code, minor := range t.minors {
		out.Amounts[code] = strings.ReplaceAll(decimal(minor, code), ",", "")
	}
	return out
}

// planOutput is what a run would do.
type planOutput struct {
	Send   totalOutput                         `json:"send"`
	Ask    totalOutput                         `json:"ask"`
	Before map[payneteasy.Decision]totalOutput `json:"before"` // what is known about the file's lines

	Warnings []warning `json:"warnings,omitempty"`
}

// ShowPlan shows what would be paid and asked about.
func (b *Batch) ShowPlan(t *terminal.Output) {
	if t.JSON() {
		out := planOutput{
			Send: newTotalOutput(b.total(b.send)), Ask: newTotalOutput(b.total(b.ask)),
			Before: map[payneteasy.Decision]totalOutput{}, Warnings: b.warnings,
		}
		for r, totals := range b.byDecision() {
			out.Before[r] = newTotalOutput(totals)
		}
		t.PrintJSON(out)
		return
	}
	rows := [][]string{{"to pay", terminal.Count(len(b.send)), b.total(b.send).amounts()}}
	if len(b.ask) > 0 {
		rows = append(rows, []string{"sent before, to ask about", terminal.Count(len(b.ask)), b.total(b.ask).amounts()})
	}
	left := make([]bool, len(b.results))
	for _, i := range slices.Concat(b.send, b.ask) {
		left[i] = true
	}
	closed := map[payneteasy.Decision]total{}
	for i, r := range b.results {
		if !left[i] {
			closed[r.decision] = closed[r.decision].plus(b.file.lines[i].amount)
		}
	}
	for _, d := range exit.Decisions {
		if sums := closed[d]; sums.lines > 0 {
			rows = append(rows, []string{string(d) + " before", terminal.Count(sums.lines), sums.amounts()})
		}
	}
	if len(rows) > 1 {
		rows = append(rows, []string{"together", terminal.Count(len(b.file.lines)), b.total(b.all()).amounts()})
	}
	t.Table(rows)
}

// ShowWarnings shows what a person should look at before the payouts are sent.
func (b *Batch) ShowWarnings(t *terminal.Output) {
	if len(b.warnings) == 0 {
		return
	}
	warnings := terminal.Plural(len(b.warnings), "warning")
	_, _ = fmt.Fprintf(t.Stderr, "\n%s about the file; look at the lines before you pay:\n", warnings)
	for _, w := range b.warnings {
		_, _ = fmt.Fprintf(t.Stderr, "\n%s\n", terminal.Wrap("! "+w.Text, warningWidth, 2))
		for _, g := range w.Groups {
			_, _ = fmt.Fprintln(t.Stderr, terminal.Wrap("  - "+g.Text, warningWidth, 4))
		}
		if w.More > 0 {
			_, _ = fmt.Fprintf(t.Stderr, "  - and %s more like these\n", terminal.Count(w.More))
		}
	}
	_, _ = fmt.Fprintln(t.Stderr)
}

// warningWidth is the width of a default terminal.
const warningWidth = 80

// summaryOutput is the result of a run.
type summaryOutput struct {
	Exit      int                                 `json:"exit_status"`
	Lines     int                                 `json:"lines"`
	Decisions map[payneteasy.Decision]totalOutput `json:"decisions"`
	Causes    map[payneteasy.Cause]int            `json:"causes,omitempty"` // number of reviews by cause
	File      string                              `json:"results_file,omitempty"`
	Journal   string                              `json:"journal"`

	Warnings []warning `json:"warnings,omitempty"`
}

// Summary shows the present state of the lines. path is the path of the results, or empty.
func (b *Batch) Summary(t *terminal.Output, path string) {
	totals := b.byDecision()
	if t.JSON() {
		out := summaryOutput{
			Exit: b.Exit(), Lines: len(b.results), Decisions: map[payneteasy.Decision]totalOutput{}, Causes: b.causes(),
			File: path, Journal: b.store.JournalPath(), Warnings: b.warnings,
		}
		for r, sums := range totals {
			out.Decisions[r] = newTotalOutput(sums)
		}
		t.PrintJSON(out)
		return
	}
	var rows [][]string
	for _, d := range exit.Decisions {
		if sums, ok := totals[d]; ok {
			row := []string{string(d), terminal.Count(sums.lines), sums.amounts(), linesAdvice(d)}
			rows = append(rows, append(row, b.reasons(d)...))
		}
	}
	t.Print("\n")
	t.Table(rows)
	if path != "" {
		t.Print("\nresults  %s\n", terminal.Line(path))
	}
}

// linesAdvice says what to do about the lines of a decision.
func linesAdvice(d payneteasy.Decision) string {
	switch d {
	case payneteasy.DecisionReview:
		return "a person must look, then use payneteasy settle. For all of them: payneteasy batch review"
	case payneteasy.DecisionUnknown:
		return "may have been sent, and their outcome is not known yet: run it again"
	case payneteasy.DecisionRefused:
		return "refused, but the gateway may have orders anyway: run it again"
	case payneteasy.DecisionReversed:
		return "were paid, and money was taken back: book the amounts"
	case payneteasy.DecisionPending:
		return "accepted, not final yet: run it again"
	case payneteasy.DecisionNotSent:
		return "nothing was sent: run it again"
	case payneteasy.DecisionRejected:
		return "refused, no order: correct the lines, run it again"
	case payneteasy.DecisionNotPaid:
		return "declined: pay them again only under new ids"
	case payneteasy.DecisionPaid:
	}
	return ""
}

// causes counts the reviews by cause.
func (b *Batch) causes() map[payneteasy.Cause]int {
	found := map[payneteasy.Cause]int{}
	for _, r := range b.results {
		if r.decision == payneteasy.DecisionReview {
			found[r.cause]++
		}
	}
	return found
}

// reasons says why the lines of a decision have it. There is a line for each reason, the most frequent first, and
// together they cover all lines of the decision. It is empty if no line has a reason.
func (b *Batch) reasons(d payneteasy.Decision) (rows []string) {
	type group struct{ text, first string }
	lines := map[group]int{}
	byText := map[string]group{}
	for i, r := range b.results {
		if r.decision != d {
			continue
		}
		text := r.reason(b.file.lines[i].id)
		if _, known := byText[text]; !known {
			byText[text] = group{text, b.file.lines[i].id}
		}
		lines[byText[text]]++
	}
	if _, none := byText[""]; none && len(byText) == 1 {
		return nil
	}
	groups := slices.SortedFunc(maps.Keys(lines), func(a, b group) int {
		return cmp.Or(cmp.Compare(lines[b], lines[a]), cmp.Compare(a.text, b.text))
	})
	more := 0
	for i, g := range groups {
		if i >= maxReasons {
			more += lines[g]
			continue
		}
		rows = append(rows,
			fmt.Sprintf("%s: %s (%s%s)", terminal.Plural(lines[g], "line"), cmp.Or(terminal.Line(g.text), noReason(d)),
				theFirst(lines[g]), quotedID(g.first)))
	}
	if more > 0 {
		rows = append(rows, terminal.Plural(more, "line")+": other reasons, see the results")
	}
	return rows
}

// maxReasons limits the reasons of a decision that are shown, because the gateway's words may differ in each line.
const maxReasons = 12

func theFirst(lines int) string {
	if lines > 1 {
		return "the first is "
	}
	return ""
}

// noReason is the text for lines without a reason beside others that have one.
func noReason(d payneteasy.Decision) string {
	switch d {
	case payneteasy.DecisionPaid:
		return "the gateway says so"
	case payneteasy.DecisionNotSent:
		return "not begun"
	case payneteasy.DecisionReview, payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionReversed,
		payneteasy.DecisionPending, payneteasy.DecisionRejected, payneteasy.DecisionNotPaid:
	}
	return "no reason is known"
}

// reason says why a line has its decision. That is a review's cause, a person's words, or what the gateway or this tool
// said.
func (r lineResult) reason(id string) string {
	switch {
	case r.settled:
		return "settled by a person"
	case r.decision == payneteasy.DecisionReview:
		return string(r.cause) + ": " + exit.CauseText(r.cause)
	case r.decision == payneteasy.DecisionPaid:
		return ""
	}
	return sameWords(r.message, id)
}

// sameWords is a message without what differs from line to line.
func sameWords(message, id string) string {
	message = strings.ReplaceAll(message, id, "…")
	if runes := []rune(message); len(runes) > 120 {
		message = string(runes[:120]) + "…"
	}
	return terminal.WithoutName(message)
}

// ShowFaults shows what is wrong with the file.
func (b *Batch) ShowFaults(t *terminal.Output, path string) error {
	if t.JSON() {
		t.PrintJSON(struct {
			Faults []fileFault `json:"faults"`
			More   int         `json:"more,omitempty"`
		}{b.file.faults, b.file.more})
	} else {
		for _, fault := range b.file.faults {
			_, _ = fmt.Fprintln(t.Stderr, t.Wrapped(fmt.Sprintf("%s:%s", terminal.Line(path), fault), 4))
		}
	}
	more := ""
	if b.file.more > 0 {
		more = fmt.Sprintf(", and %s more", terminal.Count(b.file.more))
	}
	return exit.Usagef("%s: %s%s; nothing was sent",
		terminal.Line(path), terminal.Plural(len(b.file.faults), "fault"), more)
}
