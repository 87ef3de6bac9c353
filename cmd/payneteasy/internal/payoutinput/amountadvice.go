package payoutinput

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/payneteasy-go/payneteasy"
)

// suggestion says what to write instead, if that is an amount. It is "write 10.42", or both readings of 1,000.
func suggestion(text, currency string, shown bool) string {
	const certainly, alone = "write digits with one point, as in 10.42", "write the amount alone, as in 10.42"
	switch {
	case strings.Contains(text, "|"): // the bar may be a digit, or nothing
		return certainly
	case !shown:
		if strings.ContainsFunc(text, isCurrencySign) {
			return alone
		}
		return certainly
	}
	provided := ""
	if isLetterForDigit(text) {
		provided = ", if that is the amount"
		text = strings.Map(DigitFor, text)
	}
	text = fractions.Replace(text)
	if strings.ContainsFunc(text, isNumberSign) {
		return certainly
	}
	text = norm.NFKC.String(text)
	switch letters := strings.ToUpper(lettersOf(text)); {
	case namesOtherCurrency(text, letters, currency):
		return "check whether its currency is " + currency + ", and write the amount alone"
	case letters != "" && letters != currency && !slices.Contains(currencySigns[currency], letters):
		return alone // 10k, 30-Nov: the meaning is not certain
	}
	var written []string
	for _, reading := range amountReadings(ASCIIDigits(text)) {
		_, err := payneteasy.ParseAmount(reading, currency)
		if err == nil && !slices.Contains(written, reading) {
			written = append(written, reading)
		}
	}
	switch len(written) {
	case 0:
		return certainly
	case 1:
		return "write " + written[0] + provided
	}
	return "write " + written[0] + " or " + written[1] + ", whichever is meant"
}

// fractions are those with a certain decimal form.
var fractions = strings.NewReplacer("½", ".5", "¼", ".25", "¾", ".75", "⅕", ".2", "⅖", ".4", "⅗", ".6", "⅘", ".8")

// namesOtherCurrency reports whether an amount is written with the code or the sign of another currency.
func namesOtherCurrency(text, letters, currency string) bool {
	if _, isCode := slices.BinarySearch(currencies, letters); isCode && letters != currency {
		return true
	}
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.Is(unicode.Sc, r) && !slices.Contains(strings.Fields(signCurrencies[r]), currency)
	})
}

// signCurrencies are the currencies that use a sign.
var signCurrencies = map[rune]string{
	'$': "USD ARS AUD BBD BMD BND BRL BSD BZD CAD CLP COP CVE DOP FJD GYD HKD JMD KYD LRD MOP MXN NAD NIO NZD SBD " +
		"SRD TOP TTD TWD UYU WST XCD",
	'€': "EUR", '£': "GBP EGP FKP GIP LBP SDG SHP SSP SYP", '¥': "JPY CNY", '₽': "RUB", '₹': "INR",
	'₨': "INR LKR MUR NPR PKR SCR", '₩': "KRW KPW", '₺': "TRY", '₴': "UAH", '₸': "KZT", '₫': "VND", '₱': "PHP CUP",
	'₦': "NGN", '₪': "ILS", '฿': "THB", '₾': "GEL", '₼': "AZN", '֏': "AMD", '₵': "GHS", '₡': "CRC", '₲': "PYG",
	'₭': "LAK", '₮': "MNT", '৳': "BDT", '៛': "KHR", '؋': "AFN", '﷼': "IRR OMR QAR SAR YER",
}

// currencySigns are currencies' signs and names that consist of letters.
var currencySigns = map[string][]string{
	"USD": {"US", "DOLLAR", "DOLLARS"}, "EUR": {"EURO", "EUROS"}, "CAD": {"C", "CA"}, "AUD": {"A", "AU"}, "NZD": {"NZ"},
	"HKD": {"HK"}, "SGD": {"S"}, "INR": {"RS"}, "PKR": {"RS"}, "RUB": {"Р", "РУБ"}, "PLN": {"ZŁ"}, "CZK": {"KČ"},
	"SEK": {"KR"}, "NOK": {"KR"}, "DKK": {"KR"}, "HUF": {"FT"}, "RON": {"LEI"}, "TRY": {"TL"}, "CHF": {"FR", "SFR"},
	"BRL": {"R"}, "ZAR": {"R"}, "UAH": {"ГРН"}, "KZT": {"ТГ"},
}

// lettersOf returns the letters of a text.
func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if isCurrencySign(r) && unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
}

// Groups of digits with the same mark between them, and the groups of India. A blank stands for any mark except comma
// and point.
var (
	groupsOfDigits = regexp.MustCompile(`^[0-9]{1,3}(?:(?: [0-9]{3})+|(?:\.[0-9]{3})+|(?:,[0-9]{2,3})*,[0-9]{3})$`)
	groupMarks     = groupReplacer()
	blankMarks     = regexp.MustCompile(`[\pZ\s]*([.,])[\pZ\s]*`)
)

// groupReplacer writes a blank for each apostrophe and other mark between groups. It writes a point or a comma for the
// same marks of other scripts.
func groupReplacer() *strings.Replacer {
	pairs := []string{"_", " ", "٬", " "}
	for _, r := range otherPoints {
		mark := "."
		if strings.ContainsRune("，、‚،﹐", r) {
			mark = ","
		}
		pairs = append(pairs, string(r), mark)
	}
	for _, r := range apostrophes { // of characters that are in both lists, the first counts
		pairs = append(pairs, string(r), " ")
	}
	return strings.NewReplacer(pairs...)
}

// amountReadings returns the amounts that a text with digits can mean. There are two if a mark can be a point or
// separate groups. There are none if the meaning is not certain.
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

// betweenDigits returns a text from its first digit to its last, with a zero before a leading point.
func betweenDigits(text string) string {
	text = blankMarks.ReplaceAllString(groupMarks.Replace(text), "$1")
	core := strings.TrimFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if begin := strings.TrimSpace(text); strings.HasPrefix(begin, ".") || strings.HasPrefix(begin, ",") {
		return "0." + core
	}
	return core
}

// trimZeros removes leading zeros, but keeps the last digit.
func trimZeros(digits string) string {
	if trimmed := strings.TrimLeft(digits, "0"); trimmed != "" {
		return trimmed
	}
	return "0"
}

// withoutZeros removes zeros without meaning, so that 1.000 becomes 1.
func withoutZeros(decimal string) string {
	return strings.TrimSuffix(strings.TrimRight(decimal, "0"), ".")
}
