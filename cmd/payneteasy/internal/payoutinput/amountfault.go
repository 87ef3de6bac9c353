package payoutinput

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// amountRule says what is wrong with an amount that ParseAmount has refused with err, and what to write. It shows the
// amount, or what to write instead, only if shown is true.
func amountRule(text, currency string, err error, shown bool) string {
	for _, fault := range amountFaults {
		if !fault.has(text) {
			continue
		}
		do := fault.do
		if do == "" {
			do = suggestion(text, currency, shown)
		}
		rule := strings.ReplaceAll(fault.rule, "MARK", markName(text)) + ": " + do
		if shown && strings.TrimSpace(text) != "" {
			rule = WithEnds(text) + " " + rule
		}
		return rule
	}
	return sdkRule(text, currency, err, shown)
}

// amountFault is one way of writing amounts that is refused.
type amountFault struct {
	has  func(string) bool
	rule string // MARK stands for the first character that does not belong in an amount
	do   string // or nothing, if the suggestion says what to write
}

// maxWordFaults is the number of amountFaults, counted from the first, for texts that are not values at all.
const maxWordFaults = 6

// amountFaults are checked in this order. The first that matches is reported.
var amountFaults = []amountFault{
	{func(s string) bool { return strings.TrimFunc(s, isBlank) == "" }, "has blanks alone", "write the amount"},
	{asDamage("narrow column"), "has only # signs", widenColumn},
	{asDamage("error value"), "is a spreadsheet's error value", repairCell},
	{asDamage("formula"), "is a formula", "write its result"},
	{asDamage("template"), "is a placeholder that a program has not filled in", "write the amount"},
	{asDamage("filler"), "is a filler for a missing value", "write the amount" + orRemoveLine},
	{isDateOrTime, "looks like a date or a time", "write the amount, as in 10.42"},
	{
		func(s string) bool { return strings.ContainsFunc(s, isNumberSign) },
		"has a sign for a number that is not one of the digits 0 to 9", "",
	},
	{
		func(s string) bool { return !strings.ContainsFunc(s, unicode.IsDigit) },
		"has no digits", "write the amount, as in 10.42",
	},
	{
		containing(`^\P{L}*\p{Nd}\s?[eEеЕ][+-−]?\p{Nd}+\P{L}*$`),
		"has an exponent, so digits may be lost", "write all digits, as in 1042.00",
	},
	{containing(`\p{Nd}\s?[.,]\s?[-−–—=]{1,2}$`), "ends with a dash in place of cents", ""},
	{
		containing(`^\P{Nd}*\(.*\)|^\P{Nd}*[-−–]|[-−–]\s*$|(?i:CR|DR)$`),
		"is negative, and a payout is positive", "check the sign" + orRemoveLine,
	},
	{containing(`^\+?0*[.,]?0*$`), "is zero, and a payout is positive", "write the amount" + orRemoveLine},
	{func(s string) bool { return strings.ContainsAny(s, "%‰") }, "has a percent sign", "write the amount itself"},
	{asDamage("quotes"), "has quotation marks", ""},
	{asDamage("apostrophe"), "begins or ends with an apostrophe", ""},
	{containing(`^(?:\[.*\]|<.*>|\{.*\})$`), "is in brackets", ""},
	{containing(`^\s*(?:[~≈≃≅<>≤≥]|(?i:ca|approx|about|max|min)\b)|±`), "is not exact", "write the exact amount"},
	{
		func(s string) bool { return strings.ContainsFunc(s, isForeignDigit) },
		"has digits that are not 0 to 9 of ASCII", "",
	},
	{containing(`^0[xXbBoO][0-9A-Fa-f]+$`), "is a number as a program writes it", "write decimal digits, as in 10.42"},
	{isLetterForDigit, "has MARK, which looks like a digit", ""},
	{func(s string) bool { return strings.ContainsFunc(s, isCurrencySign) }, "has a currency or letters in it", ""},
	{func(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), "+") }, "has a plus sign", ""},
	{func(s string) bool { return strings.ContainsFunc(s, isBlank) }, "has blanks in it", ""},
	{func(s string) bool { return strings.Contains(s, ",") }, "has a comma", ""},
	{func(s string) bool { return strings.ContainsAny(s, otherPoints) }, "has another mark than a point", ""},
	{
		func(s string) bool { return strings.ContainsAny(s, apostrophes+"_") },
		"has separators between groups of digits", "",
	},
	{func(s string) bool { return markName(s) != "" }, "has MARK in it", ""},
	{func(s string) bool { return strings.Count(s, ".") > 1 }, "has several points", ""},
	{func(s string) bool { return strings.HasPrefix(s, ".") }, "begins with a point", ""},
	{func(s string) bool { return strings.HasSuffix(s, ".") }, "ends with a point", ""},
	{containing(`^0[0-9]`), "has a leading zero", ""},
}

