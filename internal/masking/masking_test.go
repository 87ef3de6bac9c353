package masking

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMask checks foreign texts about a payout, prepared for an error.
func TestMask(t *testing.T) {
	t.Parallel()
	m := Masker{
		Secrets: []string{"wallet-of-jane", "DE89XK", "737", "12"},
		IDs:     []string{"20240102030405"},
	}
	for _, test := range []struct{ said, shown string }{
		{"Parameter x is required", "Parameter x is required"},
		{"no wallet wallet-of-jane here", "no wallet [redacted] here"},
		{"(DE89XK)", "([redacted])"},
		{"CVV 737 is wrong, order 17371 is not", "CVV [redacted] is wrong, order 17371 is not"},
		{"12 of 120", "[redacted] of 120"},
		{
			"cvv2_737_is_wrong, cvv=737x, ７３７, 737 737",
			"cvv2_[redacted]_is_wrong, cvv=[redacted]x, [redacted], [redacted] [redacted]",
		},
		{"base64 NzM3, hex 373337", "base64 [redacted], hex [redacted]"},
		{"card 4444444444444448", "card [redacted]"},
		{"card 4444 4444 4444 4448.", "card [redacted]."},
		{"card 4444-4444-4444-4448", "card [redacted]"},
		{"account 123456789", "account [redacted]"},
		{"order 20240102030405 not found", "order 20240102030405 not found"},
		{"order 6982864", "order 6982864"},
		{"two\nlines\x00 and\ta tab\x1b[31m", "two lines and a tab [31m"},
		{"not UTF-8 \xff", "not UTF-8 �"},
		{strings.Repeat("я", 300), strings.Repeat("я", 200) + "…"},
	} {
		require.Equal(t, test.shown, m.Text(test.said))
	}
	m = Masker{IDs: []string{"payout-2024"}, Question: true}
	for said, shown := range map[string]string{
		"Account 1234567 not found":     "Account [redacted] not found",
		"GB33BUKB2020ABCD is blocked":   "[redacted] is blocked",
		"0x52908400098527886E0F7030069": "[redacted]",
		"Order payout-2024 not found":   "Order payout-2024 not found",
		"Endpoint 39915 not found":      "Endpoint 39915 not found",
	} {
		require.Equal(t, shown, m.Text(said))
	}
	m.Secrets = []string{"wallet-of-jane"}
	require.Equal(t, "502 Bad Gateway nginx [redacted]",
		m.Page([]byte("<html><head><style>p{color:red}</style><title>502 Bad "+
			"Gateway</title></head><body><script>x</script><p>nginx wallet-of-jane</p></html>")))
}

// TestPage checks what a reader of a page sees.
func TestPage(t *testing.T) {
	t.Parallel()
	for page, shown := range map[string]string{
		"<p>Bad <b>Gateway</b></p>":             "Bad Gateway",
		"a<STYLE type=x>p{}</Style >b":          "a b",
		"a<script>x</p></scripting>y</script>b": "a y b",
		"a<style>p{}":                           "a",
		"a<styled>b":                            "a b",
		"a < b":                                 "a < b",
		"a</style>b":                            "a b",
		"<\nscript\nsrc=x>no</script><p>yes":    "yes",
		"":                                      "",
		strings.Repeat("<a><style>", 100_000):   "",
		strings.Repeat("<", 100_000) + ">sorry": strings.Repeat("<", 200) + "…",
		strings.Repeat("</style", 1000) + ">x":  "x",
		"<style>" + strings.Repeat("</", 1000) + "</style>sorry":  "sorry",
		"<style>" + strings.Repeat("</s", 1000) + "</style>sorry": "sorry",
	} {
		require.Equal(t, shown, Masker{}.Page([]byte(page)), "%.40q", page)
	}
}

// TestCutSecrets checks that no part of a secret shows that is cut with a long text, and no beginning of a long secret.
func TestCutSecrets(t *testing.T) {
	t.Parallel()
	const secret, enough = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb", 16 << 10
	spaced, long := "wallet of jane", strings.Repeat("never to be seen ", 1<<10)
	m := Masker{Secrets: []string{secret, spaced, long}}
	for _, hidden := range []string{secret, spaced} {
		for n := 1; n <= len(hidden); n++ {
			text := "declined: " + strings.Repeat(" ", enough-len("declined: ")-n) + hidden + " and more"
			require.Contains(t, []string{"declined:", "declined: ", "declined: [redacted]"}, m.Text(text),
				"cut after %d of %q", n, hidden)
		}
	}
	require.Equal(t, "echo: ", m.Text("echo: "+long))
}
