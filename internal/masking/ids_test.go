package masking

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

const (
	card    = "4444444444444448"
	account = "12345678"
	cvv     = "737"
	serial  = "00000000-0000-0000-0000-000002e2c322"
)

// ownIDs look like what is masked, contain some of it, or would be read as a pattern.
var ownIDs = []string{
	"payout-0001", "salary-2026-11-0001", "2026113000000001", "5555555555554444", "4111 1111 1111 1111",
	"ORD 2026-11-30 0001",
	"2026-11-30", "20261130", "1001", "6982864", "payout-737", "737-0001", "salary-12345678-01", "x.12345678",
	"jane@merchant.example-20261130",
	"a.*20261130+(1|2)[3]$", `^\d+$2026113000001`, "(2026113000000001)", "#20261130", "заказ-2026113000000001",
	"выплата 2026 1130 0000 0001",
	"GB33BUKB20201555555555", "0x52908400098527886E0F7030069857D2E4169EE7", "a&b=2026113000000001",
	`quoted "2026113000000001"`, serial,
	"id/2026/11/30/0001", "c4b8ed0d6f2026113000-00000001", "$2026113000000001", "2026_11_30_0001_0002", "redacted",
	strings.Repeat("1234567890", 12),
}

// TestOwnIDs checks that an order's own ID shows whole, whatever it looks like and wherever it is. What is next to it
// is masked.
func TestOwnIDs(t *testing.T) {
	t.Parallel()
	said := []string{
		"%s", "Order %s not found", "Order with client_orderid '%s' was not found.", "%s: unknown order", "(%s)",
		"[id=%s]", "<%s>", "%s, %[1]s", "%s/%[1]s",
		"Duplicate client_orderid: %s; see 2 lines", "merchant_order=%s&x", "“%s”", "Заказ %s не найден", "€%s€",
	}
	for _, id := range ownIDs {
		for _, m := range []Masker{
			{IDs: []string{id}},
			{IDs: []string{id, "6982864"}, Question: true},
			{IDs: []string{"", id}, Secrets: []string{card, account, cvv, "wallet"}},
		} {
			for _, text := range said {
				want := fmt.Sprintf(text, id)
				if utf8.RuneCountInString(want) > maxQuoted {
					continue
				}
				require.Equal(t, want, m.Text(want), "%q %v", id, m)
				require.Equal(t, want, m.Cause(want), "%q %v", id, m)
				if !strings.ContainsAny(text+id, "<>") {
					require.Equal(t, want, m.Page([]byte("<html><p>"+want+"</p></html>")), "%q %v", id, m)
				}
			}
			for _, form := range []string{url.QueryEscape(id), url.PathEscape(id), html.EscapeString(id)} {
				require.Equal(t, "id: "+form, m.Text("id: "+form), "%q %v", id, m)
			}
			require.Equal(t, "order "+id+" of card [redacted] declined",
				m.Text("order "+id+" of card 4111111111111111 declined"), "%q %v", id, m)
			require.Equal(t, "card [redacted] of order "+id, m.Text("card 5105-1051-0510-5100 of order "+id), "%q %v",
				id, m)
		}
	}
}

// TestIDsAndSecrets checks what is shown and what is hidden where an ID touches something else.
func TestIDsAndSecrets(t *testing.T) {
	t.Parallel()
	const order = "2026113000000001"
	secrets := []string{card, account, cvv, "wallet-of-jane"}
	for _, test := range []struct {
		name, id, said, shown string
		question              bool
	}{
		{"the id is the card", card, "order " + card, "order [redacted]", false},
		{"with other signs", "4444-4444-4444-4448", "order 4444-4444-4444-4448", "order [redacted]", false},
		{"the card is in the id", "card-" + card, "order card-" + card, "order card-[redacted]", false},
		{"the id is the account", account, "order " + account, "order [redacted]", false},
		{
			"the account is in the id",
			"p-" + account + "-1", "p-12345678-1 to 12345678", "p-12345678-1 to [redacted]", false,
		},
		{"the CVV is in the id", "p-737-1", "order p-737-1, CVV 737", "order p-737-1, CVV [redacted]", false},
		{
			"the wallet is in the id",
			"wallet-of-jane.1", "wallet-of-jane.1 of wallet-of-jane", "wallet-of-jane.1 of [redacted]", false,
		},
		{"the id is in the card", "4444", "card 4444 4444 4444 4448", "card [redacted]", false},
		{"the id is where the card begins", "4444-4444", "card 4444-4444-4444-4448", "card [redacted]", false},
		{"the id and the card in a row", order, order + " " + card, order + " [redacted]", false},
		{"the card and the id", order, card + " " + order, "[redacted] " + order, false},
		{"the account through the id's end", "order-1234", "order-1234 5678", "order-[redacted]", false},
		{"the id is in a word", "1001", "wallet1001x 20261130001001", "wallet1001x [redacted]", false},
		{"the id is in a longer number", order, "1" + order + " " + order + "0", "[redacted]", false},
		{"in a longer word", order, "x" + order + " " + order + "я", "x[redacted]я", false},
		{"after a full-width digit", order, "１" + order, "[redacted]", false},
		{"the id in full-width digits", "２０２６1130", "order ２０２６1130", "order 20261130", false},
		{"a group of another card", "1111", "card 4111 1111 1111 1111", "card [redacted] 1111 [redacted]", true},
		{"a group of an account", "1234", "account 1234-5678-90", "account 1234-[redacted]", true},
		{"an account beside it", order, order + " 87654321", order + " [redacted]", true},
		{"an account between", order, order + " 87654321 " + order, order + " [redacted] " + order, true},
		{"an amount beside it", order, order + " (10.42 USD)", order + " (10.42 USD)", true},
		{"an amount beside an order id", "6982864", "6982864 (10.42 USD)", "6982864 (10.42 USD)", true},
		{"an IBAN beside it", order, "GB33BUKB20201555555555 of " + order, "[redacted] of " + order, true},
		{"a part of it", "order-1234567", "account 1234567", "account [redacted]", true},
		{"a part of an e-mail address", "payout-0001", "payout-0001@merchant.example", "payout-0001[redacted]", true},
		{"an e-mail address at it", "payout-0001", "jane@payout-0001", "[redacted]payout-0001", true},
		{
			"an id that is one",
			"jane@merchant.example",
			"jane@merchant.example, john@merchant.example", "jane@merchant.example, [redacted]", true,
		},
	} {
		m := Masker{Secrets: secrets, IDs: []string{test.id}, Question: test.question}
		if test.question {
			m.Secrets = nil
		}
		require.Equal(t, test.shown, m.Text(test.said), test.name)
	}
	m := Masker{IDs: []string{"p-1", "p-1-20261130"}}
	require.Equal(t, "p-1-20261130 p-1 [redacted]", m.Text("p-1-20261130 p-1 20261130"), "one is in the other")
	require.Equal(t, [][2]int{{0, 12}, {13, 16}, {18, 21}}, m.Find("p-1-20261130 p-1, p-1 xp-1"))
	require.Equal(t, "6982864 ("+order+")", Masker{IDs: []string{order, "6982864"}}.Text("6982864 ("+order+")"),
		"two in a row")
	require.Equal(t, "[redacted]", Masker{}.Text(order))
}

