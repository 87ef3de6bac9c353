package filejournal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCutWithoutProof checks that zeros in the last group before a crash are taken for a power cut, although the group
// was acknowledged. Open cuts the group off, and its IDs say which payouts to ask about. Bytes other than zeros are not
// taken for a power cut.
func TestCutWithoutProof(t *testing.T) {
	t.Parallel()
	states := journalsBefore(t)
	killed, closed := states["killed"], states["closed"]
	last := proved(killed)
	for at := last; at < len(killed)-1; at++ { // all but the last LF
		disk := newMemoryDisk()
		disk.content["journal"] = bytes.Clone(killed)
		disk.content["journal"][at] ^= 0x04
		requireCorrupt(t, disk)
		disk.content["journal"][at] = 0
		j := openTest(t, disk)
		line := lineAt(killed, at)
		cut := j.Cut()
		require.NotZero(t, cut.Bytes, at)
		require.GreaterOrEqual(t, cut.Offset, line, at)
		require.Equal(t, "journal.cut", cut.Aside)
		require.Equal(t, string(disk.content["journal.cut"][:cut.Bytes]), zeroed(killed, at)[cut.Offset:], at)
		for id, revision := range map[string]int{"a": 1, "b": 1, "c": 1} {
			require.GreaterOrEqual(t, j.entries[id].Revision, revision, at)
		}
	}
	for at := len(killed); at < len(closed); at++ { // the mark
		disk := newMemoryDisk()
		disk.content["journal"] = []byte(zeroed(closed, at))
		j := openTest(t, disk)
		require.Zero(t, j.Cut().Lines)
		require.Empty(t, j.Cut().ClientOrderIDs)
		for id, revision := range map[string]int{"a": 2, "b": 2, "c": 1, "d": 1} {
			require.Equal(t, revision, j.entries[id].Revision, at)
		}
	}
}

func zeroed(content []byte, at int) string {
	content = bytes.Clone(content)
	content[at] = 0
	return string(content)
}

// requireCorrupt checks that a journal is refused as corrupt and stays unchanged.
func requireCorrupt(t *testing.T, disk *memoryDisk) {
	t.Helper()
	before := bytes.Clone(disk.content["journal"])
	_, err := open("journal", disk)
	_, corrupt := errors.AsType[*CorruptError](err)
	require.True(t, corrupt, err)
	require.Equal(t, map[string][]byte{"journal": before}, disk.content)
}

// TestCutsAreKept checks that each cut is appended to the file beside the journal, and that readable IDs are reported.
func TestCutsAreKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	parts := []string{
		`>{"client_orderid":"a \"b\"","send":"sending"} 1 1 0000` + "\x00\x00\n" + `>{"client_orderid":"a \"b\""`,
		`"client_orderid":"c`, "\x00\x00\n", `>{"serial_number":"\"client_orderid\":\"d\""`,
	}
	var kept string
	for i, part := range parts {
		j, err := Open(path)
		require.NoError(t, err)
		err = j.Put(t.Context(), testEntry(string(rune('p'+i))))
		require.NoError(t, err)
		require.NoError(t, j.Close())
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(content, part...), 0o600))
		j, err = Open(path)
		require.NoError(t, err)
		want := Cut{Offset: int64(len(content)), Bytes: len(part), Aside: path + ".cut"}
		if i == 0 {
			want.ClientOrderIDs = []string{`a "b"`}
		}
		require.Equal(t, want, j.Cut())
		require.Len(t, j.entries, i+1)
		require.NoError(t, j.Close())
		kept += part
		if part[len(part)-1] != '\n' {
			kept += "\n"
		}
	}
	aside, err := os.ReadFile(path + ".cut")
	require.NoError(t, err)
	require.Equal(t, kept, string(aside))
}

// TestCutNeedsItsCopy checks that nothing is cut off if it cannot be copied first.
func TestCutNeedsItsCopy(t *testing.T) {
	t.Parallel()
	path, content := journalOf(t, "a")
	content = append(content, ">{"...)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	require.NoError(t, os.Mkdir(path+".cut", 0o700))
	_, err := Open(path)
	require.ErrorContains(t, err, "payneteasy: journal "+path+": cannot copy its damaged end to "+path+".cut: ")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, content, after)
}

// TestMarks checks that a file that was closed or opened proves all its lines, and is not written if nothing is
// unproved.
func TestMarks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"killed", "closed"} {
		content := journalsBefore(t)[name]
		path := filepath.Join(t.TempDir(), "journal")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		var marked []byte
		for range 3 {
			j, err := Open(path)
			require.NoError(t, err)
			opened, err := os.ReadFile(path)
			require.NoError(t, err)
			if marked == nil {
				marked = opened
			}
			require.Equal(t, marked, opened)
			l, intact := parseLine(bytes.TrimSuffix(marked[proved(marked):], []byte("\n")))
			require.True(t, intact)
			require.Equal(t, syncedMark, string(l.body))
			require.NoError(t, j.Close())
		}
		require.Equal(t, name == "closed", len(marked) == len(content))
	}
}

// TestRewrittenLines checks that damage to the end of a rewritten file leaves its beginning proved. A rewritten file
// was on the disk as a whole.
func TestRewrittenLines(t *testing.T) {
	t.Parallel()
	path, content := journalOf(t, "a", "b", "c", "d")
	require.NoError(t, os.WriteFile(path, bytes.TrimSuffix(content, []byte("\n")), 0o600))
	j, err := Open(path)
	require.NoError(t, err)
	require.NoError(t, j.Close())
	content, err = os.ReadFile(path)
	require.NoError(t, err)
	lines := bytes.SplitAfter(content, []byte("\n"))
	require.Len(t, lines, 1+4+1+1, "the header, the entries, the mark, and nothing")
	second := len(lines[0]) + len(lines[1])
	content = content[:len(content)-len(lines[5])-10]
	content[second+20] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o600))
	_, err = Open(path)
	var corrupt *CorruptError
	require.ErrorAs(t, err, &corrupt)
	require.Equal(t, []int64{int64(second)}, corrupt.Offsets)
}

// TestForeignLines checks that Open refuses an intact line that is not in its place, also at the end of the file. Such
// a line comes from another process, or from another file.
func TestForeignLines(t *testing.T) {
	t.Parallel()
	path, content := journalOf(t, "a", "b")
	lines := bytes.SplitAfter(content, []byte("\n"))
	again := testEntry("a")
	again.Revision = 1
	for name, line := range map[string][]byte{
		"a line of this file":     lines[2],
		"a mark of this file":     lines[1],
		"an entry that was there": appendEntry(t, content, again)[len(content):],
		"behind damage":           append([]byte(">{\n"), lines[3]...),
		"behind zeros":            append(make([]byte, 10), lines[3]...),
		"not ended":               lines[2][:len(lines[2])-1],
		"of the future": appendLine(nil,
			line{[]byte(syncedMark), int64(len(content)), int64(len(content)) + 1}),
	} {
		require.NoError(t, os.WriteFile(path, append(bytes.Clone(content), line...), 0o600))
		_, err := Open(path)
		var corrupt *CorruptError
		require.ErrorAs(t, err, &corrupt, name)
		require.GreaterOrEqual(t, corrupt.Offsets[0], int64(len(content)), name)
		_, err = Repair(path)
		require.NoError(t, err, name)
		j, err := Open(path)
		require.NoError(t, err, name)
		entry, _, err := j.Get(t.Context(), "a")
		require.NoError(t, err, name)
		require.Equal(t, 1, entry.Revision)
		require.NoError(t, j.Close())
	}
}
