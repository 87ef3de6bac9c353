package filejournal

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestCorruptLines checks that the error names file and offset, that nothing changes, and that a repair keeps all other
// entries.
func TestCorruptLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	j, err := Open(path)
	require.NoError(t, err)
	for _, id := range []string{"a", "b", "c"} {
		err = j.Put(t.Context(), testEntry(id))
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	offset := bytes.Index(content, []byte(`"b"`))
	content[offset+1] = 'x'
	require.NoError(t, os.WriteFile(path, content, 0o600))
	line := int64(bytes.LastIndexByte(content[:offset], '\n') + 1)
	_, err = Open(path)
	var corrupt *CorruptError
	require.ErrorAs(t, err, &corrupt)
	require.Equal(t, []int64{line}, corrupt.Offsets)
	require.ErrorContains(t, err, fmt.Sprintf("%s: corrupt at byte %d", path, line))
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, content, after)

	aside, err := Repair(path)
	require.NoError(t, err)
	require.Equal(t, 1, aside)
	bad, err := os.ReadFile(path + ".corrupt")
	require.NoError(t, err)
	require.Contains(t, string(bad), `"x"`)
	j, err = Open(path)
	require.NoError(t, err)
	for _, id := range []string{"a", "c"} {
		_, _, err = j.Get(t.Context(), id)
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())
}

// TestLongLines checks that the time to read a line grows in proportion to its length. Code that looks at a line of 1
// MiB again for each of its marks takes an hour, and the test times out.
func TestLongLines(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	several := testEntry("several")
	several.Revision, several.SerialNumber = 1, strings.Repeat("6982864 ", size/8)
	_, empty := journalOf(t, "a")
	first := strings.TrimSuffix(string(appendEntry(t, empty, testEntry("first"))[len(empty):]), "\n")
	for name, text := range map[string]string{
		"marks":                        strings.Repeat(">", size),
		"braces":                       strings.Repeat("}", size),
		"objects":                      strings.Repeat(">{}", size/3),
		"braces in a text":             `>{"client_orderid":"` + strings.Repeat("}", size),
		"ids":                          strings.Repeat(`>{"client_orderid":"`, size/20),
		"nested ids":                   strings.Repeat(`{"client_orderid":`, size/18),
		"marks behind an intact entry": first + strings.Repeat(">", size),
		"zeros behind an intact entry": first + strings.Repeat("\x00", size),
		"checksums":                    strings.Repeat(">{} 0 0 00000000 ", size/17),
		"brackets":                     strings.Repeat("[", size),
		"blanks":                       strings.Repeat(" ", size),
		"no blank":                     strings.Repeat("0", size),
		"lines of nothing":             strings.Repeat("\n", size/16),
		"an intact entry":              "",
	} {
		path, content := journalOf(t, "a")
		content = append(content, text...)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		var corrupt *CorruptError
		if j, err := Open(path); strings.Contains(text, "\n") {
			require.ErrorAs(t, err, &corrupt, name)
		} else {
			require.NoError(t, err, name)
			require.Equal(t, len(strings.TrimPrefix(text, first)), j.Cut().Bytes, name)
			require.NoError(t, j.Close())
		}

		content = appendEntry(t, append(content, '\n'), several) // it proves everything before it
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, err := Open(path)
		require.ErrorAs(t, err, &corrupt, name)
		require.Less(t, len(err.Error()), 1000, name)
		_, err = Repair(path)
		require.NoError(t, err, name)
		j, err := Open(path)
		require.NoError(t, err, name)
		for _, id := range []string{"a", "several"} {
			_, _, err = j.Get(t.Context(), id)
			require.NoError(t, err, name)
		}
		require.NoError(t, j.Close())
	}
}

// measuredDisk records the maximum of the live heap, after a file was read to its end and while one is written.
type measuredDisk struct {
	osDisk
	most *uint64
}

func (d measuredDisk) measure() {
	var now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&now)
	*d.most = max(*d.most, now.HeapAlloc)
}

func (d measuredDisk) read(path string) (io.ReadCloser, error) {
	file, err := d.osDisk.read(path)
	return measuredReader{file, d}, err
}

