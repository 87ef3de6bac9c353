package charcheck_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// TestLuhn has test numbers of card schemes with an odd and an even number of digits. Each is tested with its check
// digit, with every other one, and with two digits swapped.
func TestLuhn(t *testing.T) {
	t.Parallel()
	for number, swapped := range map[string]string{
		"4242424242424242":    "4242424242422442",
		"5555555555554444":    "5555555555545444",
		"378282246310005":     "378282246130005",
		"6304000000000000":    "6034000000000000",
		"4222222222222":       "2422222222222",
		"6799990100000000019": "6799901900000000019",
		"79927398713":         "79927398173",
		"18":                  "81",
	} {
		require.False(t, charcheck.Luhn(swapped), swapped)
		begin, right := number[:len(number)-1], number[len(number)-1]
		for check := '0'; check <= '9'; check++ {
			require.Equal(t, byte(check) == right, charcheck.Luhn(begin+string(check)), begin+string(check))
		}
	}
}
