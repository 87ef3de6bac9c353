package payoutinput

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// currencyRule says what is wrong with a currency, and what to write. It shows only a few characters.
func currencyRule(text string) string {
	const rule = "is not the code of an active currency (ISO 4217, three capitals)"
	if utf8.RuneCountInString(text) > 12 {
		return rule
	}
	switch code := likelyCurrency(text); {
	case code != "" && strings.ToUpper(lettersOf(norm.NFKC.String(text))) == code:
		return WithEnds(text) + " is not three capitals: write " + code
	case code != "":
		return WithEnds(text) + " is not a code: write " + code
	}
	if codes := currenciesOf(text); len(codes) > 1 {
		return WithEnds(text) +
			" is not a code, and several currencies use it: write the code, as in " + codes[0]
	}
	for _, fault := range amountFaults[:maxWordFaults] {
		if fault.has(text) && strings.TrimSpace(text) != "" {
			return WithEnds(text) + " " + fault.rule + ": write the currency's code, as in USD"
		}
	}
	return rule
}

// likelyCurrency returns the code that is certainly meant, or nothing.
func likelyCurrency(text string) string {
	if utf8.RuneCountInString(text) > 12 {
		return ""
	}
	letters := strings.ToUpper(lettersOf(norm.NFKC.String(text)))
	if _, found := slices.BinarySearch(currencies, letters); found && utf8.RuneCountInString(text) <= 8 {
		return letters
	}
	if codes := currenciesOf(text); len(codes) == 1 {
		return codes[0]
	}
	return ""
}

// currenciesOf returns the currencies that people write with these letters and signs.
func currenciesOf(text string) (codes []string) {
	text = norm.NFKC.String(text)
	letters := strings.ToUpper(lettersOf(text))
	for _, code := range currencies {
		named := letters == "" || slices.Contains(currencySigns[code], letters)
		signed := true
		for _, r := range text {
			if unicode.Is(unicode.Sc, r) {
				signed = signed && slices.Contains(strings.Fields(signCurrencies[r]), code)
			}
		}
		if named && signed && (letters != "" || strings.ContainsFunc(text, isCurrencySign)) {
			codes = append(codes, code)
		}
	}
	if at := slices.Index(codes, "USD"); at > 0 { // the most likely one comes first
		codes[0], codes[at] = codes[at], codes[0]
	}
	return codes
}
