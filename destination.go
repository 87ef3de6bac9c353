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
	numbers    []string // the parameters that name it, of which exactly one is set
	companions []string // further parameters, which need one of the numbers
}

// destinations are the destinations of /api/v4/payout. A payout has exactly one.
var destinations = []destination{
	{[]string{"account_number"}, []string{
		"account_name", "routing_number", "bank_name", "bank_branch", "bank_code", "bank_city", "bank_address1",
		"bank_zip_code", "bank_province", "bank_area", "bank_bic",
	}},
	{[]string{"credit_card_number"}, []string{"card_printed_name", "expire_month", "expire_year", "cvv2"}},
	{[]string{"card_recurring_payment_id", "recurring-payment-id"}, nil},
	{[]string{"ewallet_wallet"}, []string{"ewallet_type"}},
	{[]string{"crypto_wallet_address"}, nil},
}

// checkDestinations names the faults of the destination. A white label may have its own destination in Extra. On a
// payout form, the receiver may enter one. In both cases no documented destination is required.
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

// Placeholders are what programs write when they do not have a value.
var (
	// placeholder matches in any destination, even in a wallet, which may be a name. Examples are None, <nil>,
	// {{account}}, [object Object] and %!s(MISSING).
	placeholder = regexp.MustCompile(
		`(?i)^[(<\[]?(?:none|null|nil|undefined)[)>\]]?$|^\[object|[<>{}]|^%[sv]$|^%[a-z_]+%$|%!|\$\(` +
			`|&[lg]t;|^\\n$|^#(?:n/a|ref!|value!|name\?|null!|num!|div/0!)|^[^\pL\pN]+$`)
	// noNumber matches in a number. Examples are NaN, #N/A, 0000, a masked number, and a number in quotes.
	noNumber = regexp.MustCompile(
		`(?i)^\W*(?:nan|n/?a|n\.a\.?|dbnull|unset|unknown|missing|empty|true|false|inf(?:inity)?|tbd)\W*$` +
			`|^\W*(?:none|null|nil|undefined)\W*$|^(?:undefined|null|none)\b|["` + "`" +
			`\[\]]|^[%#']|^0+$|\*{3}|^x{4,}|^0xc[0-9a-f]{9}$`)
	// floatForm matches a number that a program has rounded, such as 1.2345678901234567e+21 or 1,23457E+15.
	floatForm = regexp.MustCompile(`^\d+(?:[.,]\d+[eE][+-]?|[eE][+-])\d+$`)
)

// placeholderRule refuses a value that can never be a destination.
func placeholderRule(name, value string) string {
	value = strings.TrimSpace(value)
	number := slices.Contains(destinationNumbers, name) && name != "ewallet_wallet"
	switch {
	case value == "" || !number && name != "ewallet_wallet" && !slices.Contains(bankNumbers, name):
		return ""
	case strings.HasPrefix(value, "="):
		return "begins with =, like a spreadsheet formula: give only the value"
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

// BankAccount is the account to pay to. In the sandbox, Number decides what happens. 1234567890 is approved, 0987654321
// is declined, and 1987654321 ends in PROCESSOR_INTERNAL_ERROR.
type BankAccount struct {
	Number        string `url:"account_number,omitempty"` // at most 32, no blanks at the ends
	Name          string `url:"account_name,omitempty"`   // at most 128
	RoutingNumber string `url:"routing_number,omitempty"` // branch of a bank in China, at most 16
}

// Bank is the receiver's bank.
type Bank struct {
	Name     string `url:"bank_name,omitempty"`     // at most 255
	Branch   string `url:"bank_branch,omitempty"`   // at most 255
	Code     string `url:"bank_code,omitempty"`     // at most 32
	City     string `url:"bank_city,omitempty"`     // at most 128
	Address1 string `url:"bank_address1,omitempty"` // at most 255
	ZipCode  string `url:"bank_zip_code,omitempty"` // at most 255
	Province string `url:"bank_province,omitempty"` // at most 255
	Area     string `url:"bank_area,omitempty"`     // at most 255
	BIC      string `url:"bank_bic,omitempty"`      // at most 128
}

// Card is a card to pay to. In a payment to a card within the system, the gateway treats it as a source card, with all
// limits and fraud checks of a source card.
type Card struct {
	Number      Secret `url:"-"`                           // credit_card_number, digits, at most 20
	PrintedName string `url:"card_printed_name,omitempty"` // at most 128
	ExpireMonth string `url:"expire_month,omitempty"`      // "1" or "01" to "12"
	ExpireYear  string `url:"expire_year,omitempty"`       // four digits
	CVV2        Secret `url:"-"`                           // cvv2, three or four digits
}

// StoredCard is a card that the gateway has stored under a token (/api/v4/create-card-ref). Set one of the two fields,
// and no Card.
type StoredCard struct {
	CardRecurringPaymentID Secret `url:"-"` // card_recurring_payment_id, the RPI, a number
	RecurringPaymentID     Secret `url:"-"` // recurring-payment-id, a number; the API writes hyphens here
}

// EWallet is an electronic wallet.
type EWallet struct {
	Type   string `url:"ewallet_type,omitempty"`   // at most 64
	Wallet string `url:"ewallet_wallet,omitempty"` // its id, at most 128, no blanks at the ends
}

// CryptoWallet is a wallet of a cryptocurrency. The amount is still in an ISO 4217 currency.
type CryptoWallet struct {
	Address string `url:"crypto_wallet_address,omitempty"` // at most 64, no blanks at the ends
}

// LegalPerson is a receiver that is a company.
type LegalPerson struct {
	Name           string `url:"legal_person_name,omitempty"`            // at most 128
	DocumentNumber string `url:"legal_person_document_number,omitempty"` // at most 128
}

// Receiver is the person or company that gets the money. The documentation calls phone, ZIP code and birthday numeric.
// Real ones have a plus sign or letters, so they are text here.
type Receiver struct {
	FirstName              string `url:"receiver_first_name,omitempty"`               // at most 128
	LastName               string `url:"receiver_last_name,omitempty"`                // at most 128
	Birthday               string `url:"receiver_birthday,omitempty"`                 // at most 30, YYYYMMDD is likely
	CountryCode            string `url:"receiver_country_code,omitempty"`             // at most 3
	State                  string `url:"receiver_state,omitempty"`                    // at most 4, for USA, Canada, Australia
	City                   string `url:"receiver_city,omitempty"`                     // at most 128
	ZipCode                string `url:"receiver_zip_code,omitempty"`                 // at most 32
	Address1               string `url:"receiver_address1,omitempty"`                 // at most 256
	Phone                  string `url:"receiver_phone,omitempty"`                    // at most 128
	Email                  string `url:"receiver_email,omitempty"`                    // at most 128
	IdentityDocumentID     string `url:"receiver_identity_document_id,omitempty"`     // at most 128
	IdentityDocumentNumber string `url:"receiver_identity_document_number,omitempty"` // at most 128
	INN                    string `url:"receiver_inn,omitempty"`                      // Russian taxpayer number, at most 128
}

// Customer is the receiver in a customer management system (CMS). ID is required if the transaction goes through the
// platform's CMS (PNE). MerchantIdentifier is required if it goes through the merchant's CMS (CRM).
type Customer struct {
	Level              string `url:"customer_level,omitempty"`               // at most 32
	ID                 int64  `url:"customer_id,omitempty"`                  // at most 10 digits
	MerchantIdentifier string `url:"merchant_customer_identifier,omitempty"` // at most 64
}
