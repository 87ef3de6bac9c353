package payneteasy

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted is how many characters of somebody else's text an error shows.
const maxQuoted = 200

var (
	// longDigits is a run of eight or more digits, a few signs and blanks between them allowed: a card or an account
	// number in somebody's words.
	longDigits = regexp.MustCompile(`\d(?:[^0-9A-Za-z]{0,3}\d){7,}`)
	// plainDigits is the same in the words of net/http, where addresses and ports are wanted.
	plainDigits = regexp.MustCompile(`\d(?:[ -]?\d){8,}`)
	decimals    = regexp.MustCompile(`[0-9]`)
	// serialNumber is the documented form: 00000000-0000-0000-0000-000002e2c322.
	serialNumber = regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// numberLike is a word of six or more characters; with four or more digits it may be an account's number.
var numberLike = regexp.MustCompile(`[0-9A-Za-z]{6,}`)

// masker makes somebody else's text fit for an error or a log.
type masker struct {
	secrets  []string // what the request held: never shown
	ids      []string // what may show although it is long and made of digits
	question bool     // what the order's request held is not known: whatever looks like an account is masked
}

// text masks, puts on one line, and cuts to maxQuoted characters.
func (m masker) text(s string) string { return m.mask(s, longDigits) }

// cause is text for an error of net/http's: addresses and ports stay.
func (m masker) cause(s string) string { return m.mask(s, plainDigits) }

func (m masker) mask(s string, digits *regexp.Regexp) string {
	const enough = 16 << 10              // much more than is shown: a long text costs time
	s = oneLine(s[:min(len(s), enough)]) // first, or what it joins would never have been looked at
	s = m.hide(s)
	if m.question {
		s = numberLike.ReplaceAllStringFunc(s, func(word string) string {
			if m.isID(word) || strings.Count(decimals.ReplaceAllString(word, "0"), "0") < 4 {
				return word
			}
			return redacted
		})
	}
	s = digits.ReplaceAllStringFunc(s, func(run string) string {
		if slices.Contains(m.ids, run) {
			return run
		}
		return redacted
	})
	return cut(s)
}

// isID reports whether a word stands in one of the ids.
func (m masker) isID(word string) bool {
	return slices.ContainsFunc(m.ids, func(id string) bool { return strings.Contains(id, word) })
}

// hide masks the secrets, in every form in which they may be echoed, the longest first.
func (m masker) hide(s string) string {
	secrets := slices.Clone(m.secrets)
	sort.Slice(secrets, func(i, j int) bool { return len(secrets[i]) > len(secrets[j]) })
	for _, secret := range secrets {
		pattern, err := regexp.Compile(secretPattern(secret))
		if err != nil || pattern.String() == "" {
			continue
		}
		for range 2 { // neighbours share what stands between them
			s = pattern.ReplaceAllString(s, "${before}"+redacted+"${after}")
		}
	}
	return s
}

// serial is a serial number as it came, if it looks like one.
func (m masker) serial(s string) string {
	if serialNumber.MatchString(s) {
		return s
	}
	return m.text(s)
}

func secretPattern(secret string) string {
	if secret = oneLine(secret); secret == "" {
		return ""
	}
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), strings.Trim(strconv.Quote(secret), `"`),
		hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
	for i, form := range forms {
		forms[i] = regexp.QuoteMeta(form)
	}
	switch {
	case isDigits(secret) && len(secret) > 4:
		forms = append(forms, strings.Join(strings.Split(secret, ""), `[^0-9A-Za-z]{0,3}`))
	case isDigits(secret):
		// Not within another number, or every 123 would go; but "CVV737" is one. The encoded forms stand by themselves.
		encoded := strings.Join(forms[len(forms)-3:], "|")
		return `(?i)(?P<before>^|[^0-9])(?:` + forms[0] + `)(?P<after>[^0-9]|$)|\b(?:` + encoded + `)\b`
	case len(secret) <= 4:
		return `(?i)` + forms[0] + `\b`
	}
	return `(?i)(?:` + strings.Join(forms, "|") + `)`
}

// oneLine puts a text on one line: no control characters, no line breaks, single blanks.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if '０' <= r && r <= '９' { // full-width digits are digits
			return r - '０' + '0'
		}
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return strings.Join(strings.Fields(s), " ")
}

func cut(s string) string {
	if utf8.RuneCountInString(s) <= maxQuoted {
		return s
	}
	return string([]rune(s)[:maxQuoted]) + "…"
}

var tags = regexp.MustCompile(`(?s)<(?:style|script)\b.*?</(?:style|script)\s*>|<[^>]*>`)

// page is the readable part of an HTML page.
func (m masker) page(body []byte) string {
	const enough = 16 << 10
	return m.text(tags.ReplaceAllString(string(body[:min(len(body), enough)]), " "))
}
