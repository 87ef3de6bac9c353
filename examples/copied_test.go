// Package examples_test tests the examples in the way that readers use them, each copied into its own module.
package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const sdk = "github.com/payneteasy-go/payneteasy"

// TestCopied checks that each example builds in a new module, and imports no package that only this repository can
// import.
func TestCopied(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	mod, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	sums, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
	_, requirements, found := strings.Cut(string(mod), "module "+sdk+"\n")
	require.True(t, found)
	for _, name := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			copied := t.TempDir()
			require.NoError(t, os.CopyFS(copied, os.DirFS(name)))
			// go mod tidy would need the network, and would find these versions.
			fresh := "module x\n" + requirements + "\nrequire " + sdk + " v0.0.0\n\nreplace " + sdk + " => " + root +
				"\n"
			require.NoError(t, os.WriteFile(filepath.Join(copied, "go.mod"), []byte(fresh), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(copied, "go.sum"), sums, 0o600))
			imported := goCommand(t, copied, "list", "-deps", "-test", "./...")
			for path := range strings.Lines(imported) {
				require.False(t, strings.HasPrefix(path, sdk+"/examples/"), "it imports %s", path)
			}
			goCommand(t, copied, "build", "-o", os.DevNull, ".")
			goCommand(t, copied, "vet", "./...")
		})
	}
}

// TestSameFiles checks that a file which several examples share is the same in each of them.
func TestSameFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		files    []string
		examples []string
	}{
		{[]string{"config.go"}, []string{"payout", "payoutform"}},
		{
			[]string{
				"page.go", "main_test.go", "server.go", "pages/layout.html", "pages/missing.html", "static/payout.js",
				"static/style.css",
			},
			[]string{"payoutform", "ecommpay"},
		},
	} {
		for _, file := range test.files {
			first, err := os.ReadFile(filepath.Join(test.examples[0], file))
			require.NoError(t, err)
			for _, example := range test.examples[1:] {
				other, err := os.ReadFile(filepath.Join(example, file))
				require.NoError(t, err)
				require.Equal(t, string(first), string(other), "%s of %s and %s", file, test.examples[0], example)
			}
		}
	}
}

// examples returns the folders of the examples.
func examples(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	require.NotEmpty(t, names)
	return names
}

// goCommand runs the go command in a module, without a workspace and without the network.
func goCommand(t *testing.T, module string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = module
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOPROXY=off")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "go %s: %s", args, output)
	return string(output)
}
