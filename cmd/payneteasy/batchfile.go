package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy"
)

// payoutFile is a CSV of payouts. It is kept as it was read: what was validated is what is sent, whatever becomes of the file.
type payoutFile struct {
	content []byte
	comma   rune
	columns []string // the parameters' names
	lines   []payoutLine
	faults  []fileFault
	more    int // faults that are not among them
}

// payoutLine is one payout of the file.
type payoutLine struct {
	number     int // of its first line in the file, from 1
	start, end int // in content
	id         string
	amount     payneteasy.Amount
	sum        fingerprint
}

// fileFault is one thing wrong with the file. It shows no value but a column's name.
type fileFault struct {
	Line   int    `json:"line"`   // from 1
	Column int    `json:"column"` // in characters, from 1
	Field  string `json:"field,omitempty"`
	Rule   string `json:"rule"`
}

// maxFaults is more than anybody mends at once.
const maxFaults = 100

// shortened is how spreadsheets write long numbers: 1.23457E+09.
var shortened = regexp.MustCompile(`^[0-9](?:[.,][0-9]+)?E[+][0-9]+$`)

// destinationColumns are the parameters of which a line has exactly one.
var destinationColumns = []string{
	"account_number", "ewallet_wallet", "crypto_wallet_address", "credit_card_number", "card_recurring_payment_id", "recurring-payment-id",
}

// readPayouts reads the whole file and names all that is wrong with it, each with line and column.
func readPayouts(content []byte, client *payneteasy.Client, destination func(map[string]string) fingerprint) *payoutFile {
	f := &payoutFile{content: bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))}
	if fault := f.encoding(); fault != nil {
		f.faults = append(f.faults, *fault)
		return f
	}
	f.comma = separator(f.content)
	reader := f.reader(f.content)
	header, err := reader.Read()
	if err != nil {
		f.unreadable(err)
		return f
	}
	f.header(reader, slices.Clone(header))
	if len(f.faults) > 0 {
		return f
	}
	f.read(reader, client, destination)
	return f
}

// encoding refuses what is not UTF-8, where it begins.
func (f *payoutFile) encoding() *fileFault {
	if bytes.HasPrefix(f.content, []byte("\xff\xfe")) || bytes.HasPrefix(f.content, []byte("\xfe\xff")) {
		return &fileFault{Line: 1, Column: 1, Rule: "the file is UTF-16: save it as CSV UTF-8"}
	}
	for offset := 0; offset < len(f.content); {
		r, size := utf8.DecodeRune(f.content[offset:])
		if r == utf8.RuneError && size == 1 {
			before := f.content[:offset]
			start := bytes.LastIndexByte(before, '\n') + 1
			return &fileFault{Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[start:]) + 1, Rule: "is not UTF-8: save the file as CSV UTF-8"}
		}
		offset += size
	}
	return nil
}

// separator is the one of comma, semicolon and tab that the header has most of.
func separator(content []byte) rune {
	header, _, _ := bytes.Cut(content, []byte("\n"))
	best := ','
	for _, comma := range ";\t" {
		if bytes.Count(header, []byte(string(comma))) > bytes.Count(header, []byte(string(best))) {
			best = comma
		}
	}
	return best
}

func (f *payoutFile) reader(content []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = f.comma, -1, true
	return r
}

func (f *payoutFile) header(reader *csv.Reader, names []string) {
	f.columns = names
	fault := func(i int, rule string) {
		line, column := reader.FieldPos(i)
		f.fault(line, column, "", rule)
	}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		name = names[i]
		known := name == "currency" || payoutFields[name] != nil
		lower := strings.ToLower(name)
		switch {
		case slices.Contains(names[:i], name):
			fault(i, fmt.Sprintf("%s stands there twice", quoted(name)))
		case known:
		case name == "":
			fault(i, "the column has no name")
		case lower == "currency", payoutFields[lower] != nil:
			fault(i, fmt.Sprintf("%s is not a documented parameter of a payout: write %s", line(name), lower))
		default:
			fault(i, fmt.Sprintf("%s is not a documented parameter of a payout", quoted(name)))
		}
	}
	for _, name := range []string{"client_orderid", "amount", "currency"} {
		if !slices.Contains(names, name) {
			f.fault(1, 1, "", "the column "+name+" is missing")
		}
	}
	if !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(destinationColumns, name) }) {
		f.fault(1, 1, "", "there is no column that says where the money goes: one of "+strings.Join(destinationColumns, ", "))
	}
}

