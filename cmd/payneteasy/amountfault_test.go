package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAmountFaults: each says what is wrong and what to write, and what to write is an amount.
func TestAmountFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ amount, currency, rule string }{
		{"10,42", "USD", "10,42 has a comma: write 10.42"},
		{"1,000.00", "USD", "1,000.00 has a comma: write 1000.00"},
		{"1.000,00", "EUR", "1.000,00 has a comma: write 1000.00"},
		{"1,000,000", "JPY", "1,000,000 has a comma: write 1000000"},
		{"1,000", "USD", "1,000 has a comma: write 1000 or 1, whichever is meant"},
		{"1,500", "KWD", "1,500 has a comma: write 1500 or 1.5, whichever is meant"},
		{"0,500", "KWD", "0,500 has a comma: write 0.500"},
		{"10,", "USD", "10, has a comma: write 10"},
		{"10,4,2", "USD", "10,4,2 has a comma: write digits with one point, as in 10.42"},
		{"1,00,000", "INR", "1,00,000 has a comma: write 100000"},
		{"1,000,000.00", "USD", "1,000,000.00 has a comma: write 1000000.00"},
		{"1,5", "USD", "1,5 has a comma: write 1.5"},
		{",5", "USD", ",5 has a comma: write 0.5"},
		{"10.42.00", "USD", "10.42.00 has several points: write digits with one point, as in 10.42"},
		{"10 42", "USD", "10 42 has blanks in it: write digits with one point, as in 10.42"},
		{"10k", "USD", "10k has a currency or letters in it: write the amount alone, as in 10.42"},
		{"O.5", "USD", "O.5 has a currency or letters in it: write the amount alone, as in 10.42"},
		{"5 млн", "RUB", "5 млн has a currency or letters in it: write the amount alone, as in 10.42"},
		{"10.42 EUR", "USD", "10.42 EUR has a currency or letters in it: write the amount alone, as in 10.42"},
		{"10.42CR", "USD", "10.42CR is negative, and a payout is positive: check the sign, or remove the line"},
		{"10USD42", "USD", "10USD42 has a currency or letters in it: write digits with one point, as in 10.42"},
		{"1 000.00", "USD", "1 000.00 has blanks in it: write 1000.00"},
		{"1\u00a0000,00", "EUR", `"1\u00a0000,00" has blanks in it: write 1000.00`},
		{"1\u202f000", "EUR", `"1\u202f000" has blanks in it: write 1000`},
		{" 10.42", "USD", `" 10.42" has blanks in it: write 10.42`},
		{"$10.42", "USD", "$10.42 has a currency or letters in it: write 10.42"},
		{"10.42 USD", "USD", "10.42 USD has a currency or letters in it: write 10.42"},
		{"USD10.42", "USD", "USD10.42 has a currency or letters in it: write 10.42"},
		{"€ 1.000,50", "EUR", "€ 1.000,50 has a currency or letters in it: write 1000.50"},
		{"Rs. 500", "INR", "Rs. 500 has a currency or letters in it: write 500"},
		{"500 р.", "RUB", "500 р. has a currency or letters in it: write 500"},
		{"-10.42", "USD", "-10.42 is negative, and a payout is positive: check the sign, or remove the line"},
		{"−10.42", "USD", "−10.42 is negative, and a payout is positive: check the sign, or remove the line"},
		{"$-10.42", "USD", "$-10.42 is negative, and a payout is positive: check the sign, or remove the line"},
		{"10.42-", "USD", "10.42- is negative, and a payout is positive: check the sign, or remove the line"},
		{"(10.42)", "USD", "(10.42) is negative, and a payout is positive: check the sign, or remove the line"},
		{"10.42 CR", "USD", "10.42 CR is negative, and a payout is positive: check the sign, or remove the line"},
		{"+10.42", "USD", "+10.42 has a plus sign: write 10.42"},
		{"10.4E1", "USD", "10.4E1 has an exponent, so digits may be lost: write all digits, as in 1042.00"},
		{"1e3", "USD", "1e3 has an exponent, so digits may be lost: write all digits, as in 1042.00"},
		{"1,23E+05", "USD", "1,23E+05 has an exponent, so digits may be lost: write all digits, as in 1042.00"},
		{"010.42", "USD", "010.42 has a leading zero: write 10.42"},
		{"00", "USD", "00 has a leading zero: write digits with one point, as in 10.42"},
		{".5", "USD", ".5 begins with a point: write 0.5"},
		{"5.", "USD", "5. ends with a point: write 5"},
		{"1.000.000", "EUR", "1.000.000 has several points: write 1000000"},
		{"1'000.50", "CHF", "1'000.50 has separators between groups of digits: write 1000.50"},
		{"1_000", "USD", "1_000 has separators between groups of digits: write 1000"},
		{"'10.42", "USD", "'10.42 begins or ends with an apostrophe: write 10.42"},
		{`"10.42"`, "USD", `"10.42" has quotation marks: write 10.42`},
		{`="10.42"`, "USD", `="10.42" is a formula: write its result`},
		{"٣٤", "USD", "٣٤ has digits that are not 0 to 9 of ASCII: write 34"},
		{"١٠٫٤٢", "USD", "١٠٫٤٢ has digits that are not 0 to 9 of ASCII: write 10.42"},
		{"１０．４２", "USD", "１０．４２ has digits that are not 0 to 9 of ASCII: write 10.42"},
		{"10.42%", "USD", "10.42% has a percent sign: write the amount itself"},
		{"10.423", "USD", "10.423 has 3 digits after the point, and USD has 2: write the exact amount"},
		{"10.420", "USD", "10.420 has 3 digits after the point, and USD has 2: write 10.42"},
		{"1.000", "USD", "1.000 has 3 digits after the point, and USD has 2: write 1 or 1000, whichever is meant"},
		{"10.0", "JPY", "10.0 has 1 digit after the point, and JPY has none: write 10"},
		{"10.00", "JPY", "10.00 has 2 digits after the point, and JPY has none: write 10"},
		{"1.5", "JPY", "1.5 has 1 digit after the point, and JPY has none: write the exact amount"},
		{"1.5004", "KWD", "1.5004 has 4 digits after the point, and KWD has 3: write the exact amount"},
		{"########", "USD", "######## has only # signs: the spreadsheet's column was too narrow; widen it and save the file again"},
		{"#REF!", "USD", "#REF! is a spreadsheet's error value: repair the cell and save the file again"},
		{"NULL", "USD", "NULL is a filler for a missing value: write the amount, or remove the line"},
		{"-", "USD", "- is a filler for a missing value: write the amount, or remove the line"},
		{"{{amount}}", "USD", "{{amount}} is a placeholder that a program has not filled in: write the amount"},
		{"ten", "USD", "ten has no digits: write the amount, as in 10.42"},
		{"  ", "USD", "has blanks alone: write the amount"},
		{"", "USD", "is required"},
		{"12345678.01", "USD", "is longer than the documented 10 characters"},
		{"0", "USD", "is not positive"},
		{"0.00", "USD", "is not positive"},
		{"12345678901", "USD", "is longer than the documented 10 characters"},
		// As long as an account's number: nothing of it shows.
		{"1234567890.0", "JPY", "is not an amount of JPY: more than the currency's 0 digits after the point"},
		{"1,234,567,890", "USD", "has a comma: write digits with one point, as in 10.42"},
		{"GB82WEST12345698765432", "GBP", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"4111 1111 1111 1111", "USD", "has blanks in it: write digits with one point, as in 10.42"},
	} {
		_, faults := newRequest(map[string]string{"client_orderid": "p-1", "amount": test.amount, "currency": test.currency})
		require.Len(t, faults, 1, test.amount)
		require.Equal(t, "amount "+test.rule, faults[0].Error())
		_, written, found := strings.Cut(test.rule, ": write ")
		if written, _, _ = strings.Cut(written, " or "); found && strings.Trim(written, "0123456789.") == "" {
			_, faults := newRequest(map[string]string{"client_orderid": "p-1", "amount": written, "currency": test.currency})
			require.Empty(t, faults, test.amount)
		}
	}
	for _, amount := range []string{"1", "10.4", "10.42", "0.01", "1000", "1000000.00", "99999999"} {
		_, faults := newRequest(map[string]string{"client_orderid": "p-1", "amount": amount, "currency": "USD"})
		if amount != "99999999" { // whether it fits is the SDK's to say
			require.Empty(t, faults, amount)
		}
	}
}

// TestCurrencyFaults: a currency that is written in another way is recognised.
func TestCurrencyFaults(t *testing.T) {
	t.Parallel()
	for text, rule := range map[string]string{
		"usd": "usd is not three capitals: write USD", " USD": "\" USD\" is not three capitals: write USD",
		"Eur.": "Eur. is not three capitals: write EUR", "ＵＳＤ": "ＵＳＤ is not three capitals: write USD",
		"XXY": "is not the code of an active currency (ISO 4217, three capitals)", "$": "is not the code of an active currency (ISO 4217, three capitals)",
		"840": "is not the code of an active currency (ISO 4217, three capitals)", "": "is required",
	} {
		_, faults := newRequest(map[string]string{"client_orderid": "p-1", "amount": "1", "currency": text})
		require.Len(t, faults, 1, text)
		require.Equal(t, "currency "+rule, faults[0].Error())
	}
}
