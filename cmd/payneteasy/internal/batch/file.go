package batch

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// payoutFile is a CSV of payouts. Its content is kept in memory. So the run sends what was validated, even if the file
// changes.
type payoutFile struct {
	content []byte
	comma   rune
	columns []string // the parameters' names
	top     int      // the header's line, from 1
	noNames bool     // that line names no parameter
	named   int      // number of columns with names; all columns after them are empty
	lines   []payoutLine
	faults  []fileFault
	more    int // number of faults above the limit

	part string // the part that is being read, which is the kind of faults that are not about a value

	known struct{ line, offset int } // the start of a known line, so that a search need not begin at the top
}

// payoutLine is one payout of the file.
type payoutLine struct {
	number     int // of its first line in the file, from 1
	start, end int // in content
	id         string
	amount     payneteasy.Amount
	sum        store.DestinationSum
	look       lineLook
}

// maxFaults is more than a person corrects at once.
const maxFaults = 100

// destinationOf makes the fingerprints of a payout's parameters.
type destinationOf func(map[string]string) store.DestinationSum

// readPayouts reads the whole file and names every fault, each with line and column. Ignored columns may have any name.
func readPayouts(content []byte, client *payneteasy.Client, destination destinationOf, ignored ...string) *payoutFile {
	f := &payoutFile{content: bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), part: kindFile}
	if fault := f.encoding(); fault != nil {
		f.faults = append(f.faults, *fault)
		return f
	}
	f.comma = separator(f.content)
	reader := f.reader(f.content)
	header, err := reader.Read()
	for err == nil && blankRecord(header) {
		header, err = reader.Read()
	}
	if err != nil {
		f.unreadable(err)
		return f
	}
	f.top, _ = reader.FieldPos(0)
	f.part = kindHeader
	f.header(reader, slices.Clone(header), ignored)
	if f.noNames {
		f.findHeader(reader)
	}
	if len(f.faults) > 0 {
		return f
	}
	f.part = kindLine
	f.read(reader, client, destination)
	return f
}

func (f *payoutFile) reader(content []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = f.comma, -1, true
	return r
}

func (f *payoutFile) read(reader *csv.Reader, client *payneteasy.Client, destination destinationOf) {
	seen := map[string]int{} // the line of each client_orderid
	values := map[string]string{}
	for {
		start := int(reader.InputOffset())
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, csv.ErrBareQuote) {
			f.bareQuote(err)
			continue
		}
		if err != nil {
			f.unreadable(err) // the rest cannot be split into lines
			return
		}
		if blankRecord(record) {
			continue
		}
		first, column := reader.FieldPos(0)
		if f.isHeader(record) {
			f.fault(place{line: first, column: column},
				"is the header again, as in files that were put together: remove the line")
			continue
		}
		if len(record) != len(f.columns) {
			f.fault(place{line: first, column: column}, f.raggedRule(record))
			continue
		}
		f.take(values, record)
		id := strings.Clone(values["client_orderid"]) // a clone, so that it does not keep its whole line in memory
		if extra := slices.IndexFunc(record[f.named:], isFilled); extra >= 0 {
			row, column := reader.FieldPos(f.named + extra)
			f.fault(place{line: row, column: column, id: shownID(values)},
				"a value is in a column that has no name: name the column, or remove it")
			continue
		}
		fault := func(name, rule string) {
			row, column := reader.FieldPos(max(0, slices.Index(f.columns, name)))
			f.fault(place{row, column, shownID(values), name}, rule)
		}
		before := len(f.faults)
		req, good := checkLine(client, values, fault)
		slices.SortStableFunc(f.faults[before:], func(a, b fileFault) int {
			return cmp.Or(a.Line-b.Line, a.Column-b.Column)
		})
		if before, again := seen[id]; again && id != "" {
			fault("client_orderid",
				fmt.Sprintf("is already used in line %d: give each payout its own id", before))
			continue
		}
		seen[id] = first
		if good {
			f.lines = append(f.lines, payoutLine{
				number: first, start: start, end: int(reader.InputOffset()), id: id, amount: req.Amount,
				sum: destination(values), look: lookOf(values),
			})
		}
	}
	if len(seen) == 0 && len(f.faults) == 0 {
		f.fault(place{line: f.top, column: 1}, "there is a header and no payout")
	}
}

func isFilled(field string) bool { return strings.TrimSpace(field) != "" }

// isHeader reports whether a row repeats the names of the columns.
func (f *payoutFile) isHeader(record []string) bool {
	return slices.EqualFunc(f.columns, record, func(name, field string) bool {
		return name == "" || name == strings.TrimSpace(field)
	})
}

// raggedRule says what is wrong with a line that has more or fewer fields than the header.
func (f *payoutFile) raggedRule(record []string) string {
	rule := fmt.Sprintf("it has %s, and the header has %d", terminal.Plural(len(record), "field"), len(f.columns))
	if slices.ContainsFunc(record, func(field string) bool { return strings.ContainsRune(field, '\r') }) {
		return rule + ": lines end with CR alone; save the file again as CSV UTF-8"
	}
	if len(record) == 1 {
		for _, comma := range separators {
			if comma != f.comma && strings.ContainsRune(record[0], comma) {
				return rule + ": it is separated by " + separatorName(comma) + ", and the header by " +
					separatorName(f.comma)
			}
		}
	}
	if len(record) > len(f.columns) {
		return rule + ": put a value that has " + separatorName(f.comma) +
			" inside in quotation marks, and write amounts with a point"
	}
	return rule + ": is a value or a separator missing?"
}

// checkLine makes a payout from a line, and reports everything that is wrong with it.
func checkLine(
	client *payneteasy.Client, values map[string]string, fault func(name, rule string),
) (req *payneteasy.PayoutRequest, good bool) {
	good = true
	refused := map[string]bool{}
	wrong := func(name, rule string) {
		good, refused[name] = false, true
		fault(name, rule)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if rule := payoutinput.Damage(name, values[name]); rule != "" {
			wrong(name, rule)
		}
	}
	req, faults := payoutinput.NewRequest(values)
	for _, err := range faults {
		if parameter, ok := errors.AsType[*payoutinput.ParameterError](err); ok && !refused[parameter.Name] {
			wrong(parameter.Name, parameter.Rule)
		}
	}
	var invalid *payneteasy.ValidationError
	if err := client.Validate(req); errors.As(err, &invalid) {
		for _, f := range invalid.Faults {
			if !refused[f.Field] && (f.Field != "amount" || !refused["currency"]) {
				wrong(f.Field, f.Rule)
			}
		}
	} else if err != nil {
		wrong("", err.Error())
	}
	return req, good
}

// take reads the parameters of a record.
func (f *payoutFile) take(values map[string]string, record []string) {
	clear(values)
	for i, name := range f.columns {
		if name != "" { // ignored
			values[name] = record[i]
		}
	}
}

// request reads a valid line again.
func (f *payoutFile) request(l *payoutLine) (*payneteasy.PayoutRequest, error) {
	values, err := f.values(l)
	if err != nil {
		return nil, err
	}
	req, faults := payoutinput.NewRequest(values)
	return req, errors.Join(faults...)
}

// values reads a line's parameters again.
func (f *payoutFile) values(l *payoutLine) (map[string]string, error) {
	record, err := f.reader(f.content[l.start:l.end]).Read()
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	f.take(values, record)
	return values, nil
}
