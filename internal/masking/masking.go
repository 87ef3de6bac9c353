// Package masking prepares a foreign text for an error or a log. It puts the text on one line, shortens it, and hides
// what a request contained and what looks like a card or an account.
package masking

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Redacted replaces what is not shown.
const Redacted = "[redacted]"

// Print writes what a printer may see of a value, for the value's Format method.
func Print(f fmt.State, text string) { _, _ = io.WriteString(f, text) } // the printer itself reports a failed write

// maxQuoted is how many characters of a foreign text an error shows at most.
const maxQuoted = 200

var (
	// LongDigits is a run of eight or more digits, with a few signs or blanks between them. In a foreign text it may be
	// a card or an account number.
	LongDigits = regexp.MustCompile(`\d(?:[^0-9A-Za-z]{0,3}\d){7,}`)
	// plainDigits is a stricter form for the texts of net/http, where addresses and ports must stay visible.
	plainDigits = regexp.MustCompile(`\d(?:[ -]?\d){8,}`)
	// SerialNumber is the documented form, as in 00000000-0000-0000-0000-000002e2c322.
	SerialNumber = regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// numberLike is a word of six or more characters. With four or more digits it may be an account number.
var numberLike = regexp.MustCompile(`[0-9A-Za-z]{6,}`)

// address is an e-mail address.
var address = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+`)

// Masker prepares a foreign text for an error or a log.
type Masker struct {
	Secrets []string // what the request contained. Only shown as a part of an ID
	// IDs are the order's own. They show whole, although they may look like an account. An ID that is one of the
	// Secrets, or contains a card number of them, is not shown.
	IDs      []string
	Question bool // the request is not known, so everything that looks like an account is masked
}

// Text masks a text, puts it on one line, and cuts it to maxQuoted characters.
//
//go:noinline
func (m Masker) Text(s string) string { return m.mask(s, LongDigits) }

// Cause is Text for an error of net/http. Addresses and ports stay.
func (m Masker) Cause(s string) string { return m.mask(s, plainDigits) }

func (m Masker) mask(s string, digits *regexp.Regexp) string {
	const enough = 16 << 10 // much more than is shown, because a long text costs time
	cut := len(s) > enough
	s = OneLine(s[:min(len(s), enough)]) // first, because it joins lines
	if cut {
		s = m.withoutTail(s)
	}
	s = m.Hide(s)
	if m.Question {
		s = m.replace(s, digits, func(match span, ids []span) []span {
			if !isWhole(s, match) {
				return nil // in a word, which is hidden as a whole
			}
			return numbersIn(s, digits, match, ids)
		})
		s = m.replace(s, address, func(match span, ids []span) []span {
			left := outside(match, ids)
			if !slices.ContainsFunc(left, func(part span) bool { return strings.Contains(s[part.from:part.to], "@") }) {
				return nil // the @ is in an ID
			}
			return left
		})
		s = m.replace(s, numberLike, func(word span, ids []span) []span {
			if len(within(ids, word)) > 0 || len(onlyDigits(s[word.from:word.to])) < 4 {
				return nil
			}
			return []span{word}
		})
	}
	s = m.replace(s, digits, func(match span, ids []span) []span { return numbersIn(s, digits, match, ids) })
	return m.cut(s)
}

// cut is Cut, except that an ID at the end stays whole.
func (m Masker) cut(s string) string {
	cut := Cut(s)
	if cut == s {
		return s
	}
	end := len(cut) - len("…")
	for _, id := range within(m.ids(s), span{end, end + 1}) {
		if id.from < end && utf8.RuneCountInString(s[id.from:id.to]) <= maxQuoted {
			end = id.to
		}
	}
	if end == len(s) {
		return s
	}
	return s[:end] + "…"
}

// withoutTail drops the last word, and then the beginning of a secret at the end, because the text was cut there.
func (m Masker) withoutTail(s string) string {
	s = s[:max(strings.LastIndexByte(s, ' '), 0)]
	for _, secret := range m.Secrets {
		secret = OneLine(secret)
		for n := min(len(secret), len(s)); n > 0; n-- {
			if strings.HasSuffix(s, secret[:n]) {
				s = s[:len(s)-n]
				break
			}
		}
	}
	return s
}

// longest is the length in bytes up to which a secret is searched for as a whole.
const longest = 1 << 10

// Hide masks the secrets in every form in which they may be echoed, the longest first.
func (m Masker) Hide(s string) string {
	secrets := slices.Clone(m.Secrets)
	for i, secret := range secrets { // the beginning of a very long one is enough, and everything after it is hidden
		if len(secret) > longest {
			s, _, _ = strings.Cut(s, OneLine(secret[:longest]))
			secrets[i] = ""
		}
	}
	sort.Slice(secrets, func(i, j int) bool { return len(secrets[i]) > len(secrets[j]) })
	for _, secret := range secrets {
		pattern, err := regexp.Compile(secretPattern(secret))
		if err != nil || pattern.String() == "" {
			continue
		}
		for range 2 { // neighbors share the character between them
			s = m.hideOne(s, pattern, isCard(secret))
		}
	}
	return s
}

// hideOne masks a secret, except as a part of an ID. The merchant has made the ID, and shows it elsewhere. A card
// number is masked there, too.
func (m Masker) hideOne(s string, pattern *regexp.Regexp, card bool) string {
	matches := pattern.FindAllStringSubmatchIndex(s, -1)
	if len(matches) == 0 {
		return s
	}
	ids := m.ids(s)
	var hidden []span
	for _, match := range matches {
		found := span{match[0], match[1]}
		if len(match) > 2 && match[2] >= 0 { // the groups before and after of secretPattern
			found = span{match[3], match[4]}
		}
		part := slices.ContainsFunc(within(ids, found), func(id span) bool {
			return id != found && id.from <= found.from && found.to <= id.to
		})
		if !part || card {
			hidden = append(hidden, found)
		}
	}
	return redact(s, hidden)
}

// Serial is a serial number, unchanged if it looks like one.
func (m Masker) Serial(s string) string {
	if SerialNumber.MatchString(s) {
		m = m.With(s)
	}
	return m.Text(s)
}

func secretPattern(secret string) string {
	if secret = OneLine(secret); secret == "" {
		return ""
	}
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		strings.Trim(strconv.Quote(secret), `"`),
		strings.Trim(strconv.QuoteToASCII(secret), `"`),
		hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
	for i, form := range forms {
		forms[i] = regexp.QuoteMeta(form)
	}
	switch {
	case isDigits(secret) && len(secret) > 4:
		forms = append(forms, strings.Join(strings.Split(secret, ""), `[^0-9A-Za-z]{0,3}`))
	case isDigits(secret):
		// Not inside another number, because every 123 would be hidden. But "CVV737" is one. The encoded forms are
		// words of their own.
		encoded := strings.Join(forms[len(forms)-3:], "|")
		return `(?i)(?P<before>^|[^0-9])(?:` + forms[0] + `)(?P<after>[^0-9]|$)|\b(?:` + encoded + `)\b`
	case len(secret) <= 4:
		return `(?i)` + forms[0] + `\b`
	}
	return `(?i)(?:` + strings.Join(forms, "|") + `)`
}

