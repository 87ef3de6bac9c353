package filejournal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy"
)

// journalHeader is the first line of a journal file. A file with another number has another version and is refused.
const journalHeader = "payneteasy-journal 2\n"

// CorruptError lists the lines of a journal file that cannot be read, and that no power cut has damaged. They were
// acknowledged, or may have been. Nothing was changed. Each may be a payout that was sent, so look at them before you
// call Repair.
type CorruptError struct {
	Path    string
	Offsets []int64 // in bytes, of each such line
}

func (e *CorruptError) Error() string {
	const shown = 10 // the error may list every line of a file
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

// parsedJournal is the content of a file.
type parsedJournal struct {
	entries map[string]payneteasy.Entry
	size    int64 // of the file
	lines   int
	marked  bool // the last line is a syncedMark

	synced  int64   // everything before it was acknowledged, as some line says
	damaged []int64 // where lines cannot be read
	foreign []int64 // lines that no power cut leaves, because of a cut, a change, or another process that wrote
	kept    int64   // where the lines before the first damage end
	unended bool    // the last of these is whole, except for its LF

	heal     bool              // take entries from all intact lines, also from those after damage
	disputed map[string]bool   // IDs that two processes have written
	lost     []span            // what cannot be read
	words    map[string]string // strings that many entries share, kept once
}

// span is a part of a file.
type span struct{ begin, end int64 }

// parseJournal reads a file line by line, because the file may be far longer than its entries. If heal is set, it reads
// all intact lines.
func parseJournal(path string, file io.Reader, heal bool) (parsedJournal, error) {
	p := parsedJournal{
		entries: map[string]payneteasy.Entry{}, words: map[string]string{}, disputed: map[string]bool{}, heal: heal,
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 1<<16), math.MaxInt) // the buffer grows to the longest line
	lines.Split(lineWithLF)
	for lines.Scan() && lines.Err() == nil { // after an error the last line is incomplete, not damaged
		offset := p.size
		text, ended := bytes.CutSuffix(lines.Bytes(), []byte("\n")) // valid until the next Scan
		p.size += int64(len(lines.Bytes()))
		read := p.read
		if offset == 0 {
			read = p.header
		}
		if err := read(text, offset, ended); err != nil {
			return p, fmt.Errorf("payneteasy: journal %s: %w", path, err)
		}
	}
	if err := lines.Err(); err != nil {
		return p, fmt.Errorf("payneteasy: journal %s: %w", path, err)
	}
	if p.size > 0 && p.size < p.synced {
		p.damaged = append(p.damaged, p.size)
	}
	return p, nil
}

// header reads the first line. The header and the line after it were on the disk before the file got its name.
func (p *parsedJournal) header(text []byte, _ int64, ended bool) error {
	if !ended || string(text) != strings.TrimSuffix(journalHeader, "\n") {
		return fmt.Errorf("it begins with %.40q: it is not a journal, or has another version", text)
	}
	p.kept, p.synced = p.size, p.size+1
	return nil
}

// read reads a line other than the header.
func (p *parsedJournal) read(text []byte, offset int64, ended bool) error {
	if l, intact := parseLine(text); intact && ended {
		err := p.line(l, span{offset, offset + int64(len(text))}, p.heal || p.damaged == nil)
		if p.damaged == nil {
			p.kept = p.size
		}
		return err
	}
	first := p.damaged == nil
	p.damaged = append(p.damaged, offset)
	if ended && bytes.IndexByte(text, 0) < 0 { // a power cut leaves zeros in a line, or only part of it
		p.foreign = append(p.foreign, offset)
	}
	for _, part := range split(text) {
		at := span{offset + int64(part.begin), offset + int64(part.end)}
		if !part.intact {
			p.lost = append(p.lost, at)
			continue
		}
		first = first && part.begin == 0
		if err := p.line(part.line, at, p.heal || first); err != nil {
			return err
		}
		if first {
			p.kept, p.unended = at.end, true
		}
	}
	return nil
}

// line adds the entry of an intact line, if wanted.
func (p *parsedJournal) line(l line, at span, wanted bool) error {
	p.synced = max(p.synced, l.synced)
	if l.offset != at.begin || l.synced > at.begin {
		p.foreign = append(p.foreign, at.begin)
	}
	if !wanted {
		return nil
	}
	p.lines++
	if p.marked = string(l.body) == syncedMark; p.marked {
		return nil
	}
	var entry payneteasy.Entry
	if err := json.Unmarshal(l.body, &entry); err != nil {
		return fmt.Errorf("the line at byte %d is intact, but has another version: %w", at.begin, err)
	}
	stored, found := p.entries[entry.ClientOrderID]
	twoWriters := found && entry.Revision <= stored.Revision
	switch {
	case !found, !twoWriters && !p.disputed[entry.ClientOrderID]:
		p.add(entry)
		return nil
	case twoWriters:
		p.foreign = append(p.foreign, at.begin)
		p.disputed[entry.ClientOrderID] = true
	}
	p.lost = append(p.lost, at)
	if p.heal && stored.Decision().PayAgain() == payneteasy.PayAgainSameID {
		p.add(entry) // the entry that frees no ID
	}
	return nil
}

// corrupt returns the offsets of acknowledged lines that cannot be read.
func (p *parsedJournal) corrupt() []int64 {
	offsets := slices.Clone(p.foreign)
	for _, offset := range p.damaged {
		if offset < p.synced {
			offsets = append(offsets, offset)
		}
	}
	slices.Sort(offsets)
	return slices.Compact(offsets)
}

// lineWithLF splits a file into lines that keep their LF, so that the lengths add up.
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

// add stores an entry.
func (p *parsedJournal) add(entry payneteasy.Entry) {
	for _, word := range []*string{
		&entry.Send, &entry.Command, &entry.BaseURL, &entry.Login,
		(*string)(&entry.Status), &entry.TransactionType,
	} {
		if _, kept := p.words[*word]; !kept {
			p.words[*word] = *word
		}
		*word = p.words[*word]
	}
	p.entries[entry.ClientOrderID] = entry
}
