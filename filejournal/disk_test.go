package filejournal

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestOneWriter checks that a second opener is refused until the first has closed the journal.
func TestOneWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	j, err := Open(path)
	require.NoError(t, err)
	_, err = Open(path)
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, j.Close())
	require.NoError(t, j.Close(), "twice is no harm")
	err = j.Put(t.Context(), testEntry("a"))
	require.ErrorContains(t, err, "it is closed")
	j, err = Open(path)
	require.NoError(t, err)
	require.NoError(t, j.Close())
}

// TestOneJournalByManyNames checks that a file cannot be open twice under different names.
func TestOneJournalByManyNames(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows, and only the name is locked there")
	}
	dir := t.TempDir()
	path, link, target := filepath.Join(dir, "journal"), filepath.Join(dir, "link"), filepath.Join(dir, "target")
	require.NoError(t, os.Symlink(target, link))
	_, err := Open(link)
	require.ErrorContains(t, err, "a dangling symbolic link")
	require.NoError(t, os.Symlink(path, filepath.Join(dir, "second")))
	j, err := Open(path)
	require.NoError(t, err)
	_, err = Open(filepath.Join(dir, "second"))
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, os.Link(path, filepath.Join(dir, "hard")))
	_, err = Open(filepath.Join(dir, "hard"))
	require.ErrorIs(t, err, ErrInUse)
	// A file that is mounted in two places has one name in each. Only the lock on the file itself can tell.
	_, err = osDisk{}.open(filepath.Join(dir, "hard"), j.size, j.size)
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, j.Close())
	_, err = Open(filepath.Join(dir, "hard"))
	require.ErrorContains(t, err, "2 names (hard links), not one")
	require.NoError(t, os.Remove(filepath.Join(dir, "hard")))
	_, err = osDisk{}.open(path, j.size+1, j.size)
	require.ErrorContains(t, err, "changed while it was being opened")
}

// TestPathsOfNoFile checks that an unusable path is reported before anything is created beside it.
func TestPathsOfNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place, file := filepath.Join(dir, "place"), filepath.Join(dir, "file")
	require.NoError(t, os.Mkdir(place, 0o700))
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	paths := map[string]string{
		"":            "the path is empty",
		place:         "it is a directory, not a file",
		place + "/":   "the path ends with a slash: name a file",
		dir + "/new/": "the path ends with a slash: name a file",
		filepath.Join(dir, "no", "where"): "its directory " + filepath.Join(dir, "no") +
			" does not exist: create it first",
		filepath.Join(file, "journal"): file + " is not a directory",
	}
	if runtime.GOOS != "windows" { // links need a privilege on Windows
		for link, to := range map[string]string{"linked": place, "nothing": "nowhere", "ring": "ring"} {
			require.NoError(t, os.Symlink(to, filepath.Join(dir, link)))
		}
		paths[filepath.Join(dir, "linked")] = "it is a directory, not a file"
		paths[filepath.Join(dir, "nothing")] = "it is a dangling symbolic link"
		paths[filepath.Join(dir, "ring")] = "it is a dangling symbolic link"
	}
	for path, says := range paths {
		_, err := Open(path)
		require.EqualError(t, err, "payneteasy: journal "+path+": "+says)
		_, err = Repair(path)
		require.EqualError(t, err, "payneteasy: journal "+path+": "+says)
	}
	made, err := filepath.Glob(filepath.Join(dir, "*.*"))
	require.NoError(t, err)
	require.Empty(t, made)
	require.NoFileExists(t, ".lock")
}

// TestMovedJournal checks that a write fails if no one will open that file again as the journal.
func TestMovedJournal(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be moved on Windows")
	}
	for name, replaced := range map[string]bool{"moved": false, "replaced": true} {
		path := filepath.Join(t.TempDir(), "journal")
		j, err := Open(path)
		require.NoError(t, err)
		require.NoError(t, os.Rename(path, path+".1"))
		if replaced {
			require.NoError(t, os.WriteFile(path, nil, 0o600))
		}
		for range 2 {
			err = j.Put(t.Context(), testEntry("a"))
			require.ErrorContains(t, err,
				map[bool]string{false: "no such file", true: "another file is in its place"}[replaced], name)
		}
		_, _, err = j.Get(t.Context(), "a")
		require.ErrorIs(t, err, payneteasy.ErrNoEntry)
		require.NoError(t, j.Close())
	}
}

// TestReplacedUnderAnotherName replaces the original of a file that is mounted by itself. The mounted file stays in
// place, but has no name any more.
func TestReplacedUnderAnotherName(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed on Windows")
	}
	path := filepath.Join(t.TempDir(), "journal")
	j, err := Open(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	file := j.file.(*osFile)
	file.path = "/proc/self/fd/" + strconv.Itoa(int(file.Fd())) // still the same file, as at a mount
	if _, err := os.Stat(file.path); err != nil {
		file.path = "/dev/fd/" + strconv.Itoa(int(file.Fd()))
	}
	err = j.Put(t.Context(), testEntry("a"))
	require.ErrorContains(t, err, "0 names (hard links), not one")
	require.NoError(t, j.Close())
}

// TestDirectoryChanges checks that a relative path keeps its meaning when the program changes its working directory.
func TestDirectoryChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	j, err := Open("journal")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	err = j.Put(t.Context(), testEntry("a"))
	require.NoError(t, err)
	require.NoError(t, j.Close())
}
