package payneteasy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMask: what somebody else says about a payout, made fit for an error.
func TestMask(t *testing.T) {
	t.Parallel()
	m := masker{
		secrets: []string{"wallet-of-jane", "DE89XK", "737", "12"},
		ids:     []string{"20240102030405"},
	}
	for _, test := range []struct{ said, shown string }{
		{"Parameter x is required", "Parameter x is required"},
		{"no wallet wallet-of-jane here", "no wallet [redacted] here"},
		{"(DE89XK)", "([redacted])"},
		{"CVV 737 is wrong, order 17371 is not", "CVV [redacted] is wrong, order 17371 is not"},
		{"12 of 120", "[redacted] of 120"},
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
		require.Equal(t, test.shown, m.text(test.said))
	}
	require.Equal(t, "502 Bad Gateway nginx [redacted]",
		m.page([]byte("<html><head><style>p{color:red}</style><title>502 Bad Gateway</title></head><body><script>x</script><p>nginx wallet-of-jane</p></html>")))
}
