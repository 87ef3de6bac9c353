package payneteasy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// TestValues: each value of an entry is a constant here and in internal/order, and is one that can be read.
func TestValues(t *testing.T) {
	t.Parallel()
	isKnown := map[string]func(string) bool{
		"Decision": func(v string) bool { return order.Decision(v).IsKnown() },
		"Send":     func(v string) bool { return order.Send(v).IsKnown() },
		"End":      func(v string) bool { return order.End(v).IsKnown() },
		"Cause":    func(v string) bool { return order.Cause(v).IsKnown() },
	}
	here, inOrder := constantsIn(t, "."), constantsIn(t, "internal/order")
	for name, known := range isKnown {
		require.NotEmpty(t, here[name], name)
		require.Equal(t, inOrder[name], here[name], name)
		for _, value := range here[name] {
			require.True(t, known(value), "%s %q", name, value)
		}
		require.False(t, known(""), name)
	}
}

// constantsIn are the constants of a directory that are typed literals, by type, sorted.
func constantsIn(t *testing.T, dir string) map[string][]string {
	t.Helper()
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	require.NoError(t, err)
	found := map[string][]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			kind, named := spec.Type.(*ast.Ident)
			literal, plain := spec.Values[0].(*ast.BasicLit)
			if named && plain && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				found[kind.Name] = append(found[kind.Name], value)
			}
			return true
		})
	}
	for _, values := range found {
		slices.Sort(values)
	}
	return found
}
