package ecommpay

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestAmount checks that an amount is minor units, written as a number or a string. A fraction or a too large number is
// not an amount.
func TestAmount(t *testing.T) {
	t.Parallel()
	for text, readable := range map[string]bool{
		`7000`: true, `"7000"`: true, `70.00`: false, `7e3`: false, `-7000`: false, `9007199254740993`: false,
		`99999999999999999999`: false, `true`: false, `null`: true, `""`: true, `{}`: true,
	} {
		client := answering(t, func(string, value) (int, string) {
			return 200, signed(t, `{"payment":{"id":"cosmoshop_payout_1323","status":"success","sum":{"amount":`+text+
				`,"currency":"EUR"}}}`)
		})
		status, err := client.Status(t.Context(), registration(t).Ref())
		require.NoError(t, err)
		want := payneteasy.DecisionReview
		if readable {
			want = payneteasy.DecisionPaid
		}
		require.Equal(t, want, status.decision(), text)
	}
}
