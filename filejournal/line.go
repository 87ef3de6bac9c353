package filejournal

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strconv"
)

// line is one line of a journal file, with an LF at its end:
//
//	>{"version":1,...} 4711 4400 3f2a9c01
//
// It holds the entry in JSON, the byte offset where the line begins, and the number of bytes that were synced when it
// was written. The CRC-32C of everything before it follows, in hex digits. The lines of a group are written at once, so
// they have the same number of synced bytes.
type line struct {
	body   []byte
	offset int64
	synced int64
}

// lineBegin is in no body, because package json writes it as \u003e. So lines can be found without an LF.
const lineBegin = '>'

// syncedMark is the body of a line without an entry. It only proves the lines before it.
const syncedMark = `"synced"`

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const checksumLength = 8

func appendChecksum(to, text []byte) []byte {
	return fmt.Appendf(to, "%0*x", checksumLength, crc32.Checksum(text, castagnoli))
}

// appendLine appends a line with its LF.
func appendLine(to []byte, l line) []byte {
	begin := len(to)
	to = append(append(to, lineBegin), l.body...)
	to = fmt.Appendf(to, " %d %d", l.offset, l.synced)
	text := to[begin:]
	return append(appendChecksum(append(to, ' '), text), '\n')
}

// parseLine reads a line, without its LF, and reports whether it is intact.
func parseLine(text []byte) (l line, intact bool) {
	signed, checksum := cutLast(text)
	rest, synced := cutLast(signed)
	body, offset := cutLast(rest)
	var room [checksumLength]byte
	if len(checksum) != checksumLength || !bytes.Equal(checksum, appendChecksum(room[:0], signed)) {
		return line{}, false
	}
	l.body, intact = bytes.CutPrefix(body, []byte{lineBegin})
	var errs [2]error
	l.offset, errs[0] = strconv.ParseInt(string(offset), 10, 64)
	l.synced, errs[1] = strconv.ParseInt(string(synced), 10, 64)
	return l, intact && errs == [2]error{}
}

// cutLast splits a text at its last space.
func cutLast(text []byte) (before, last []byte) {
	i := bytes.LastIndexByte(text, ' ')
	return text[:max(i, 0)], text[i+1:]
}

// part is a part of a damaged text. It is either an intact line or the text between two of them.
type part struct {
	line

	intact     bool
	begin, end int // an intact line's end is where its LF should be
}

// split finds the intact lines in a text that has lost one LF or more.
func split(text []byte) (parts []part) {
	damaged := func(begin, end int) {
		if last := len(parts) - 1; last >= 0 && !parts[last].intact {
			parts[last].end = end
		} else if begin < end {
			parts = append(parts, part{begin: begin, end: end})
		}
	}
	for begin := 0; begin < len(text); {
		end := len(text)
		if next := bytes.IndexByte(text[begin+1:], lineBegin); next >= 0 {
			end = begin + 1 + next
		}
		if l, length, intact := firstLine(text[begin:end]); intact {
			parts = append(parts, part{l, true, begin, begin + length})
			damaged(begin+length+1, end)
		} else {
			damaged(begin, end)
		}
		begin = end
	}
	return parts
}

// firstLine reads a line whose LF may be another byte, or which may end in zeros.
func firstLine(text []byte) (l line, length int, intact bool) {
	zeros := bytes.IndexByte(text, 0)
	if zeros < 0 {
		zeros = len(text)
	}
	for _, length := range []int{zeros, len(text) - 1} {
		if l, intact := parseLine(text[:length]); intact {
			return l, length, true
		}
	}
	return line{}, 0, false
}
