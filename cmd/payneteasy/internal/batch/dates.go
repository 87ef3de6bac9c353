package batch

import (
	"fmt"
	"regexp"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// serialDate is a number with a fraction, which is how spreadsheets count a day with its time. 1001.1 is more likely a
// part of 1001.
var serialDate = regexp.MustCompile(`^[0-9]{5,}[.,][0-9]+$`)

// dated finds IDs that look like dates. Such an ID may be right, or several IDs may have become the same date.
func (w *warnings) dated() *warning {
	found := &warning{
		Kind: "date_ids",
		Text: "Ids that look like dates. Has a spreadsheet turned them into dates?",
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
		return "looks like a date, and a spreadsheet may have turned it into one: compare it with its source"
	})
	g := w.group(lines)
	g.Text = fmt.Sprintf("%s of %s: %s",
		terminal.Count(len(lines)), terminal.Plural(len(w.file.lines), "line"), g.placed())
	found.Groups = append(found.Groups, g)
	return found
}
