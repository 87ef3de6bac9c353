package batch

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
)

// TestFaultsHideNumbers checks that no fault shows a card or an account, in any column and form.
func TestFaultsHideNumbers(t *testing.T) {
	t.Parallel()
	const card = "4111111111111111"
	forms := []string{
		card, card + ".0", "'" + card, `="` + card + `"`, "4111 1111 1111 1111", "4111-1111-1111-1111",
		"4,111,111,111,111,111", "4.111111111111111E+15",
		card + " USD", "$" + card, "-" + card, "+" + card, "~" + card, card + "%", "(" + card + ")", "[" + card + "]",
		card + "½", card + "O", "#" + card, "**" + card, card + "000",
		"４１１１１１１１１１１１１１１１", "<" + card, card + ",-", "0x" + card, card + "\u0301", "{{" + card + "}}", card + ":00",
		card + "/1", `"` + card, "no. " + card, strings.Repeat(card, 9),
	}
	check := func(name, content string, ignored ...string) {
		for _, fault := range readFile(t, content, ignored...).faults {
			text := strings.Map(func(r rune) rune {
				if r == ' ' || r == ',' || r == '-' || r == '.' {
					return -1
				}
				return r
			}, payoutinput.ASCIIDigits(fault.String()))
			require.NotContains(t, text, "11111111", "%s: %s", name, fault)
		}
	}
	for _, name := range payoutinput.Parameters() {
		if name == "client_orderid" { // the merchant's own
			continue
		}
		for _, form := range forms {
			values := map[string]string{
				"client_orderid": "p-1", "account_number": "1234567890",
				"amount": "10", "currency": "USD",
			}
			values[name] = form
			columns := slices.Sorted(maps.Keys(values))
			row := make([]string, len(columns))
			for i, column := range columns {
				row[i] = `"` + strings.ReplaceAll(values[column], `"`, `""`) + `"`
			}
			check(name, strings.Join(columns, ",")+"\n"+strings.Join(row, ",")+"\n")
		}
	}
	for _, form := range forms {
		quoted := `"` + strings.ReplaceAll(form, `"`, `""`) + `"`
		check("a header", "client_orderid,amount,currency,account_number,"+quoted+"\n")
		check("a header alone", quoted+",1,2\n")
		check("an ignored column", goodHeader, form)
		check("a line without quotation marks", goodHeader+"p-1,10,USD,"+form+",Jane\n")
		check("a ragged line", goodHeader+quoted+"\n")
	}
}
