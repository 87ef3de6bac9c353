package payoutinput

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Forms of numbers that no bank writes. The IDs of orders may have any form.
var (
	decimalForm = regexp.MustCompile( // 1.234 is grouped
		`^[+-]?(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{4,}\.[0-9]{3})$`)
	floatForm = regexp.MustCompile(`^[+-]?\p{Nd}+[.,]0*$`)
	floatText = regexp.MustCompile(`^[0-9A-Za-z/-]+\.0+$`) // perhaps of an IBAN
	literal   = regexp.MustCompile(`^[0-9]{1,3}(?:_[0-9]{3})+$|^0x[0-9A-Fa-f]{1,15}$|^[0-9]{2,}[Ln]$|\.\.[0-9]*$`)
	masked    = regexp.MustCompile(`\*{2}|(?i:x{3,})[0-9]|[0-9](?i:x{3,})|\.{3}|…`)

	// Letters may be a part of some values. There an x hides characters only if all other characters are digits.
	maskedDigits = regexp.MustCompile(`\*{2}|\.{3}|…|^[0-9 -]*(?i:x{3,})[0-9 -]+$|^[0-9 -]+(?i:x{3,})$`)
)

func isFloat(value string, of Identifier) bool {
	return floatForm.MatchString(value) || !of.free && floatText.MatchString(value)
}

func isDecimal(value string, of Identifier) bool {
	return (!of.free || of.grouped) && !strings.Contains(value, "@") && decimalForm.MatchString(value)
}

func isLiteral(value string, of Identifier) bool {
	return (!of.free || of.grouped) && literal.MatchString(value)
}

func isMasked(value string, of Identifier) bool {
	return (!of.free || of.grouped) && cmp.Or(of.masked, masked).MatchString(value)
}

var negative = regexp.MustCompile(`^[-−–]\p{Nd}+$`)

// severalSigns matches --12345678 and +-1. Dashes without digits are a filler.
var severalSigns = regexp.MustCompile(`^[+\-−–]{2,}`)

func hasSigns(value string, of Identifier) bool {
	return (!of.free || of.grouped) && severalSigns.MatchString(value)
}

func isNegative(value string, _ Identifier) bool { return negative.MatchString(value) }

// CountDigits returns how many digits 0 to 9 a text has.
func CountDigits(s string) (n int) {
	for _, r := range s {
		if '0' <= r && r <= '9' {
			n++
		}
	}
	return n
}

// ASCIIDigits writes the decimal digits of every script as 0 to 9.
func ASCIIDigits(value string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf || !unicode.IsDigit(r) {
			return r
		}
		return digitOf(r)
	}, value)
}
