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

// TestOneWriter: a second opener is refused, until the first has closed.
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

// TestOneJournalByManyNames: two programs that mean one file never have it open both.
func TestOneJournalByManyNames(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows, and only the name is locked there")
	}
	dir := t.TempDir()
	path, link, target := filepath.Join(dir, "journal"), filepath.Join(dir, "link"), filepath.Join(dir, "target")
	require.NoError(t, os.Symlink(target, link))
	_, err := Open(link)
	require.ErrorContains(t, err, "a link to nothing")
	require.NoError(t, os.Symlink(path, filepath.Join(dir, "second")))
	j, err := Open(path)
	require.NoError(t, err)
	_, err = Open(filepath.Join(dir, "second"))
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, os.Link(path, filepath.Join(dir, "hard")))
	_, err = Open(filepath.Join(dir, "hard"))
	require.ErrorIs(t, err, ErrInUse)
	// A file that is mounted in two places has one name in each: only its own lock tells.
	_, err = osDisk{}.open(filepath.Join(dir, "hard"), j.size, j.size)
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, j.Close())
	_, err = Open(filepath.Join(dir, "hard"))
	require.ErrorContains(t, err, "2 names (hard links), not one")
	require.NoError(t, os.Remove(filepath.Join(dir, "hard")))
	_, err = osDisk{}.open(path, j.size+1, j.size)
	require.ErrorContains(t, err, "changed while it was opened")
}

// TestPathsOfNoFile: what is wrong with a path is said before anything is made beside it.
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
			" does not exist: make it first",
		filepath.Join(file, "journal"): file + " is not a directory",
	}
	if runtime.GOOS != "windows" { // where links need a privilege
		for link, to := range map[string]string{"linked": place, "nothing": "nowhere", "ring": "ring"} {
			require.NoError(t, os.Symlink(to, filepath.Join(dir, link)))
		}
		paths[filepath.Join(dir, "linked")] = "it is a directory, not a file"
		paths[filepath.Join(dir, "nothing")] = "it is a link to nothing"
		paths[filepath.Join(dir, "ring")] = "it is a link to nothing"
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

// TestMovedJournal: what is written into a file that nobody will open again is not written.
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

// TestReplacedUnderAnotherName: a file that is mounted by itself stays where it is when it is replaced elsewhere, with
// no name left.
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
	file.path = "/proc/self/fd/" + strconv.Itoa(int(file.Fd())) // still the same file, as at the mount
	if _, err := os.Stat(file.path); err != nil {
		file.path = "/dev/fd/" + strconv.Itoa(int(file.Fd()))
	}
	err = j.Put(t.Context(), testEntry("a"))
	require.ErrorContains(t, err, "0 names (hard links), not one")
	require.NoError(t, j.Close())
}

// TestDirectoryChanges: a relative path means the place that it meant when the journal was opened.
func TestDirectoryChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	j, err := Open("journal")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	err = j.Put(t.Context(), testEntry("a"))
	require.NoError(t, err)
	require.NoError(t, j.Close())
}
