package payneteasy

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// Fault is one thing wrong with a request or a configuration: the parameter's name on the wire ("receiver_phone") or
// the field of Config, and the rule it breaks. It never holds the value.
type Fault struct {
	Field string
	Rule  string
}

// faults gathers what is wrong, so that all of it is named at once.
type faults []Fault

// errorf is fmt.Errorf, in one place: inlined in each of its places it costs each user's build, see .ci/budget.
//
//go:noinline
func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// add notes a fault, unless the rule is empty: then there is none.
//
//go:noinline
func (f *faults) add(field, rule string) {
	if rule != "" {
		*f = append(*f, Fault{Field: field, Rule: rule})
	}
}

func (f faults) String() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = cmp.Or(fault.Field, `""`) + " " + fault.Rule
	}
	return strings.Join(texts, "; ")
}

// ValidationError names everything that is wrong with a request or a configuration. Nothing was sent.
type ValidationError struct {
	Subject string // what is wrong: "configuration", or "request" if it is empty
	Faults  []Fault
}

func (e *ValidationError) Error() string {
	return "payneteasy: invalid " + cmp.Or(e.Subject, "request") + ": " + faults(e.Faults).String()
}

// trimPackage is an error's text within another's of this package.
func trimPackage(err error) string {
	return strings.TrimPrefix(err.Error(), "payneteasy: ")
}

// within is an error within the text of another of this package.
type within struct{ err error }

func (e within) Error() string { return trimPackage(e.err) }

func (e within) Unwrap() error { return e.err }

// trimBlanks removes what the gateway drops at the ends of a value: every character up to U+0020.
func trimBlanks(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

const notUTF8 = "is not UTF-8"

// exactRule refuses a value that the gateway would change, or that a person would read as another.
func exactRule(value string) string {
	switch {
	case !utf8.ValidString(value):
		return notUTF8
	case value != trimBlanks(value):
		return "begins or ends with a blank or a control character, which the gateway would drop"
	}
	return charcheck.Unseen(value)
}
