package mask

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestText checks that cards are hidden by name and by number, in any form, and that nothing else is hidden.
func TestText(t *testing.T) {
	t.Parallel()
	for said, shown := range map[string]string{
		number:                             Redacted,
		number + " 12/29":                  Redacted,
		number + " 737":                    Redacted,
		"1" + number + "99":                Redacted,
		"card 4111 1111-1111.1111, thanks": "card [redacted], thanks",
		"４１１１１１１１１１１１１１１１":                                       Redacted,
		"٤١١١١١١١١١١١١١١١":                                       Redacted,
		"/paynet/%34111111111111111/x":                           "/paynet/[redacted]/x",
		"/paynet/%25341%25311111111111111":                       "/paynet/[redacted]",
		`\u0034111111111111111`:                                  Redacted,
		"3782\u00a0822463\u00a010005":                            Redacted,
		`OAuth credit_card_number="4111%20", n="a", cvv2="737"`:  `OAuth credit_card_number="[redacted]", n="a", cvv2="[redacted]"`,
		`{"account_number":"DE89370400440532013000","cvv2":737}`: `{"account_number":"[ends in 3000]","cvv2":[redacted]}`,
		`{"a":"{\"cvv2\":\"737\"}"}`:                             `{"a":"{\"cvv2\":\"[redacted]"}`,
		"a=1;credit_card_number=41;b=2":                          "a=1;credit_card_number=[redacted];b=2",
		"pan=4111,1111,1111,1111,a=1":                            "pan=[redacted],a=1",
		"pan=4111, 1111, 1111, 1111, a=1":                        "pan=[redacted], a=1",
		"<cvv2>737</cvv2>":                                       "<cvv2>[redacted]</cvv2>",
		"%2563vv2%253D737%26a=1":                                 "%2563vv2%253D[redacted]%26a=1",
		"order[account_number]=1234567":                          "order[account_number]=[ends in 4567]",
		"account_number=1234567890 cvv2=737":                     "account_number=[redacted]",
		"card_printed_name=Jane Doe":                             "card_printed_name=[redacted]",
		"00000000-0000-0000-0000-000002e2c322":                   "00000000-0000-0000-0000-000002e2c322",
		"order 20240102030405 of 2026-11-22 08:40:15":            "order 20240102030405 of 2026-11-22 08:40:15",
		`oauth_timestamp="1677831012", oauth_version="1.0"`:      `oauth_timestamp="1677831012", oauth_version="1.0"`,
		"http://127.0.0.1:8085/paynet/api/v4/payout/39915":       "http://127.0.0.1:8085/paynet/api/v4/payout/39915",
		"100% of company_name=x, 5%, a note: b":                  "100% of company_name=x, 5%, a note: b",
	} {
		require.Equal(t, shown, Masker{Accounts: true}.Text(said), said)
	}
	require.Equal(t, "account_number=1234567", Masker{}.Text("account_number=1234567"))
	require.Equal(t, "account_number: 1 cvv2=[redacted]", Masker{}.Text("account_number: 1 cvv2=737"))
}

// TestOwnAccounts checks a masker that shows accounts. An IBAN is not taken for a card, and a card is not taken for an
// account, whatever is beside it.
func TestOwnAccounts(t *testing.T) {
	t.Parallel()
	for _, account := range []string{
		"DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "1234567", "40817810099910004312",
		"19-2000145399/0800",
		"0004111111111111112", "123e4567-e89b-12d3-a456-426614174000", "GB29NWBK60161331926819",
	} {
		require.Equal(t, account, Masker{}.Value("account_number", account))
		require.Equal(t, "account_number="+account, must(Masker{}.Form("account_number="+account)))
		shown := Masker{Accounts: true}.Value("account_number", account)
		require.Contains(t, []string{"[ends in " + account[len(account)-min(4, len(account)):] + "]", Redacted}, shown)
	}
	for _, value := range []string{
		number, "4111 1111 1111 1111", "1&cvv2=737", number + " 737", number + "\u00a0737", number + "/737", number +
			",737",
		number + "|1229", number + " 12/29", number + " 12/29 737", "4111-1111-1111-1111 737", number + "737", number +
			"1229737",
		"4111111111111111%20737", "4111111111111111%2520737", "card " + number, number + " CVV 737",
		"3782 822463 10005 7371",
		"3782822463100057371", "737 " + number, "acc. " + number, number + strings.Repeat(" ", 2*maxID) + "1",
	} {
		for _, m := range []Masker{{}, {Accounts: true}} {
			require.Equal(t, Redacted, m.Value("account_number", value), value)
			shown, hidden := m.Form("a=1&account_number=" + url.QueryEscape(value))
			require.Equal(t, "a=1&account_number=%5Bredacted%5D", shown, value)
			require.Equal(t, []string{"account_number"}, hidden)
		}
	}
}