func containing(expression string) func(string) bool {
	return regexp.MustCompile(expression).MatchString
}

// timeOfDay matches 10:42 and 10:42:00.
var timeOfDay = regexp.MustCompile(`^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?$`)

func isDateOrTime(text string) bool { return isDate(text, Identifier{}) || timeOfDay.MatchString(text) }

// isNumberSign recognizes ½, ², ⑩ and Ⅹ.
func isNumberSign(r rune) bool { return unicode.In(r, unicode.No, unicode.Nl) }

// digitLetters are letters that look like digits, and those digits.
var digitLetters = map[rune]rune{'O': '0', 'o': '0', 'О': '0', 'о': '0', 'l': '1', 'I': '1'}

// DigitFor returns the digit that a letter looks like, or the character itself.
func DigitFor(r rune) rune { return cmp.Or(digitLetters[r], r) }

// isLetterForDigit recognizes 1O.5 and l0, but not the letter of 10 l.
func isLetterForDigit(text string) bool {
	return strings.ContainsAny(text, "OoОоlI") && strings.Trim(text, "0123456789.,OoОоlI") == ""
}

// otherPoints are marks of other scripts and alphabets that replace a point or a comma.
const otherPoints = "．。·・‧∙⋅٫，、‚،﹒﹐˙"

// markNames are the names of some characters for people.
var markNames = map[rune]string{
	'-': "a hyphen", '–': "a dash", '—': "a dash", '−': "a minus sign",
	'/': "a slash", ':': "a colon", ';': "a semicolon", '*': "an asterisk",
	'#': "a # sign", '=': "an equals sign", '|': "a vertical bar",
}

// markName names the first character of a text that does not belong in an amount, or is empty.
func markName(text string) string {
	at := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
	if at < 0 {
		return ""
	}
	r, _ := utf8.DecodeRuneInString(text[at:])
	switch name := markNames[r]; {
	case name != "":
		return name
	case unicode.IsLetter(r):
		return "the letter " + string(r)
	case unicode.IsMark(r) || !unicode.IsPrint(r):
		return fmt.Sprintf("the character U+%04X", r)
	}
	return "the character " + string(r)
}

// asDamage checks one of the damageRules.
func asDamage(kind string) func(string) bool {
	at := slices.IndexFunc(damageRules, func(r damageRule) bool { return r.kind == kind })
	return func(text string) bool { return damageRules[at].has(strings.TrimSpace(text), Identifier{free: true}) }
}

func isForeignDigit(r rune) bool { return r >= utf8.RuneSelf && unicode.IsDigit(r) }

func isCurrencySign(r rune) bool {
	return unicode.Is(unicode.Sc, r) || unicode.IsLetter(r) && !strings.ContainsRune(apostrophes, r)
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Z) }

// isShort reports whether a text is as short as an amount, so that it cannot be an account's number.
func isShort(text string) bool {
	whole, fraction := 0, 0
	for _, r := range text {
		switch {
		case r == '.' || r == ',':
			whole, fraction = whole+fraction, 0
		case unicode.IsNumber(r):
			fraction++
		}
	}
	if !strings.ContainsAny(text, ".,") || fraction > 2 { // 1,234,567
		whole += fraction
	}
	return whole <= 8 && utf8.RuneCountInString(text) <= 24
}

// sdkRule is the rule of ParseAmount, with what to write where that is certain. It does not use the SDK's own words,
// which show the text.
func sdkRule(text, currency string, err error, shown bool) string {
	whole, fraction, point := strings.Cut(text, ".")
	accepted := func(text string) bool {
		_, err := payneteasy.ParseAmount(text, currency)
		return err == nil
	}
	if point && len(fraction) > DigitsAfterPoint(currency) && shown && (accepted(whole) || whole == "0") {
		rule := fmt.Sprintf("%s has %s after the point, and %s has %s: ",
			text, terminal.Plural(len(fraction), "digit"), currency, minorDigits(currency))
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
	if strings.Trim(text, "0.") == "" {
		return "is not positive"
	}
	return "is longer than the documented 10 characters"
}

// minorDigits says how many digits a currency has after the point, in words.
func minorDigits(currency string) string {
	if digits := DigitsAfterPoint(currency); digits > 0 {
		return strconv.Itoa(digits)
	}
	return "none"
}

// WithEnds shows a text so that blanks at its ends can be seen.
func WithEnds(s string) string {
	if strings.TrimSpace(s) != s {
		return strconv.Quote(s)
	}
	return terminal.Line(s)
}
