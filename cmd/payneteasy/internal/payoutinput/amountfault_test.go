package payoutinput

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAmountFaults checks that each fault says what is wrong and what to write, and that the suggestion is a valid
// amount.
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
		{"O.5", "USD", "O.5 has the letter O, which looks like a digit: write 0.5, if that is the amount"},
		{"1O.5", "USD", "1O.5 has the letter O, which looks like a digit: write 10.5, if that is the amount"},
		{"1О", "RUB", "1О has the letter О, which looks like a digit: write 10, if that is the amount"},
		{"l0,5O", "USD", "l0,5O has the letter l, which looks like a digit: write 10.50, if that is the amount"},
		{"1|", "USD", "1| has a vertical bar in it: write digits with one point, as in 10.42"},
		{"10|42", "USD", "10|42 has a vertical bar in it: write digits with one point, as in 10.42"},
		{"|10.42|", "USD", "|10.42| has a vertical bar in it: write digits with one point, as in 10.42"},
		{"1O|5", "USD", "has a currency or letters in it: write digits with one point, as in 10.42"},
		{"0x10", "USD", "0x10 is a number as a program writes it: write decimal digits, as in 10.42"},
		{"0b101", "USD", "0b101 is a number as a program writes it: write decimal digits, as in 10.42"},
		{"½", "USD", "½ has a sign for a number that is not one of the digits 0 to 9: write 0.5"},
		{"10¼", "EUR", "10¼ has a sign for a number that is not one of the digits 0 to 9: write 10.25"},
		{"10½", "JPY", "10½ has a sign for a number that is not one of the digits 0 to 9: write digits with one " +
			"point, as in 10.42"},
		{"10²", "USD", "10² has a sign for a number that is not one of the digits 0 to 9: write digits with one " +
			"point, as in 10.42"},
		{"⑩", "USD", "⑩ has a sign for a number that is not one of the digits 0 to 9: write digits with one point, " +
			"as in 10.42"},
		{"10-42", "USD", "10-42 has a hyphen in it: write digits with one point, as in 10.42"},
		{"10–20", "USD", "10–20 has a dash in it: write digits with one point, as in 10.42"},
		{"10/42", "USD", "10/42 has a slash in it: write digits with one point, as in 10.42"},
		{"10;42", "USD", "10;42 has a semicolon in it: write digits with one point, as in 10.42"},
		{"10^2", "USD", "10^2 has the character ^ in it: write digits with one point, as in 10.42"},
		{"**10.42", "USD", "**10.42 has an asterisk in it: write 10.42"},
		{"#10", "USD", "#10 has a # sign in it: write 10"},
		{"10\u0301", "USD", "10\u0301 has the character U+0301 in it: write 10"},
		{"10:42", "USD", "10:42 looks like a date or a time: write the amount, as in 10.42"},
		{"10-Nov", "USD", "10-Nov looks like a date or a time: write the amount, as in 10.42"},
		{"2026-11-30", "USD", "2026-11-30 looks like a date or a time: write the amount, as in 10.42"},
		{"~10", "USD", "~10 is not exact: write the exact amount"},
		{"ca. 10", "USD", "ca. 10 is not exact: write the exact amount"},
		{"<10", "USD", "<10 is not exact: write the exact amount"},
		{"10±1", "USD", "10±1 is not exact: write the exact amount"},
		{"[10]", "USD", "[10] is in brackets: write 10"},
		{"<10>", "USD", "<10> is in brackets: write 10"},
		{"10,-", "EUR", "10,- ends with a dash in place of cents: write 10"},
		{"1.000,–", "EUR", "1.000,– ends with a dash in place of cents: write 1000 or 1, whichever is meant"},
		{"10.--", "CHF", "10.-- ends with a dash in place of cents: write 10"},
		{"10·42", "USD", "10·42 has another mark than a point: write 10.42"},
		{"10‚42", "USD", "10‚42 has another mark than a point: write 10.42"},
		{"10，000", "USD", "10，000 has another mark than a point: write 10000 or 10, whichever is meant"},
		{"10٫5", "USD", "10٫5 has another mark than a point: write 10.5"},
		{"10ʼ000", "USD", "10ʼ000 has separators between groups of digits: write 10000"},
		{"10. 42", "USD", "10. 42 has blanks in it: write 10.42"},
		{"10..5", "USD", "10..5 has several points: write digits with one point, as in 10.42"},
		{"€10", "USD", "€10 has a currency or letters in it: check whether its currency is USD, and write the " +
			"amount alone"},
		{"10 ₽", "USD", "10 ₽ has a currency or letters in it: check whether its currency is USD, and write the " +
			"amount alone"},
		{
			"usd 10", "EUR",
			"usd 10 has a currency or letters in it: check whether its currency is EUR, and write the amount alone",
		},
		{"$10", "CAD", "$10 has a currency or letters in it: write 10"},
		{"US$10", "USD", "US$10 has a currency or letters in it: write 10"},
		{"ＵＳＤ10", "USD", "ＵＳＤ10 has a currency or letters in it: write 10"},
		{"10 Euro", "EUR", "10 Euro has a currency or letters in it: write 10"},
		{"5 млн", "RUB", "5 млн has a currency or letters in it: write the amount alone, as in 10.42"},
		{
			"10.42 EUR", "USD",
			"10.42 EUR has a currency or letters in it: check whether its currency is USD, and write the amount alone",
		},
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
		{"00", "USD", "00 is zero, and a payout is positive: write the amount, or remove the line"},
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
		{
			"########", "USD",
			"######## has only # signs: the spreadsheet's column was too narrow; widen it and save the file again",
		},
		{"#REF!", "USD", "#REF! is a spreadsheet's error value: repair the cell and save the file again"},
		{"NULL", "USD", "NULL is a filler for a missing value: write the amount, or remove the line"},
		{"-", "USD", "- is a filler for a missing value: write the amount, or remove the line"},
		{"{{amount}}", "USD", "{{amount}} is a placeholder that a program has not filled in: write the amount"},
		{"ten", "USD", "ten has no digits: write the amount, as in 10.42"},
		{"  ", "USD", "has blanks alone: write the amount"},
		{"", "USD", "is required"},
		{"12345678.01", "USD", "is longer than the documented 10 characters"},
		{"0", "USD", "0 is zero, and a payout is positive: write the amount, or remove the line"},
		{"0.00", "USD", "0.00 is zero, and a payout is positive: write the amount, or remove the line"},
		{"0.001", "USD", "0.001 has 3 digits after the point, and USD has 2: write the exact amount"},
		{"12345678901", "USD", "is longer than the documented 10 characters"},
		// This may be an account, a wallet or a phone number, so nothing is shown.
		{"DK12345678", "DKK", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"R12345678", "ZAR", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"R12345678", "USD", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"US12345678", "USD", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"I12345678", "USD", "has the letter I, which looks like a digit: write the amount alone, as in 10.42"},
		{"U1234567", "USD", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"Z12345", "USD", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"123ABC", "USD", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"jane7", "USD", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"jane", "USD", "has no digits: write the amount, as in 10.42"},
		{"$jane", "USD", "has no digits: write the amount, as in 10.42"},
		{"user.name@example.com", "USD", "has no digits: write the amount, as in 10.42"},
		{"7@upi", "USD", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{"123@4", "USD", "has the character @ in it: write digits with one point, as in 10.42"},
		{"12-345-678", "USD", "has a hyphen in it: write digits with one point, as in 10.42"},
		{"123456/01", "CZK", "has a slash in it: write digits with one point, as in 10.42"},
		{"12 34 56 78", "USD", "has blanks in it: write digits with one point, as in 10.42"},
		{"+7 999 1234", "USD", "has a plus sign: write digits with one point, as in 10.42"},
		{"12.34.56.78", "USD", "has several points: write digits with one point, as in 10.42"},
		// This is as long as an account's number, so nothing is shown.
		{"1234567890.0", "JPY", "is not an amount of JPY: more than the currency's 0 digits after the point"},
		{"1,234,567,890", "USD", "has a comma: write digits with one point, as in 10.42"},
		{"GB82WEST12345698765432", "GBP", "has a currency or letters in it: write the amount alone, as in 10.42"},
		{
			"①②③④⑤⑥⑦⑧⑨", "USD",
			"has a sign for a number that is not one of the digits 0 to 9: write digits with one point, as in 10.42",
		},
		{"4111-1111-1111-1111", "USD", "has a hyphen in it: write digits with one point, as in 10.42"},
		{"4111 1111 1111 1111", "USD", "has blanks in it: write digits with one point, as in 10.42"},
	} {
		_, faults := NewRequest(
			map[string]string{"client_orderid": "p-1", "amount": test.amount, "currency": test.currency})
		require.Len(t, faults, 1, test.amount)
		require.Equal(t, "amount "+test.rule, faults[0].Error())
		_, written, found := strings.Cut(test.rule, ": write ")
		if written, _, _ = strings.Cut(written, " or "); found && strings.Trim(written, "0123456789.") == "" {
			_, faults := NewRequest(
				map[string]string{"client_orderid": "p-1", "amount": written, "currency": test.currency})
			require.Empty(t, faults, test.amount)
		}
	}
	for _, amount := range []string{"1", "10.4", "10.42", "0.01", "1000", "1000000.00", "99999999"} {
		_, faults := NewRequest(map[string]string{"client_orderid": "p-1", "amount": amount, "currency": "USD"})
		if amount != "99999999" { // the SDK says whether it fits
			require.Empty(t, faults, amount)
		}
	}
}

