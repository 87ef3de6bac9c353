package main

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// currencyRule is what is wrong with a currency, and what to write. It shows no more than a few characters.
func currencyRule(text string) string {
	const rule = "is not the code of an active currency (ISO 4217, three capitals)"
	if utf8.RuneCountInString(text) > 12 {
		return rule
	}
	plain := norm.NFKC.String(text)
	letters := strings.ToUpper(lettersOf(plain))
	if _, found := slices.BinarySearch(currencies, letters); found && utf8.RuneCountInString(text) <= 8 {
		return withEnds(text) + " is not three capitals: write " + letters
	}
	switch codes := currenciesOf(plain, letters); {
	case len(codes) == 1:
		return withEnds(text) + " is not a code: write " + codes[0]
	case len(codes) > 1:
		return withEnds(text) + " is not a code, and several currencies are written so: write the code, as in " + codes[0]
	}
	for _, fault := range amountFaults[:maxWordFaults] {
		if fault.has(text) && strings.TrimSpace(text) != "" {
			return withEnds(text) + " " + fault.rule + ": write the currency's code, as in USD"
		}
	}
	return rule
}

// currenciesOf are the currencies that people write with these letters and signs.
func currenciesOf(text, letters string) (codes []string) {
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
	if at := slices.Index(codes, "USD"); at > 0 { // the most likely one is named first
		codes[0], codes[at] = codes[at], codes[0]
	}
	return codes
}
