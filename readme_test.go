package payneteasy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var goBlock = regexp.MustCompile("(?s)```go\n// ([a-z_]+\\.go)\n(.*?)```")

// TestREADME builds every Go snippet of the README, and runs its test.
func TestREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := goBlock.FindAllStringSubmatch(string(readme), -1)
	require.Len(t, blocks, strings.Count(string(readme), "```go\n"),
		"each snippet begins with a comment that names its file")
	dir := t.TempDir()
	var files []string
	for _, block := range blocks {
		file := filepath.Join(dir, block[1])
		require.NoError(t, os.WriteFile(file, []byte(block[2]), 0o600))
		files = append(files, file)
	}
	require.Len(t, files, 9)
	for _, args := range [][]string{
		{"vet", files[0]},
		append([]string{"test"}, files[1:]...),
	} {
		out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
		require.NoError(t, err, "go %s: %s", strings.Join(args, " "), out)
	}
	gofmt, err := exec.CommandContext(t.Context(), "gofmt", append([]string{"-l"}, files...)...).CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(gofmt), "not formatted")
}
