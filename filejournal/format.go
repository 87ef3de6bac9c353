package filejournal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy"
)

// journalHeader is the first line of a journal file. A file with another number is of another version and is refused.
const journalHeader = "payneteasy-journal 1\n"

// CorruptError names the lines of a journal file that cannot be read. Nothing was changed. Each may be a payout
// that was sent: look at them before Repair puts them aside.
type CorruptError struct {
	Path    string
	Offsets []int64 // in bytes, of each such line
}

func (e *CorruptError) Error() string {
	const shown = 10 // of what may be every line of a file
	offsets := make([]string, min(len(e.Offsets), shown))
	for i := range offsets {
		offsets[i] = strconv.FormatInt(e.Offsets[i], 10)
	}
	text := fmt.Sprintf("payneteasy: journal %s: corrupt at byte %s", e.Path, strings.Join(offsets, ", "))
	if more := len(e.Offsets) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// parsedJournal is what a file says.
type parsedJournal struct {
	entries map[string]payneteasy.Entry
	size    int64 // of the file
	lines   int
	torn    int               // bytes of an incomplete last line
	unended bool              // the last line is whole, but for its LF
	corrupt []int64           // offsets of lines that cannot be read
	words   map[string]string // what many entries say, kept once
}

// parseJournal reads a file, a line at a time: it may be far longer than what it says. With heal, lines that only lost the
// LF between them are read.
func parseJournal(path string, file io.Reader, heal bool) (parsedJournal, error) {
	p := parsedJournal{entries: map[string]payneteasy.Entry{}, words: map[string]string{}}
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 1<<16), math.MaxInt) // it grows to the longest line
	lines.Split(lineWithLF)
	for lines.Scan() {
		offset := p.size
		line, ended := bytes.CutSuffix(lines.Bytes(), []byte("\n")) // good until the next Scan
		p.size += int64(len(lines.Bytes()))
		read := p.entry
		if offset == 0 {
			read = p.header
		}
		if err := read(line, offset, ended, heal); err != nil {
			return p, fmt.Errorf("payneteasy: journal %s: %w", path, err)
		}
	}
	if err := lines.Err(); err != nil { // then the last line was not read to its end, and is not torn
		return p, fmt.Errorf("payneteasy: journal %s: %w", path, err)
	}
	return p, nil
}

// header reads the first line.
func (p *parsedJournal) header(line []byte, _ int64, ended, _ bool) error {
	switch {
	case ended && string(line) == strings.TrimSuffix(journalHeader, "\n"):
	case !ended && strings.HasPrefix(journalHeader, string(line)):
		p.torn = len(line) // cut while it was made
	default:
		return fmt.Errorf("it begins with %.40q: not a journal, or of a newer version", line)
	}
	return nil
}

// entry reads any other line.
func (p *parsedJournal) entry(line []byte, offset int64, ended, heal bool) error {
	entry, intact, err := parseJournalLine(line)
	switch {
	case err != nil:
		return fmt.Errorf("the line at byte %d is intact, and of another version: %w", offset, err)
	case intact && p.add(entry):
		p.unended = !ended
	case intact: // another process has written too
		p.corrupt = append(p.corrupt, offset)
		if heal && p.entries[entry.ClientOrderID].Free() {
			p.entries[entry.ClientOrderID] = entry // the one that frees no id
		}
	case heal && p.healed(line):
	case ended || hasIntact(line):
		p.corrupt = append(p.corrupt, offset)
	default:
		p.torn = len(line)
	}
	return nil
}

func hasIntact(line []byte) bool {
	_, length := firstIntact(line)
	return length > 0
}

// lineWithLF splits a file into its lines, each with its LF, so that their lengths add up.
func lineWithLF(data []byte, atEOF bool) (advance int, line []byte, err error) {
	advance = bytes.IndexByte(data, '\n') + 1
	if advance == 0 && atEOF {
		advance = len(data)
	}
	if advance == 0 {
		return 0, nil, nil // more is needed
	}
	return advance, data[:advance], nil
}

// add takes over an entry, which must follow on from the one before.
func (p *parsedJournal) add(entry payneteasy.Entry) bool {
	if stored, found := p.entries[entry.ClientOrderID]; found && entry.Revision <= stored.Revision {
		return false
	}
	for _, word := range []*string{
		(*string)(&entry.Send), &entry.Command, &entry.BaseURL, &entry.Login,
		(*string)(&entry.Status), &entry.TransactionType,
	} {
		if _, kept := p.words[*word]; !kept {
			p.words[*word] = *word
		}
		*word = p.words[*word]
	}
	p.entries[entry.ClientOrderID] = entry
	p.lines++
	return true
}

