package payneteasy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLayers checks the layers of this package's files in CONTRIBUTING.md. Each file has a layer, and uses nothing from
// a layer above.
func TestLayers(t *testing.T) {
	t.Parallel()
	layers := layersOf(t, "files")
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range goFiles(t, ".") {
		if name == "doc.go" {
			continue
		}
		require.Contains(t, layers, strings.TrimSuffix(name, ".go"), "a file without a layer")
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		parsed = append(parsed, file)
	}
	require.Len(t, layers, len(parsed), "a layer has a file that is not there")
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: empty{}, Error: func(error) {}} // names of other packages are not checked
	pkg, _ := config.Check("payneteasy", files, parsed, &info)
	place := func(at token.Pos) string { return strings.TrimSuffix(files.Position(at).Filename, ".go") }
	uses := 0
	for name, object := range info.Uses {
		_, isMethod := object.(*types.Func)
		if object.Pkg() != pkg || object.Parent() != pkg.Scope() && !isMethod {
			continue
		}
		uses++
		from, to := place(name.Pos()), place(object.Pos())
		if layers[from] > layers[to] {
			t.Errorf("%s uses %s of %s, a layer above", files.Position(name.Pos()), object.Name(), to)
		}
	}
	require.Greater(t, uses, 1000)
}

// empty imports each package as an empty one.
type empty struct{}

func (empty) Import(path string) (*types.Package, error) {
	pkg := types.NewPackage(path, filepath.Base(path))
	pkg.MarkComplete()
	return pkg, nil
}

// TestPackages checks the layers of the packages in CONTRIBUTING.md. Each package has a layer, and imports only
// packages of lower layers. Tests may import any package.
func TestPackages(t *testing.T) {
	t.Parallel()
	const module = "github.com/payneteasy-go/payneteasy"
	layers := layersOf(t, "packages")
	imports := 0
	for folder := range layers {
		for _, name := range goFiles(t, folder) {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.ImportsOnly)
			require.NoError(t, err)
			for _, spec := range file.Imports {
				to, own := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
				if !own {
					continue
				}
				imports++
				to = strings.TrimPrefix(to, "/")
				if to == "" {
					to = "."
				}
				require.Contains(t, layers, to, "%s/%s imports a package without a layer", folder, name)
				require.Less(t, layers[folder], layers[to], "%s/%s imports %s", folder, name, to)
			}
		}
	}
	require.Greater(t, imports, 50)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); name == "testdata" || name == "node_modules" || len(name) > 1 && name[0] == '.' {
			return fs.SkipDir
		}
		if len(goFiles(t, path)) > 0 {
			require.Contains(t, layers, filepath.ToSlash(path), "a package without a layer")
		}
		return nil
	})
	require.NoError(t, err)
}

// goFiles returns the names of a folder's Go files, without tests.
func goFiles(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			names = append(names, name)
		}
	}
	return names
}

// layersOf reads a block of CONTRIBUTING.md. Each line is a layer. Its first word is the name of the layer, and the
// other words are its members. A line that begins with a space continues the line before. The top layer is 0.
func layersOf(t *testing.T, block string) map[string]int {
	t.Helper()
	text, err := os.ReadFile("CONTRIBUTING.md")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(text), "```layers of "+block+"\n")
	require.True(t, found, block)
	body, _, _ := strings.Cut(after, "\n```")
	layers, layer := map[string]int{}, -1
	for line := range strings.Lines(body) {
		words := strings.Fields(line)
		if !strings.HasPrefix(line, " ") {
			layer++
			words = slices.Delete(words, 0, 1)
		}
		for _, word := range words {
			require.NotContains(t, layers, word, "it has two layers")
			layers[word] = layer
		}
	}
	return layers
}
