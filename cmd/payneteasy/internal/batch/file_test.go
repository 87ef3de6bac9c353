package batch

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPayoutFile checks the forms of a file that a spreadsheet may write, and what is sent for them.
func TestPayoutFile(t *testing.T) {
	t.Parallel()
	const row = "p-1,10.42,USD,1234567890,Jane"
	for name, content := range map[string]string{
		"plain":           goodHeader + row + "\n",
		"no last newline": goodHeader + row,
		"a BOM":           "\ufeff" + goodHeader + row,
		"CRLF":            strings.ReplaceAll(goodHeader+row+"\n", "\n", "\r\n"),
		"semicolons":      strings.ReplaceAll(goodHeader+row, ",", ";"),
		"tabs":            strings.ReplaceAll(goodHeader+row, ",", "\t"),
		"quotes": `"client_orderid","amount","currency","account_number","account_name"` + "\n" +
			`"p-1","10.42","USD","1234567890","Jane"`,
		"empty lines": goodHeader + "\n\n" + row + "\n\n",
		"blanks":      " client_orderid , amount,currency,account_number,account_name\n" + row,
	} {
		f := readFile(t, content)
		require.Empty(t, f.faults, name)
		require.Len(t, f.lines, 1, name)
		l := f.lines[0]
		require.Equal(t, "p-1 10.42 USD", l.id+" "+l.amount.String(), name)
		req, err := f.request(&l)
		require.NoError(t, err)
		require.Equal(t, payneteasy.BankAccount{Number: "1234567890", Name: "Jane"}, *req.BankAccount, name)
	}
	f := readFile(t, goodHeader+
		"p-1,10.42,USD,1234567890,\"Doe, \"\"Jane\"\"\nof Reading\"\np-2,1,JPY,1234567890,Яна Доу")
	require.Empty(t, f.faults)
	require.Equal(t, []int{2, 4}, []int{f.lines[0].number, f.lines[1].number})
	first, err := f.request(&f.lines[0])
	require.NoError(t, err)
	require.Equal(t, "Doe, \"Jane\"\nof Reading", first.BankAccount.Name)
	second, err := f.request(&f.lines[1])
	require.NoError(t, err)
	require.Equal(t, "Яна Доу 1 JPY", second.BankAccount.Name+" "+second.Amount.String())
}

// TestPayoutFileFaults checks that all faults are reported at once, with line and column, and without values of an
// account or a card.
func TestPayoutFileFaults(t *testing.T) {
	t.Parallel()
	const account = "80236479180236479"
	const noHeader = "1:1: the first line is not a header: it must name the columns, as in " +
		"client_orderid,amount,currency,account_number"
	for _, test := range []struct {
		name, content string
		says          []string
	}{
		{"empty", "", []string{"1:1: the file is empty"}},
		{"a header alone", goodHeader, []string{"1:1: there is a header and no payout"}},
		{"no header", "p-1,10.42,USD," + account + ",Jane\n", []string{noHeader}},
		{"columns", "client_orderid,Amount,currency,currency,,acount_number\np-1\n", []string{
			"1:16: Amount is not a documented parameter of a payout: write amount",
			"1:32: currency is a second column of this name, after column 3: remove one",
			"1:41: the column has no name: name it, or remove the column",
			"1:42: acount_number is not a documented parameter of a payout: did you mean account_number?",
		}},
		{"amounts", goodHeader +
			"p-1,12345678901,USD,1,\np-2,10.423,USD,1,\np-3,\"10,42\",EUR,1,\np-4,,EUR,1,\np-5,-1,EUR,1,\n" +
			"p-6,12345678.01,EUR,1,\np-7,1.5,JPY,1,", []string{
			"2:5: p-1: amount is longer than the documented 10 characters",
			"3:5: p-2: amount 10.423 has 3 digits after the point, and USD has 2: write the exact amount",
			"4:5: p-3: amount 10,42 has a comma: write 10.42",
			"5:5: p-4: amount is required",
			"6:5: p-5: amount -1 is negative, and a payout is positive: check the sign, or remove the line",
			"7:5: p-6: amount is longer than the documented 10 characters",
			"8:5: p-7: amount 1.5 has 1 digit after the point, and JPY has none: write the exact amount",
		}},
		{"currencies", goodHeader + "p-1,1,usd,1,\np-2,1,XXY,1,\np-3,1,,1,", []string{
			"2:7: p-1: currency usd is not three capitals: write USD",
			"3:7: p-2: currency is not the code of an active currency (ISO 4217, three capitals)",
			"4:7: p-3: currency is required",
		}},
		{"ids", goodHeader + "p-1,1,USD,1,\n,1,USD,1,\n p-2,1,USD,1,\np-1,2,USD,2,\n" + strings.Repeat("x", 129) +
			",1,USD,1,", []string{
			"3:1: client_orderid is required",
			"4:1: client_orderid \" p-2\" begins or ends with a blank or a control character, which the gateway " +
				"would drop",
			"5:1: client_orderid p-1 is already used in line 2: give each payout its own id",
			"6:1: client_orderid xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… is longer than 128 characters",
		}},
		{
			"destinations",
			"client_orderid,amount,currency,account_number,ewallet_wallet,credit_card_number\np-1,1,USD,,,\np-2,1,USD," + account + ",jane,\np-3,1,USD,,,4444444444444449\np-4,1,USD," + account + "x" + account + ",,",
			[]string{
				"2:11: p-1: account_number is missing: set it, or one of credit_card_number, " +
					"card_recurring_payment_id, recurring-payment-id, ewallet_wallet, crypto_wallet_address",
				"3:29: p-2: ewallet_wallet is a second destination beside account_number: set one",
				"4:13: p-3: credit_card_number has a wrong check digit",
				"5:11: p-4: account_number is longer than 32 characters",
			},
		},
		{"fields", goodHeader + "p-1,1,USD\np-2,1,USD,1,Jane,x", []string{
			"2:1: it has 3 fields, and the header has 5: is a value or a separator missing?",
			"3:1: it has 6 fields, and the header has 5: put a value that has a comma inside in quotation marks, " +
				"and write amounts with a point",
		}},
		{"quotes", goodHeader + "p-1,1,USD,1,Jane \"Doe\"\np-2,x\np-2,1,USD,=\"1\",\n", []string{
			`2:18: p-1: has a quotation mark (") inside a value: put the value in quotation marks and double the one inside`,
			"3:1: it has 2 fields, and the header has 5: is a value or a separator missing?",
			`4:11: p-2: account_number begins with =, as a formula does: write the value without = and quotation marks`,
		}},
		{
			"characters, not bytes", goodHeader + "выплата-1,x,USD,1,\n",
			[]string{"2:11: выплата-1: amount x has no digits: write the amount, as in 10.42"},
		},
		{"Latin-1", goodHeader + "p-1,1,USD,1,Andr\xe9\n", []string{"2:17: is not UTF-8: save the file as CSV UTF-8"}},
		{"UTF-16", "\xff\xfec\x00l\x00", []string{"1:1: the file is UTF-16: save it as CSV UTF-8"}},
		{"a spreadsheet's numbers", goodHeader + "p-1,1,USD,1.23457E+09,\np-2,1,USD,1E5,", []string{
			"2:11: p-1: account_number is a number with an exponent (1.23E+15): digits are lost; format the column " +
				"as text and enter the value again",
			"3:11: p-2: account_number is a number with an exponent (1.23E+15): digits are lost; format the column " +
				"as text and enter the value again",
		}},
		{"cards without a header", "4111111111111111,4111111111111111\n", []string{noHeader}},
		{
			"a customer", "client_orderid,amount,currency,account_number,customer_id\np-1,1,USD,1,x",
			[]string{"2:13: p-1: customer_id has a character that is not a digit: write only digits"},
		},
	} {
		f := readFile(t, test.content)
		var says []string
		for _, fault := range f.faults {
			says = append(says, fault.String())
		}
		require.Equal(t, test.says, says, test.name)
		require.NotContains(t, fmt.Sprint(says), account)
		require.NotContains(t, fmt.Sprint(says), "4444444444444449")
	}
	var many strings.Builder
	many.WriteString(goodHeader)
	for i := range 250 {
		fmt.Fprintf(&many, "p-%d,0,USD,1,\n", i)
	}
	f := readFile(t, many.String())
	require.Len(t, f.faults, maxFaults)
	require.Equal(t, fileFault{
		2, 5, "p-0", "amount", "value",
		"0 is zero, and a payout is positive: write the amount, or remove the line",
	}, f.faults[0])
	require.Equal(t, 150, f.more)
}

