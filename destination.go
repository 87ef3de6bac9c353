package payneteasy

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// destination is one way to say where the money goes.
type destination struct {
	numbers    []string // the parameters that name it: exactly one is set
	companions []string // further parameters, which say nothing without one of those
}

// destinations are those of /api/v4/payout. A payout has exactly one.
var destinations = []destination{
	{[]string{"account_number"}, []string{
		"account_name", "routing_number", "bank_name", "bank_branch", "bank_code", "bank_city", "bank_address1", "bank_zip_code",
		"bank_province", "bank_area", "bank_bic",
	}},
	{[]string{"credit_card_number"}, []string{"card_printed_name", "expire_month", "expire_year", "cvv2"}},
	{[]string{"card_recurring_payment_id", "recurring-payment-id"}, nil},
	{[]string{"ewallet_wallet"}, []string{"ewallet_type"}},
	{[]string{"crypto_wallet_address"}, nil},
}

// checkDestinations names what is wrong with where the money goes. With Extra, a white label may have a destination of
// its own. On a payout form, the receiver may enter one. Then no documented one is required.
func checkDestinations(k *call, extra url.Values) faults {
	var faults faults
	var numbers []string
	elsewhere := k.command == formCommand || carries(k.form, extra)
	for _, d := range destinations {
		named := given(k.form, d.numbers)
		numbers = append(numbers, named...)
		if others := given(k.form, d.companions); len(others) > 0 && len(named) == 0 && !elsewhere {
			faults.add(others[0], "needs "+d.numbers[0])
		}
	}
	switch {
	case len(numbers) > 1:
		faults.add(numbers[1], "is a second destination beside "+numbers[0]+": set one")
	case len(numbers) == 0 && len(faults) == 0 && !elsewhere:
		faults.add("account_number", "is missing: set it, or one of "+strings.Join(destinationNumbers[1:], ", "))
	}
	return faults
}

// destinationNumbers are the parameters that name a destination.
var destinationNumbers = func() (names []string) {
	for _, d := range destinations {
		names = append(names, d.numbers...)
	}
	return names
}()

// carries reports whether Extra holds a value that is sent.
func carries(form, extra url.Values) bool {
	for name := range extra {
		if strings.Join(form[name], "") != "" {
			return true
		}
	}
	return false
}

func given(form url.Values, names []string) (found []string) {
	for _, name := range names {
		if form.Has(name) {
			found = append(found, name)
		}
	}
	return found
}

// bankNumbers name the bank of a destination.
var bankNumbers = []string{"routing_number", "bank_code", "bank_bic"}

// Placeholders are what programs write in place of a value that they do not have.
var (
	// In any destination, also in a wallet that may have a name: None, <nil>, {{account}}, [object Object], %!s(MISSING).
	placeholder = regexp.MustCompile(`(?i)^[(<\[]?(?:none|null|nil|undefined)[)>\]]?$|^\[object|[<>{}]|^%[sv]$|^%[a-z_]+%$|%!|\$\(` +
		`|&[lg]t;|^\\n$|^#(?:n/a|ref!|value!|name\?|null!|num!|div/0!)|^[^\pL\pN]+$`)
	// In a number: NaN, #N/A, 0000, a masked number, a number in quotes.
	noNumber = regexp.MustCompile(`(?i)^\W*(?:nan|n/?a|n\.a\.?|dbnull|unset|unknown|missing|empty|true|false|inf(?:inity)?|tbd)\W*$` +
		`|^\W*(?:none|null|nil|undefined)\W*$|^(?:undefined|null|none)\b|["` + "`" + `\[\]]|^[%#']|^0+$|\*{3}|^x{4,}|^0xc[0-9a-f]{9}$`)
	// A number that a program has rounded: 1.2345678901234567e+21, 1,23457E+15.
	floatForm = regexp.MustCompile(`^\d+(?:[.,]\d+[eE][+-]?|[eE][+-])\d+$`)
)

// placeholderRule refuses in a destination what can never be one.
func placeholderRule(name, value string) string {
	value = strings.TrimSpace(value)
	number := slices.Contains(destinationNumbers, name) && name != "ewallet_wallet"
	switch {
	case value == "" || !number && name != "ewallet_wallet" && !slices.Contains(bankNumbers, name):
		return ""
	case strings.HasPrefix(value, "="):
		return "begins with =, as a spreadsheet's formula does: give the value alone"
	case placeholder.MatchString(value), number && noNumber.MatchString(value):
		return "is a placeholder (None, undefined, {{account}}, #N/A), not a value: give the value"
	case number && strings.ContainsFunc(value, isForeignDigit):
		return "has digits that are not 0 to 9 of ASCII: give it in ASCII digits"
	case floatForm.MatchString(value):
		return "is a number in exponent form, which has lost its digits: give the digits as text"
	}
	return ""
}

func isForeignDigit(r rune) bool { return r >= utf8.RuneSelf && unicode.IsDigit(r) }
