package signing

import (
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Tell writes the verdict as text.
func (v *Verdict) Tell(t *terminal.Output) {
	t.Print("%s %s\n\n", terminal.Line(v.Method), terminal.Line(v.URL))
	if v.Valid {
		t.Print("VALID: the signature is that of this request and this key.\n")
	} else {
		t.Print("NOT VALID: %s\n\n   %s.\n", v.Mistake, v.Explanation)
	}
	t.Print("\nBase string of what arrived\n\n%s\n", terminal.Line(v.BaseString))
	if v.SignedBaseString != "" {
		t.Print("\nBase string that was signed\n\n%s\n", terminal.Line(v.SignedBaseString))
		at := firstDifference(v.BaseString, v.SignedBaseString)
		t.Print("\nThey differ from character %d\n\n   arrived  %s\n   signed   %s\n",
			at+1, around(v.BaseString, at), around(v.SignedBaseString, at))
	}
	t.Print("\nOther checks\n\n")
	for _, c := range v.Checks {
		word := "ok"
		if !c.OK {
			word = "LOOK"
		}
		t.Print("   %-4s  %s: %s\n", word, c.Name, c.Detail)
	}
	if len(v.Redacted) > 0 {
		t.Print("\nHidden, but verified as it came: %s\n", terminal.Line(strings.Join(v.Redacted, ", ")))
	}
}

// firstDifference returns the first byte at which two texts differ.
func firstDifference(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

// around returns a piece of a text, from a little before an index.
func around(s string, at int) string {
	const before, after = 16, 40
	start, end := max(0, at-before), min(len(s), at+after)
	for start < at && !utf8.RuneStart(s[start]) {
		start++
	}
	piece := s[start:end]
	if start > 0 {
		piece = "…" + piece
	}
	if end < len(s) {
		piece += "…"
	}
	return terminal.Line(piece)
}