// TestForm checks that every other byte stays, and that hidden parameters are named.
func TestForm(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]struct{ shown, hidden string }{
		"a=1&b=%7e+*&c=": {"a=1&b=%7e+*&c=", ""},
		"a=1&CVV2=737&expire-month=12&b=%7e": {
			"a=1&CVV2=%5Bredacted%5D&expire-month=%5Bredacted%5D&b=%7e", "CVV2 expire-month",
		},
		"pan=41&cardNumber=41&card[no]=41": {
			"pan=%5Bredacted%5D&cardNumber=%5Bredacted%5D&card[no]=%5Bredacted%5D", "pan cardNumber card[no]",
		},
		"order[account_number]=1234567": {
			"order[account_number]=%5Bends+in+4567%5D",
			"order[account_number]",
		},
		"account_number=" + number:                                {"account_number=%5Bredacted%5D", "account_number"},
		"client_orderid=" + number:                                {"client_orderid=" + number, ""},
		"orderid=4222222222222&a=" + number:                       {"orderid=4222222222222&a=%5Bredacted%5D", "a"},
		"order_desc=" + number + "+737":                           {"order_desc=%5Bredacted%5D", "order_desc"},
		"a=1;credit_card_number=41":                               {"a=%5Bredacted%5D", "a"},
		"a=1%26credit_card_number%3D41":                           {"a=%5Bredacted%5D", "a"},
		"%2563vv2=737":                                            {"%2563vv2=%5Bredacted%5D", "%63vv2"},
		"u=" + url.QueryEscape("https://a.example/?cvv2=737&x=1"): {"u=%5Bredacted%5D", "u"},
		"u=" + url.QueryEscape("https://u:p@a.example/"): {
			"u=https%3A%2F%2F%5Bredacted%5D%40a.example%2F",
			"u",
		},
		number + "=1&" + `{"cvv2":"737"}`: {"%5Bredacted%5D&%5Bredacted%5D", Nameless + " " + Nameless},
		"%zz" + number + "=1":             {"%5Bredacted%5D", Nameless},
		"a=%zz" + number:                  {"a=%5Bredacted%5D", "a"},
	} {
		shown, hidden := Masker{Accounts: true}.Form(form)
		require.Equal(t, want.shown, shown)
		require.Equal(t, want.hidden, strings.Join(hidden, " "), form)
	}
}

// TestLong checks that much of the worst input does not hang. If a value were read again for each name, it would take
// hours.
func TestLong(t *testing.T) {
	t.Parallel()
	size := 1 << 17
	if testing.Short() { // with the race detector it is ten times slower and finds nothing more
		size = 1 << 13
	}
	for _, worst := range []string{
		"a=", "cvv=", `cvv:"`, "cvv", "%25", "1 ", "a&", "a=1&", "%", `\\`, "[", "account_number=", "cvv2=\\",
		"orderid=", "orderid:", `"orderid":"`, "orderid:[1,", `orderid:["orderid:[',`, `{"payment":{"id":`,
		"orderid=" + number + "&", "orderid=1&pan=" + number + "&",
	} {
		text := strings.Repeat(worst, size/len(worst))
		m := Masker{Accounts: true}
		m.Text(text)
		m.Form(text)
		IsForm(text)
	}
}

func TestIsForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "a=1&b=": true, "order[a_b]=1&x-y.z=1": true, "a=1&&b=2": true,
		"a": false, `{"cvv2":"737"}`: false, `{"a":"b=c"}`: false, "<a b=\"1\">": false, "cvv2: 737\nx=1": false,
		number + "=1": false, "%7b%22a%22=1": false,
	} {
		require.Equal(t, want, IsForm(text), text)
	}
}

// FuzzText checks that no card is left, whatever is around it, unless that names a field of IDs.
func FuzzText(f *testing.F) {
	f.Add("a", "b")
	f.Add("12/29 %", "%34;cvv2=1")
	f.Add(`{"a":"\`, "\xff")
	f.Fuzz(func(t *testing.T, before, after string) {
		if namesIDs(before + number + after) {
			return
		}
		m := Masker{Accounts: true}
		require.NotContains(t, m.Text(before+number+after), number)
		form, _ := m.Form(before + number + after)
		require.NotContains(t, form, number)
		_, _ = m.URL(before + number + after)
	})
}
