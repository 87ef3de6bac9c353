package payneteasy

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnlockWhileForked: a process being started holds copies of all descriptors until it calls exec, and with them the
// lock of a journal closed meanwhile. Break seen red: unlock that only closes.
func TestUnlockWhileForked(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	path := filepath.Join(dir, "lock")
	unlock, err := lockFile(path)
	require.NoError(t, err)
	_, err = lockFile(path)
	require.ErrorContains(t, err, "it is open already")
	descriptors, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	inherited := -1
	for _, d := range descriptors {
		if to, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && to == path {
			n, err := strconv.Atoi(d.Name())
			require.NoError(t, err)
			inherited, err = syscall.Dup(n)
			require.NoError(t, err)
		}
	}
	require.Positive(t, inherited)
	defer func() { require.NoError(t, syscall.Close(inherited)) }()
	require.NoError(t, unlock())
	unlock, err = lockFile(path)
	require.NoError(t, err)
	require.NoError(t, unlock())
}