// quoted shows what stands where a name should. Without a header that is a payout, and an account.
func quoted(name string) string {
	if strings.ContainsAny(name, "0123456789") || len(name) > 40 {
		return "a column"
	}
	return line(name)
}

func (f *payoutFile) read(reader *csv.Reader, client *payneteasy.Client, destination func(map[string]string) fingerprint) {
	seen := map[string]int{} // client_orderid: its line
	values := map[string]string{}
	for {
		start := int(reader.InputOffset())
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.unreadable(err) // what follows cannot be told apart
			return
		}
		first, column := reader.FieldPos(0)
		if len(record) != len(f.columns) {
			f.fault(first, column, "", fmt.Sprintf("it has %d fields, and the header has %d", len(record), len(f.columns)))
			continue
		}
		f.take(values, record)
		fault := func(name, rule string) {
			at := max(0, slices.Index(f.columns, name))
			row, column := reader.FieldPos(at)
			f.fault(row, column, name, rule)
		}
		req, good := checkLine(client, values, fault)
		id := strings.Clone(values["client_orderid"]) // or each keeps its whole line in memory
		if before, twice := seen[id]; twice && id != "" {
			fault("client_orderid", fmt.Sprintf("is that of line %d already", before))
			continue
		}
		seen[id] = first
		if good {
			f.lines = append(f.lines, payoutLine{
				number: first, start: start, end: int(reader.InputOffset()), id: id, amount: req.Amount, sum: destination(values),
			})
		}
	}
	if len(seen) == 0 && len(f.faults) == 0 {
		f.fault(1, 1, "", "there is a header and no payout")
	}
}

// checkLine makes a payout of a line, and tells all that is wrong with it.
func checkLine(client *payneteasy.Client, values map[string]string, fault func(name, rule string)) (req *payneteasy.PayoutRequest, good bool) {
	good = true
	wrong := func(name, rule string) {
		good = false
		fault(name, rule)
	}
	req, faults := newRequest(values)
	refused := map[string]bool{}
	for _, err := range faults {
		if parameter, ok := errors.AsType[*parameterError](err); ok {
			refused[parameter.name] = true
			wrong(parameter.name, parameter.rule)
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
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if shortened.MatchString(values[name]) {
			wrong(name, "looks like a number that a spreadsheet has shortened: make the column text, and enter it again")
		}
	}
	var named []string
	for _, name := range destinationColumns {
		if values[name] != "" {
			named = append(named, name)
		}
	}
	switch len(named) {
	case 0:
		wrong("", "it does not say where the money goes: one of "+strings.Join(destinationColumns, ", "))
	case 1:
	default:
		wrong(named[1], "is a second destination beside "+named[0])
	}
	return req, good
}

// take makes parameters of a record.
func (f *payoutFile) take(values map[string]string, record []string) {
	clear(values)
	for i, name := range f.columns {
		values[name] = record[i]
	}
}

// request reads a line once more, which was valid.
func (f *payoutFile) request(l *payoutLine) (*payneteasy.PayoutRequest, error) {
	record, err := f.reader(f.content[l.start:l.end]).Read()
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	f.take(values, record)
	req, faults := newRequest(values)
	return req, errors.Join(faults...)
}

func (f *payoutFile) unreadable(err error) {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		f.fault(1, 1, "", "the file is empty")
	case errors.As(err, &parse):
		f.fault(parse.Line, parse.Column, "", parse.Err.Error()+"; what follows was not read")
	default:
		f.fault(1, 1, "", err.Error())
	}
}

// fault notes a fault at a line and a byte of it, as package csv counts.
func (f *payoutFile) fault(line, column int, field, rule string) {
	if len(f.faults) == maxFaults {
		f.more++
		return
	}
	rest := f.content
	for range line - 1 {
		_, rest, _ = bytes.Cut(rest, []byte("\n"))
	}
	characters := utf8.RuneCount(rest[:min(max(column-1, 0), len(rest))]) + 1
	f.faults = append(f.faults, fileFault{Line: line, Column: characters, Field: field, Rule: rule})
}

func (f fileFault) String() string {
	if f.Field == "" {
		return fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Rule)
	}
	return fmt.Sprintf("%d:%d: %s %s", f.Line, f.Column, f.Field, f.Rule)
}