// TestNamedIDs checks that the other side's IDs show whole, unless they are something else in the wrong place.
func TestNamedIDs(t *testing.T) {
	t.Parallel()
	m := Masker{IDs: []string{"payout-0001"}, Secrets: []string{card, account, "322"}}
	for _, id := range []string{"20240102030405", "6982864", serial} {
		require.Equal(t, "order "+id+" failed", m.With(id, id, "").Text("order "+id+" failed"))
		require.Equal(t, []string{"payout-0001"}, m.IDs, "it is a copy")
	}
	for _, id := range []string{
		card, account, "9" + account, "5555555555554444",
		"44444444-4444-4448-0000-000000000000", "12345678-0000-0000-0000-000000000000",
	} {
		require.Equal(t, m.IDs, m.With(id).IDs)
		require.NotContains(t, m.Serial(id), account)
		require.NotContains(t, m.Serial(id), "4444-4444-4448")
	}
	require.Equal(t, serial, m.Serial(serial))
}

// TestLongTexts checks that an ID is not cut, and that a long text of the worst kind does not hang.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	const id = "2026113000000001"
	m := Masker{IDs: []string{id, "1", "11", "1 1", "a"}, Secrets: []string{card, account, "11111"}, Question: true}
	for n := maxQuoted - len(id) - 1; n <= maxQuoted+1; n++ {
		text := strings.Repeat("я", n-1) + " " + id + " and more"
		shown := m.Text(text)
		require.True(t, strings.HasSuffix(shown, "…"), shown)
		require.Equal(t, n < maxQuoted, strings.Contains(shown, id), shown)
		require.NotContains(t, strings.Replace(shown, id, "", 1), "2026", shown)
	}
	require.Equal(t, strings.Repeat("я", 190)+" "+id, m.Text(strings.Repeat("я", 190)+" "+id))
	for _, worst := range []string{"1", "1 ", "a", "a ", "1a", id, id + " ", "a@", "1@1 "} {
		require.LessOrEqual(t, utf8.RuneCountInString(m.Text(strings.Repeat(worst, 1<<20))), 2*maxQuoted)
	}
}

// FuzzText checks that no card and no account of the request shows in any text, and that an ID by itself is whole.
func FuzzText(f *testing.F) {
	f.Add("order ", " of ", "payout-0001")
	f.Add("4444 ", " 4444", "4444")
	f.Add("", "", "12345678-1")
	f.Add("1234", "5678", "2026-11-0001")
	f.Add("(", ")", "a.*b 4444-4444")
	f.Fuzz(func(t *testing.T, before, after, id string) {
		id = strings.TrimSpace(OneLine(id))
		digits := onlyDigits(id)
		if id == "" || len(id) > 64 || len(before)+len(after) > 256 || strings.Contains(digits, account) ||
			strings.Contains(digits, card) {
			return // the ID itself contains it
		}
		for _, question := range []bool{false, true} {
			m := Masker{Secrets: []string{card, account}, IDs: []string{id}, Question: question}
			for _, text := range []string{before + card + after, id + before + account + after + id} {
				shown := m.Text(text)
				require.NotContains(t, shown, card, "%q as %q", text, id)
				require.NotContains(t, shown, account, "%q as %q", text, id)
			}
			require.Equal(t, "order "+id+" not found", m.Text("order "+id+" not found"))
		}
	})
}

// TestGroupsOfOwnIDs checks that no card and no part of a grouped number shows because its groups are IDs.
func TestGroupsOfOwnIDs(t *testing.T) {
	t.Parallel()
	for _, question := range []bool{false, true} {
		m := Masker{IDs: []string{"4242"}, Question: question}
		require.NotContains(t, m.Text("no money for card 4242 4242 4242 4242"), "4242 4242")
		require.Equal(t, "card [redacted]", m.Text("card 3782 822463 10005"))
		require.Equal(t, "account [redacted]", m.Text("account 1234 567890 12"))
		require.Equal(t, "order 4242 not found", m.Text("order 4242 not found"))
	}
}
