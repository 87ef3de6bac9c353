package batch

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// wide is a text in UTF-16 or UTF-32.
func wide(text string, order binary.AppendByteOrder, bytes int) string {
	var out []byte
	if bytes == 4 {
		for _, r := range text {
			out = order.AppendUint32(out, uint32(r))
		}
		return string(out)
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// TestFileFormats checks that one fault names the format of a file that is not CSV in UTF-8.
func TestFileFormats(t *testing.T) {
	t.Parallel()
	content := goodHeader + "p-1,10.42,USD,1234567890,Jane\n"
	cyrillic := goodHeader + strings.Repeat("выплата,10.42,USD,1234567890,Яна\n", 200)
	for _, test := range []struct{ content, says string }{
		{wide(content, binary.LittleEndian, 2), "the file is UTF-16 (little-endian) without a byte order mark"},
		{wide(content, binary.BigEndian, 2), "the file is UTF-16 (big-endian) without a byte order mark"},
		{wide(cyrillic, binary.LittleEndian, 2), "the file is UTF-16 (little-endian) without a byte order mark"},
		{wide("\ufeff"+content, binary.LittleEndian, 2), "the file is UTF-16: "},
		{wide("\ufeff"+content, binary.BigEndian, 2), "the file is UTF-16: "},
		{wide(content, binary.LittleEndian, 4), "the file is UTF-32 without a byte order mark"},
		{wide(content, binary.BigEndian, 4), "the file is UTF-32 without a byte order mark"},
		{wide("\ufeff"+content, binary.LittleEndian, 4), "the file is UTF-32: "},
		{wide("\ufeff"+content, binary.BigEndian, 4), "the file is UTF-32: "},
		{"PK\x03\x04\x14\x00xl/workbook.xml", "an Excel workbook (.xlsx)"},
		{"PK\x03\x04\x14\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "(.ods)"},
		{"PK\x03\x04\x14\x00Index/Document.iwa", "a Numbers spreadsheet"},
		{"PK\x03\x04\x14\x00payouts.csv", "a ZIP archive or a spreadsheet"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "(.xls, or one with a password)"},
		{"\x1f\x8b\x08\x00", "compressed (gzip)"},
		{"BZh91AY", "compressed (bzip2)"},
		{"\xfd7zXZ\x00", "compressed (xz)"},
		{"\x28\xb5\x2f\xfd", "compressed (zstd)"},
		{"%PDF-1.7\n", "a PDF"},
		{"{\\rtf1", "an RTF document"},
		{"\r\n <!DOCTYPE html><table>", "a web page (HTML)"},
		{"<html>", "a web page (HTML)"},
		{"<table><tr>", "a web page (HTML)"},
		{"\ufeff<HTML>", "a web page (HTML)"},
		{"<?xml version=\"1.0\"?><Workbook>", "XML"},
		{"[{\"client_orderid\":\"p-1\"}]", "JSON"},
		{"sep=;\n" + strings.ReplaceAll(content, ",", ";"), "the first line, sep=, is for Excel alone"},
		{"sep=,\r\n" + content, "the first line, sep=, is for Excel alone"},
		{"SEP=\t\r\n" + content, "the first line, sep=, is for Excel alone"},
		{"\"sep=;\"\n" + content, "the first line, sep=, is for Excel alone"},
		{strings.ReplaceAll(content, "\n", "\r"), "the lines end with CR alone"},
		{strings.ReplaceAll(strings.TrimSpace(content), "\n", "\r"), "the lines end with CR alone"},
		{strings.ReplaceAll(content, ",", "|"), "the columns are separated by a vertical bar (|)"},
		{content[:60] + "\x00" + content[60:], "is a zero byte"},
		{"p-1,10.42,USD,1234567890,Jane\n", "the first line is not a header"},
		{"1;2;3\n", "the first line is not a header"},
		{",,\nNovember,,\n1,2,3\n", "the first line with values is not a header"},
		{",,\nNovember,,\n" + content, "is not a header, but line 3 is: remove the lines before it"},
		{"Payouts of November\n\n,,\n" + content, "is not a header, but line 4 is: remove the lines before it"},
		{",,,\n;;\n", "the file has only separators"},
	} {
		f := readFile(t, test.content)
		require.Len(t, f.faults, 1, test.says)
		require.Contains(t, f.faults[0].Rule, test.says)
		require.Empty(t, f.lines)
	}
	for name, content := range map[string]string{
		"rows of separators": goodHeader + ",,,,\n" +
			"p-1,10.42,USD,1234567890,Jane\n, , ,,\n,,\n\"\",,,,\n" + strings.Repeat(",,,,,,,,\n", 300),
		"rows before the header":       ",,,,\n\"\", ,,,\n\n" + goodHeader + "p-1,10.42,USD,1234567890,Jane\n",
		"other rows before the header": ";;;;;;\r\n\t\t\r\n" + goodHeader + "p-1,10.42,USD,1234567890,Jane\n",
		"rows before semicolons": ",,,\n;;;\n" +
			strings.ReplaceAll(goodHeader+"p-1,10.42,USD,1234567890,Jane\n", ",", ";"),
		"blanks": goodHeader + "   \n\u00a0,,,,\np-1,10.42,USD,1234567890,Jane\n",
		"semicolons": strings.ReplaceAll(goodHeader+",,,,\np-1,10.42,USD,1234567890,Jane\n,,,,\n",
			",", ";"),
		"a CR in a value":                goodHeader + "p-1,10.42,USD,1234567890,\"Jane\rDoe\"\n",
		"an end without a line":          goodHeader + "p-1,10.42,USD,1234567890,Jane\r",
		"zeros in names, and a BOM":      "\ufeff" + goodHeader + "p-1,10.42,USD,1234567890,Jane 00\r\n",
		"a long file of one letter only": goodHeader + "p-1,10.42,USD,1234567890," + strings.Repeat("Я", 100) + "\n",
	} {
		f := readFile(t, content)
		require.Empty(t, f.faults, name)
		require.Len(t, f.lines, 1, name)
	}
}

// TestColumnNames checks that a near name gets a suggestion, and that any other column can be ignored.
func TestColumnNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Account Number": "account_number", "account number": "account_number", "ACCOUNT-NUMBER": "account_number",
		"accountNumber":        "account_number",
		"account_number\u200b": "account_number", "acount_number": "account_number", "account_nubmer": "account_number",
		"account_numbers": "account_number",
		"AccountNo":       "account_number", "Account No.": "account_number", "IBAN": "account_number",
		"Счёт": "account_number", "Номер счета": "account_number", "account": "account_number",
		"Client Order ID": "client_orderid", "clientOrderId": "client_orderid", "client_order_id": "client_orderid",
		"Order ID": "client_orderid", "client-orderid": "client_orderid",
		"Amount": "amount", "amout": "amount", "Sum": "amount", "Сумма": "amount", "Betrag": "amount",
		"Currency": "currency", "curency": "currency", "CCY": "currency",
		"Beneficiary Name": "account_name", "Account Name": "account_name", "account_nane": "account_name",
		"SWIFT": "bank_bic", "BIC": "bank_bic", "БИК": "bank_bic", "bank bic": "bank_bic",
		"Sort Code": "routing_number", "routing no": "routing_number", "Card Number": "credit_card_number",
		"creditCardNumber": "credit_card_number", "cvv": "cvv2", "E-Mail": "receiver_email",
		"recurring_payment_id": "recurring-payment-id", "cardRecurringPaymentId": "card_recurring_payment_id",
		"INN": "receiver_inn", "First Name": "receiver_first_name",
		"notes": "", "department": "", "manager": "", "x": "", "#": "", "employee": "", "total paid so far": "", "": "",
	} {
		require.Equal(t, want, meant(name), name)
	}
	for _, test := range []struct{ header, says string }{
		{
			"client_orderid,amount,currency,Account Number",
			"1:32: Account Number is not a documented parameter of a payout: write account_number",
		},
		{
			"client_orderid,amount,currency,IBAN",
			"1:32: IBAN is not a documented parameter of a payout: did you mean account_number?",
		},
		{
			"client_orderid,amount,currency,account_number,notes",
			"1:47: notes is not a documented parameter of a payout: correct it, or give --ignore-column notes",
		},
		{
			"client_orderid,amount,currency,account_number,my notes",
			"1:47: my notes is not a documented parameter of a payout: correct it, or give --ignore-column 'my notes'",
		},
		{
			"client_orderid,amount,currency,account_number,IBAN",
			"1:47: IBAN is not a documented parameter of a payout: correct it, or give --ignore-column IBAN",
		},
		{
			"client_orderid,amount,currency,account_number,account_number",
			"1:47: account_number is a second column of this name, after column 4: remove one",
		},
		{
			"client_orderid,amount,currency,account_number,Amount",
			"1:47: Amount is not a documented parameter of a payout: correct it, or give --ignore-column Amount",
		},
		{
			"client_orderid,amount,currency,,account_number",
			"1:32: the column has no name: name it, or remove the column",
		},
		{
			"client_orderid,amount,currency,account_number,12345678",
			"1:47: a column is not a documented parameter of a payout: correct it or remove the column",
		},
	} {
		f := readFile(t, test.header+"\n")
		var says []string
		for _, fault := range f.faults {
			says = append(says, fault.String())
		}
		require.Contains(t, says, test.says)
	}
}

// TestIgnoredColumns checks that ignored columns are not a part of the payout, even if a name is repeated.
func TestIgnoredColumns(t *testing.T) {
	t.Parallel()
	content := "client_orderid,notes,amount,currency,account_number,Paid?,notes\n" +
		"p-1,=A1,10.42,USD,1234567890,NULL,#N/A\n"
	require.Len(t, readFile(t, content).faults, 3)
	f := readFile(t, content, "notes", "Paid?")
	require.Empty(t, f.faults)
	require.Len(t, f.lines, 1)
	values, err := f.values(&f.lines[0])
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"client_orderid": "p-1", "account_number": "1234567890",
		"amount": "10.42", "currency": "USD",
	}, values)
	for name, says := range map[string]string{
		"note":  "1:1: there is no column note, which --ignore-column names: did you mean notes?",
		"NOTES": "1:1: there is no column NOTES, which --ignore-column names: did you mean notes?",
		"Paid":  "1:1: there is no column Paid, which --ignore-column names: did you mean Paid??",
		"manager": "1:1: there is no column manager, which --ignore-column names: correct the name, or " +
			"leave out the flag",
		"amout": "1:1: there is no column amout, which --ignore-column names: correct the name, or leave " +
			"out the flag",
		"notes,Paid?": "1:1: there is no column notes,Paid?, which --ignore-column names: give the flag once " +
			"for each column",
		"4111111111111111": "1:1: there is no column of a name that --ignore-column gives: correct the name, or " +
			"leave out the flag",
	} {
		f := readFile(t, content, "notes", "Paid?", name)
		require.Len(t, f.faults, 1, name)
		require.Equal(t, says, f.faults[0].String())
	}
}

