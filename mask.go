package payneteasy

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted is how many characters of somebody else's text an error shows.
const maxQuoted = 200

// longDigits is a run of nine or more digits, blanks and hyphens between them allowed: a card or an account number.
var longDigits = regexp.MustCompile(`\d(?:[ -]?\d){8,}`)

// masker makes somebody else's text fit for an error or a log.
type masker struct {
	secrets []string // what the request held: never shown
	ids     []string // what may show although it is long and made of digits
}

// text masks, puts on one line, and cuts to maxQuoted characters.
func (m masker) text(s string) string {
	for _, secret := range m.secrets {
		s = replaceWord(s, secret)
	}
	s = longDigits.ReplaceAllStringFunc(s, func(run string) string {
		if slices.Contains(m.ids, run) {
			return run
		}
		return redacted
	})
	return oneLine(s)
}

// replaceWord masks every occurrence of a secret. A short one (a CVV) is masked only where it stands by itself, or
// every "123" within some other number would go.
func replaceWord(s, secret string) string {
	if secret == "" {
		return s
	}
	if len(secret) > 4 {
		return strings.ReplaceAll(s, secret, redacted)
	}
	pattern := regexp.MustCompile(`\b` + regexp.QuoteMeta(secret) + `\b`)
	return pattern.ReplaceAllString(s, redacted)
}

func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxQuoted {
		s = string([]rune(s)[:maxQuoted]) + "…"
	}
	return s
}

var tags = regexp.MustCompile(`(?s)<(?:style|script)\b.*?</(?:style|script)\s*>|<[^>]*>`)

// page is the readable part of an HTML page.
func (m masker) page(body []byte) string {
	const enough = 16 << 10
	return m.text(tags.ReplaceAllString(string(body[:min(len(body), enough)]), " "))
}
