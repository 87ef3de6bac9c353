package payneteasy_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConstructorsInTheDocumentation checks that the documentation lists each constructor with its type. Package doc
// does not do so if the package has a type that embeds the interface error.
func TestConstructorsInTheDocumentation(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	set := token.NewFileSet()
	var files []*ast.File
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
			require.NoError(t, err)
			files = append(files, file)
		}
	}
	pkg, err := doc.NewFromFiles(set, files, "github.com/payneteasy-go/payneteasy", doc.AllDecls) // as go doc does
	require.NoError(t, err)
	at := map[string]string{}
	for _, documented := range pkg.Types {
		for _, constructor := range documented.Funcs {
			at[constructor.Name] = documented.Name
		}
	}
	for constructor, documented := range map[string]string{
		"NewClient": "Client", "ParseAmount": "Amount", "AmountFromMinor": "Amount", "NewSigner": "Signer",
	} {
		require.Equal(t, documented, at[constructor], constructor)
	}
}