// TestRaggedRows checks that the rule says how the row differs from the header.
func TestRaggedRows(t *testing.T) {
	t.Parallel()
	for row, says := range map[string]string{
		"p-1;10.42;USD;1234567890;Jane": "it has 1 field, and the header has 5: it is separated by a semicolon, and " +
			"the header by a comma",
		"p-1\t10.42\tUSD\t1\tJane": "it has 1 field, and the header has 5: it is separated by a tab, and the " +
			"header by a comma",
		"p-1,10,42,USD,1234567890,Jane": "it has 6 fields, and the header has 5: put a value that has a comma " +
			"inside in quotation marks, and write amounts with a point",
		strings.TrimSpace(goodHeader): "is the header again, as in files that were put together: remove the line",
		"p-1,10.42,USD,1234567890":    "it has 4 fields, and the header has 5: is a value or a separator missing?",
		"p-1,1,USD,1,A\rp-2,1,USD,1,B": "it has 9 fields, and the header has 5: lines end with CR alone; save the " +
			"file again as CSV UTF-8",
		"p-1,1,USD,1,A,,,": "it has 8 fields, and the header has 5: put a value that has a comma inside in " +
			"quotation marks, and write amounts with a point",
		"\"p-1,1,USD,1,A":     `a quotation mark (") is not closed, or something follows it: double a quotation mark inside a value; what follows was not read`,
		"p-1,1,USD,1,\"A\" B": `a quotation mark (") is not closed, or something follows it: double a quotation mark inside a value; what follows was not read`,
	} {
		f := readFile(t, goodHeader+row+"\n")
		require.Len(t, f.faults, 1, row)
		require.Equal(t, says, f.faults[0].Rule, row)
	}
}

