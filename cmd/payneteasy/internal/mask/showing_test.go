package mask

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShowing checks that the gateway's texts about an order show its own IDs whole, and no other card-like number.
func TestShowing(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		number, "order " + number, "p-" + number, "4111-1111-1111-1111", "заказ " + number, "4111",
	} {
		m := Masker{Accounts: true}.Showing("", id, "5555555555554444")
		for _, text := range []string{
			"Order %s not found", "error-message=Order+%s+not+found\n", `{"error-message":"Order '%s'"}`, "%s",
			"(%[1]s, %[1]s)",
		} {
			for _, form := range []string{id, url.QueryEscape(id), url.PathEscape(id)} {
				text := fmt.Sprintf(text, form)
				require.Equal(t, text, m.Text(text))
			}
		}
		for _, text := range []string{
			"1" + number, number + "2", "card 4222222222222", number + " 737", "4111 1111 1111 1111", "x" + number +
				"y",
			"cvv2=" + id, "a 4111111111111111222",
		} {
			require.Contains(t, m.Text(text), Redacted, "%s beside %s", text, id)
		}
		require.Equal(t, "[redacted]", m.Text(number+" 4222222222222 5555555555554444"), "one between two")
		require.Equal(t, id+" 5555555555554444 [redacted]", m.Text(id+" 5555555555554444 [redacted]"))
		own := Masker{}.Knowing("pan=" + number).Showing(id)
		require.NotContains(t, own.Text("Order "+id+" of card "+number), number)
		require.Equal(t, "order_desc=%5Bredacted%5D", must(Masker{}.Form("order_desc="+number)))
	}
}

// TestKnowing checks that all parts of a message count as one, and that another masker does not know its cards.
func TestKnowing(t *testing.T) {
	t.Parallel()
	m := Masker{}.Knowing("https://m.example/?pan="+number, `OAuth card_number="5555555555554444"`)
	for _, id := range []string{number, "p-5555555555554444"} {
		require.Equal(t, Redacted, m.Value("client_orderid", id))
		require.Equal(t, Redacted, m.Knowing("pan=4222222222222").Value("merchant_order", id))
		require.Equal(t, "orderid: "+Redacted, m.Text("orderid: "+id))
	}
	require.Equal(t, "4222222222222", m.Value("client_orderid", "4222222222222"))
	require.Equal(t, number, Masker{}.Value("client_orderid", number))
}
