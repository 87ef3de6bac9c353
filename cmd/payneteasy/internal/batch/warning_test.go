package batch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
)

// TestWarnings checks that a possible mistake is shown with its lines and IDs, and that no account is shown.
func TestWarnings(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	paid := func(id, amount, account string, ago time.Duration) sentBefore {
		return sentBefore{id, amount, account, ago, "accepted", false, "paid"}
	}
	rows := func(rows ...string) string { return goodHeader + strings.Join(rows, "\n") + "\n" }
	for name, test := range map[string]struct {
		content string
		sent    []sentBefore
		want    map[string][]string
	}{
		"nothing": {
			rows("p-1,1,USD,1234567890,", "p-2,2,USD,1234567890,", "p-3,1,EUR,1234567890,", "p-4,1,USD,1234567891,"),
			nil,
			map[string][]string{},
		},
		"case": {
			rows("INV-1,1,USD,1234567890,", "p,1,USD,1234567891,", "inv-1,2,USD,1234567892,"), nil,
			map[string][]string{"similar_ids": {"lines 2, 4: INV-1, inv-1 (only upper and lower case differ)"}},
		},
		"zeros": {
			rows("1001,1,USD,1234567890,", "01001,2,USD,1234567892,"), nil,
			map[string][]string{
				"similar_ids": {"lines 2, 3: 1001, 01001 (leading zeros, blanks, hyphens or case differ)"},
			},
		},
		"Unicode": {
			rows("caf\u00e9,1,USD,1234567890,", "cafe\u0301,2,USD,1234567892,"), nil,
			map[string][]string{
				"similar_ids": {"lines 2, 3: café, cafe\u0301 (the same letters in two forms of Unicode)"},
			},
		},
		"alphabet": {
			rows("ABC,1,USD,1234567890,", "АВС,2,USD,1234567892,"), nil,
			map[string][]string{"similar_ids": {"lines 2, 3: ABC, АВС (letters or digits of another alphabet)"}},
		},
		"letters for digits": {
			rows("1001,1,USD,1234567890,", "1OO1,2,USD,1234567892,"), nil,
			map[string][]string{"similar_ids": {"lines 2, 3: 1001, 1OO1 (a letter that looks like a digit)"}},
		},
		"similar to a payout of the journal": {
			rows("1001,1,USD,1234567890,"),
			[]sentBefore{
				paid("1001.0", "3", "1234567899", 400*day),
				{"01001", "3", "1", day, "refused", true, ""},
			},
			map[string][]string{
				"similar_ids": {"line 2: 1001; 1001.0 was sent on 26 Oct 2025 (one was written as a decimal)"},
			},
		},
		"the same payment": {
			rows("w-1,500,USD,1234567890,Jane", "w-2,500.00,USD,1234567890,J. Doe", "w-3,500,USD,1234567890,",
				"w-4,500,USD,1234567891,", "w-5,501,USD,1234567890,"), nil,
			map[string][]string{
				"same_payment": {"lines 2, 3, 4: 3 x 500.00 USD to an account that ends in 7890 (w-1, w-2, w-3)"},
			},
		},
		"the same payment, written otherwise": {
			rows("w-1,500,USD,0012345678,Jane", "w-2,500.00,USD,12-345-678,J. Doe"), nil,
			map[string][]string{
				"same_payment": {"lines 2, 3: 2 x 500.00 USD to an account that ends in 5678 (w-1, w-2)"},
			},
		},
		"the same payment in another column": {
			"client_orderid,amount,currency,account_number,ewallet_wallet\nw-1,500,USD,,+7 999 123-45-67\n" +
				"w-2,500,USD,79991234567,\n", nil,
			map[string][]string{"same_payment": {"lines 2, 3: 2 x 500.00 USD to an e-wallet (w-1, w-2)"}},
		},
		"paid before": {
			rows("w-1,500,USD,1234567890,Jane", "w-2,501,USD,1234567890,Jane"),
			[]sentBefore{
				paid("x-0", "500", "1234567890", 20*day), paid("x-1", "500", "1234567890", day),
				paid("x-2", "501", "1234567890", 31*day), paid("x-3", "501", "1234567891", day),
			},
			map[string][]string{
				"paid_before": {"line 2: 500.00 USD to an account that ends in 7890 (w-1), as x-1 was on 29 Nov 2026"},
			},
		},
		"declined before": {
			rows("w-1,500,USD,1234567890,Jane"),
			[]sentBefore{
				{"x-1", "500", "1234567890", day, "accepted", false, "declined"},
				{"x-2", "500", "1234567890", day, "not sent", false, ""},
			},
			map[string][]string{},
		},
		"the file's own payout": {
			rows("w-1,500,USD,1234567890,J. Doe", "w-2,500,USD,1234567890,J. Doe"),
			[]sentBefore{paid("w-1", "500", "1234567890", day)},
			map[string][]string{
				"same_payment": {"lines 2, 3: 2 x 500.00 USD to an account that ends in 7890 (w-1, w-2)"},
			},
		},
		"all sent": {
			rows("w-1,500,USD,1234567890,J. Doe", "W-1,500,USD,1234567890,J. Doe"),
			[]sentBefore{paid("w-1", "500", "1234567890", day), paid("W-1", "500", "1234567890", day)},
			map[string][]string{},
		},
		"a lost zero": {
			rows("a,1,USD,1234567890,", "b,2,USD,1234567891,", "c,3,USD,987654321,", "d,4,EUR,12345,"), nil,
			map[string][]string{"shorter_number": {"account_number (USD): 2 of 10 digits, and 1 of 9: line 4 (c)"}},
		},
		"lengths that differ": {
			rows("a,1,USD,1234567890,", "b,2,USD,123456789,", "c,3,USD,12345,", "d,4,USD,GB82WEST12345698765432,"), nil,
			map[string][]string{},
		},
		"rounded": {
			rows("a,1,USD,1234567890123460,", "b,2,USD,1234567890123456,", "c,3,USD,4081781009999100000,",
				"d,4,EUR,123456789012340,"), nil,
			map[string][]string{"rounded_number": {"account_number: 2 of 4 lines: lines 2, 4 (a, c)"}},
		},
		"dates": {
			rows("3-Dec,1,USD,1234567890,J. Doe", "12.03.2004,2,USD,1234567890,", "Dec-03,3,USD,1234567890,",
				"12345678.5,4,USD,1234567890,",
				"Mar-26,5,USD,1234567890,", "05/dez,6,USD,1234567890,", "12/05/34,7,USD,1234567890,",
				"1001.1,8,USD,1234567890,",
				"INV-3-Dec,9,USD,1234567890,", "2026-11,10,USD,1234567890,", "1-13,11,USD,1234567890,"),
			[]sentBefore{paid("3-Dec", "1", "1234567890", 40*day)},
			map[string][]string{"date_ids": {
				"6 of 11 lines: lines 3, 4, 5, 6, 7, 8 (12.03.2004, Dec-03, 12345678.5, Mar-26, 05/dez, 12/05/34)",
			}},
		},
	} {
		got := told(planOf(t, test.content, test.sent...))
		require.Equal(t, test.want, got, name)
		require.NotContains(t, fmt.Sprint(got), "123456789", name)
	}
}

