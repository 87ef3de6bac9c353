// Package mask hides cards, and accounts where that is wanted, in whatever a person or a program is shown: by the names of
// parameters and by numbers, however often both are encoded.
package mask

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Redacted stands for what is not shown.
const Redacted = "[redacted]"

// Nameless stands for a name that cannot be shown, in lists of what was hidden.
const Nameless = "a parameter without a proper name"

// Masker hides cards.
type Masker struct {
	Accounts bool // hides accounts and wallets, too, but for their ends
}

// userinfo is a password in a URL.
var userinfo = regexp.MustCompile(`(?i)(https?://)[^/?#\s]*@`)

// Value masks the value of a parameter; name and value are plain, or encoded still.
func (m Masker) Value(name, value string) string {
	kind := kindOf(name)
	switch {
	case value == "" || value == Redacted:
		return value
	case kind == card:
		return Redacted
	case kind == account && m.Accounts:
		return ending(value)
	case kind == account && !isCard(value) && len(named(value, m.Accounts)) == 0:
		return value // within an IBAN many a card's number could stand
	}
	if m.hides(value) {
		return Redacted // as a whole: what stands beside a card's number may be its code
	}
	if m.Accounts { // where somebody else's requests are kept
		return userinfo.ReplaceAllString(value, "${1}"+Redacted+"@")
	}
	return value
}

// Parameter masks a parameter, and reports whether it hid something. A name that holds a card, or is none, goes as a whole.
func (m Masker) Parameter(name, value string) (shownName, shownValue string, hidden bool) {
	if OddName(name) {
		return Redacted, "", true
	}
	shown := m.Value(name, value)
	return name, shown, shown != value
}

// Form masks an encoded query or body, and leaves every other byte as it is. It names what it hid.
func (m Masker) Form(encoded string) (masked string, hidden []string) {
	pieces := strings.Split(encoded, "&")
	for i, piece := range pieces {
		rawName, rawValue, _ := strings.Cut(piece, "=")
		name, value := unescape(rawName), unescape(rawValue)
		switch shownName, shown, hides := m.Parameter(name, value); {
		case !hides && kindOf(name) != account && holdsNumber(rawValue): // as it stands there, whatever it decodes to
			pieces[i] = rawName + "=" + url.QueryEscape(Redacted)
			hidden = append(hidden, name)
		case !hides:
		case shownName != name:
			pieces[i] = url.QueryEscape(Redacted)
			hidden = append(hidden, Nameless)
		default:
			pieces[i] = rawName + "=" + url.QueryEscape(shown)
			hidden = append(hidden, name)
		}
	}
	return strings.Join(pieces, "&"), hidden
}

// URL masks a URL or a part of one: path, query and fragment, each in its own way.
func (m Masker) URL(raw string) (masked string, hidden []string) {
	rest, fragment, hasFragment := strings.Cut(raw, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	masked = m.Text(path)
	if masked != path {
		hidden = append(hidden, "a part of the URL's path")
	}
	if hasQuery {
		shown, names := m.Form(query)
		masked, hidden = masked+"?"+shown, append(hidden, names...)
	}
	if hasFragment {
		shown := m.Text(fragment)
		if shown != fragment {
			hidden = append(hidden, "a part of the URL's fragment")
		}
		masked += "#" + shown
	}
	return masked, hidden
}

// Text masks what has no form of its own: a header, a path, a reply.
func (m Masker) Text(s string) string {
	var found []piece
	for _, d := range layers(s) {
		found = append(found, d.numbers()...)
	}
	return replace(s, append(found, named(s, m.Accounts)...))
}

// named finds the values of parameters within a text.
func named(s string, accounts bool) (found []piece) {
	for _, d := range layers(s) {
		for _, p := range d.pairs(accounts) {
			shown := Redacted
			if kindOf(p.name) == account {
				shown = ending(p.value)
			}
			if p.value != "" && p.value != Redacted && !strings.HasPrefix(p.value, "[ends in ") {
				found = append(found, piece{p.from, p.to, shown})
			}
		}
	}
	return found
}

func (m Masker) hides(s string) bool { return m.Text(s) != s }

// ending is the end of an account's number.
func ending(account string) string {
	runes := []rune(strings.TrimSpace(decode(account).text))
	if len(runes) <= 6 || isCard(account) {
		return Redacted
	}
	return "[ends in " + string(runes[len(runes)-4:]) + "]"
}

// isCard reports whether a text is a card's number and nothing else.
func isCard(s string) bool {
	runes := []rune(decode(s).text)
	digits := digitsOf(runes)
	return minCard <= len(digits) && len(digits) <= maxCard && luhn(digits) && !slices.ContainsFunc(runes, unicode.IsLetter)
}

// IsForm reports whether a text is a form, as a type may say that it is: JSON, or anything else that has no parameters with
// names, could not be masked.
func IsForm(text string) bool {
	for piece := range strings.SplitSeq(text, "&") {
		if name, _, isPair := strings.Cut(piece, "="); piece != "" && (!isPair || OddName(unescape(name))) {
			return false
		}
	}
	return true
}

// OddName reports whether a name is rather a piece of something that is no form, JSON, say, or holds a card's number.
func OddName(name string) bool {
	plain := decode(name)
	return len(name) > 100 || strings.ContainsAny(plain.text, "{}\"'<>;,:=\r\n\t ") || holdsNumber(name) ||
		strings.ContainsFunc(plain.text, func(r rune) bool { return unicode.IsControl(r) }) || digitCount(plain.text) >= minCard-1
}

func holdsNumber(s string) bool {
	return slices.ContainsFunc(layers(s), func(d decoded) bool { return len(d.numbers()) > 0 })
}

func digitCount(s string) (n int) {
	for _, r := range s {
		if _, ok := digit(r); ok {
			n++
		}
	}
	return n
}

// unescape decodes once, and leaves what is not encoded well as it came.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// piece is a part of the original text, and what is shown instead.
type piece struct {
	from, to int
	shown    string
}

func replace(original string, found []piece) string {
	slices.SortStableFunc(found, func(a, b piece) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, p := range found {
		if p.from >= at {
			b.WriteString(original[at:p.from] + p.shown)
		}
		at = max(at, p.to) // one that begins within the last one is hidden with it
	}
	return b.String() + original[at:]
}
