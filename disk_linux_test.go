package payneteasy

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnlockWhileForked: a process being started holds copies of all descriptors until it calls exec, and with them the
// lock of a journal closed meanwhile. Break seen red: unlockAndClose
// that only closes.
func TestUnlockWhileForked(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	path := filepath.Join(dir, "journal")
	j, err := OpenFileJournal(path)
	require.NoError(t, err)
	descriptors, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	var own []int
	for _, d := range descriptors {
		if to, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && strings.HasPrefix(to, path) {
			n, err := strconv.Atoi(d.Name())
			require.NoError(t, err)
			own = append(own, n)
		}
	}
	require.Len(t, own, 2)
	for _, n := range own {
		inherited, err := syscall.Dup(n)
		require.NoError(t, err)
		defer func() { require.NoError(t, syscall.Close(inherited)) }()
	}
	require.NoError(t, j.Close())
	j, err = OpenFileJournal(path)
	require.NoError(t, err)
	require.NoError(t, j.Close())
}

// TestRewriteOnFullDisk: a journal that cannot be rewritten whole stays as it is. Break seen red: replace that does not
// look at what Flush says.
func TestRewriteOnFullDisk(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"short", strings.Repeat("longer than the buffer", 10_000)} {
		path, content := journalOf(t)
		entry := testEntry("a")
		entry.Revision, entry.Reason = 1, reason
		line, err := journalLine(entry)
		require.NoError(t, err)
		content = bytes.TrimSuffix(append(content, line...), []byte("\n")) // so that it is rewritten
		require.NoError(t, os.WriteFile(path, content, 0o600))
		require.NoError(t, os.Symlink("/dev/full", path+".tmp"))
		_, err = OpenFileJournal(path)
		require.ErrorIs(t, err, syscall.ENOSPC)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, after)
	}
}
