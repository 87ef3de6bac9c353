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

// TestSentinelsAreAllKnown: what another payout's failure puts into a context's cause never looks like this one's.
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
			// come from a merchant's own store, as its causes
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
