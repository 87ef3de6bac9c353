package filejournal

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// powerCut is a journal whose last group was being written when the power failed.
type powerCut struct {
	content []byte // as the program saw it
	synced  int    // how much of it was acknowledged
	before  map[string]payneteasy.Entry
	group   []payneteasy.Entry
}

// writeGroup writes entries in one write and one fsync, and returns them as they are stored.
func writeGroup(t testing.TB, j *Journal, entries ...payneteasy.Entry) []payneteasy.Entry {
	j.mu.Lock()
	j.writing = true
	j.mu.Unlock()
	var group sync.WaitGroup
	for i, entry := range entries {
		stored, _, err := j.Get(t.Context(), entry.ClientOrderID)
		if err == nil {
			entry.Send, entry.Orders = "accepted", []payneteasy.Order{{ID: "7", End: "open"}}
		}
		entry.Revision = stored.Revision + 1
		entries[i] = entry
		group.Go(func() {
			if err := j.Put(t.Context(), entry); err != nil {
				t.Error(err)
			}
		})
		waitFor(j, i+1)
	}
	j.flush()
	group.Wait()
	return entries
}

// longEntry is an entry whose line is longer by a multiple of length.
func longEntry(id string, length int) payneteasy.Entry {
	entry := testEntry(id)
	entry.SerialNumber = strings.Repeat("<s>", length)
	return entry
}

// writeGroups writes groups of one, two and three lines.
func writeGroups(t testing.TB, j *Journal) {
	writeGroup(t, j, longEntry("a", 0))
	writeGroup(t, j, longEntry("b", 3), longEntry("c", 1))
	writeGroup(t, j, longEntry("a", 9), longEntry("d", 0), longEntry("b", 4))
}

// journalsBefore returns a journal in each state in which a group may be written.
func journalsBefore(t testing.TB) map[string][]byte {
	path := filepath.Join(t.TempDir(), "journal")
	read := func() []byte {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		return content
	}
	j, err := Open(path)
	require.NoError(t, err)
	writeGroups(t, j)
	killed := read()
	require.NoError(t, j.Close())
	closed := read()
	return map[string][]byte{
		"new":        {},
		"killed":     killed,
		"closed":     closed,
		"rewritten":  bytes.TrimSuffix(closed, []byte("\n")),
		"cut before": killed[:len(killed)-100],
	}
}

// newPowerCut opens a journal with the given content, and writes a group.
func newPowerCut(t testing.TB, before []byte, group []payneteasy.Entry) powerCut {
	path := filepath.Join(t.TempDir(), "journal")
	require.NoError(t, os.WriteFile(path, before, 0o600))
	j, err := Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
	c := powerCut{synced: int(j.size), before: maps.Clone(j.entries)}
	c.group = writeGroup(t, j, group...)
	c.content, err = os.ReadFile(path)
	require.NoError(t, err)
	return c
}

// line returns where a line of the group begins and ends, without its LF.
func (c powerCut) line(i int) (begin, end int) {
	begin = c.synced
	for ; i > 0; i-- {
		begin += bytes.IndexByte(c.content[begin:], '\n') + 1
	}
	return begin, begin + bytes.IndexByte(c.content[begin:], '\n')
}

// survives reports whether a part of the file is unchanged in left.
func (c powerCut) survives(left []byte, begin, end int) bool {
	return end <= len(left) && bytes.Equal(left[begin:end], c.content[begin:end])
}

// want returns what Open must make of a damaged file. Zeros replace the missing parts.
func (c powerCut) want(left []byte) (entries map[string]payneteasy.Entry, cut Cut) {
	entries = maps.Clone(c.before)
	kept, damaged := c.synced, false
	for i, entry := range c.group {
		begin, end := c.line(i)
		whole := c.survives(left, begin, end)
		if whole && !damaged {
			entries[entry.ClientOrderID], kept = entry, end
			if damaged = !c.survives(left, begin, end+1); !damaged {
				kept++
			}
			continue
		}
		damaged = true
		if whole {
			cut.Lines++
		}
		id := `"client_orderid":"` + entry.ClientOrderID + `"`
		at := begin + bytes.Index(c.content[begin:end], []byte(id))
		if c.survives(left, at, at+len(id)) && !slices.Contains(cut.ClientOrderIDs, entry.ClientOrderID) {
			cut.ClientOrderIDs = append(cut.ClientOrderIDs, entry.ClientOrderID)
		}
	}
	if cut.Bytes = len(left) - kept; cut.Bytes > 0 {
		cut.Offset = int64(kept)
	}
	return entries, cut
}

// check opens a damaged file, and continues with it.
func (c powerCut) check(t testing.TB, left []byte, disk disk, path, what string) {
	entries, cut := c.want(left)
	j, err := open(path, disk)
	require.NoError(t, err, what)
	require.Equal(t, entries, j.entries, what)
	if cut.Bytes > 0 {
		cut.Aside = path + ".cut"
		aside, err := readFrom(disk, cut.Aside, 0)
		require.NoError(t, err, what)
		require.Equal(t, left[cut.Offset:], aside[:cut.Bytes], what)
	}
	require.Equal(t, cut, j.Cut(), what)
	next := testEntry("next")
	err = j.Put(t.Context(), next)
	require.NoError(t, err, what)
	require.NoError(t, j.Close(), what)
	j, err = open(path, disk)
	require.NoError(t, err, what)
	require.Zero(t, j.Cut(), what)
	entries["next"] = next
	require.Equal(t, entries, j.entries, what)
	require.NoError(t, j.Close(), what)
}

func (c powerCut) checkFile(t testing.TB, dir string, left []byte, what string) {
	path := filepath.Join(dir, "journal")
	require.NoError(t, os.RemoveAll(path+".cut"))
	require.NoError(t, os.WriteFile(path, left, 0o600))
	c.check(t, left, osDisk{}, path, what)
}

func (c powerCut) checkMemory(t testing.TB, left []byte, what string) {
	disk := newMemoryDisk()
	disk.content["journal"] = bytes.Clone(left)
	c.check(t, left, disk, "journal", what)
}

// cleared returns the file with zeros in a part that was not acknowledged.
func (c powerCut) cleared(left []byte, begin, end int) []byte {
	left = bytes.Clone(left)
	clear(left[min(max(begin, c.synced), len(left)):min(max(end, c.synced), len(left))])
	return left
}

// smallGroup covers a few blocks of 512 bytes, and largeGroup covers a few of 4 KiB.
func smallGroup() []payneteasy.Entry {
	return []payneteasy.Entry{longEntry("e", 8), longEntry("b", 0), longEntry("e", 30), longEntry("f", 0)}
}

func largeGroup() []payneteasy.Entry {
	return []payneteasy.Entry{
		longEntry("g", 300), longEntry("h", 200), longEntry("i", 0), longEntry("h", 300), longEntry("j", 20),
	}
}

// proved returns where the last group begins. Everything before it is proved to be acknowledged.
func proved(content []byte) int {
	last := bytes.LastIndexByte(content[:len(content)-1], '\n') + 1
	l, _ := parseLine(bytes.TrimSuffix(content[last:], []byte("\n")))
	return int(l.synced)
}

// lineAt returns where the line begins that contains a byte.
func lineAt(content []byte, at int) int64 { return int64(bytes.LastIndexByte(content[:at], '\n') + 1) }