// TestManyAlikeBefore checks many lines that look like earlier payouts. The warning must show the line that would be
// sent, wherever it is, and the latest of the earlier payouts.
func TestManyAlikeBefore(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	content := goodHeader
	var sent []sentBefore
	for i := range 11 {
		id := strings.Repeat("A", i+1) + strings.Repeat("a", 11-i)
		content += fmt.Sprintf("%s,%d,USD,12345678%02d,J. Doe\n", id, i+1, i)
		if i < 10 {
			sent = append(sent,
				sentBefore{
					id, fmt.Sprint(i + 1), fmt.Sprintf("12345678%02d", i), 400 * day, "accepted",
					false, "paid",
				})
		}
	}
	for i, id := range []string{"aAAAAAAAAAAA", "aaAAAAAAAAAA", "aaaAAAAAAAAA"} {
		ago := time.Duration(500+(i+1)%3) * day
		sent = append(sent, sentBefore{id, "7", "1234567899", ago, "accepted", false, "paid"})
	}
	b := planOf(t, content, sent...)
	var texts []string
	for _, text := range told(b)["similar_ids"] {
		if strings.Contains(text, "was sent on") {
			texts = append(texts, text)
		}
	}
	require.Len(t, texts, 1)
	require.Regexp(t, `^line 12: AAAAAAAAAAAa; aaaAAAAAAAAA was sent on .* and 2 more \(only upper and lower case differ\)$`, texts[0])
	b.strict()
	for _, fault := range b.file.faults {
		require.Equal(t, 12, fault.Line, "the other lines are not sent")
	}
	require.Len(t, b.file.faults, 2)
}

