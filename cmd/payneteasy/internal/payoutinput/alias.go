package payoutinput

import (
	"regexp"
	"strings"
)

// wordAlias matches an account's alias that consists of words, as in Argentina. Words of a header or a note are not
// aliases.
var (
	wordAlias = regexp.MustCompile(`^[A-Za-z][A-Za-z.-]{4,18}[A-Za-z]$`)
	noAlias   = wordSet(`account accounts accountno accountnr account.number account-number accountnumber number
		account.no iban wallet pending string sample example receiver beneficiary recipient customer payout payment
		amount currency destination konto kontonummer cuenta compte conto konto-nr removed deleted closed invalid
		hidden masked redacted secret private not.available not.set no.value see.note see.above no.account no-account
		to-do to.do default object number-format`)
)

func isWord(value string, of Identifier) bool {
	if !of.wordless || strings.ContainsAny(value, "0123456789@") {
		return false
	}
	return !of.alias || !wordAlias.MatchString(value) || noAlias[strings.ToLower(value)]
}
