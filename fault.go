package payneteasy

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// Fault is one thing that is wrong with a request or a configuration. Field is the parameter's name on the wire, such
// as "receiver_phone", or the field of Config. Rule is the rule that it breaks. A Fault never holds the value.
type Fault struct {
	Field string
	Rule  string
}

// faults collects everything that is wrong, so that one error names all of it.
type faults []Fault

// errorf is fmt.Errorf, in one place. If it were inlined in each place, it would cost every user's build (see
// .ci/budget).
//
//go:noinline
func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// add adds a fault, unless the rule is empty.
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
	Subject string // what is invalid, such as "configuration". Empty means "request"
	Faults  []Fault
}

func (e *ValidationError) Error() string {
	return "payneteasy: invalid " + cmp.Or(e.Subject, "request") + ": " + faults(e.Faults).String()
}

// trimPackage returns an error's text, to be used in the text of another error of this package.
func trimPackage(err error) string {
	return strings.TrimPrefix(err.Error(), "payneteasy: ")
}

// within is an error that is part of the text of another error of this package.
type within struct{ err error }

func (e within) Error() string { return trimPackage(e.err) }

func (e within) Unwrap() error { return e.err }

// trimBlanks removes what the gateway drops at the ends of a value, which is every character up to U+0020.
func trimBlanks(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

const notUTF8 = "is not UTF-8"

// exactRule refuses a value that the gateway would change, or that a person would read as a different one.
func exactRule(value string) string {
	switch {
	case !utf8.ValidString(value):
		return notUTF8
	case value != trimBlanks(value):
		return "begins or ends with a blank or a control character, which the gateway would drop"
	}
	return charcheck.Unseen(value)
}
