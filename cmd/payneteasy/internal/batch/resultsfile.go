package batch

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// resultColumns are the columns of the results CSV. It has one line for each payout of the file, in the same order.
var resultColumns = []string{
	"client_orderid", "orderid", "decision", "cause", "paid", "taken_back", "status", "error_code", "error_message",
}

// ResultsPath returns the path of the results, unless a flag sets another.
func ResultsPath(file string) string {
	return strings.TrimSuffix(file, filepath.Ext(file)) + ".results.csv"
}

// CheckResultsPath refuses to overwrite a file that is not an earlier results CSV.
func CheckResultsPath(path string) error {
	if err := profile.OutputFault(path); err != nil {
		return exit.Usagef("the results cannot be written: %w", err)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return exit.Usagef("the results cannot be written: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was read only
	header, err := bufio.NewReader(file).ReadString('\n')
	columns := strings.FieldsFunc(header, func(r rune) bool { return strings.ContainsRune(",;\t\r\n", r) })
	if err != nil || !slices.Equal(columns, resultColumns) {
		return exit.Usagef("the results would overwrite %s, which is not a results CSV: name another file by --results",
			terminal.Line(path))
	}
	return nil
}

// RemoveResults removes the results of an earlier run.
func RemoveResults(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// WriteResults replaces the whole results CSV, or leaves the old one unchanged.
func (b *Batch) WriteResults(path string) error {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = b.file.comma     // a program that opened the file can open the results
	_ = w.Write(resultColumns) // into memory
	for i, r := range b.results {
		_ = w.Write([]string{
			b.file.lines[i].id, plainText(r.orderID), string(r.decision), string(r.cause), r.paid, r.takenBack,
			plainText(r.status), plainText(r.code), plainText(r.message),
		})
	}
	w.Flush()
	temporary, err := os.CreateTemp(filepath.Dir(path), ".results-*")
	if err != nil {
		return err
	}
	_, err = out.WriteTo(temporary)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}

// plainText is a foreign text that no spreadsheet takes for a formula.
func plainText(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