// OneLine puts a text on one line, with single blanks and without control characters.
func OneLine(s string) string {
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

// Cut cuts a text to maxQuoted characters.
func Cut(s string) string {
	if utf8.RuneCountInString(s) <= maxQuoted {
		return s
	}
	return string([]rune(s)[:maxQuoted]) + "…"
}

// Page is the readable part of an HTML page.
func (m Masker) Page(body []byte) string {
	const enough = 16 << 10
	return m.Text(withoutTags(string(body[:min(len(body), enough)])))
}

// withoutTags replaces each tag by a blank, and each style and script with its content. It takes one pass, because a
// page may consist of tags only.
func withoutTags(page string) string {
	var text strings.Builder
	for page != "" {
		start := strings.IndexByte(page, '<')
		if start < 0 {
			break
		}
		length := strings.IndexByte(page[start:], '>')
		if length < 0 {
			break
		}
		text.WriteString(page[:start] + " ")
		tag := page[start+1 : start+length]
		page = page[start+length+1:]
		if name := hiddenElement(tag); name != "" {
			page = afterElement(page, name)
		}
	}
	return text.String() + page
}

// hiddenElement is the name of an opening tag whose content no reader sees.
func hiddenElement(tag string) string {
	name, _, _ := strings.Cut(strings.Join(strings.Fields(tag), " "), " ")
	for _, hidden := range []string{"style", "script"} {
		if strings.EqualFold(name, hidden) {
			return hidden
		}
	}
	return ""
}

// afterElement is what follows an element's closing tag. Without one, the element ends with the page.
func afterElement(page, name string) string {
	for page != "" {
		start := strings.Index(page, "</")
		if start < 0 {
			return ""
		}
		page = page[start+2:]
		if len(page) >= len(name) && strings.EqualFold(page[:len(name)], name) {
			_, rest, _ := strings.Cut(page, ">")
			return rest
		}
	}
	return ""
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
