package mask

import (
	"regexp"
	"strings"
	"unicode"
)

type kind int

const (
	other kind = iota
	card
	account
)

// Names without their separators, in lower case. Longer names end with them or have them within: order[account_number],
// source-card-ref-id, cardNumber.
var (
	cardNames = regexp.MustCompile(`cvv|cvc|card.*(?:number|num|no)$|creditcardnumber|cardprintedname|cardholder|expiremonth|expireyear|` +
		`recurringpaymentid|cardrefid|cardtoken`)
	accountNames = regexp.MustCompile(`accountnumber|ewalletwallet|cryptowalletaddress`)
	words        = regexp.MustCompile(`[A-Z]?[a-z0-9]+|[A-Z0-9]+`)
)

// IsCard reports whether a parameter holds a card, its code, its holder's name or a token of it.
func IsCard(name string) bool { return kindOf(name) == card }

func kindOf(name string) kind {
	plain := decode(name).text
	folded := strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, plain))
	switch {
	case cardNames.MatchString(folded):
		return card
	case accountNames.MatchString(folded):
		return account
	}
	for _, word := range words.FindAllString(plain, -1) {
		if strings.EqualFold(word, "pan") {
			return card
		}
	}
	return other
}

// pair is a name with a value, in a text.
type pair struct {
	piece
	name, value string
}

// A name is what stands before one of these signs, however it is written: a=b, "a":"b", a: b, <a>b</a>. A value goes on until
// something ends it, blanks do not.
var (
	namePattern  = regexp.MustCompile(`([\pL\pN_.\-\[\]]+)["'\]\\\s]*[=:>][\s\[({\\]*`)
	valuePattern = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^&;,"'<>{}\r\n]*)`)
)

// pairs finds the parameters that are to be hidden. It looks at no byte often: anybody may send a megabyte.
func (d decoded) pairs(accounts bool) (found []pair) {
	for at := 0; at < len(d.text); {
		m := namePattern.FindStringSubmatchIndex(d.text[at:])
		if m == nil {
			break
		}
		name, from := d.text[at+m[2]:at+m[3]], at+m[1]
		if kind := kindOf(name); kind == other || kind == account && !accounts { // its value may hold another name
			at += max(m[3], 1)
			continue
		}
		to := from + len(valuePattern.FindString(d.text[from:]))
		at = max(to, at+m[3])
		value := d.text[from:to]
		for _, quote := range []string{`"`, `'`} {
			if strings.HasPrefix(value, quote) {
				value, from = value[1:], from+1
				if strings.HasSuffix(value, quote) {
					value, to = value[:len(value)-1], to-1
				}
			}
		}
		found = append(found, pair{piece{from: d.at[from], to: d.at[to]}, name, value})
	}
	return found
}
