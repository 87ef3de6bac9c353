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

// TestValues checks that each value of an entry is a known constant in internal/order. In this package it is a constant
// too, or is in the comment of its field.
func TestValues(t *testing.T) {
	t.Parallel()
	isKnown := map[string]func(string) bool{
		"Decision": func(v string) bool { return order.Decision(v).IsKnown() },
		"Send":     func(v string) bool { return order.Send(v).IsKnown() },
		"End":      func(v string) bool { return order.End(v).IsKnown() },
		"Cause":    func(v string) bool { return order.Cause(v).IsKnown() },
	}
	here, inOrder := constantsIn(t, "."), constantsIn(t, "internal/order")
	fields := map[string]string{
		"Send": commentOf(t, "entry.go", "Entry", "Send"), "End": commentOf(t, "order.go", "Order", "End"),
	}
	for name, known := range isKnown {
		if field, isField := fields[name]; isField {
			for _, value := range inOrder[name] {
				require.Contains(t, field, strconv.Quote(value), name)
			}
		} else {
			require.Equal(t, inOrder[name], here[name], name)
		}
		require.NotEmpty(t, inOrder[name], name)
		for _, value := range inOrder[name] {
			require.True(t, known(value), "%s %q", name, value)
		}
		require.False(t, known(""), name)
	}
}

// commentOf returns the comment of a struct's field.
func commentOf(t *testing.T, path, of, field string) (comment string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok || spec.Name.Name != of {
			return true
		}
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			if f.Names[0].Name == field {
				comment = strings.ReplaceAll(f.Doc.Text(), "\n", " ")
			}
		}
		return false
	})
	require.NotEmpty(t, comment, field)
	return comment
}

// constantsIn returns the typed constants of a directory, sorted, by type.
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
