package order

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTwoCurrencies checks that amounts in two currencies have no sum.
func TestTwoCurrencies(t *testing.T) {
	t.Parallel()
	euro := Amount{1042, "EUR"}
	r := Record{Orders: []Order{
		{ID: "7", End: EndPaid, Paid: asked, TakenBack: part},
		{ID: "8", End: EndPaidOther, Paid: euro, TakenBack: euro},
		{ID: "9", End: EndPaid, Paid: asked},
	}}
	paid, back := r.Amounts(asked)
	require.Zero(t, paid)
	require.Zero(t, back)
	r.Orders[1].Paid, r.Orders[1].TakenBack = other, other
	paid, back = r.Amounts(asked)
	require.Equal(t, Amount{2*1042 + 500, "USD"}, paid)
	require.Equal(t, Amount{800, "USD"}, back)
}
