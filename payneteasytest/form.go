package payneteasytest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/fakepage"
)

// form returns the fields of the payout form.
func form(account, name string) fakepage.Inputs {
	return fakepage.Inputs{
		{
			Name: "account_number", Label: "Account number", Value: account, Length: 32, Autocomplete: "off",
			Hint: "In this sandbox 1234567890 is approved, 0987654321 is declined, 1987654321 ends in an error.",
		},
		{
			Name: "account_name", Label: "Name of the account’s holder", Value: name, Length: 128, Autocomplete: "name",
			Hint: "The name that the bank has on file.",
		},
	}
}

var accountNumber = regexp.MustCompile(`^[\p{L}\p{N}-]+$`)

// fill checks the receiver's input. Blanks in an account number are removed, because people add them for reading.
func fill(account, name string) fakepage.Inputs {
	account = strings.ToValidUTF8(strings.Join(strings.Fields(account), ""), "�")
	name = strings.ToValidUTF8(strings.TrimSpace(name), "�")
	all := form(account, name)
	switch number := &all[0]; {
	case account == "":
		number.Wrong = "Enter the account number"
	case utf8.RuneCountInString(account) > number.Length:
		number.Wrong = "The account number is longer than 32 characters"
	case !accountNumber.MatchString(account):
		number.Wrong = "The account number may have letters, digits and hyphens only"
	}
	switch holder := &all[1]; {
	case name == "":
		holder.Wrong = "Enter the name of the account’s holder"
	case utf8.RuneCountInString(name) > holder.Length:
		holder.Wrong = "The name is longer than 128 characters"
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		holder.Wrong = "The name has a character that cannot be shown"
	}
	return all
}
