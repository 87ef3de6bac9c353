package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/payneteasy-go/payneteasy"
)

// amountRule is what is wrong with an amount that ParseAmount has refused with err, and what to write. It shows the
// amount only if that is no longer than amounts are: in the wrong column there may be an account's number.
func amountRule(text, currency string, err error) string {
	for _, fault := range amountFaults {
		if !fault.has(text) {
			continue
		}
		rule := fault.rule + ": " + fault.do
		if fault.do == "" {
			rule = fault.rule + ": " + suggestion(text, currency)
		}
		if isShort(text) && strings.TrimSpace(text) != "" {
			rule = withEnds(text) + " " + rule
		}
		return rule
	}
	return sdkRule(text, currency, err)
}

// amountFault is one way of writing amounts that is refused.
type amountFault struct {
	has  func(string) bool
	rule string
	do   string // or nothing if the text tells what to write
}

// amountFaults are asked in this order; the first that fits is told.
var amountFaults = []amountFault{
	{func(s string) bool { return strings.TrimFunc(s, isBlank) == "" }, "has blanks alone", "write the amount"},
	{
		asDamage("narrow column"), "has only # signs",
		"the spreadsheet's column was too narrow; widen it and save the file again",
	},
	{asDamage("error value"), "is a spreadsheet's error value", "repair the cell and save the file again"},
	{asDamage("formula"), "is a formula", "write its result"},
	{asDamage("template"), "is a placeholder that a program has not filled in", "write the amount"},
	{asDamage("filler"), "is a filler for a missing value", "write the amount, or remove the line"},
	{
		func(s string) bool { return !strings.ContainsFunc(s, unicode.IsDigit) },
		"has no digits", "write the amount, as in 10.42",
	},
	{
		regexp.MustCompile(`^\P{L}*\p{Nd}\s?[eEеЕ][+-−]?\p{Nd}+\P{L}*$`).MatchString,
		"has an exponent, so digits may be lost", "write all digits, as in 1042.00",
	},
	{
		regexp.MustCompile(`^\P{Nd}*\(.*\)|^\P{Nd}*[-−–]|[-−–]\s*$|(?i:CR|DR)$`).MatchString,
		"is negative, and a payout is positive", "check the sign, or remove the line",
	},
	{func(s string) bool { return strings.ContainsAny(s, "%‰") }, "has a percent sign", "write the amount itself"},
	{asDamage("quotes"), "has quotation marks", ""},
	{asDamage("apostrophe"), "begins or ends with an apostrophe", ""},
	{
		func(s string) bool { return strings.ContainsFunc(s, isForeignDigit) },
		"has digits that are not 0 to 9 of ASCII", "",
	},
	{func(s string) bool { return strings.ContainsFunc(s, isCurrencySign) }, "has a currency or letters in it", ""},
	{func(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), "+") }, "has a plus sign", ""},
	{func(s string) bool { return strings.ContainsFunc(s, isBlank) }, "has blanks in it", ""},
	{func(s string) bool { return strings.Contains(s, ",") }, "has a comma", ""},
	{func(s string) bool { return strings.ContainsAny(s, "'_’`") }, "has separators between groups of digits", ""},
	{func(s string) bool { return strings.Count(s, ".") > 1 }, "has several points", ""},
	{func(s string) bool { return strings.HasPrefix(s, ".") }, "begins with a point", ""},
	{func(s string) bool { return strings.HasSuffix(s, ".") }, "ends with a point", ""},
	{regexp.MustCompile(`^0[0-9]`).MatchString, "has a leading zero", ""},
}

// asDamage asks one of the damageRules.
func asDamage(kind string) func(string) bool {
	at := slices.IndexFunc(damageRules, func(r damageRule) bool { return r.kind == kind })
	return func(text string) bool { return damageRules[at].has(strings.TrimSpace(text), identifier{free: true}) }
}

func isForeignDigit(r rune) bool { return r >= utf8.RuneSelf && unicode.IsDigit(r) }

func isCurrencySign(r rune) bool { return unicode.Is(unicode.Sc, r) || unicode.IsLetter(r) }

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Z) }

// isShort reports whether a text is as short as an amount is, so that it is no account's number.
func isShort(text string) bool {
	whole, fraction := 0, 0
	for _, r := range text {
		switch {
		case r == '.' || r == ',':
			whole, fraction = whole+fraction, 0
		case unicode.IsDigit(r):
			fraction++
		}
	}
	if !strings.ContainsAny(text, ".,") || fraction > 2 { // 1,234,567
		whole += fraction
	}
	return whole <= 8 && utf8.RuneCountInString(text) <= 24
}

// suggestion is what to write instead, if that is an amount: "write 10.42", or both readings of 1,000.
func suggestion(text, currency string) string {
	letters := strings.ToUpper(lettersOf(text))
	if letters != "" && letters != currency && !slices.Contains(currencySigns[currency], letters) {
		return "write the amount alone, as in 10.42" // 10k, O.5, 30-Nov: what is meant is not certain
	}
	var written []string
	for _, reading := range amountReadings(asciiDigits(norm.NFKC.String(text))) {
		_, err := payneteasy.ParseAmount(reading, currency)
		if err == nil && isShort(text) && !slices.Contains(written, reading) {
			written = append(written, reading)
		}
	}
	switch len(written) {
	case 0:
		return "write digits with one point, as in 10.42"
	case 1:
		return "write " + written[0]
	}
	return "write " + written[0] + " or " + written[1] + ", whichever is meant"
}

