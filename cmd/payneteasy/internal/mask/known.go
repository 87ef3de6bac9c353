package mask

import (
	"iter"
	"maps"
	"slices"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// secrets are the cards and accounts that a message names. An id of the same message that holds the number of its card,
// or that is its account, is hidden: it is in the wrong place.
type secrets struct {
	cards    map[string]bool // by digits alone
	accounts map[string]bool
}

// Knowing is the masker for a message of several parts, such as a URL, a header and a body. Form, URL and Text know
// what they are given themselves.
func (m Masker) Knowing(texts ...string) Masker {
	for _, text := range texts {
		m.known = m.known.with(layers(text), m.Accounts)
	}
	return m
}

func (s *secrets) empty() bool { return len(s.cards)+len(s.accounts) == 0 }

// with adds those that a text names.
func (s *secrets) with(all []decoded, accounts bool) secrets {
	more := secrets{maps.Clone(s.cards), maps.Clone(s.accounts)}
	for i := range all {
		for _, f := range all[i].read().secret {
			more.learn(f, accounts)
		}
	}
	return more
}

func (s *secrets) learn(f field, accounts bool) {
	if s.cards == nil {
		s.cards, s.accounts = map[string]bool{}, map[string]bool{}
	}
	plain := plainText(f.value)
	if f.kind == card || isCard(f.value) {
		for _, number := range cardsIn(digitsOf([]rune(plain))) {
			s.cards[number] = true
		}
	} else if account := fold(plain); accounts && account != "" {
		s.accounts[account] = true
	}
}

// cardsIn are the numbers of cards in the digits of a field of a card: whatever has the length, or, with an expiry or a
// code behind it, the check digit.
func cardsIn(digits []byte) (found []string) {
	if minCard <= len(digits) && len(digits) <= maxCard {
		return []string{string(digits)}
	}
	for window := range windows(digits) {
		if luhn(window) {
			found = append(found, string(window))
		}
	}
	return found
}

// windows are the parts of some digits that have the length of a card's number.
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

// in reports whether an id holds the number of a card, or is an account.
func (s *secrets) in(id string) bool {
	if s.empty() {
		return false
	}
	plain := plainText(id)
	if s.accounts[fold(plain)] {
		return true
	}
	for window := range windows(digitsOf([]rune(plain))) {
		if s.cards[string(window)] {
			return true
		}
	}
	return false
}

// Showing is the masker for a text of the gateway about an order, for example a reply: there the order's own ids show
// whole wherever they are, unless they hold the card of the message.
func (m Masker) Showing(ids ...string) Masker {
	m.own = slices.Clip(m.own)
	for _, id := range ids {
		if id != "" && !m.known.in(id) {
			m.own = append(m.own, id)
		}
	}
	return m
}

// named finds ids in a text, in every form in which they may be said.
func (d *decoded) named(ids []string) (found []field) {
	for _, at := range (masking.Masker{IDs: ids}).Find(d.text) {
		found = append(found, d.field(id, at[0], at[1]))
	}
	return found
}
