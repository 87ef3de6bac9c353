package filejournal

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNeighbours checks a pipe, a link, a directory and another journal with the name of a file that Open needs beside
// the journal (.cut, .tmp or .cut.tmp). Open fails when it needs that file, and leaves it unchanged.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(path string) error{
		"a pipe":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a link":      func(path string) error { return os.Symlink(path+".target", path) },
		"a directory": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		for _, suffix := range []string{".cut", ".tmp", ".cut.tmp"} {
			path, content := journalOf(t, "a")
			content = append(content, `>{"torn`...)
			require.NoError(t, os.WriteFile(path, content, 0o600))
			require.NoError(t, make(path+suffix))
			j, err := Open(path)
			if suffix == ".tmp" { // nothing is rewritten
				require.NoError(t, err, name)
				require.NoError(t, j.Close())
				require.NoError(t, os.Remove(path))
				_, err = Open(path)
			}
			require.ErrorContains(t, err, path+suffix+" is "+name+", not a file", name)
			require.NoFileExists(t, path+suffix+".target")
		}
	}
	dir := t.TempDir()
	other, err := Open(filepath.Join(dir, "journal.tmp"))
	require.NoError(t, err)
	err = other.Put(t.Context(), testEntry("a"))
	require.NoError(t, err)
	require.NoError(t, other.Close())
	_, err = Open(filepath.Join(dir, "journal"))
	require.ErrorContains(t, err, "journal.tmp is another journal")
	other, err = Open(filepath.Join(dir, "journal.tmp"))
	require.NoError(t, err)
	_, _, err = other.Get(t.Context(), "a")
	require.NoError(t, err)
	require.NoError(t, other.Close())
}
