package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// note is a message to the person.
func (t *output) note(format string, args ...any) {
	_, _ = fmt.Fprintf(t.stderr, "payneteasy: %s\n", withoutName(fmt.Sprintf(format, args...)))
}

// print writes a part of the text output.
func (t *output) print(format string, args ...any) { _, _ = fmt.Fprintf(t.stdout, format, args...) }

func (t *output) printJSON(value any) {
	e := json.NewEncoder(escaping{t.stdout})
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false) // base strings are full of &
	_ = e.Encode(value)    // all of it can be encoded; what cannot be written is kept by checkedWriter
}

// checkedWriter remembers that something could not be written: what is redirected to a full disk must not end as done.
type checkedWriter struct {
	to     io.Writer
	failed error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if err != nil && w.failed == nil {
		w.failed = err
	}
	return n, err
}

// wrapped is a message that is wrapped on a terminal, and stays one line elsewhere, for grep.
func (t *output) wrapped(text string, indent int) string {
	if !t.isTerminal(t.stderr) {
		return text
	}
	return wrap(text, max(t.width(), 40), indent)
}

// table prints rows of a name, a number and a text.
func (t *output) table(rows [][]string) {
	wide := [2]int{}
	for _, row := range rows {
		wide[0], wide[1] = max(wide[0], len(row[0])), max(wide[1], len(row[1]))
	}
	for _, row := range rows {
		t.print("%s\n", strings.TrimRight(fmt.Sprintf("%-*s  %*s  %s", wide[0], row[0], wide[1], row[1], row[2]), " "))
		for _, more := range row[3:] {
			if more != "" {
				t.print("%*s%s\n", wide[0]+wide[1]+4, "", more)
			}
		}
	}
}

// printRows prints names and values; others' text is made fit for a terminal.
func (t *output) printRows(rows [][2]string) {
	for _, row := range rows {
		if row[1] != "" {
			t.print("%-14s  %s\n", row[0], line(row[1]))
		}
	}
}

// printLine is printJSON on one line.
func (t *output) printLine(value any) {
	e := json.NewEncoder(escaping{t.stdout})
	e.SetEscapeHTML(false)
	_ = e.Encode(value)
}

// output is where one call of the program writes.
type output struct {
	stdout *checkedWriter
	stderr io.Writer
	json   func() bool // whether the output is JSON

	isTerminal func(stream any) bool // tests change what is a terminal, and how wide
	width      func() int
}

// message is an error's text without the name of the SDK, which every message of this program begins with.
func message(err error) string { return withoutName(err.Error()) }

func withoutName(text string) string { return strings.TrimPrefix(text, "payneteasy: ") }

func newOutput(stdout, stderr io.Writer, json func() bool) *output {
	return &output{
		stdout: &checkedWriter{to: stdout}, stderr: stderr, json: json,
		isTerminal: isTerminal, width: terminalWidth,
	}
}
