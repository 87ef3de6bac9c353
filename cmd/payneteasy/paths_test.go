package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
)

// TestOutputPaths: results and keys have one rule for where they can go, and it is said before anything is done.
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
		"'" + dir + "/new":                "there is no directory '" + dir + ": the path begins with U+0027 (apostrophe): remove the quotes around it",
		"/dev/null":                       "/dev/null is a pipe, a socket or a device: name a file",
	} {
		require.ErrorContains(t, checkResultsPath(path), "the results cannot be written: "+says)
		r := call(t, nil, "", "keygen", "--bits", "2048", path)
		require.Equal(t, exit.Usage, r.status)
		if _, err := os.Lstat(path); err != nil {
			require.Equal(t, "payneteasy: the private key cannot be written: "+says+"\n", r.stderr)
		} else {
			require.Contains(t, r.stderr, "exists, and is not overwritten")
		}
	}
	require.ErrorContains(t, checkResultsPath(""), "the path is empty")
	require.ErrorContains(t, checkResultsPath(taken), "is not a results CSV")
	require.NoError(t, checkResultsPath(filepath.Join(dir, "results.csv")))
	made, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, made, 1)
}

// TestStateDirFaults: each names the variable and the cause, and makes nothing.
func TestStateDirFaults(t *testing.T) {
	t.Parallel()
	onUnix(t)
	dir, taken := t.TempDir(), file(t, "x")
	for value, says := range map[string]string{
		taken:                         "PAYNETEASY_STATE_DIR: " + taken + " is not a directory",
		filepath.Join(taken, "a"):     "PAYNETEASY_STATE_DIR: " + taken + "/a: not a directory",
		filepath.Join(dir, "a"):       "PAYNETEASY_STATE_DIR: there is no directory " + filepath.Join(dir, "a") + ": make it",
		`"` + dir + `"`:               "PAYNETEASY_STATE_DIR begins with U+0022 (quotation mark) and ends with U+0022 (quotation mark): remove the quotes around it",
		dir + "\u200b":                "PAYNETEASY_STATE_DIR has U+200B (zero width space) at character ",
		strings.TrimLeft(dir, "/"):    "PAYNETEASY_STATE_DIR is not an absolute path",
		filepath.Join(dir, "a") + " ": "PAYNETEASY_STATE_DIR ends with U+0020 (space): copy it again without it",
	} {
		_, err := stateTool("PAYNETEASY_STATE_DIR=" + value).openStore(storeConfig(payneteasy.ConnPaySandbox, "L", payneteasy.EndpointID(1)))
		require.ErrorContains(t, err, "configuration: "+says)
	}
	made, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, made)
	// Of the tool's own directory below the home.
	_, err = stateTool("XDG_STATE_HOME=" + taken).openStore(storeConfig(payneteasy.ConnPaySandbox, "L", payneteasy.EndpointID(1)))
	require.ErrorContains(t, err, "the state directory: ")
	require.ErrorContains(t, err, taken)
	require.ErrorContains(t, err, "not a directory")
}
