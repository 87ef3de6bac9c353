package payneteasy

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// requestTo returns a valid request to these destinations.
func requestTo(t testing.TB, destinations ...func(*PayoutRequest)) *PayoutRequest {
	req := &PayoutRequest{ClientOrderID: "payout-0001", Amount: mustAmount(t, "10.42", "USD")}
	for _, destination := range destinations {
		destination(req)
	}
	return req
}

// toNumber has a function for each destination, by the parameter that identifies it.
var toNumber = map[string]func(value string) func(*PayoutRequest){
	"account_number": func(value string) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.BankAccount = &BankAccount{Number: value} }
	},
	"credit_card_number": func(value string) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.Card = &Card{Number: NewSecret(value)} }
	},
	"card_recurring_payment_id": func(value string) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.StoredCard = &StoredCard{CardRecurringPaymentID: NewSecret(value)} }
	},
	"recurring-payment-id": func(value string) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.StoredCard = &StoredCard{RecurringPaymentID: NewSecret(value)} }
	},
	"ewallet_wallet": func(value string) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.EWallet = &EWallet{Type: "qiwi", Wallet: value} }
	},
	"crypto_wallet_address": func(value string) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.CryptoWallet = &CryptoWallet{Address: value} }
	},
}

const goodNumber = "4444444444444448" // valid as a card number too

// TestTwoDestinations checks that each pair of destinations is a fault that names both. This also holds with SkipLimits
// and in a form.
func TestTwoDestinations(t *testing.T) {
	t.Parallel()
	require.Len(t, toNumber, len(destinationNumbers))
	for _, skip := range []bool{false, true} {
		client := testClient(t, func(c *Config) { c.SkipLimits = skip })
		for i, second := range destinationNumbers {
			require.NoError(t, client.Validate(requestTo(t, toNumber[second](goodNumber))), second)
			for _, first := range destinationNumbers[:i] {
				req := requestTo(t, toNumber[second](goodNumber), toNumber[first](goodNumber))
				if first == "card_recurring_payment_id" && second == "recurring-payment-id" {
					req.StoredCard.RecurringPaymentID = NewSecret(goodNumber) // both are in one struct
				}
				for _, command := range []string{"payout", formCommand} {
					err := client.payoutCall(&call{command: command}, req)
					require.EqualError(t, err, "payneteasy: invalid request: "+second+
						" is a second destination beside "+first+": set one")
				}
			}
		}
	}
}

// TestDestinationRules checks that a payout needs a destination with all its required parameters.
func TestDestinationRules(t *testing.T) {
	t.Parallel()
	client := testClient(t)
	for _, test := range []struct {
		name   string
		change func(*PayoutRequest)
		fault  string // the fault of a payout; "" for none
	}{
		{
			"none", func(*PayoutRequest) {},
			"account_number is missing: set it, or one of credit_card_number, card_recurring_payment_id, " +
				"recurring-payment-id, ewallet_wallet, crypto_wallet_address",
		},
		{
			"empty ones", func(r *PayoutRequest) { r.BankAccount, r.Card = &BankAccount{}, &Card{} },
			"account_number is missing: set it, or one of credit_card_number, card_recurring_payment_id, " +
				"recurring-payment-id, ewallet_wallet, crypto_wallet_address",
		},
		{
			"nothing in Extra", func(r *PayoutRequest) { r.Extra = url.Values{"x": {}, "y": {""}, "z": {" "}} },
			"account_number is missing: set it, or one of credit_card_number, card_recurring_payment_id, " +
				"recurring-payment-id, ewallet_wallet, crypto_wallet_address",
		},
		{"a white label's own", func(r *PayoutRequest) { r.Extra = url.Values{"phone_destination": {"1"}} }, ""},
		{"a bank account with its bank", func(r *PayoutRequest) {
			r.BankAccount, r.Bank = &BankAccount{Number: "1", Name: "J"}, &Bank{BIC: "B"}
		}, ""},
		{
			"a bank alone", func(r *PayoutRequest) { r.Bank = &Bank{Code: "044525225"} },
			"bank_code needs account_number",
		},
		{
			"a bank beside a card",
			func(r *PayoutRequest) { r.Card, r.Bank = &Card{Number: NewSecret(goodNumber)}, &Bank{Name: "B"} },
			"bank_name needs account_number",
		},
		{"a bank and a white label's own", func(r *PayoutRequest) {
			r.Bank, r.Extra = &Bank{Code: "044525225"}, url.Values{"phone_destination": {"1"}}
		}, ""},
		{
			"an account's name alone", func(r *PayoutRequest) { r.BankAccount = &BankAccount{Name: "J"} },
			"account_name needs account_number",
		},
		{
			"a card's CVV alone", func(r *PayoutRequest) { r.Card = &Card{CVV2: NewSecret("123")} },
			"cvv2 needs credit_card_number",
		},
		{
			"a wallet's type alone", func(r *PayoutRequest) { r.EWallet = &EWallet{Type: "qiwi"} },
			"ewallet_type needs ewallet_wallet",
		},
	} {
		req := requestTo(t, test.change)
		err := client.Validate(req)
		if test.fault == "" {
			require.NoError(t, err, test.name)
		} else {
			require.EqualError(t, err, "payneteasy: invalid request: "+test.fault, test.name)
		}
		require.NoError(t, client.payoutCall(&call{command: formCommand}, req), "%s: in a form the receiver enters it",
			test.name)
	}
}

