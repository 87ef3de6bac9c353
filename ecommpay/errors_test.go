package ecommpay

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// TestSentinels checks that an error of another payout in a context's cause never matches the sentinels of this payout.
func TestSentinels(t *testing.T) {
	t.Parallel()
	own := map[string]bool{}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, object := range file.Scope.Objects {
			if object.Kind == ast.Var && strings.HasPrefix(object.Name, "Err") {
				own[object.Name] = true
			}
		}
	}
	ours := 0
	for _, sentinel := range sentinels {
		if strings.HasPrefix(sentinel.Error(), "ecommpay: ") {
			ours++
		}
		require.NotErrorIs(t, newCause(sentinel, masking.Masker{}), sentinel)
	}
	require.Len(t, own, ours)
}
