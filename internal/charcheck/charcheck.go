// Package charcheck finds characters that damage a key, a login or an ID when it is copied from a screen, a file or an
// email. Its texts name the character and its position, and never show the value. It also checks check digits.
package charcheck

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Key is the one rule for keys, logins, secrets and addresses, in this module and in the command-line tool. It returns
// the text of a fault, or nothing. Every printable character is allowed, and so is a space or a quote in the middle. An
// empty value is no fault here, because the caller knows what to say about it.
func Key(value string) string {
	if fault := Encoding(value); fault != "" {
		return fault
	}
	if fault := Unseen(value); fault != "" {
		return fault
	}
	switch {
	case strings.HasPrefix(value, " "):
		return "begins with " + Name(' ') + ": copy it again without it"
	case strings.HasSuffix(value, " "):
		return "ends with " + Name(' ') + ": copy it again without it"
	}
	for _, escape := range []string{`\n`, `\r`} { // as in a file of variables
		if strings.HasSuffix(value, escape) {
			return "ends with " + escape + ", two characters: copy it again without them"
		}
	}
	return quotes(value)
}

// Encoding is the text of a fault if a value is not UTF-8, or nothing.
func Encoding(value string) string {
	switch at := invalidAt(value); {
	case strings.HasPrefix(value, "\xff\xfe"), strings.HasPrefix(value, "\xfe\xff"):
		return "is UTF-16: save it as UTF-8"
	case at >= 0:
		return fmt.Sprintf("is not UTF-8 at character %d: copy it again, or save it as UTF-8", position(value, at))
	}
	return ""
}

// Unseen names the first character that cannot be seen, or that replaces a lost one. It returns nothing if there is
// none.
func Unseen(value string) string {
	at := strings.IndexFunc(value, IsUnseen)
	if at < 0 {
		return ""
	}
	found, _ := utf8.DecodeRuneInString(value[at:])
	return fmt.Sprintf("has %s at character %d: copy it again without it", Name(found), position(value, at))
}

func quotes(value string) string {
	first, _ := utf8.DecodeRuneInString(value)
	last, _ := utf8.DecodeLastRuneInString(value)
	opened, closed := isQuote(first), isQuote(last)
	switch {
	case opened && closed:
		return fmt.Sprintf("begins with %s and ends with %s: remove the quotes around it", Name(first), Name(last))
	case opened:
		return fmt.Sprintf("begins with %s: remove the quotes around it", Name(first))
	case closed:
		return fmt.Sprintf("ends with %s: remove the quotes around it", Name(last))
	}
	return ""
}

// position counts characters from 1, as an editor does.
func position(value string, at int) int { return utf8.RuneCountInString(value[:at]) + 1 }

// invalidAt is the byte at which a value is not UTF-8, or -1.
func invalidAt(value string) int {
	for at, r := range value {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(value[at:]); size == 1 {
				return at
			}
		}
	}
	return -1
}

// IsUnseen reports characters that change a value without showing, and the mark of a lost one. Unicode's default
// ignorable characters are the classes Cf and Variation_Selector and the others in this list.
func IsUnseen(r rune) bool {
	switch r {
	case ' ':
		return false
	case utf8.RuneError, brailleBlank:
		return true
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Z, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
}

// isQuote reports Unicode's quotation marks, and the characters that people type for them.
func isQuote(r rune) bool {
	const likeQuotes = "`´\u02b9\u02ba\u02bb\u02bc\u02bd\u2032\u2033\u2034\u2035\u2036\u2037"
	return unicode.Is(unicode.Quotation_Mark, r) || strings.ContainsRune(likeQuotes, r)
}