func (d measuredDisk) replace(path string, write func(io.Writer) error) error {
	return d.osDisk.replace(path, func(file io.Writer) error { return write(measuredWriter{file, d}) })
}

type measuredReader struct {
	io.ReadCloser
	disk measuredDisk
}

func (r measuredReader) Read(data []byte) (n int, err error) {
	n, err = r.ReadCloser.Read(data)
	if err != nil {
		r.disk.measure()
	}
	return n, err
}

type measuredWriter struct {
	io.Writer
	disk measuredDisk
}

func (w measuredWriter) Write(data []byte) (int, error) {
	w.disk.measure()
	return w.Writer.Write(data)
}

// TestOpeningHoldsNoFile checks that reading and rewriting a journal need only the memory of its entries. The file here
// is six times as long as they are, or twelve times. Breaks seen red: io.ReadAll in parseJournal, a bytes.Buffer in
// osDisk.replace.
func TestOpeningHoldsNoFile(t *testing.T) { //nolint:paralleltest // it measures
	path, content := journalOf(t)
	entries := map[string]payneteasy.Entry{}
	for revision := range 2 {
		for i := range 50 {
			entry := testEntry(strconv.Itoa(i))
			entry.Revision, entry.SerialNumber = revision+1, strings.Repeat("\x01", 20_000+i) // \u0001 in the file
			content = appendEntry(t, content, entry)
			entries[entry.ClientOrderID] = entry
		}
	}
	content = content[:len(content)-1] // so that it is rewritten
	require.NoError(t, os.WriteFile(path, content, 0o600))
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := before.HeapAlloc
	j, err := open(path, measuredDisk{most: &most})
	require.NoError(t, err)
	require.Less(t, most-before.HeapAlloc, uint64(len(content)/4))
	runtime.KeepAlive(content) // it was counted before
	require.Equal(t, entries, j.entries)
	require.Same(t, unsafe.StringData(j.entries["1"].BaseURL), unsafe.StringData(j.entries["2"].BaseURL), "kept once")
	require.NoError(t, j.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(len(content)*51/100))
	j, err = Open(path)
	require.NoError(t, err)
	require.Equal(t, entries, j.entries)
	require.NoError(t, j.Close())
}

// TestEntriesHoldNoReplies checks that an entry does not keep the body of a reply or a callback in memory.
func TestEntriesHoldNoReplies(t *testing.T) {
	t.Parallel()
	j, err := Open(filepath.Join(t.TempDir(), "journal"))
	require.NoError(t, err)
	body := "payout-0001 6982864 00000000-0000-0000-0000-000002e2c322 approved payout 6982865 chargeback" +
		strings.Repeat(" ", 1000)
	words := strings.Fields(body)
	entry := testEntry(words[0])
	begun := entry
	err = j.Put(t.Context(), begun)
	require.NoError(t, err)
	begun.Orders = []payneteasy.Order{{ID: words[1], End: "paid"}}
	begun.SerialNumber, begun.Status, begun.TransactionType = words[2], payneteasy.StatusCode(words[3]), words[4]
	claims := []payneteasy.TakenBackClaim{{OrderID: words[5], Kind: words[6]}}
	begun.Told = payneteasy.Told{Claims: claims, Doubts: claims}
	begun.Revision++
	require.NoError(t, j.Put(t.Context(), begun))
	kept := j.entries[words[0]]
	said := []string{kept.ClientOrderID, kept.OrderID(), kept.SerialNumber, string(kept.Status), kept.TransactionType}
	for _, claims := range [][]payneteasy.TakenBackClaim{kept.Told.Claims, kept.Told.Doubts} {
		said = append(said, claims[0].OrderID, claims[0].Kind)
	}
	require.Equal(t, append(words, words[5:]...), said)
	from := uintptr(unsafe.Pointer(unsafe.StringData(body)))
	for _, word := range said {
		at := uintptr(unsafe.Pointer(unsafe.StringData(word)))
		require.False(t, from <= at && at < from+uintptr(len(body)), word)
	}
	runtime.KeepAlive(body)
	require.NoError(t, j.Close())
}
