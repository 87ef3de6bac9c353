package mask

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCardNumberInOtherField checks that an ID is hidden if it holds the number of a card in a field of any other name.
// Other digits may be beside the number, or it may be in groups.
func TestCardNumberInOtherField(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"client_orderid=%s&card=%s", "order_desc=%[2]s&client_orderid=%[1]s", "client_orderid=%s&account[number]=%s",
		"client_orderid=%s&x=see+%s.", "merchant_order=%s&receiver_phone=%s",
		"client_orderid=%s&a=https://a.example/?b=%s",
		"client_orderid=%s&credit_card_number=%s737", "client_orderid=%s&pan=%s1229737",
		"client_orderid=%s&pan=%s%%20737",
		"client_orderid=%s&credit_card_number=12%s2", "client_orderid=%s&account_number=%s+737",
		"client_orderid=%s&account_number=%s737",
		"client_orderid=%s&x=%s&client_orderid=5555555555554444",
	} {
		for _, id := range []string{number, "p-" + number, "4111-1111-1111-1111", "1" + number} {
			for _, card := range []string{number, digitByDigit(number), twice(number)} {
				for _, m := range []Masker{{}, {Accounts: true}} {
					form := fmt.Sprintf(text, id, card)
					for _, shown := range []string{
						must(m.Form(form)), must(m.URL("https://m.example/?" + form)), must(m.URL("?" + form + "#f")),
						m.Knowing(form).Value("client_orderid", id), m.Text(form),
					} {
						require.NotContains(t, strings.ReplaceAll(decode(shown).text, "-", ""), number, form)
					}
				}
			}
		}
	}
	for _, text := range []string{
		`{"payment":{"id":"%s"},"account":{"number":"%s"}}`, `{"a":%[2]s,"payment_id":[1,"%[1]s"]}`,
		"client_orderid: %s\ncard: %s\n", "<order_desc>%[2]s</order_desc><orderid>%[1]s</orderid>",
		`OAuth client_orderid="%s", credit_card_number=4111,1111,1111,1111%.0s`,
		`client_orderid=%s&credit_card_number=4111,1111,1111,1111%.0s`,
		`client_orderid=%s pan=4111, 1111, 1111, 1111%.0s`,
	} {
		text = fmt.Sprintf(text, number, number)
		require.NotContains(t, Masker{}.Text(text), number, text)
		require.Equal(t, Redacted, Masker{}.Knowing(text).Value("client_orderid", number), text)
	}
	for _, id := range []string{number, "order " + number} { // which is not a card elsewhere
		form := "client_orderid=" + url.QueryEscape(id) + "&orderid=" + url.QueryEscape(id) + "&card=5555555555554444"
		require.Equal(t, "card", strings.Join(hiddenOf(Masker{}.Form(form)), " "), form)
		// The gateway may name the order.
		for _, name := range []string{"error_message", "error-message", "ErrorMessage"} {
			form := "merchant_order=" + url.QueryEscape(id) + "&" + name + "=Order+" + number + "+is+refused"
			require.Equal(t, []string{name}, hiddenOf(Masker{}.Form(form)), form)
		}
	}
}

func hiddenOf(_ string, hidden []string) []string { return hidden }
