package terminal

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, cut      string
		width, columns int
	}{
		{"abc", "abc", 3, 3},
		{"abcd", "abc", 3, 3},
		{"日本", "日", 3, 2},
		{"日本", "日本", 4, 4},
		{"a", "", 0, 0},
		{"a", "", -1, 0},
	} {
		cut, columns := fit(test.text, test.width)
		require.Equal(t, test.cut, cut)
		require.Equal(t, test.columns, columns)
	}
}
