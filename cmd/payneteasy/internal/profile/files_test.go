package profile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLongStdin checks that input that is too long is refused, and that no part of it is used.
func TestLongStdin(t *testing.T) {
	t.Parallel()
	e := NewInvocation(nil, strings.NewReader(strings.Repeat("x", maxInput)), nil)
	content, err := e.Read("-")
	require.NoError(t, err)
	require.Len(t, content, maxInput)
	e.Stdin = strings.NewReader(strings.Repeat("x", maxInput+1))
	_, err = e.Read("-")
	require.ErrorContains(t, err, "it is longer than 16 MB")
}
