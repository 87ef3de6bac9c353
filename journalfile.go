package payneteasy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// journalHeader is the first line of a journal file. A file with another number is of another version and is refused.
const journalHeader = "payneteasy-journal 1\n"

// CorruptJournalError names the lines of a journal file that cannot be read. Nothing was changed. Each may be a payout
// that was sent: look at them before RepairFileJournal puts them aside.
type CorruptJournalError struct {
	Path    string
	Offsets []int64 // in bytes, of each such line
}

func (e *CorruptJournalError) Error() string {
	offsets := make([]string, len(e.Offsets))
	for i, offset := range e.Offsets {
		offsets[i] = strconv.FormatInt(offset, 10)
	}
	return fmt.Sprintf("payneteasy: journal %s: corrupt at byte %s", e.Path, strings.Join(offsets, ", "))
}

// parsedJournal is what a file says.
type parsedJournal struct {
	entries map[string]Entry
	lines   int
	torn    int     // bytes of an incomplete last line
	unended bool    // the last line is whole, but for its LF
	corrupt []int64 // offsets of lines that cannot be read
}

// parseJournal reads a file. With heal, lines that only lost the LF between them are read.
func parseJournal(path string, content []byte, heal bool) (parsedJournal, error) {
	p := parsedJournal{entries: map[string]Entry{}}
	if len(content) == 0 {
		return p, nil
	}
	if !bytes.HasPrefix(content, []byte(journalHeader)) {
		if bytes.HasPrefix([]byte(journalHeader), content) {
			p.torn = len(content) // cut while it was made
			return p, nil
		}
		line, _, _ := bytes.Cut(content, []byte("\n"))
		return p, fmt.Errorf("payneteasy: journal %s: it begins with %.40q: not a journal, or of a newer version", path, line)
	}
	for offset := len(journalHeader); offset < len(content); {
		line, _, ended := bytes.Cut(content[offset:], []byte("\n"))
		entry, intact, err := parseJournalLine(line)
		switch {
		case err != nil:
			return p, fmt.Errorf("payneteasy: journal %s: the line at byte %d is intact, and of another version: %w", path, offset, err)
		case intact && p.add(entry):
			p.unended = !ended
		case intact: // somebody else has written too
			p.corrupt = append(p.corrupt, int64(offset))
		case ended && heal && p.healed(line):
		case ended:
			p.corrupt = append(p.corrupt, int64(offset))
		default:
			p.torn = len(line)
		}
		offset += len(line) + 1
	}
	return p, nil
}

// add takes over an entry, which must follow on from the one before.
func (p *parsedJournal) add(entry Entry) bool {
	if stored, found := p.entries[entry.ClientOrderID]; found && entry.Revision <= stored.Revision {
		return false
	}
	p.entries[entry.ClientOrderID] = entry
	p.lines++
	return true
}

// healed reads two intact lines with something else than an LF between them.
func (p *parsedJournal) healed(line []byte) bool {
	for end, c := range line {
		if c != '}' || end+2 > len(line) {
			continue
		}
		first, intact, err := parseJournalLine(line[:end+1])
		if !intact || err != nil {
			continue
		}
		second, intact, err := parseJournalLine(line[end+2:])
		return intact && err == nil && p.add(first) && p.add(second)
	}
	return false
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journalLine is the checksum in eight hex digits, a blank, the entry in JSON, and LF.
func journalLine(entry Entry) ([]byte, error) {
	encoded, err := json.Marshal(entry)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(encoded, castagnoli), encoded), nil
}

// parseJournalLine reads a line. One whose checksum is right is intact; if it makes no sense all the same, that is an error.
func parseJournalLine(line []byte) (entry Entry, intact bool, err error) {
	sum, encoded, found := bytes.Cut(line, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !found || err != nil || crc32.Checksum(encoded, castagnoli) != uint32(want) {
		return Entry{}, false, nil //nolint:nilerr // it is no line of a journal
	}
	if err := json.Unmarshal(encoded, &entry); err != nil {
		return Entry{}, true, err
	}
	if entry.ClientOrderID == "" {
		return Entry{}, true, errors.New("it has no ClientOrderID")
	}
	return entry, true, nil
}

// RepairFileJournal puts the lines that cannot be read, and what is left of an incomplete last one, aside, into a file
// beside the journal with .corrupt added to its name, and keeps all others. It returns how many there were. What stood in
// such a line is not known any more: its payout counts as it did in the line before, if there was one, which may be as free
// to be sent. Look before you go on.
func RepairFileJournal(path string) (aside int, err error) {
	var disk osDisk
	path, unlock, err := lockJournal(path, disk)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if aside, err = repairJournal(path, disk); err != nil {
		return 0, fmt.Errorf("payneteasy: journal %s: %w", path, err)
	}
	return aside, nil
}

func repairJournal(path string, disk disk) (aside int, err error) {
	content, err := disk.read(path)
	if err != nil {
		return 0, err
	}
	found, err := parseJournal(path, content, false)
	if err != nil || len(found.corrupt) == 0 {
		return 0, err
	}
	parsed, err := parseJournal(path, content, true)
	if err != nil {
		return 0, err
	}
	bad, err := disk.read(path + ".corrupt")
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
	if err := disk.replace(path+".corrupt", bad); err != nil {
		return 0, err
	}
	if _, err := rewriteJournal(disk, path, parsed.entries); err != nil {
		return 0, err
	}
	return len(parsed.corrupt), nil
}

// rewriteJournal replaces a file by one with a line for each entry.
func rewriteJournal(disk disk, path string, entries map[string]Entry) ([]byte, error) {
	content := []byte(journalHeader)
	for _, entry := range entries {
		line, err := journalLine(entry)
		if err != nil {
			return nil, err
		}
		content = append(content, line...)
	}
	return content, disk.replace(path, content)
}
