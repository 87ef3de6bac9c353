package batch

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
)

// lookalikes are the Cyrillic and Greek letters that look like Latin ones. Capitals map to the Latin letter that they
// look like.
var lookalikes = map[rune]rune{
	'А': 'a', 'а': 'a', 'В': 'b', 'в': 'b', 'Е': 'e', 'е': 'e', 'Ё': 'e', 'ё': 'e', 'К': 'k', 'к': 'k',
	'М': 'm', 'м': 'm', 'Н': 'h', 'н': 'h', 'О': 'o', 'о': 'o', 'Р': 'p', 'р': 'p', 'С': 'c', 'с': 'c',
	'Т': 't', 'т': 't', 'У': 'y', 'у': 'y', 'Х': 'x', 'х': 'x', 'І': 'i', 'і': 'i', 'Ї': 'i', 'ї': 'i',
	'Ј': 'j', 'ј': 'j', 'Ѕ': 's', 'ѕ': 's', 'Ԁ': 'd', 'ԁ': 'd', 'Һ': 'h', 'һ': 'h', 'Ӏ': 'i', 'ӏ': 'l',
	'Ԛ': 'q', 'ԛ': 'q', 'Ԝ': 'w', 'ԝ': 'w',

	'Α': 'a', 'α': 'a', 'Β': 'b', 'β': 'b', 'Ε': 'e', 'ε': 'e', 'Ζ': 'z', 'Η': 'h', 'Ι': 'i', 'ι': 'i',
	'Κ': 'k', 'κ': 'k', 'Μ': 'm', 'Ν': 'n', 'ν': 'v', 'Ο': 'o', 'ο': 'o', 'Ρ': 'p', 'ρ': 'p', 'Τ': 't',
	'τ': 't', 'Υ': 'y', 'Χ': 'x', 'χ': 'x', 'ϲ': 'c', 'Ϲ': 'c', 'ı': 'i',
}

// wholeAsDecimal is a whole number that a program wrote as a decimal. Such an ID is refused today, but a journal may
// have it.
var wholeAsDecimal = regexp.MustCompile(`^([0-9]+)[.,]0+$`)

// skeleton is an ID without what people and programs change by mistake. It ignores case, blanks, hyphens and
// underscores, leading zeros, .0 at the end, and forms of Unicode. It replaces letters of other alphabets that look
// like Latin ones, and letters in a number that look like digits. Between two digits it keeps a separator, because 1-11
// is not 11-1, but all separators count as the same.
func skeleton(id string) string {
	plain := wholeAsDecimal.ReplaceAllString(payoutinput.ASCIIDigits(norm.NFKC.String(id)), "$1")
	plain = digitsAndLetters.ReplaceAllStringFunc(plain, meantDigits)
	var w skeletonWriter
	for _, r := range plain {
		w.add(r)
	}
	w.endZeros()
	return w.out.String()
}

// skeletonWriter makes a skeleton.
type skeletonWriter struct {
	out       strings.Builder
	last      rune
	separated bool // there was a separator before this rune
	zeros     bool // a number began, with only zeros so far
}

func (w *skeletonWriter) add(r rune) {
	if isSeparator(r) {
		w.separated = true
		return
	}
	if latin, found := lookalikes[r]; found {
		r = latin
	}
	r = unicode.ToLower(r)
	digit, after := '0' <= r && r <= '9', '0' <= w.last && w.last <= '9'
	begins := digit && (!after || w.separated)
	if !digit || begins {
		w.endZeros()
	}
	if begins && after {
		w.out.WriteByte('-')
	}
	w.zeros = digit && r == '0' && (begins || w.zeros)
	if !w.zeros {
		w.out.WriteRune(r)
	}
	w.last, w.separated = r, false
}

// endZeros writes a number that has only zeros.
func (w *skeletonWriter) endZeros() {
	if w.zeros {
		w.out.WriteByte('0')
		w.zeros = false
	}
}

// digitsAndLetters are the parts of an ID.
var digitsAndLetters = regexp.MustCompile(`[\pL\p{Nd}]+`)

// meantDigits writes 1OO1 and l001 as 1001. A part that has any other letter, or fewer than two digits, stays as it is.
func meantDigits(part string) string {
	if strings.Trim(part, "0123456789OoОоlI") != "" || payoutinput.CountDigits(part) < 2 {
		return part
	}
	return strings.Map(payoutinput.DigitFor, part)
}

func isSeparator(r rune) bool {
	return strings.ContainsRune("-_./\\#:‐‑‒–—−", r) || unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Z)
}

// skeletons returns what an ID is compared by. That is its skeleton, and for an ID with blanks also the skeleton of the
// ID without them.
func skeletons(id string) []string {
	found := []string{skeleton(id)}
	if strings.ContainsFunc(id, unicode.IsSpace) {
		without := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, id)
		if other := skeleton(without); other != found[0] {
			found = append(found, other)
		}
	}
	return found
}

// difference says how two IDs that look alike differ, for a person who cannot see it.
func difference(a, b string) string {
	switch {
	case norm.NFC.String(a) == norm.NFC.String(b):
		return "the same letters in two forms of Unicode"
	case strings.EqualFold(a, b):
		return "only upper and lower case differ"
	case foreign(a) != foreign(b):
		return "letters or digits of another alphabet"
	case wholeAsDecimal.MatchString(a) != wholeAsDecimal.MatchString(b):
		return "one was written as a decimal"
	case strings.ContainsAny(a+b, "OolI") &&
		strings.Map(payoutinput.DigitFor, a) == strings.Map(payoutinput.DigitFor, b):
		return "a letter that looks like a digit"
	}
	return "leading zeros, blanks, hyphens or case differ"
}

func foreign(id string) bool {
	return strings.ContainsFunc(id, func(r rune) bool { return r >= utf8.RuneSelf })
}