// TestSwappedColumns checks that an amount is not shown if the destination is written like an amount.
func TestSwappedColumns(t *testing.T) {
	t.Parallel()
	for _, destination := range []string{
		"10.42", "1,000.00", "$10", "10,42", "1", "100.5 USD", "1000", "10.420",
		"€ 1.000,50",
	} {
		for _, column := range []string{"account_number", "ewallet_wallet", "crypto_wallet_address"} {
			for _, amount := range []string{
				"12,345,678", "+12345678", "12345678.", "012345678", "12345678CR",
				"EUR1234567", "1234.567", "USD7", "#1234567",
			} {
				_, faults := NewRequest(map[string]string{"amount": amount, "currency": "USD", column: destination})
				require.Len(t, faults, 1)
				require.NotContains(t, faults[0].Error(), amount)
				require.NotRegexp(t, `[0-9]{5}`, faults[0].Error(), amount)
			}
			_, faults := NewRequest(map[string]string{"amount": "10,5", "currency": "USD", column: destination})
			require.EqualError(t, faults[0], "amount 10,5 has a comma: write 10.5")
		}
	}
	for _, destination := range []string{"12345678", "GB82WEST12345698765432", "jane", "12345", "1234.56.78903", ""} {
		_, faults := NewRequest(
			map[string]string{"amount": "12,345,678", "currency": "USD", "account_number": destination})
		require.EqualError(t, faults[0], "amount 12,345,678 has a comma: write 12345678")
	}
}

