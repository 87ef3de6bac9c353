package masking

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// span is a part of a text, in bytes.
type span struct{ from, to int }

// With adds IDs that the other side has named, such as the gateway's order ID and serial number. It leaves out an ID
// that contains a secret or may be a card number, because the other side may have put it in the wrong place. Secrets of
// at most four characters do not count, because many IDs contain the digits of a CVV by chance.
func (m Masker) With(ids ...string) Masker {
	var long Masker
	for _, secret := range m.Secrets {
		if len(secret) > 4 {
			long.Secrets = append(long.Secrets, secret)
		}
	}
	m.IDs = slices.Clip(m.IDs)
	for _, id := range ids {
		if id != "" && !slices.Contains(m.IDs, id) && (SerialNumber.MatchString(id) || !isCard(id)) &&
			long.Hide(id) == id {
			m.IDs = append(m.IDs, id)
		}
	}
	return m
}

// ids finds the IDs in a text on one line, in order. An ID counts only where no letter or digit touches it.
func (m Masker) ids(s string) []span {
	var found []span
	for _, id := range m.IDs {
		for _, form := range formsOf(OneLine(id)) {
			for at := 0; ; {
				i := strings.Index(s[at:], form)
				if i < 0 || form == "" {
					break
				}
				whole := span{at + i, at + i + len(form)}
				if at = whole.to; isWhole(s, whole) {
					found = append(found, whole)
				} else {
					at = whole.from + 1
				}
			}
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].from < found[j].from })
	merged := found[:0]
	for _, next := range found {
		if last := len(merged) - 1; last >= 0 && next.from < merged[last].to { // one ID may be a part of another
			merged[last].to = max(merged[last].to, next.to)
			continue
		}
		merged = append(merged, next)
	}
	return merged
}

// Find returns the start and end of each ID in a text on one line, in order.
func (m Masker) Find(s string) (found [][2]int) {
	for _, id := range m.ids(s) {
		found = append(found, [2]int{id.from, id.to})
	}
	return found
}

// formsOf are the forms in which an ID may be echoed.
func formsOf(id string) []string {
	var forms []string
	for _, form := range []string{
		id, url.QueryEscape(id), url.PathEscape(id), html.EscapeString(id), strings.Trim(strconv.Quote(id), `"`),
	} {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// isWhole reports whether a part of a text begins and ends at the edge of a word.
func isWhole(s string, part span) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:part.from])
	first, _ := utf8.DecodeRuneInString(s[part.from:])
	last, _ := utf8.DecodeLastRuneInString(s[:part.to])
	after, _ := utf8.DecodeRuneInString(s[part.to:])
	return (!inWord(before) || !inWord(first)) && (!inWord(last) || !inWord(after))
}

func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r))
}

// within returns the IDs that a match touches.
func within(ids []span, match span) []span {
	from := sort.Search(len(ids), func(i int) bool { return ids[i].to > match.from })
	to := from
	for to < len(ids) && ids[to].from < match.to {
		to++
	}
	return ids[from:to]
}

// outside returns the parts of a match that are not in an ID.
func outside(match span, ids []span) []span {
	var left []span
	for _, id := range within(ids, match) {
		if match.from < id.from {
			left = append(left, span{match.from, id.from})
		}
		match.from = max(match.from, id.to)
	}
	if match.from < match.to {
		left = append(left, match)
	}
	return left
}

// replace replaces by Redacted what a rule returns for each match of a pattern.
func (m Masker) replace(s string, pattern *regexp.Regexp, rule func(match span, ids []span) []span) string {
	matches := pattern.FindAllStringIndex(s, -1)
	if len(matches) == 0 {
		return s
	}
	ids := m.ids(s)
	var hidden []span
	for _, match := range matches {
		hidden = append(hidden, rule(span{match[0], match[1]}, ids)...)
	}
	return redact(s, hidden)
}

// redact replaces parts of a text by Redacted. They are in order.
func redact(s string, hidden []span) string {
	var b strings.Builder
	at := 0
	for _, part := range hidden {
		b.WriteString(s[at:part.from] + Redacted)
		at = part.to
	}
	return b.String() + s[at:]
}

// numbersIn is the rule for runs of digits. The parts between IDs are checked one by one. But a short ID of digits may
// be a group of a longer number, as in "4444 1001 4444 4448". It then shows once, and every digit around it is hidden.
func numbersIn(s string, digits *regexp.Regexp, match span, all []span) (hidden []span) {
	const group = 6 // the longest group of a card number, as people write it
	ids, seen, grouped := []span(nil), map[string]bool{}, false
	for _, id := range within(all, match) {
		text := s[id.from:id.to]
		short := len(onlyDigits(text)) <= group && !strings.ContainsFunc(text, unicode.IsLetter)
		if grouped = grouped || short; !short || !seen[text] {
			ids, seen[text] = append(ids, id), true
		}
	}
	if hasNo(s, outside(match, all)) && !isCard(s[match.from:match.to]) {
		return nil
	}
	for _, part := range outside(match, ids) {
		text := s[part.from:part.to]
		switch first := strings.IndexAny(text, decimalDigits); {
		case first < 0:
		case grouped:
			hidden = append(hidden, span{part.from + first, part.from + strings.LastIndexAny(text, decimalDigits) + 1})
		default:
			for _, run := range digits.FindAllStringIndex(text, -1) {
				hidden = append(hidden, span{part.from + run[0], part.from + run[1]})
			}
		}
	}
	return hidden
}

const decimalDigits = "0123456789"

// hasNo reports whether no part contains a digit.
func hasNo(s string, parts []span) bool {
	return !slices.ContainsFunc(parts,
		func(part span) bool { return strings.ContainsAny(s[part.from:part.to], decimalDigits) })
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// isCard reports whether the digits of a text have the length and the check digit of a card number (ISO/IEC 7812-1).
func isCard(s string) bool {
	digits := onlyDigits(s)
	return 13 <= len(digits) && len(digits) <= 19 && charcheck.Luhn(digits)
}
