// Package mask hides cards, and optionally accounts, in everything that a person or a program is shown. It finds them
// by the names of parameters and by numbers, in any number of encodings. The name of a field decides. A field that
// holds an ID shows its value whole, even if it looks like a card.
package mask

import (
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Redacted stands for a hidden value.
const Redacted = masking.Redacted

// Nameless stands for a name that cannot be shown, in lists of hidden parameters.
const Nameless = "a parameter without a proper name"

// Masker hides cards.
type Masker struct {
	Accounts bool // also hides accounts and wallets, except for their ends

	known secrets
	own   []string // see Showing
}

// Cards hides cards, for a person who looks at their own request.
var Cards = Masker{}

// CardsAndAccounts also hides accounts, for a person who looks at the requests of others.
var CardsAndAccounts = Masker{Accounts: true}

// userinfo is a password in a URL.
var userinfo = regexp.MustCompile(`(?i)(https?://)[^/?#\s]*@`)

// Value masks the value of a parameter. Name and value may be plain or still encoded.
func (m Masker) Value(name, value string) string {
	kind := kindOf(name)
	switch {
	case value == "" || value == Redacted:
		return value
	case kind == card:
		return Redacted
	case kind == account && m.Accounts:
		return ending(value)
	case kind == account && !isCard(value) && len(named(layers(value), m.Accounts)) == 0:
		return value // an IBAN may contain digits like a card's number
	case kind == id && m.known.in(value):
		return Redacted
	case kind == id && isID(value):
		return value
	}
	if m.hides(value) {
		return Redacted // as a whole, because the digits beside a card's number may be its code
	}
	if m.Accounts { // requests of others are kept
		return userinfo.ReplaceAllString(value, "${1}"+Redacted+"@")
	}
	return value
}

// Parameter masks a parameter, and reports whether it hid something. If the name holds a card or is not a name, the
// whole parameter is hidden.
func (m Masker) Parameter(name, value string) (shownName, shownValue string, hidden bool) {
	if OddName(name) {
		return Redacted, "", true
	}
	shown := m.Value(name, value)
	return name, shown, shown != value
}

// Form masks an encoded query or body, and keeps every other byte. It returns the names of what it hid.
func (m Masker) Form(encoded string) (masked string, hidden []string) {
	m = m.Knowing(encoded)
	pieces := strings.Split(encoded, "&")
	for i, piece := range pieces {
		rawName, rawValue, _ := strings.Cut(piece, "=")
		name, value := unescape(rawName), unescape(rawValue)
		switch shownName, shown, hides := m.Parameter(name, value); {
		case !hides && kindOf(name) != account && kindOf(name) != id && holdsNumber(rawValue): // whatever it decodes to
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

// URL masks a URL or a part of one. Path, query and fragment each have their own rules.
func (m Masker) URL(raw string) (masked string, hidden []string) {
	m = m.Knowing(raw)
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

// Text masks a text without a form of its own, such as a header, a path or a reply.
func (m Masker) Text(s string) string {
	all := layers(s)
	found := numbers(all, m.own)
	l := learner{secrets: m.known}
	l.fields(all, m.Accounts)
	l.numbers(s, found)
	m.known = l.secrets
	found = append(found, named(all, m.Accounts)...)
	if !m.known.empty() {
		for _, f := range idsOf(all) {
			if m.known.in(f.value) {
				found = append(found, piece{f.from, f.to, Redacted})
			}
		}
	}
	return replace(s, found)
}

// numbers finds the numbers of cards in a text, except in a field of IDs and in the order's own IDs.
func numbers(all []decoded, own []string) (found []piece) {
	ids := idsOf(all)
	for _, d := range all {
		ids = append(ids, d.named(own)...)
	}
	slices.SortStableFunc(ids, func(a, b field) int { return a.from - b.from })
	for _, d := range all {
		for _, p := range d.numbers() {
			if !covers(ids, p, all[0].text) {
				found = append(found, p)
			}
		}
	}
	return found
}

// covers reports whether every digit of a piece is in one of some IDs, which are in order.
func covers(ids []field, p piece, text string) bool {
	digits := func(from, to int) bool { return from < to && digitCount(plainText(text[from:to])) > 0 }
	next := sort.Search(len(ids), func(i int) bool { return ids[i].from > p.from })
	for _, f := range ids[max(next-1, 0):] {
		if f.from >= p.to || digits(p.from, f.from) {
			break
		}
		p.from = max(p.from, f.to)
	}
	return !digits(p.from, p.to)
}

// idsOf returns the IDs in a text. The last layer decides, because in client_orderid=1%26a%3D4111… the number is not in
// the ID.
func idsOf(all []decoded) (ids []field) {
	last := all[len(all)-1].read()
	for _, f := range last.ids {
		next := sort.Search(len(last.secret), func(i int) bool { return last.secret[i].from >= f.from })
		if (next == len(last.secret) || last.secret[next].from >= f.to) && !notInID.MatchString(f.value) {
			ids = append(ids, f)
		}
	}
	return ids
}

// notInID is in no ID. It is a line break, a tag, a bracket, or the name of another field.
var notInID = regexp.MustCompile(`[\pC<>{}]|[&;?,|\s][\pL\pN_.\-\[\]]+\s*[=:]|["']\s*[=:]`)

// notInWholeID is in no value of a field of IDs, however the merchant writes them. It is a line break, a tag, another
// parameter, or another field of JSON.
var notInWholeID = regexp.MustCompile(`[\r\n\x{2028}\x{2029}]|</?\pL|[&?][\pL\pN_.\-\[\]]+\s*=|["']\s*[=:]`)

// isID reports whether the value of a field of IDs is one value, in which no other field begins.
func isID(value string) bool {
	return !notInWholeID.MatchString(strings.TrimSpace(plainText(value))) && len(named(layers(value), true)) == 0
}

// named finds the values of parameters within a text.
func named(all []decoded, accounts bool) (found []piece) {
	for i := range all {
		for _, f := range all[i].read().secret {
			if f.kind == account && !accounts {
				continue
			}
			shown := Redacted
			if f.kind == account {
				shown = ending(f.value)
			}
			if f.value != "" && f.value != Redacted && !strings.HasPrefix(f.value, "[ends in ") {
				found = append(found, piece{f.from, f.to, shown})
			}
		}
	}
	return found
}

func (m Masker) hides(s string) bool { return m.Text(s) != s }

// ending returns the end of an account's number, unless that may be something else.
func ending(account string) string {
	runes := []rune(strings.TrimSpace(plainText(account)))
	if len(runes) <= 6 || isCard(account) || len(named(layers(account), false)) > 0 {
		return Redacted
	}
	return "[ends in " + string(runes[len(runes)-4:]) + "]"
}

// isCard reports whether a text is a card's number, with or without its expiry and its code. An IBAN is not a card,
// although it may contain digits like a card's number.
func isCard(s string) bool {
	plain := plainText(s)
	if iban.MatchString(plain) {
		return false
	}
	if digits := digitsOf([]rune(plain)); !strings.ContainsFunc(plain, unicode.IsLetter) &&
		(minCard <= len(digits) && len(digits) <= maxCard && charcheck.Luhn(digits) || hasCode(digits)) {
		return true
	}
	var run []int // where groups of digits begin
	var digits []byte
	isBetween := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, group := range strings.FieldsFunc(plain, isBetween) {
		if strings.ContainsFunc(group, unicode.IsLetter) {
			run, digits = nil, nil
			continue
		}
		run = append(run[max(len(run)-maxCard, 0):], len(digits))
		digits = append(digits, digitsOf([]rune(group))...)
		for _, from := range run {
			number := digits[from:]
			if n := len(number); minCard <= n && n <= maxCard && issued(number) && charcheck.Luhn(number) {
				return true
			}
		}
	}
	return false
}

// iban is how an IBAN begins.
var iban = regexp.MustCompile(`^\s*\pL{2}\p{Nd}{2}`)

// hasCode reports whether digits are a card's number of usual length and its code, with or without the expiry between
// them.
func hasCode(digits []byte) bool {
	for _, number := range []int{15, 16} {
		for _, more := range []int{19 - number, 23 - number} { // 15 digits have a code of 4
			if len(digits) == number+more && issued(digits[:number]) && charcheck.Luhn(digits[:number]) {
				return true
			}
		}
	}
	return false
}

// IsForm reports whether a text is a form, whatever its type says. JSON, or anything else without named parameters,
// could not be masked.
func IsForm(text string) bool {
	for piece := range strings.SplitSeq(text, "&") {
		if name, _, isPair := strings.Cut(piece, "="); piece != "" && (!isPair || OddName(unescape(name))) {
			return false
		}
	}
	return true
}

// OddName reports whether a name holds a card's number, or looks like a piece of something else than a form, such as
// JSON.
func OddName(name string) bool {
	plain := decode(name)
	return len(name) > maxName || strings.ContainsAny(plain.text, "{}\"'<>;,:=\r\n\t ") || holdsNumber(name) ||
		strings.ContainsFunc(plain.text, func(r rune) bool { return unicode.IsControl(r) }) ||
		digitCount(plain.text) >= minCard-1
}

func holdsNumber(s string) bool { return len(numbers(layers(s), nil)) > 0 }

func digitCount(s string) (n int) {
	for _, r := range s {
		if _, ok := digit(r); ok {
			n++
		}
	}
	return n
}

// unescape decodes once, and keeps text that is not encoded correctly.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// piece is a part of the original text, with the text to show instead.
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
		at = max(at, p.to) // a piece that begins within the last one is hidden with it
	}
	return b.String() + original[at:]
}
