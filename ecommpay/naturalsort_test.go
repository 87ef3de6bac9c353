package ecommpay

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNaturalOrder checks the order of PHP's strnatcmp.
func TestNaturalOrder(t *testing.T) {
	t.Parallel()
	for _, inOrder := range [][]string{
		{"a:0", "a:1", "a:2", "a:9", "a:10", "a:11", "a:100"},
		{"address", "address1", "address2", "address10"},
		{"1.001", "1.002", "1.010", "1.02", "1.1", "1.3"},
		{"1.0:", "1.05"},
		{"a", "a:b", "a:c", "ab", "b"},
		{"A", "Z", "a", "z"},
		{"img1", "img2", "img10", "img12"},
		{"00001", "2"},
		{"", "0", "a"},
	} {
		for i, a := range inOrder {
			for j, b := range inOrder {
				require.Equal(t, boolCompare(i > j, i < j), sign1(naturalCompare(a, b)), "%q %q", a, b)
			}
		}
	}
	for _, same := range [][2]string{{"a b", "ab"}, {"007", "7"}, {"a \t1", "a1"}} {
		require.Zero(t, naturalCompare(same[0], same[1]), "%q", same)
	}
}

func sign1(c int) int { return boolCompare(c > 0, c < 0) }

// FuzzNaturalOrder checks that the comparison is an order.
func FuzzNaturalOrder(f *testing.F) {
	f.Add("a:10", "a:9", "a:09")
	f.Add("0", "00", " 0")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		require.Zero(t, naturalCompare(a, a))
		require.Equal(t, sign1(naturalCompare(a, b)), -sign1(naturalCompare(b, a)))
		_ = c
	})
}
