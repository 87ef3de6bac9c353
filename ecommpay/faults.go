package ecommpay

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy"
)

// faults gathers what is wrong, so that all of it is named at once. It never holds a value.
type faults []payneteasy.Fault

// add adds the rule that a field breaks, if any.
func (f *faults) add(field, rule string) {
	if rule != "" {
		*f = append(*f, payneteasy.Fault{Field: field, Rule: rule})
	}
}

// text checks a required text that goes to the page as well.
func (f *faults) text(field, text string, limit int) {
	if text == "" {
		f.add(field, "is required")
		return
	}
	f.plain(field, text, limit)
}

// plain checks a text as it may stand in a signed link. A semicolon joins the parameters in what is signed, and is not
// escaped there: with one in a value, anyone who sees the link could change other parameters under the same signature.
func (f *faults) plain(field, text string, limit int) {
	switch {
	case !utf8.ValidString(text), strings.ContainsFunc(text, unicode.IsControl):
		f.add(field, "has characters that cannot be seen")
	case strings.TrimSpace(text) != text:
		f.add(field, "has blanks at its ends")
	case strings.Contains(text, ";"):
		f.add(field, "has a semicolon: whoever sees the link could change the amount under the same signature")
	case utf8.RuneCountInString(text) > limit:
		f.add(field, fmt.Sprintf("is longer than %d characters", limit))
	}
}

// url checks an address that the platform or a browser is to call.
func (f *faults) url(field, raw string) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" ||
		strings.ContainsAny(raw, " \\") {
		f.add(field, "is not an absolute http or https URL")
		return
	}
	f.plain(field, raw, 2048)
}