// TestManyWarnings checks that too many warnings are counted and not shown.
func TestManyWarnings(t *testing.T) {
	t.Parallel()
	var content strings.Builder
	content.WriteString(goodHeader)
	for i := range 3000 {
		fmt.Fprintf(&content, "p-%d,%d,USD,1234567890,\nP-%d,7,USD,1234567891,\n", i, 1+i%100, i)
	}
	b := planOf(t, content.String())
	texts := told(b)
	require.Len(t, texts["similar_ids"], maxGroups+1)
	require.Equal(t, "and 2990 more", texts["similar_ids"][maxGroups])
	require.Equal(t, "and 91 more", texts["same_payment"][maxGroups])
	for _, text := range texts["same_payment"] {
		require.Less(t, len(text), 300)
	}
	require.Contains(t, fmt.Sprint(texts["same_payment"]),
		" and 2,990 more: 3,000 x 7.00 USD to an account that ends in 7891 (")
	encoded, err := json.Marshal(b.warnings)
	require.NoError(t, err)
	require.Less(t, len(encoded), 10<<10)
	b.strict()
	require.Len(t, b.file.faults, maxFaults)
	require.Equal(t, 6000+6000-maxFaults, b.file.more)
	require.Equal(t, []int{2, 51}, []int{b.file.faults[0].Line, b.file.faults[maxFaults-1].Line},
		"the first of them, in order")
}

// TestStrict checks that with strict, a warning is a fault at each of its values, with line, column and what to do.
func TestStrict(t *testing.T) {
	t.Parallel()
	rows := func(rows ...string) string { return goodHeader + strings.Join(rows, "\n") + "\n" }
	paid := sentBefore{"x-1", "500", "1234567890", 24 * time.Hour, "accepted", false, "paid"}
	for name, test := range map[string]struct {
		content string
		sent    []sentBefore
		want    []string
	}{
		"ids": {
			rows("é-1,1,USD,1234567890,", "b,2,USD,1234567890,", "É-1,3,USD,1234567890,", "é_1,4,USD,1234567890,"),
			nil,
			[]string{
				"2:1: client_orderid é-1 looks like É-1 in line 4 and 1 more (only upper and lower case differ): if " +
					"both are one debt, remove a line (similar_ids)",
				"4:1: client_orderid É-1 looks like é-1 in line 2 and 1 more (only upper and lower case differ): if " +
					"both are one debt, remove a line (similar_ids)",
				"5:1: client_orderid é_1 looks like é-1 in line 2 and 1 more (leading zeros, blanks, hyphens or " +
					"case differ): if both are one debt, remove a line (similar_ids)",
			},
		},
		"one payment": {rows("é,5,USD,1234567890,", "b,5.00,USD,1234567890,"), nil, []string{
			"2:9: é: account_number is sent 5.00 USD by line 3 (b), too: if a line is a duplicate, remove it " +
				"(same_payment)",
			"3:12: b: account_number is sent 5.00 USD by line 2 (é), too: if a line is a duplicate, remove it " +
				"(same_payment)",
		}},
		"paid before": {rows("w-1,500,USD,1234567890,", "X_1,1,USD,1234567890,"), []sentBefore{paid}, []string{
			"2:13: w-1: account_number was sent 500.00 USD on 29 Nov 2026 as x-1: if it is paid already, remove the " +
				"line (paid_before)",
			"3:1: client_orderid X_1 looks like x-1, which was sent on 29 Nov 2026 (leading zeros, blanks, hyphens " +
				"or case differ): if both are one debt, remove the line (similar_ids)",
		}},
		"a sent line": {rows("x-1,500,USD,1234567890,J. Doe", "w-1,500,USD,1234567890,"), []sentBefore{paid}, []string{
			"3:13: w-1: account_number is sent 500.00 USD by line 2 (x-1), too: if a line is a duplicate, remove it " +
				"(same_payment)",
		}},
		"a lost zero": {
			rows("a,1,USD,1234567890,", "", "b,2,USD,1234567891,\"x\ny\"", "c,3,USD,987654321,"), nil,
			[]string{
				"6:9: c: account_number has 9 digits, and 2 others in USD have 10: compare it with its source, as a " +
					"spreadsheet drops leading zeros (shorter_number)",
			},
		},
		"rounded": {rows("1001000000000000,1,USD,1234567890123460,", ""), nil, []string{
			"2:1: client_orderid 1001000000000000 has only zeros after the 15th digit, as if a spreadsheet had " +
				"rounded it: compare its last digits with its source (rounded_number)",
			"2:24: 1001000000000000: account_number has only zeros after the 15th digit, as if a spreadsheet had " +
				"rounded it: compare its last digits with its source (rounded_number)",
		}},
		"a date": {rows("3-Dec,1,USD,1234567890,", "4-Dec-1,2,USD,1234567890,"), nil, []string{
			"2:1: client_orderid 3-Dec looks like a date, and a spreadsheet may have turned it into one: compare it " +
				"with its source (date_ids)",
		}},
	} {
		b := planOf(t, test.content, test.sent...)
		b.strict()
		var got []string
		for _, fault := range b.file.faults {
			got = append(got, fmt.Sprintf("%s (%s)", fault, fault.Kind))
			require.NotEmpty(t, fault.ClientOrderID, name)
		}
		require.Equal(t, test.want, got, name)
		require.NotContains(t, fmt.Sprint(got), "12345678", name)
	}
}