// TestCurrencyFaults checks that a currency in another form is recognized.
func TestCurrencyFaults(t *testing.T) {
	t.Parallel()
	for text, rule := range map[string]string{
		"usd": "usd is not three capitals: write USD", " USD": "\" USD\" is not three capitals: write USD",
		"Eur.": "Eur. is not three capitals: write EUR", "€": "€ is not a code: write EUR",
		"Euro": "Euro is not a code: write EUR", "руб.": "руб. is not a code: write RUB",
		"US$": "US$ is not a code: write USD", "₽": "₽ is not a code: write RUB",
		"$":                 "$ is not a code, and several currencies use it: write the code, as in USD",
		"Kr":                "Kr is not a code, and several currencies use it: write the code, as in DKK",
		"NULL":              "NULL is a filler for a missing value: write the currency's code, as in USD",
		"#N/A":              "#N/A is a spreadsheet's error value: write the currency's code, as in USD",
		"=B2":               "=B2 is a formula: write the currency's code, as in USD",
		"80236479180236479": "is not the code of an active currency (ISO 4217, three capitals)",
		"1234567":           "is not the code of an active currency (ISO 4217, three capitals)",
		"ＵＳＤ":               "ＵＳＤ is not three capitals: write USD",
		"XXY":               "is not the code of an active currency (ISO 4217, three capitals)",
		"840":               "is not the code of an active currency (ISO 4217, three capitals)", "": "is required",
	} {
		_, faults := NewRequest(map[string]string{"client_orderid": "p-1", "amount": "1", "currency": text})
		require.Len(t, faults, 1, text)
		require.Equal(t, "currency "+rule, faults[0].Error())
	}
	for currency, amount := range map[string]string{"usd": "10,42", "€": "10,42"} {
		_, faults := NewRequest(map[string]string{"client_orderid": "p-1", "amount": amount, "currency": currency})
		require.Len(t, faults, 2, currency)
		require.EqualError(t, faults[1], "amount 10,42 has a comma: write 10.42")
	}
}

// TestCommandAdvice checks that the fault of a single payout does not mention a file, a line or a cell.
func TestCommandAdvice(t *testing.T) {
	t.Parallel()
	told := func(values map[string]string) string {
		_, err := FromCommandLine(values, nil)
		require.Error(t, err)
		return err.Error()
	}
	for _, values := range []map[string][]string{damaged, damagedStrictly} {
		for _, value := range slices.Concat(slices.Collect(maps.Values(values))...) {
			for _, text := range []string{
				told(map[string]string{"amount": "10", "currency": "USD", "account_number": value}),
				told(map[string]string{"amount": value + "x", "currency": "USD", "account_number": "1234567890"}),
			} {
				require.NotRegexp(t, `\b(?:the line|cell|the file|column)\b`, text)
			}
		}
	}
	for amount, rule := range map[string]string{
		"-1":   "amount -1 is negative, and a payout is positive: check the sign",
		"NULL": "amount NULL is a filler for a missing value: write the amount",
		"0":    "amount 0 is zero, and a payout is positive: write the amount",
		"####": "amount #### has only # signs: write the value from its source",
		"#N/A": "amount #N/A is a spreadsheet's error value: write the value from its source",
		"10,5": "amount 10,5 has a comma: write 10.5",
	} {
		require.Equal(t, rule,
			told(map[string]string{"amount": amount, "currency": "USD", "account_number": "1234567890"}))
	}
}
