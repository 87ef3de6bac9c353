package filejournal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestJournalSurvivesPowerCut checks that an acknowledged entry survives a power cut. It fails without the Sync in
// Journal.write.
func TestJournalSurvivesPowerCut(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	j := openTest(t, disk)
	entry := testEntry("a")
	err := j.Put(t.Context(), entry)
	require.NoError(t, err)
	_, _, err = openTest(t, disk.crash()).Get(t.Context(), "a")
	require.NoError(t, err)
	entry.Revision, entry.Send, entry.Orders = 2, "accepted",
		[]payneteasy.Order{{ID: "7", End: "open"}}
	require.NoError(t, j.Put(t.Context(), entry))
	stored, _, err := openTest(t, disk.crash()).Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, entry, stored)
}

// TestLastLineWithoutLF checks that a whole line is an entry, even if its LF is missing.
func TestLastLineWithoutLF(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	err := openTest(t, disk).Put(t.Context(), testEntry("a"))
	require.NoError(t, err)
	disk.content["journal"] = bytes.TrimSuffix(disk.content["journal"], []byte("\n"))
	for range 2 {
		j := openTest(t, disk)
		require.Zero(t, j.Cut())
		err = j.Put(t.Context(), testEntry("a"))
		require.ErrorIs(t, err, payneteasy.ErrConflict)
	}
}

// TestIntactLineOfAnotherVersion checks that such a line is refused, and that Repair does not remove it.
func TestIntactLineOfAnotherVersion(t *testing.T) {
	t.Parallel()
	encoded := []byte(`{"version":1,"decision":"unknown","client_orderid":"a","amount":{"amount":"10.42","currency":"HRK"}}`)
	size := int64(len(journalHeader))
	content := appendLine([]byte(journalHeader), line{encoded, size, size})
	path := filepath.Join(t.TempDir(), "journal")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	_, err := Open(path)
	require.ErrorContains(t, err, "the line at byte 21 is intact, but has another version")
	_, err = Repair(path)
	require.ErrorContains(t, err, "has another version")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, content, after)
}

// TestFailedGroup checks that a group that fails also fails the calls that wait. They are based on entries that are
// undone.
func TestFailedGroup(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	j := openTest(t, disk)
	held := testEntry("a")
	held.Send, held.NotKnown = "unknown", true
	err := j.Put(t.Context(), held)
	require.NoError(t, err)
	disk.room, disk.gate = 10, make(chan struct{})
	settled := held
	settled.Revision, settled.Settlement.Decision = 2, payneteasy.DecisionNotSent
	results := make(chan error, 2)
	go func() { results <- j.Put(t.Context(), settled) }()
	disk.gate <- struct{}{} // it is being written
	next := testEntry("a")
	next.Revision = 3
	go func() { results <- j.Put(t.Context(), next) }()
	waitFor(j, 1)
	disk.gate <- struct{}{} // and fails
	require.ErrorContains(t, <-results, "no space left")
	require.ErrorContains(t, <-results, "no space left")
	disk.gate = nil
	stored, _, err := j.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, held, stored)
	err = j.Put(t.Context(), testEntry("a"))
	require.ErrorIs(t, err, payneteasy.ErrConflict)
}

// TestHungDisk checks that a call ends with its context, and that its ID stays taken.
func TestHungDisk(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	j := openTest(t, disk)
	j.mu.Lock()
	j.writing = true // and never ends
	j.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { waitFor(j, 1); cancel() }()
	err := j.Put(ctx, testEntry("a"))
	require.ErrorIs(t, err, context.Canceled)
	err = j.Put(ctx, testEntry("a"))
	require.ErrorIs(t, err, payneteasy.ErrConflict)
}