// currencySigns are currencies' signs that are letters.
var currencySigns = map[string][]string{
	"INR": {"RS"}, "PKR": {"RS"}, "RUB": {"Р", "РУБ"}, "PLN": {"ZŁ"}, "CZK": {"KČ"}, "SEK": {"KR"}, "NOK": {"KR"}, "DKK": {"KR"},
	"HUF": {"FT"}, "RON": {"LEI"}, "TRY": {"TL"}, "CHF": {"FR", "SFR"}, "BRL": {"R"}, "ZAR": {"R"}, "UAH": {"ГРН"}, "KZT": {"ТГ"},
}

// lettersOf are the letters of a text.
func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
}

// Groups of digits with the same mark between them, a blank for any other than comma and point; and those of India.
var (
	groupsOfDigits = regexp.MustCompile(`^[0-9]{1,3}(?:(?: [0-9]{3})+|(?:\.[0-9]{3})+|(?:,[0-9]{2,3})*,[0-9]{3})$`)
	groupMarks     = strings.NewReplacer("'", " ", "’", " ", "`", " ", "_", " ", "٬", " ", "٫", ".")
)

// amountReadings are the amounts that a text with digits can mean: one, or two if a mark can be a point or between
// groups, or none if it is not certain.
func amountReadings(text string) []string {
	core := betweenDigits(text)
	bare := strings.NewReplacer(".", "", ",", "", " ", "").Replace
	if strings.Trim(bare(core), "0123456789") != "" {
		return nil
	}
	point := strings.LastIndexAny(core, ".,")
	isWhole := point < 0 && !strings.Contains(core, " ")
	isGroups := groupsOfDigits.MatchString(core)
	if isWhole || isGroups && (point < 0 || strings.ContainsAny(core[:point], "., ")) { // 1 000, 1,000,000
		return []string{trimZeros(bare(core))}
	}
	if point < 0 {
		return nil
	}
	mark, whole, fraction := core[point:point+1], core[:point], core[point+1:]
	isSum := bare(whole) == whole || groupsOfDigits.MatchString(whole)
	if !isSum || strings.Contains(whole, mark) || strings.Trim(fraction, "0123456789") != "" {
		return nil
	}
	decimal := trimZeros(bare(whole)) + "." + fraction
	if isGroups && whole[0] != '0' { // 1,000
		return []string{bare(core), withoutZeros(decimal)}
	}
	return []string{decimal}
}

// betweenDigits is a text from its first digit to its last, with a zero before a leading point.
func betweenDigits(text string) string {
	core := strings.TrimFunc(groupMarks.Replace(text), func(r rune) bool { return r < '0' || r > '9' })
	if begin := strings.TrimSpace(text); strings.HasPrefix(begin, ".") || strings.HasPrefix(begin, ",") {
		return "0." + core
	}
	return core
}

// trimZeros drops leading zeros but the last.
func trimZeros(digits string) string {
	if trimmed := strings.TrimLeft(digits, "0"); trimmed != "" {
		return trimmed
	}
	return "0"
}

// withoutZeros drops the zeros that mean nothing: 1.000 is 1.
func withoutZeros(decimal string) string {
	return strings.TrimSuffix(strings.TrimRight(decimal, "0"), ".")
}

// sdkRule is the rule of ParseAmount, with what to write where that is certain. The SDK's own words show the text.
func sdkRule(text, currency string, err error) string {
	whole, fraction, point := strings.Cut(text, ".")
	accepted := func(text string) bool {
		_, err := payneteasy.ParseAmount(text, currency)
		return err == nil
	}
	if point && len(fraction) > digitsAfterPoint(currency) && isShort(text) && accepted(whole) {
		rule := fmt.Sprintf("%s has %s after the point, and %s has %s: ",
			text, plural(len(fraction), "digit"), currency, minorDigits(currency))
		switch shorter := withoutZeros(text); {
		case len(fraction) == 3 && len(whole) <= 3 && shorter == whole: // 1.000 USD
			return rule + "write " + whole + " or " + whole + fraction + ", whichever is meant"
		case accepted(shorter):
			return rule + "write " + shorter
		}
		return rule + "write the exact amount"
	}
	if cause := errors.Unwrap(err); cause != nil {
		return "is not an amount of " + currency + ": " + cause.Error()
	}
	if _, rule, found := strings.Cut(err.Error(), currency+" is "); found {
		return "is " + rule
	}
	return "is not an amount of " + currency
}

// minorDigits is how many digits a currency has after the point, in words.
func minorDigits(currency string) string {
	if digits := digitsAfterPoint(currency); digits > 0 {
		return strconv.Itoa(digits)
	}
	return "none"
}

// currencyRule is what is wrong with a currency, and what to write.
func currencyRule(text string) string {
	const rule = "is not the code of an active currency (ISO 4217, three capitals)"
	code := strings.ToUpper(strings.TrimFunc(norm.NFKC.String(text), func(r rune) bool { return !unicode.IsLetter(r) }))
	if _, found := slices.BinarySearch(currencies, code); found && utf8.RuneCountInString(text) <= 8 {
		return withEnds(text) + " is not three capitals: write " + code
	}
	return rule
}
