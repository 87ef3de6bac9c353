package sandbox

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBuilder checks that the input comes back without cards. Error messages must not show the input.
func TestBuilder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.ask(http.MethodGet, "/sign", "").body
	require.Contains(t, first, s.origin+"/paynet/api/v4/payout/39915")
	for _, test := range []struct {
		parameters, timestamp, says string
		status                      int
	}{
		{"a=1\r\ncredit_card_number=" + card + "\r\n\r\n", "5", "POST https://a.example/?cvv2=7371", http.StatusOK},
		{"credit_card_number=" + card + "\r\nx", "", "has no =", http.StatusUnprocessableEntity},
		{card, card[:4] + "x", "the timestamp must be a number", http.StatusUnprocessableEntity},
	} {
		page := s.post("/sign", "method", "POST", "url", "https://a.example/?cvv2=7371", "parameters", test.parameters,
			"timestamp", test.timestamp)
		require.Equal(t, test.status, page.status)
		require.Contains(t, page.body, test.says)
		require.NotContains(t, page.body, card)
		require.Contains(t, page.body, `value="https://a.example/?cvv2=%5Bredacted%5D"`)
	}
}

// TestBuilderIDs checks that IDs come back whole, unless an ID is the card of the request.
func TestBuilderIDs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for url, parameters := range map[string]string{
		"https://a.example/?orderid=" + card: "client_orderid=order " + card + "\nmerchant_order=" + card,
		"https://a.example/":                 "client_orderid=" + card + "\ncvv2=",
	} {
		page := html.UnescapeString(s.post("/sign", "method", "POST", "url", url, "parameters", parameters).body)
		require.Contains(t, page, `value="`+url+`"`)
		require.Contains(t, page, parameters+"</textarea>")
		require.NotContains(t, page, "[redacted]")
		for _, number := range []string{"credit_card_number=" + card, "pan=4444 4444 4444 4448"} {
			page := s.post("/sign", "method", "POST", "url", url, "parameters", parameters+"\n"+number).body
			require.Contains(t, page, strings.ReplaceAll(`value="`+url+`"`, card, "%5Bredacted%5D"))
			require.Contains(t, page, "client_orderid=[redacted]\n")
			name, _, _ := strings.Cut(number, "=")
			require.Contains(t, page, "\n"+name+"=[redacted]</textarea>")
		}
	}
	page := s.post("/sign", "method", "POST", "url", "https://a.example/?pan="+card, "parameters", "orderid="+card).body
	require.Contains(t, page, "orderid=[redacted]</textarea>")
}