// TestDiskFull checks that Put fails if the intent cannot be written. No part of it stays, and a later call can
// succeed.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	j := openTest(t, disk)
	disk.room = 20
	err := j.Put(t.Context(), testEntry("a"))
	require.ErrorContains(t, err, "no space left")
	require.Equal(t, 1, disk.syncs, "the partial write is removed durably before the next write")
	_, _, err = j.Get(t.Context(), "a")
	require.ErrorIs(t, err, payneteasy.ErrNoEntry)
	disk.room = 0
	err = j.Put(t.Context(), testEntry("a"))
	require.NoError(t, err)
	require.Zero(t, openTest(t, disk.crash()).Cut())

	disk.room, disk.cut = 20, errors.New("read-only")
	err = j.Put(t.Context(), testEntry("b"))
	require.ErrorContains(t, err, "no space left")
	disk.room, disk.cut = 0, nil
	err = j.Put(t.Context(), testEntry("c"))
	require.ErrorContains(t, err, "open the journal again", "half a line is in the file")
}

// TestFailedSync checks that nothing more is written after a failed fsync, because the content of the disk is unknown.
func TestFailedSync(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	j := openTest(t, disk)
	disk.failing = errors.New("I/O error")
	err := j.Put(t.Context(), testEntry("a"))
	require.ErrorContains(t, err, "I/O error")
	disk.failing = nil
	err = j.Put(t.Context(), testEntry("a"))
	require.ErrorContains(t, err, "open the journal again")
}

// TestGroupCommit checks that 64 simultaneous calls share one fsync.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	j := openTest(t, disk)
	j.mu.Lock() // all calls wait here
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			if err := j.Put(t.Context(), testEntry(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	j.writing = true // an fsync is under way
	j.mu.Unlock()
	waitFor(j, 64)
	j.flush()
	group.Wait()
	require.Equal(t, 1, disk.syncs)
	require.Len(t, openTest(t, disk.crash()).entries, 64)
}

func TestOtherFilesAreRefused(t *testing.T) {
	t.Parallel()
	for says, content := range map[string]string{
		`begins with "payneteasy-journal 1": it is not a journal, or has another version`: "payneteasy-journal 1\n",
		`begins with "hello": it is not a journal`:                                        "hello\nworld\n",
		`begins with "payneteasy-jour": it is not a journal`:                              "payneteasy-jour",
	} {
		disk := newMemoryDisk()
		disk.content["journal"] = []byte(content)
		_, err := open("journal", disk)
		require.ErrorContains(t, err, says)
		require.Equal(t, content, string(disk.content["journal"]))
	}
}

// TestCompaction checks that opening a file of mostly outdated lines rewrites it, with the same content.
func TestCompaction(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	j := openTest(t, disk)
	entry := testEntry("a")
	err := j.Put(t.Context(), entry)
	require.NoError(t, err)
	for range 1500 {
		entry.Revision++
		require.NoError(t, j.Put(t.Context(), entry))
	}
	before := len(disk.content["journal"])
	stored, _, err := openTest(t, disk).Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, entry, stored)
	require.Less(t, len(disk.content["journal"]), before/100)
	require.Equal(t, 3, strings.Count(string(disk.content["journal"]), "\n"), "the header, the entry, and the mark")
}

// failingDisk reads the given number of bytes from a file, and then returns only errors.
type failingDisk struct {
	*memoryDisk
	readable int
}

func (d failingDisk) read(path string) (io.ReadCloser, error) {
	return io.NopCloser(
		io.MultiReader(bytes.NewReader(d.content[path][:d.readable]), iotest.ErrReader(errors.New("I/O error")))), nil
}

// TestUnreadableIsNotTorn checks that Open cuts nothing off if the disk cannot read the rest of a file. Break seen red:
// parseJournal ignores lines.Err.
func TestUnreadableIsNotTorn(t *testing.T) {
	t.Parallel()
	disk := newMemoryDisk()
	for _, id := range []string{"a", "b"} {
		err := openTest(t, disk).Put(t.Context(), testEntry(id))
		require.NoError(t, err)
	}
	content := bytes.Clone(disk.content["journal"])
	for readable := range len(content) + 1 {
		_, err := open("journal", failingDisk{disk, readable})
		require.ErrorContains(t, err, "journal journal: I/O error", readable)
		require.Equal(t, content, disk.content["journal"])
	}
}