// TestLongInput checks that the work for a line, a header or a value grows only with its size. If it grew with the
// square, each of these would take hours.
func TestLongInput(t *testing.T) {
	t.Parallel()
	size := 1 << 20
	if testing.Short() { // with the race detector it is ten times slower and finds nothing more
		size = 1 << 16
	}
	distinct := new(strings.Builder)
	for i := range size / 7 {
		fmt.Fprintf(distinct, "x%05d,", i)
	}
	for name, content := range map[string]string{
		"distinct names":     distinct.String() + "\n",
		"columns":            strings.Repeat("a,", size/2) + "b\n",
		"names":              "client_orderid," + strings.Repeat("amount,", size/7) + "b\n",
		"a name":             "client_orderid," + strings.Repeat("x", size) + "\n",
		"combining letters":  "client_orderid," + strings.Repeat("e\u0301\u0300", size/5) + "\n",
		"fields":             goodHeader + strings.Repeat("x,", size/2) + "\n",
		"an account":         goodHeader + "p-1,1,USD," + strings.Repeat("1", size) + ",\n",
		"an id of marks":     goodHeader + "a" + strings.Repeat("\u0301", size/2) + ",1,USD,1,\n",
		"an amount":          goodHeader + "p-1," + strings.Repeat("1,", size/2) + "USD,1,\n",
		"a quoted amount":    goodHeader + "p-1,\"" + strings.Repeat("1,", size/2) + "\",USD,1,\n",
		"an exponent":        goodHeader + "p-1,1,USD," + strings.Repeat("1e", size/2) + ",\n",
		"groups":             goodHeader + "p-1,1,USD," + strings.Repeat("123.", size/4) + ",\n",
		"a name of a person": goodHeader + "p-1,1,USD,1," + strings.Repeat("x ", size/2) + "\n",
		"rows of separators": goodHeader + strings.Repeat(",\n", size/2),
		"ragged rows":        goodHeader + strings.Repeat("x\n", size/2),
		"ids again":          goodHeader + strings.Repeat("p-1,1,USD,1,\n", size/13),
		"faults at the end": goodHeader + "p-1,1,USD,1,\"" + strings.Repeat("\n", size) + "\"\n" +
			strings.Repeat("p,x,USD,1,\n", 500),
		"quotation marks": goodHeader + "p-1,1,USD,1,\"" + strings.Repeat(`""`, size/2) + "\n",
	} {
		f := readFile(t, content)
		require.NotEmpty(t, f.faults, name)
		require.Less(t, len(fmt.Sprint(f.faults)), 100<<10, name)
	}
}

// TestEmptyColumnsAtTheEnd checks that empty columns of a spreadsheet are accepted. A value in one is a fault.
func TestEmptyColumnsAtTheEnd(t *testing.T) {
	t.Parallel()
	const header = "client_orderid,amount,currency,account_number,, ,\n"
	f := readFile(t, header+"p-1,1,USD,1234567890,,,\np-2,2,USD,1234567891, ,,\n")
	require.Empty(t, f.faults)
	require.Len(t, f.lines, 2)
	req, err := f.request(&f.lines[1])
	require.NoError(t, err)
	require.Equal(t, "1234567891", req.BankAccount.Number)
	f = readFile(t, header+"p-1,1,USD,1234567890,,9876543210,\n")
	require.Len(t, f.faults, 1)
	require.Equal(t, "2:23: p-1: a value is in a column that has no name: name the column, or remove it",
		f.faults[0].String())
}
