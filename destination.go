package payneteasy

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
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

// checkDestinations names what is wrong with where the money goes. A white label may have a destination of its own in
// Extra, and a receiver may enter one on the page of a payout form: then there need not be a documented one.
func checkDestinations(k *call, extra url.Values) faults {
	var faults faults
	var numbers []string
	elsewhere := k.command == formCommand || len(extra) > 0
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
		faults.add("account_number", "or another destination is required: "+strings.Join(destinationNumbers[1:], ", "))
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

// placeholder matches what programs write in place of a value that they do not have: None, undefined, <nil>,
// {{account}}, [object Object], %!s(MISSING), #N/A.
var placeholder = regexp.MustCompile(`(?i)^[(<\[]?(?:none|null|nil|undefined|nan|n/a|missing|empty|true|false|[+-]?inf(?:inity)?)[)>\]]?$` +
	`|[<>{}\[\]"` + "`" + `]|^%|%!|\$\(|^\\n$|^#|^[^\pL\pN]+$`)

// floatForm matches a number that a program has rounded: 1.2345678901234567e+21.
var floatForm = regexp.MustCompile(`^\d+(?:\.\d+[eE][+-]?|[eE][+-])\d+$`)

// placeholderRule refuses in a destination what can never be one.
func placeholderRule(name, value string) string {
	value = strings.TrimSpace(value)
	switch {
	case value == "" || !slices.Contains(destinationNumbers, name) && !slices.Contains(bankNumbers, name):
		return ""
	case placeholder.MatchString(value):
		return "is a placeholder, not a value: the program that filled it in had none"
	case floatForm.MatchString(value):
		return "is a number in exponent form, which has lost its digits: give the digits as text"
	}
	return ""
}
