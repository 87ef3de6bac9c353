package payoutinput

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// manyDigits is the number of digits of a short account.
const manyDigits = 7

// isShown reports whether an amount that is refused may be shown. The wrong column may hold an account, a phone number
// or a wallet. So a text that cannot be an amount of the currency is not shown.
func isShown(text, currency string) bool {
	if !isShort(text) || strings.Contains(text, "@") {
		return false
	}
	plain := norm.NFKC.String(text)
	digits := CountDigits(ASCIIDigits(plain))
	switch letters := strings.ToUpper(lettersOf(plain)); {
	case isNoAccount(text):
		return true
	case letters == "":
		return digits < manyDigits || len(amountReadings(ASCIIDigits(plain))) > 0
	case numberLetters.MatchString(plain):
		return true
	case digits == 0 && utf8.RuneCountInString(text) <= 3: // ten
		return true
	default: // R12345678 may be a wallet
		_, isCode := slices.BinarySearch(currencies, letters)
		return isCode || digits < manyDigits && slices.Contains(currencySigns[currency], letters)
	}
}

// isNoAccount recognizes NULL, #N/A, 10-Nov, 1O.5 and {{amount}}. A placeholder such as $jane_doe may be a wallet.
func isNoAccount(text string) bool {
	of := Identifier{}
	return isFiller(text, of) || isErrorValue(text, of) || isDate(text, of) ||
		CountDigits(text) < manyDigits && isLetterForDigit(text) ||
		strings.ContainsAny(text, "{<%") && asDamage("template")(text)
}

// numberLetters are short numbers with letters that belong to no currency and no wallet: 1e3, 10k, 0x10, ca. 10, 10 CR.
var numberLetters = regexp.MustCompile(`^\P{L}{0,2}[0-9]{1,3}(?:[.,][0-9]{1,2})?\s?` +
	`(?:[eEеЕ][+-−]?[0-9]{1,2}|[kKmM]|тыс\.?|млн\.?)$|^0[xXbBoO][0-9A-Fa-f]{1,4}$|` +
	`^(?i:ca\.?|approx\.?|about|max\.?|min\.?)\s?[0-9]{1,3}$|^[0-9.,]{1,8}\s?(?i:CR|DR)$`)

// amountForm is a form that amounts have and accounts do not, with a few digits or with cents.
var amountForm = regexp.MustCompile(
	`^[^\pL\pN]*(?:[0-9]{1,4}|[0-9][0-9.,' ]*[.,][0-9]{1,3})[^\pL\pN]*(?:\s?[A-Z]{3})?$`)

// isSwapped reports whether the destination of a payout is written like an amount, and its amount is not.
func isSwapped(values map[string]string) bool {
	amount := values["amount"]
	isLong := utf8.RuneCountInString(amount) > 3
	return (CountDigits(ASCIIDigits(amount)) >= manyDigits || isLong && lettersOf(amount) != "") &&
		slices.ContainsFunc(DestinationColumns, func(name string) bool { return amountForm.MatchString(values[name]) })
}