// healed reads intact lines with something else than an LF after each, and reports whether that is all there is.
func (p *parsedJournal) healed(line []byte) bool {
	whole := len(line) > 0
	for len(line) > 0 {
		entry, length := firstIntact(line)
		if length == 0 {
			return false
		}
		whole = p.add(entry) && whole
		line = line[min(length+1, len(line)):]
	}
	return whole
}

// firstIntact is the intact line at the beginning of one that has lost its LF. No interrupted write leaves that behind.
// Only where its JSON ends can it end, so that its checksum is taken once, however long the line is.
func firstIntact(line []byte) (entry payneteasy.Entry, length int) {
	sum, encoded, found := bytes.Cut(line, []byte(" "))
	if !found {
		return payneteasy.Entry{}, 0
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	var whole json.RawMessage
	if decoder.Decode(&whole) != nil {
		return payneteasy.Entry{}, 0
	}
	length = len(sum) + 1 + int(decoder.InputOffset())
	entry, intact, err := parseJournalLine(line[:length])
	if !intact || err != nil {
		return payneteasy.Entry{}, 0
	}
	return entry, length
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journalLine is the checksum in eight hex digits, a blank, the entry in JSON, and LF.
func journalLine(entry payneteasy.Entry) ([]byte, error) {
	encoded, err := json.Marshal(entry)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(encoded, castagnoli), encoded), nil
}

// parseJournalLine reads a line. One whose checksum is right is intact; if it makes no sense all the same, that is an error.
func parseJournalLine(line []byte) (entry payneteasy.Entry, intact bool, err error) {
	sum, encoded, found := bytes.Cut(line, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !found || err != nil || crc32.Checksum(encoded, castagnoli) != uint32(want) {
		return payneteasy.Entry{}, false, nil //nolint:nilerr // it is no line of a journal
	}
	if err := json.Unmarshal(encoded, &entry); err != nil {
		return payneteasy.Entry{}, true, err
	}
	return entry, true, nil
}

// Repair puts the lines that cannot be read, and what is left of an incomplete last one, aside, into a file
// beside the journal with .corrupt added to its name, and keeps all others. It returns how many there were. What stood in
// such a line is not known any more: its payout counts as it did in the line before, if there was one, which may be as free
// to be sent. Look before you go on.
func Repair(path string) (aside int, err error) { return repair(path, osDisk{}) }

func repair(path string, disk disk) (aside int, err error) {
	path, unlock, handover, err := lockJournal(path, disk)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, handover(), unlock()) }()
	if aside, err = repairJournal(path, disk); err != nil {
		return 0, fmt.Errorf("payneteasy: journal %s: %w", path, err)
	}
	return aside, nil
}

func repairJournal(path string, disk disk) (aside int, err error) {
	content, err := readAll(disk, path)
	if err != nil {
		return 0, err
	}
	found, err := parseJournal(path, bytes.NewReader(content), false)
	if err != nil || len(found.corrupt) == 0 {
		return 0, err
	}
	parsed, err := parseJournal(path, bytes.NewReader(content), true)
	if err != nil {
		return 0, err
	}
	bad, err := readAll(disk, path+".corrupt")
	if err != nil {
		return 0, err
	}
	if parsed.torn > 0 {
		parsed.corrupt = append(parsed.corrupt, int64(len(content)-parsed.torn))
	}
	for _, offset := range parsed.corrupt {
		line, _, _ := bytes.Cut(content[offset:], []byte("\n"))
		bad = append(append(bad, line...), '\n')
	}
	err = disk.replace(path+".corrupt", func(file io.Writer) error {
		_, err := file.Write(bad)
		return err
	})
	if err != nil {
		return 0, err
	}
	if _, err := rewriteJournal(disk, path, parsed.entries); err != nil {
		return 0, err
	}
	return len(parsed.corrupt), nil
}

func readAll(disk disk, path string) ([]byte, error) {
	file, err := disk.read(path)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(file)
	return content, errors.Join(err, file.Close())
}

// rewriteJournal replaces a file by one with a line for each entry, and returns its size.
func rewriteJournal(disk disk, path string, entries map[string]payneteasy.Entry) (size int64, err error) {
	size = int64(len(journalHeader))
	err = disk.replace(path, func(file io.Writer) error {
		if _, err := io.WriteString(file, journalHeader); err != nil {
			return err
		}
		for _, entry := range entries {
			line, err := journalLine(entry)
			if err != nil {
				return err
			}
			if _, err := file.Write(line); err != nil {
				return err
			}
			size += int64(len(line))
		}
		return nil
	})
	return size, err
}
