package batch

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
)

// place is a position in the file, as package csv counts, and the payout's ID and field.
type place struct {
	line, column int // column in bytes
	id, field    string
}

// fileFault is one fault of the file. It shows no value except a column's name and the merchant's own ID.
type fileFault struct {
	Line          int    `json:"line"`   // from 1
	Column        int    `json:"column"` // in characters, from 1
	ClientOrderID string `json:"client_orderid,omitempty"`
	Field         string `json:"field,omitempty"`
	Kind          string `json:"kind"` // with --strict the kind of a warning, or else one of the kinds below
	Rule          string `json:"rule"`
}

// Kinds of faults. They are about the file, its header, a line, a value, or a value that differs from what was sent
// earlier under the same ID.
const (
	kindFile       = "file"
	kindHeader     = "header"
	kindLine       = "line"
	kindValue      = "value"
	kindSentBefore = "sent_before"
)

// bareQuote reports a line that has a quotation mark inside a value, such as ="0987654321". The lines after it can be
// read.
func (f *payoutFile) bareQuote(err error) {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return
	}
	at := place{line: parse.Line, column: parse.Column}
	row, _, _ := bytes.Cut(f.from(parse.Line), []byte("\n"))
	lazy := f.reader(row)
	lazy.LazyQuotes = true
	if record, err := lazy.Read(); err == nil && len(record) == len(f.columns) && parse.StartLine == parse.Line {
		values := map[string]string{}
		f.take(values, record)
		at.id = shownID(values)
		for i, name := range f.columns {
			if rule := payoutinput.Damage(name, record[i]); rule != "" && strings.Contains(record[i], `"`) {
				_, at.column = lazy.FieldPos(i)
				at.field = name
				f.fault(at, rule)
				return
			}
		}
	}
	f.fault(at, `has a quotation mark (") inside a value: put the value in quotation marks and double the one inside`)
}

// shownID is the client_orderid of a line. It is shown whole, unless it holds the number of the line's card.
func shownID(values map[string]string) string {
	var all []signing.Parameter
	for name, value := range values {
		all = append(all, signing.Parameter{Name: name, Value: value})
	}
	return strings.Clone(mask.Cards.Knowing(signing.Joined(all)).Value("client_orderid", values["client_orderid"]))
}

// from returns the file from the beginning of a line.
func (f *payoutFile) from(line int) []byte {
	if line < f.known.line || f.known.line == 0 {
		f.known.line, f.known.offset = 1, 0
	}
	for f.known.line < line {
		next := bytes.IndexByte(f.content[f.known.offset:], '\n')
		if next < 0 {
			break
		}
		f.known.line, f.known.offset = f.known.line+1, f.known.offset+next+1
	}
	return f.content[f.known.offset:]
}

func (f *payoutFile) unreadable(err error) {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, csv.ErrBareQuote): // in the header
		f.bareQuote(err)
	case errors.Is(err, io.EOF) && len(bytes.TrimSpace(f.content)) > 0:
		f.fault(place{line: 1, column: 1}, "the file has only separators: it needs a header and payouts")
	case errors.Is(err, io.EOF):
		f.fault(place{line: 1, column: 1}, "the file is empty")
	case errors.As(err, &parse):
		f.fault(place{line: parse.Line, column: parse.Column},
			`a quotation mark (") is not closed, or something follows it: double a quotation mark inside a value; `+
				"what follows was not read")
	default:
		f.fault(place{line: 1, column: 1}, err.Error())
	}
}

// fault records a fault. It converts the column to characters.
func (f *payoutFile) fault(at place, rule string) {
	if len(f.faults) == maxFaults {
		f.more++
		return
	}
	kind := f.part
	if at.field != "" {
		kind = kindValue
	}
	f.faults = append(f.faults, f.faultOf(at, kind, rule))
}

// faultOf returns a fault whose column is in characters.
func (f *payoutFile) faultOf(at place, kind, rule string) fileFault {
	rest := f.from(at.line)
	characters := utf8.RuneCount(rest[:min(max(at.column-1, 0), len(rest))]) + 1
	return fileFault{at.line, characters, at.id, at.field, kind, rule}
}

// add inserts more faults in order of line and column. It counts those above the limit.
func (f *payoutFile) add(more []fileFault) {
	byPlace := func(a, b fileFault) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) }
	slices.SortFunc(more, func(a, b fileFault) int {
		return cmp.Or(byPlace(a, b), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Rule, b.Rule))
	})
	f.faults = append(f.faults, slices.Compact(more)...)
	slices.SortStableFunc(f.faults, byPlace)
	if cut := len(f.faults) - maxFaults; cut > 0 {
		f.faults, f.more = f.faults[:maxFaults], f.more+cut
	}
}

// placeOf returns the position of a column's value in a line. Without a name it returns the position of the
// destination.
func (f *payoutFile) placeOf(l *payoutLine, field string) place {
	at := place{line: l.number, column: 1, id: l.id, field: field}
	reader := f.reader(f.content[l.start:l.end])
	record, err := reader.Read()
	if err != nil { // it was read before
		return at
	}
	first, _ := reader.FieldPos(0) // there may be empty lines before it
	for i, name := range f.columns {
		if name == field || field == "" && slices.Contains(payoutinput.DestinationColumns, name) && record[i] != "" {
			row, column := reader.FieldPos(i)
			at.line, at.column, at.field = l.number+row-first, column, name
			break
		}
	}
	return at
}

// String is the position, the payout's ID, the column and the rule.
func (f fileFault) String() string {
	text := fmt.Sprintf("%d:%d: ", f.Line, f.Column)
	if f.ClientOrderID != "" && f.Field != "client_orderid" {
		text += shortID(f.ClientOrderID) + ": "
	}
	if f.Field != "" {
		text += f.Field + " "
	}
	if f.Field == "client_orderid" && f.ClientOrderID != "" {
		text += shortID(f.ClientOrderID) + " "
	}
	return text + f.Rule
}

// shortID shows an ID. An ID longer than the documented length is cut. Blanks at its ends are made visible.
func shortID(id string) string {
	if runes := []rune(id[:min(len(id), 1024)]); len(runes) > 128 {
		id = string(runes[:32]) + "…"
	}
	return payoutinput.WithEnds(id)
}
