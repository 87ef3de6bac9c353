package filejournal

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// FuzzPowerCut puts any bytes in the place of the last group. No acknowledged entry is lost, and no entry is invented.
// Open may fail only if these bytes are not all zero, since a power cut leaves only zeros.
func FuzzPowerCut(f *testing.F) {
	cuts := []powerCut{}
	states := journalsBefore(f)
	for _, name := range []string{"new", "killed", "closed", "rewritten", "cut before"} {
		cuts = append(cuts, newPowerCut(f, states[name], smallGroup()))
	}
	f.Add(uint8(1), uint16(300), []byte("hello\n"))
	f.Add(uint8(2), uint16(0), []byte{0, 0, '\n', '>', 0})
	f.Add(uint8(3), uint16(700), []byte(`>{"client_orderid":"x"} 5 5 00000000`))
	f.Add(uint8(4), uint16(9999), []byte("\n"))
	f.Fuzz(func(t *testing.T, state uint8, at uint16, junk []byte) {
		c := cuts[int(state)%len(cuts)]
		begin := min(c.synced+int(at), len(c.content))
		left := append(bytes.Clone(c.content[:begin]), junk...)
		if end := len(left); end < len(c.content) {
			left = append(left, c.content[end:]...)
		}
		disk := newMemoryDisk()
		disk.content["journal"] = bytes.Clone(left)
		j, err := open("journal", disk)
		if _, stopped := errors.AsType[*CorruptError](err); stopped && len(bytes.Trim(junk, "\x00")) > 0 {
			require.Equal(t, left, disk.content["journal"])
			return
		}
		require.NoError(t, err)
		written := slices.Concat(slices.Collect(maps.Values(c.before)), c.group)
		for _, entry := range j.entries {
			require.Contains(t, written, entry)
		}
		for id, entry := range c.before {
			require.GreaterOrEqual(t, j.entries[id].Revision, entry.Revision)
		}
		for i, entry := range c.group {
			if _, end := c.line(i); end < begin {
				require.GreaterOrEqual(t, j.entries[entry.ClientOrderID].Revision, entry.Revision)
			}
		}
		if cut := j.Cut(); cut.Bytes > 0 {
			require.GreaterOrEqual(t, int(cut.Offset), c.synced)
			require.Len(t, left, int(cut.Offset)+cut.Bytes)
		} else {
			require.Equal(t, c.content[:len(left)], left)
		}
	})
}

// FuzzParseJournal checks that nothing panics, and that each byte is kept, cut or corrupt. A repaired journal opens,
// and has at least the same entries.
func FuzzParseJournal(f *testing.F) {
	mark := appendLine([]byte(journalHeader), line{[]byte(syncedMark), 21, 21})
	one := appendEntry(f, mark, testEntry("a"))
	f.Add(one)
	f.Add(append(bytes.Clone(one), one[len(mark):]...))
	f.Add(append(bytes.Clone(one), ">{} 0 0 00000000\n>{\"client_orderid\":\"b"...))
	f.Add(append(bytes.Clone(one[:len(one)-1]), 'x'))
	f.Add(append(bytes.Clone(one[:len(mark)-1]), append([]byte{'x'}, one[len(mark):]...)...))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := parseJournal("journal", bytes.NewReader(content), false)
		if err != nil || len(content) == 0 {
			return
		}
		require.EqualValues(t, len(content), p.size)
		for _, offset := range p.damaged {
			require.EqualValues(t, '\n', content[offset-1])
		}
		slowly, err := parseJournal("journal", iotest.OneByteReader(bytes.NewReader(content)), false)
		require.NoError(t, err)
		require.Equal(t, p, slowly)

		disk := newMemoryDisk()
		disk.content["journal"] = bytes.Clone(content)
		j, err := open("journal", disk)
		if corrupt := p.corrupt(); len(corrupt) > 0 {
			var reported *CorruptError
			require.ErrorAs(t, err, &reported)
			require.Equal(t, CorruptError{Path: "journal", Offsets: corrupt}, *reported)
			if _, err := repair("journal", disk); err != nil {
				require.ErrorContains(t, err, "has another version")
				return
			}
			j, err = open("journal", disk)
		}
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(j.entries), len(p.entries))
		require.Equal(t, string(content[len(content)-j.Cut().Bytes:]),
			string(disk.content["journal.cut"][:j.Cut().Bytes]))
	})
}
