package filejournal

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnlockWhileForked checks that Close releases the lock although a process is being started. Until it calls exec,
// that process holds copies of all descriptors, and so of the lock. Break seen red: unlockAndClose only closes.
func TestUnlockWhileForked(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	path := filepath.Join(dir, "journal")
	j, err := Open(path)
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
	j, err = Open(path)
	require.NoError(t, err)
	require.NoError(t, j.Close())
}

// nfsLock is flock(2) as on NFS, where an exclusive lock needs a descriptor that is open for writing.
func nfsLock(fd, how int) error {
	flags, _, failed := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
	if failed != 0 {
		return failed
	}
	if flags&syscall.O_ACCMODE == syscall.O_RDONLY {
		return syscall.EBADF
	}
	return syscall.Flock(fd, how)
}

// TestLockedDescriptors checks that each locked file is open for writing, when the journal is new, later, and in a
// repair.
func TestLockedDescriptors(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	for range 3 {
		j, err := open(path, osDisk{flock: nfsLock})
		require.NoError(t, err)
		_, err = open(path, osDisk{flock: nfsLock})
		require.ErrorIs(t, err, ErrInUse)
		require.NoError(t, j.Close())
		_, err = repair(path, osDisk{flock: nfsLock})
		require.NoError(t, err)
	}
}

// TestFileSystemWithoutLocks checks that the error names the file system and says what to do. It fails each lock in
// turn. These are the lock of the file beside the journal, of the journal before reading, and of the open journal.
func TestFileSystemWithoutLocks(t *testing.T) {
	t.Parallel()
	path, _ := journalOf(t, "a")
	for _, cause := range []syscall.Errno{
		syscall.EBADF, syscall.ENOLCK, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.EINVAL, syscall.ENOSYS, syscall.EIO,
	} {
		for lock := range 3 {
			locks := 0
			disk := osDisk{flock: func(fd, how int) error {
				if locks++; locks == lock+1 {
					return cause
				}
				return syscall.Flock(fd, how)
			}}
			_, err := open(path, disk)
			require.ErrorIs(t, err, cause)
			require.ErrorContains(t, err, "payneteasy: journal "+path+": ")
			require.Equal(t, cause != syscall.EIO, errors.Is(err, ErrCannotLock), err)
			require.Equal(t, cause != syscall.EIO, strings.Contains(err.Error(), "keep the journal on a local disk"),
				err)
			require.NotErrorIs(t, err, ErrInUse)
		}
	}
	j, err := Open(path)
	require.NoError(t, err, "nothing stays locked")
	require.NoError(t, j.Close())
}

// TestSpecialFiles checks that a special file is refused before anything is created beside it, and that no call hangs.
func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "socket")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Close(fd)) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: socket}))
	for path, says := range map[string]string{
		pipe: "it is a pipe, not a file", socket: "it is a socket, not a file",
		"/dev/null": "it is a device, not a file", "/dev/zero": "it is a device, not a file",
	} {
		_, err := Open(path)
		require.EqualError(t, err, "payneteasy: journal "+path+": "+says)
		_, err = Repair(path)
		require.EqualError(t, err, "payneteasy: journal "+path+": "+says)
		require.NoFileExists(t, path+".lock")
	}
}

// TestDirectoryThatTakesNoFiles opens a journal in sysfs, where not even root can create a file.
func TestDirectoryThatTakesNoFiles(t *testing.T) {
	t.Parallel()
	_, err := Open("/sys/journal")
	require.ErrorContains(t, err, "payneteasy: journal /sys/journal: its lock file /sys/journal.lock: ")
	require.True(t, errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS), err)
}

// TestRewriteOnFullDisk checks that a journal stays unchanged if it cannot be rewritten completely. Break seen red:
// replace ignores the error of Flush.
func TestRewriteOnFullDisk(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"short", strings.Repeat("longer than the buffer", 10_000)} {
		path, content := journalOf(t)
		entry := testEntry("a")
		entry.Revision, entry.SerialNumber = 1, reason
		content = bytes.TrimSuffix(appendEntry(t, content, entry), []byte("\n")) // so that it is rewritten
		require.NoError(t, os.WriteFile(path, content, 0o600))
		full := func(string) (*os.File, error) { return os.OpenFile("/dev/full", os.O_WRONLY, 0) }
		_, err := open(path, osDisk{create: full})
		require.ErrorIs(t, err, syscall.ENOSPC)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, after)
	}
}
