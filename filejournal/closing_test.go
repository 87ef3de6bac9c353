package filejournal

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// gatedDisk holds each fsync until the test lets it through.
type gatedDisk struct {
	*memoryDisk
	syncs chan struct{}
}

func (d gatedDisk) open(path string, is, size int64) (diskFile, error) {
	file, err := d.memoryDisk.open(path, is, size)
	return gatedFile{file, d.syncs}, err
}

type gatedFile struct {
	diskFile
	syncs chan struct{}
}

func (f gatedFile) Sync() error {
	<-f.syncs
	return f.diskFile.Sync()
}

// TestCloseUnderLoad checks that Close returns while calls keep arriving. Calls that already wait are written, and
// later calls are refused.
func TestCloseUnderLoad(t *testing.T) {
	t.Parallel()
	disk := gatedDisk{newMemoryDisk(), make(chan struct{})}
	go func() {
		for range 3 { // for Open, the first and the second group; a wrong Close would wait for more
			disk.syncs <- struct{}{}
		}
		close(disk.syncs)
	}()
	j, err := open("journal", disk)
	require.NoError(t, err)
	var calls sync.WaitGroup
	begun := make(chan error, 8)
	for i := range cap(begun) {
		calls.Go(func() {
			for n := 0; ; n++ {
				if err := j.Put(t.Context(), testEntry(fmt.Sprintf("%d-%d", i, n))); err != nil {
					begun <- err
					return
				}
			}
		})
	}
	require.NoError(t, j.Close())
	calls.Wait()
	for range cap(begun) {
		require.ErrorIs(t, <-begun, errClosed)
	}
	err = j.Put(t.Context(), testEntry("late"))
	require.ErrorIs(t, err, errClosed)
	require.NoError(t, j.Close())
}

// TestLongJournalOnFullDisk checks that a journal with many outdated lines opens even if a full disk prevents
// rewriting.
func TestLongJournalOnFullDisk(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	content := []byte(journalHeader)
	for revision := range 1500 {
		entry := testEntry("a")
		entry.Revision = revision + 1
		content = appendEntry(t, content, entry)
	}
	disk.content["journal"] = content
	full := fullDisk{disk}
	j, err := open("journal", full)
	require.NoError(t, err)
	require.Equal(t, 1500, j.entries["a"].Revision)
	require.NoError(t, j.Close())

	disk.content["journal"] = content[:len(content)-1] // its last line has no LF, so it must be rewritten
	_, err = open("journal", full)
	require.ErrorIs(t, err, errFull)
}

var errFull = errors.New("the disk is full")

// fullDisk has no room for a new file.
type fullDisk struct{ *memoryDisk }

func (fullDisk) replace(string, func(io.Writer) error) error { return errFull }

// TestCutIsKeptOnce checks that the damaged end is copied only once, even if Open fails after the copy.
func TestCutIsKeptOnce(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	content := appendEntry(t, []byte(journalHeader), testEntry("a"))
	disk.content["journal"] = append(content, ">{\"torn"...)
	for range 3 {
		_, err := open("journal", unopened{disk})
		require.ErrorIs(t, err, errFull)
	}
	j, err := open("journal", disk)
	require.NoError(t, err)
	require.Equal(t, len(">{\"torn"), j.Cut().Bytes)
	require.Equal(t, ">{\"torn\n", string(disk.content["journal.cut"]))
	require.NoError(t, j.Close())
}

// unopened is a disk on which no file can be opened for writing.
type unopened struct{ *memoryDisk }

func (unopened) open(string, int64, int64) (diskFile, error) { return nil, errFull }
