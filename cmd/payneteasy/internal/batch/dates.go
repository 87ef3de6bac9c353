package batch

import (
	"fmt"
	"regexp"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// serialDate is a number with a fraction, as spreadsheets count a day with its time. 1001.1 is rather a part of 1001.
var serialDate = regexp.MustCompile(`^[0-9]{5,}[.,][0-9]+$`)

// dated are ids that look like dates. Such an id may be right, and may be one of several that became the same date.
func (w *warnings) dated() *warning {
	found := &warning{
		Kind: "date_ids",
		Text: "Ids that look like dates. Has a spreadsheet made dates of them?",
	}
	var lines []keyedLine
	for i := range w.file.lines {
		if id := w.file.lines[i].id; w.sending[i] && (payoutinput.HasDateForm(id) || serialDate.MatchString(id)) {
			lines = append(lines, keyedLine{line: i})
		}
	}
	if len(lines) == 0 {
		return found
	}
	w.concern(found, "client_orderid", lines, func(int) string {
		return "looks like a date, and a spreadsheet may have made a date of it: compare it with its source"
	})
	g := w.group(lines)
	g.Text = fmt.Sprintf("%s of %s: %s",
		terminal.Count(len(lines)), terminal.Plural(len(w.file.lines), "line"), g.placed())
	found.Groups = append(found.Groups, g)
	return found
}
