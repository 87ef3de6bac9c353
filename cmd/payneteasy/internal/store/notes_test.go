package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNotes checks that the last note of an ID counts, and that an incomplete note is ignored.
func TestNotes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n, err := openNotes(dir)
	require.NoError(t, err)
	require.NoError(t, n.Add(Note{ClientOrderID: "a", Message: "no\nmoney"}))
	require.NoError(t, n.Add(Note{ClientOrderID: "a", Code: "7"}))
	require.NoError(t, n.close())
	path := filepath.Join(dir, notesName)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(content, `{"client_orderid":"b"`...), 0o600))
	n, err = openNotes(dir)
	require.NoError(t, err)
	require.NoError(t, n.Add(Note{ClientOrderID: "c"}))
	require.NoError(t, n.close())
	n, err = openNotes(dir)
	require.NoError(t, err)
	require.Equal(t, map[string]Note{
		"a": {ClientOrderID: "a", Code: "7"}, "c": {ClientOrderID: "c"},
	}, n.known)
	require.NoError(t, n.close())
}
