package mask

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWorkOfNames checks that the work for a name does not grow faster than the name. It counts allocations.
func TestWorkOfNames(t *testing.T) { //nolint:paralleltest // allocations are counted
	for _, part := range []string{"a.", "[a]", "x-a.", "order.", "orderid."} {
		name := strings.Repeat(part, 1<<13)
		require.Less(t, testing.AllocsPerRun(1, func() { kindOf(name) }), 300.0, part)
	}
	for _, name := range []string{
		strings.Repeat("a.", 10) + "client_orderid", "a[b][by][request][sn]", "x.X-Client-Order-Id",
		"a.b.client.order.id[0]",
	} {
		require.Equal(t, id, kindOf(name), name)
	}
}

// TestWorkOfSecrets checks that the number of stored cards and accounts is limited, and that they are copied only when
// one is added.
func TestWorkOfSecrets(t *testing.T) {
	t.Parallel()
	var cards, numbers, accounts, digits strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&cards, "pan=%d&", 4000000000000000+i)
		fmt.Fprintf(&numbers, "x=%d&x=%d&x=%[1]d%[2]d&", 4000000000000000+i, 5100000000000000+i)
		fmt.Fprintf(&accounts, "account_number=%d&", 100000+i)
		fmt.Fprint(&digits, i*7919)
	}
	for name, text := range map[string]string{
		"cards": cards.String(), "numbers": numbers.String(), "accounts": accounts.String(),
		"digits of a card": "pan=" + digits.String(), "digits": "x=" + digits.String(),
	} {
		m := Masker{Accounts: true}.Knowing(text)
		require.LessOrEqual(t, len(m.known.cards)+len(m.known.accounts), 1000, name)
		require.Equal(t, Redacted, m.Value("client_orderid", "p-5555555555554444"), "beyond the limit: %s", name)
		require.Equal(t, "p-1", m.Value("client_orderid", "p-1"))
		require.NotContains(t, m.Text("order "+number), number)
	}
	m := Masker{Accounts: true}.Knowing("pan=" + number + "&account_number=1234567890")
	for _, text := range []string{
		"x=1", "pan=" + number, "y=" + number, "account_number=1234567890", "client_orderid=4222222222222",
	} {
		same := m.Knowing(text)
		require.Equal(t, reflect.ValueOf(m.known.cards).Pointer(), reflect.ValueOf(same.known.cards).Pointer(), text)
	}
	more := m.Knowing("pan=5555555555554444")
	require.Equal(t, Redacted, more.Value("orderid", "5555555555554444"))
	require.Equal(t, "5555555555554444", m.Value("orderid", "5555555555554444"), "the first masker must not change")
}
