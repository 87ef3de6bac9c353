package mask

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// secrets are the cards and accounts of a message. An ID of the same message is hidden if it holds the number of the
// card or is the account, because that is a number in the wrong place.
type secrets struct {
	cards    map[string]bool // by their digits
	accounts map[string]bool
	tooMany  bool // there are more, which are not kept
}

// maxSecrets is more than a message needs. Anyone may send a message with more. Then the rest is not kept, and each ID
// that is long enough for a card is hidden.
const maxSecrets = 1000

// Knowing returns the masker for a message of several parts, such as a URL, a header and a body. Form, URL and Text
// already know their own text.
func (m Masker) Knowing(texts ...string) Masker {
	for _, text := range texts {
		l := learner{secrets: m.known}
		l.fields(layers(text), m.Accounts)
		for _, part := range outsideIDs(text) {
			all := layers(part)
			l.numbers(part, numbers(all, m.own))
		}
		m.known = l.secrets
	}
	return m
}

// outsideIDs returns the parts of a text in which a card's number is not an ID. Of a form or a URL, these are all
// parameters except the IDs and the gateway's message, which may name the order. Of any other text, it is the whole
// text, in which numbers finds the IDs.
func outsideIDs(text string) (parts []string) {
	query := text
	if !IsForm(text) {
		path, rest, isURL := strings.Cut(text, "?")
		var fragment string
		if query, fragment, _ = strings.Cut(rest, "#"); !isURL || !IsForm(query) {
			return []string{text}
		}
		parts = []string{path, fragment}
	}
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		isMessage := fold(plainText(name)) == "errormessage"
		if !isMessage && (kindOf(unescape(name)) != id || !isID(unescape(value))) {
			parts = append(parts, parameter)
		}
	}
	return parts
}

func (s *secrets) empty() bool { return len(s.cards)+len(s.accounts) == 0 }

// learner adds to secrets. Other maskers may share them, so they are copied before the first addition.
type learner struct {
	secrets
	copied bool
}

// fields adds the cards and accounts in the named fields of a text.
func (l *learner) fields(all []decoded, accounts bool) {
	for i := range all {
		for _, f := range all[i].read().secret {
			plain := plainText(f.value)
			if f.kind == card || isCard(f.value) {
				l.cardsIn(digitsOf([]rune(plain)))
			} else if account := fold(plain); accounts && account != "" && !l.accounts[account] && l.more() {
				l.accounts[account] = true
			}
		}
	}
}

// numbers adds the cards of a text, whatever the names of their fields, and also outside of fields.
func (l *learner) numbers(text string, found []piece) {
	for _, p := range found {
		for window := range windows(digitsOf([]rune(plainText(text[p.from:p.to])))) {
			if l.tooMany {
				return
			}
			if issued(window) && charcheck.Luhn(window) {
				l.card(window)
			}
		}
	}
}

// cardsIn adds the cards in the digits of a card's field. Digits of a card's length are added as a whole. An expiry or
// a code may be beside the number, so every part with a valid check digit is added too.
func (l *learner) cardsIn(digits []byte) {
	if minCard <= len(digits) && len(digits) <= maxCard {
		l.card(digits)
	}
	for window := range windows(digits) {
		if l.tooMany {
			return
		}
		if charcheck.Luhn(window) {
			l.card(window)
		}
	}
}

func (l *learner) card(number []byte) {
	if !l.cards[string(number)] && l.more() {
		l.cards[string(number)] = true
	}
}

// more reports whether another card or account can be kept.
func (l *learner) more() bool {
	l.tooMany = l.tooMany || len(l.cards)+len(l.accounts) >= maxSecrets
	switch {
	case l.tooMany:
		return false
	case l.copied:
		return true
	case l.cards == nil:
		l.cards, l.accounts = map[string]bool{}, map[string]bool{}
	default:
		l.cards, l.accounts = maps.Clone(l.cards), maps.Clone(l.accounts)
	}
	l.copied = true
	return true
}

// windows returns the parts of some digits that have the length of a card's number.
func windows(digits []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for from := range digits {
			for n := minCard; n <= maxCard && from+n <= len(digits); n++ {
				if !yield(digits[from : from+n]) {
					return
				}
			}
		}
	}
}

// in reports whether an ID holds the number of a card, or is an account.
func (s *secrets) in(id string) bool {
	if s.empty() {
		return false
	}
	plain := plainText(id)
	if s.accounts[fold(plain)] {
		return true
	}
	for window := range windows(digitsOf([]rune(plain))) {
		if s.tooMany || s.cards[string(window)] {
			return true
		}
	}
	return false
}

// Showing returns the masker for a text of the gateway about an order, such as a reply. There the order's own IDs are
// shown whole everywhere, unless they hold the card of the message.
func (m Masker) Showing(ids ...string) Masker {
	m.own = slices.Clip(m.own)
	for _, id := range ids {
		if id != "" && !m.known.in(id) {
			m.own = append(m.own, id)
		}
	}
	return m
}

// named finds IDs in a text, in every form in which they may be written.
func (d *decoded) named(ids []string) (found []field) {
	for _, at := range (masking.Masker{IDs: ids}).Find(d.text) {
		found = append(found, d.field(id, at[0], at[1]))
	}
	return found
}