// TestNumberColumns checks each column of a number that a spreadsheet can damage.
func TestNumberColumns(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"account_number", "bank_bic", "bank_branch", "bank_code", "card_recurring_payment_id", "client_orderid",
		"credit_card_number",
		"crypto_wallet_address", "ewallet_wallet", "legal_person_document_number", "merchant_customer_identifier",
		"receiver_identity_document_id",
		"receiver_identity_document_number", "receiver_inn", "receiver_phone", "recurring-payment-id", "routing_number",
	} {
		at := slices.Index(roundedColumns, name)
		require.NotEqual(t, -1, at, name)
		require.Equal(t, uint32(1)<<at, lookOf(map[string]string{name: "1234567890123460"}).rounded, name)
		require.Zero(t, lookOf(map[string]string{name: "1234567890123456"}).rounded, name)
		require.Zero(t, lookOf(map[string]string{name: "123456789012340"}).rounded, name)
		require.Zero(t, lookOf(map[string]string{name: "A234567890123400"}).rounded, name)
	}
	require.LessOrEqual(t, len(roundedColumns), 32)
	for _, name := range []string{
		"account_number", "bank_bic", "bank_branch", "bank_code", "ewallet_wallet", "legal_person_document_number",
		"receiver_identity_document_number", "receiver_inn", "receiver_phone", "routing_number",
	} {
		at := slices.Index(zeroColumns[:], name)
		require.NotEqual(t, -1, at, name)
		require.EqualValues(t, 9, lookOf(map[string]string{name: "123456789"}).digits[at], name)
		require.Zero(t, lookOf(map[string]string{name: "A23456789"}).digits[at], name)
	}
	for _, name := range slices.Concat(roundedColumns, zeroColumns[:]) {
		require.True(t, payoutinput.IsParameter(name), name)
	}
	b := planOf(t, "client_orderid,amount,currency,ewallet_wallet,receiver_phone\n"+
		"a,1,USD,0123456789,0123456789012300\nb,2,USD,0123456788,\nc,3,USD,123456787,\n")
	require.Equal(t, map[string][]string{
		"shorter_number": {"ewallet_wallet (USD): 2 of 10 digits, and 1 of 9: line 4 (c)"},
		"rounded_number": {"receiver_phone: 1 of 3 lines: line 2 (a)"},
	}, told(b))
}