// TestPlaceholders checks that a placeholder which programs write for a missing value is refused as a destination, also
// with SkipLimits. A wallet may have a name that looks like one.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	const rule = " is a placeholder (None, undefined, {{account}}, #N/A), not a value: give the value"
	client := testClient(t, func(c *Config) { c.SkipLimits = true })
	refused := func(name, value, rule string) {
		err := client.Validate(requestTo(t, toNumber[name](value)))
		require.EqualError(t, err, "payneteasy: invalid request: "+name+rule, value)
	}
	for _, value := range []string{
		"None", "none", "NULL", "null", "nil", "<nil>", "(null)", "[null]", "undefined", "Undefined", "#N/A", "#REF!",
		"#VALUE!",
		"{{account}}", "{{ .Account }}", "${account}", "{account}", "<account>", "[object Object]", "%s", "%v",
		"%ACCOUNT%", "%!s(MISSING)",
		"%!d(<nil>)", "$(account)", `\N`, "####", "-", "--", "...", "?", "&lt;nil&gt;",
	} {
		for _, name := range destinationNumbers {
			refused(name, value, rule)
		}
	}
	for _, value := range []string{
		"NaN", "nan", "N/A", "n/a", "n.a.", "dbnull", "unknown", "Infinity", "inf", "-Inf", "-nan", "true", "False",
		"missing", "empty", "'None'", "None.",
		"undefined undefined", `"1234567890"`, "`x`", "'0987654321", "00000000", "*****1234", "XXXX1234",
		"0xc000012345",
	} {
		for _, name := range destinationNumbers {
			if name == "ewallet_wallet" {
				require.NoError(t, client.Validate(requestTo(t, toNumber[name](value))), value)
				continue
			}
			refused(name, value, rule)
		}
	}
	for _, value := range []string{"1.2345678901234567e+21", "1.23E15", "1e+21", "1.0e-7", "1,23457E+15"} {
		for _, name := range destinationNumbers {
			refused(name, value, " is a number in exponent form, which has lost its digits: give the digits as text")
		}
	}
	for _, value := range []string{`="0987654321"`, "=A1"} {
		refused("account_number", value, " begins with =, like a spreadsheet formula: give only the value")
	}
	for _, value := range []string{"１２３４５６７８９０", "١٢٣٤", "123４5"} {
		refused("account_number", value, " has digits that are not 0 to 9 of ASCII: give it in ASCII digits")
	}
	for _, value := range []string{
		"1234567890", "0987654321", "DE89370400440532013000", "GB33 BUKB 2020 1555 5555 55", "12-34-56/7890",
		"nonesuch", "Nina", "NULL7", "1E15", "5E10",
		"@jane", "+491701234567", "0x52908400098527886E0F7030069857D2E4169EE7", "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb",
		"r#1", "счёт-1", "Trueman", "info",
	} {
		require.NoError(t, client.Validate(requestTo(t, toNumber["account_number"](value))), value)
	}
	for _, value := range []string{
		"true", "inf", "Missing", "user[7]", "%jane", "#0123", `ja"ne`,
		"wallet+of'jane@mail.example", "anyone",
	} {
		require.NoError(t, client.Validate(requestTo(t, toNumber["ewallet_wallet"](value))), value)
	}
	req := requestTo(t, toNumber["account_number"]("1234567890"))
	req.Bank = &Bank{Name: "None", BIC: "undefined", Code: "04452\u200b5225"}
	req.Receiver = &Receiver{FirstName: "None", LastName: "Null"}
	require.EqualError(t, client.Validate(req), "payneteasy: invalid request: bank_bic"+rule+
		"; bank_code has U+200B (zero width space) at character 6: copy it again without it", "a name may be any word")
}
