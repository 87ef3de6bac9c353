package currency

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCurrencies(t *testing.T) {
	t.Parallel()
	codes := Codes()
	require.Contains(t, codes, "ZWG")
	require.True(t, slices.IsSorted(codes))
	for code, digits := range map[string]int{
		"USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "TND": 3, "CLF": 4,
		"CLP": 0, "XOF": 0, "UGX": 0, "IQD": 3, "VES": 2, "SLE": 2, "XCG": 2,
	} {
		got, known := Digits(code)
		require.True(t, known, code)
		require.Equal(t, digits, got, code)
		require.Contains(t, codes, code)
	}
	for _, gone := range []string{
		"BGN", "HRK", "ANG", "CUC", "SLL", "ZWL", "XAU", "XXX", "XTS", "XDR", "usd", "USD ", "",
	} {
		_, known := Digits(gone)
		require.False(t, known, gone)
		require.NotContains(t, codes, gone)
	}
}
