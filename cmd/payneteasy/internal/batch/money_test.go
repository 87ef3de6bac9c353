package batch

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDecimal checks that sums are exact and readable, whatever their currency's digits.
func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		minor    int64
		currency string
		text     string
	}{
		{0, "USD", "0.00"},
		{7, "USD", "0.07"},
		{1042, "USD", "10.42"},
		{123456789012, "USD", "1,234,567,890.12"},
		{100000, "USD", "1,000.00"},
		{99999, "USD", "999.99"},
		{500, "JPY", "500"},
		{1234567, "JPY", "1,234,567"},
		{1, "KWD", "0.001"},
		{1234567, "KWD", "1,234.567"},
	} {
		require.Equal(t, test.text, decimal(test.minor, test.currency))
	}
}
