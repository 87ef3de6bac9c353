package terminal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/payneteasy-go/payneteasy"
)

// Output is where one call of the program writes, as text or as JSON.
type Output struct {
	Stdout *checkedWriter
	Stderr io.Writer
	JSON   func() bool // whether the output is JSON

	IsTerminal func(stream any) bool // tests change what is a terminal, and its width
	Width      func() int
}

// NewOutput writes to two streams. json reports whether the output is JSON.
func NewOutput(stdout, stderr io.Writer, json func() bool) *Output {
	return &Output{
		Stdout: &checkedWriter{To: stdout}, Stderr: stderr, JSON: json,
		IsTerminal: isTerminal, Width: Width,
	}
}

// Note writes a message to the person.
func (t *Output) Note(format string, args ...any) {
	_, _ = fmt.Fprintf(t.Stderr, "payneteasy: %s\n", WithoutName(fmt.Sprintf(format, args...)))
}

// Print writes a part of the text output.
func (t *Output) Print(format string, args ...any) { _, _ = fmt.Fprintf(t.Stdout, format, args...) }

// PrintJSON writes a value as JSON, on several lines.
func (t *Output) PrintJSON(value any) {
	e := json.NewEncoder(escaping{t.Stdout})
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false) // base strings are full of &
	_ = e.Encode(value)    // all values can be encoded, and checkedWriter keeps write errors
}

// checkedWriter keeps the first write error. Output that is redirected to a full disk must not end as done.
type checkedWriter struct {
	To     io.Writer
	Failed error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.To.Write(p)
	if err != nil && w.Failed == nil {
		w.Failed = err
	}
	return n, err
}

// Wrapped wraps a message on a terminal. Elsewhere it stays one line, for grep.
func (t *Output) Wrapped(text string, indent int) string {
	if !t.IsTerminal(t.Stderr) {
		return text
	}
	return Wrap(text, max(t.Width(), 40), indent)
}

// Table prints rows with a name, a number and a text.
func (t *Output) Table(rows [][]string) {
	wide := [2]int{}
	for _, row := range rows {
		wide[0], wide[1] = max(wide[0], len(row[0])), max(wide[1], len(row[1]))
	}
	for _, row := range rows {
		t.Print("%s\n", strings.TrimRight(fmt.Sprintf("%-*s  %*s  %s", wide[0], row[0], wide[1], row[1], row[2]), " "))
		for _, more := range row[3:] {
			if more != "" {
				t.Print("%*s%s\n", wide[0]+wide[1]+4, "", more)
			}
		}
	}
}

// PrintRows prints names and values. Foreign text is made safe for a terminal.
func (t *Output) PrintRows(rows [][2]string) {
	for _, row := range rows {
		if row[1] != "" {
			t.Print("%-14s  %s\n", row[0], Line(row[1]))
		}
	}
}

// PrintLine is PrintJSON on one line.
func (t *Output) PrintLine(value any) {
	e := json.NewEncoder(escaping{t.Stdout})
	e.SetEscapeHTML(false)
	_ = e.Encode(value)
}

// Message returns an error's text without the SDK's name, because every message of this program begins with it.
func Message(err error) string { return WithoutName(err.Error()) }

// WithoutName returns a text without the SDK's name.
func WithoutName(text string) string { return strings.TrimPrefix(text, "payneteasy: ") }

// MessageWithoutSerial is like Message, but also without the serial number of the reply.
func MessageWithoutSerial(err error) string {
	if failed, ok := errors.AsType[*payneteasy.Error](err); ok && failed.SerialNumber != "" {
		plain := *failed
		plain.SerialNumber = ""
		err = &plain
	}
	return Message(err)
}
