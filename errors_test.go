package payneteasy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/stretchr/testify/require"
)

// TestSentinelsAreAllKnown checks that the list of sentinels is complete. The list keeps an error of another payout, in
// the cause of a context, from matching this payout's error.
func TestSentinelsAreAllKnown(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(os.DirFS("."), "*.go")
	require.NoError(t, err)
	count := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, object := range file.Scope.Objects {
			switch object.Name {
			// they come from a merchant's own store, as causes
			case "ErrNoEntry", "ErrCallbackBusy":
				continue
			}
			if object.Kind == ast.Var && strings.HasPrefix(object.Name, "Err") {
				count++
			}
		}
	}
	require.Len(t, sentinels, count)
	for _, sentinel := range sentinels {
		require.NotErrorIs(t, newCause(sentinel, masking.Masker{}), sentinel)
	}
}
