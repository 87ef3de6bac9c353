package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/batch"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
)

// TestOutputPaths checks that results and keys follow one rule for their path. It is checked before anything is done.
func TestOutputPaths(t *testing.T) {
	t.Parallel()
	onUnix(t)
	dir := t.TempDir()
	taken := file(t, "x")
	require.NoError(t, os.Symlink(dir, filepath.Join(dir, "link")))
	for path, says := range map[string]string{
		dir:                               dir + " is a directory: name a file",
		filepath.Join(dir, "link"):        filepath.Join(dir, "link") + " is a directory: name a file",
		filepath.Join(dir, "new") + "/":   filepath.Join(dir, "new") + "/ ends with a slash: name a file",
		filepath.Join(dir, "no", "where"): "there is no directory " + filepath.Join(dir, "no") + ": make it first",
		filepath.Join(taken, "new"):       taken + " is not a directory",
		"'" + dir + "/new": "there is no directory '" + dir +
			": the path begins with U+0027 (apostrophe): remove the quotes around it",
		"/dev/null": "/dev/null is a pipe, a socket or a device: name a file",
	} {
		require.ErrorContains(t, batch.CheckResultsPath(path), "the results cannot be written: "+says)
		r := call(t, nil, "", "keygen", "--bits", "2048", path)
		require.Equal(t, exit.Usage, r.status)
		if _, err := os.Lstat(path); err != nil {
			require.Equal(t, "payneteasy: cannot write the private key: "+says+"\n", r.stderr)
		} else {
			require.Contains(t, r.stderr, "exists and is not overwritten")
		}
	}
	require.ErrorContains(t, batch.CheckResultsPath(""), "the path is empty")
	require.ErrorContains(t, batch.CheckResultsPath(taken), "is not a results CSV")
	require.NoError(t, batch.CheckResultsPath(filepath.Join(dir, "results.csv")))
	made, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, made, 1)
}