// TestFaultKinds checks that a program can tell what each fault is about.
func TestFaultKinds(t *testing.T) {
	t.Parallel()
	for kind, content := range map[string]string{
		kindFile:   "PK\x03\x04",
		kindHeader: "client_orderid,amount,currency,account_number,notes\n",
		kindLine:   goodHeader + "p-1,1\n",
		kindValue:  goodHeader + "p-1,x,USD,1234567890,\n",
	} {
		f := readFile(t, content)
		require.Len(t, f.faults, 1)
		require.Equal(t, kind, f.faults[0].Kind)
	}
	require.Equal(t, kindFile, readFile(t, "").faults[0].Kind)
	require.Equal(t, kindFile, readFile(t, goodHeader+"p-1,1,USD,1,Andr\xe9\n").faults[0].Kind)
	require.Equal(t, kindLine, readFile(t, goodHeader).faults[0].Kind, "there is no line")
}

// FuzzPayoutFile checks that an accepted line is sent as it was validated, whatever the file is.
func FuzzPayoutFile(f *testing.F) {
	f.Add([]byte(goodHeader + "p-1,10.42,USD,1234567890,Jane\n"))
	f.Add([]byte("\ufeffclient_orderid;amount;currency;ewallet_wallet\r\n\"p;1\";1;JPY;\"a\nb\"\r\n"))
	f.Add([]byte(goodHeader + "p-1,1,USD,1,\"x\"\"\n\np-2,1,USD,2,"))
	gateway, err := payneteasytest.Start()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(gateway.Close)
	client, err := payneteasy.NewClient(gateway.Config())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var validated []string // the destinations
		file := readPayouts(content, client, func(values map[string]string) store.DestinationSum {
			validated = append(validated, fmt.Sprint(values))
			return store.DestinationSum{}
		})
		require.Len(t, validated, len(file.lines))
		ids := map[string]bool{}
		for i := range file.lines {
			l := &file.lines[i]
			req, err := file.request(l)
			require.NoError(t, err)
			require.Equal(t, []string{l.id, l.amount.String()}, []string{req.ClientOrderID, req.Amount.String()})
			record, err := file.reader(file.content[l.start:l.end]).Read()
			require.NoError(t, err)
			values := map[string]string{}
			file.take(values, slices.Clone(record))
			require.Equal(t, validated[i], fmt.Sprint(values))
			require.False(t, ids[l.id])
			ids[l.id] = true
		}
		for _, fault := range file.faults {
			require.Positive(t, fault.Line)
			require.Positive(t, fault.Column)
		}
	})
}
