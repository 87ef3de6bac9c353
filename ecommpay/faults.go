package ecommpay

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy"
)

// faults collects all faults, so that an error can name all of them at once. It never holds a value.
type faults []payneteasy.Fault

// add adds the rule that a field breaks, if there is one.
func (f *faults) add(field, rule string) {
	if rule != "" {
		*f = append(*f, payneteasy.Fault{Field: field, Rule: rule})
	}
}

// text checks a required text that is also sent to the page.
func (f *faults) text(field, text string, limit int) {
	if text == "" {
		f.add(field, "is required")
		return
	}
	f.plain(field, text, limit)
}

// plain checks a text for use in a signed link. The signed text joins the parameters with semicolons and does not
// escape them. With a semicolon in a value, anyone who sees the link could change other parameters under the same
// signature.
func (f *faults) plain(field, text string, limit int) {
	switch {
	case !utf8.ValidString(text), strings.ContainsFunc(text, unicode.IsControl):
		f.add(field, "has control characters or is not UTF-8")
	case strings.TrimSpace(text) != text:
		f.add(field, "starts or ends with white space")
	case strings.Contains(text, ";"):
		f.add(field, "has a semicolon: anyone who sees the link could change the amount under the same signature")
	case utf8.RuneCountInString(text) > limit:
		f.add(field, fmt.Sprintf("is longer than %d characters", limit))
	}
}

// url checks an address that the platform or a browser will call.
func (f *faults) url(field, raw string) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" ||
		strings.ContainsAny(raw, " \\") {
		f.add(field, "is not an absolute http or https URL")
		return
	}
	f.plain(field, raw, 2048)
}
