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

// journalHeader is the first line of a journal file. A file with another number is of another version and is refused.
const journalHeader = "payneteasy-journal 2\n"

// CorruptError names the lines of a journal file that cannot be read, and that no power cut has damaged: they were
// acknowledged, or may have been. Nothing was changed. Each may be a payout that was sent: look at them before Repair
// puts them aside.
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
	marked  bool // the last line is a syncedMark

	synced  int64   // all before it was acknowledged, as some line says
	damaged []int64 // where lines cannot be read
	foreign []int64 // lines that no power cut leaves: something was cut out, changed, or written by another process
	kept    int64   // where the lines before the first damage end
	unended bool    // the last of these is whole, but for its LF

	heal     bool              // entries come from all intact lines, also from those after damage
	disputed map[string]bool   // ids of which two processes have written
	lost     []span            // what could not be read
	words    map[string]string // what many entries say, kept once
}

// span is a part of a file.
type span struct{ begin, end int64 }

// parseJournal reads a file, a line at a time: it may be far longer than what it says. With heal, all lines that are
// intact are read.
func parseJournal(path string, file io.Reader, heal bool) (parsedJournal, error) {
	p := parsedJournal{
		entries: map[string]payneteasy.Entry{}, words: map[string]string{}, disputed: map[string]bool{}, heal: heal,
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 1<<16), math.MaxInt) // it grows to the longest line
	lines.Split(lineWithLF)
	for lines.Scan() && lines.Err() == nil { // with an error the last line was not read to its end, and is not damaged
		offset := p.size
		text, ended := bytes.CutSuffix(lines.Bytes(), []byte("\n")) // good until the next Scan
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

// header reads the first line. It was on the disk with the line after it before the file got its name.
func (p *parsedJournal) header(text []byte, _ int64, ended bool) error {
	if !ended || string(text) != strings.TrimSuffix(journalHeader, "\n") {
		return fmt.Errorf("it begins with %.40q: not a journal, or of another version", text)
	}
	p.kept, p.synced = p.size, p.size+1
	return nil
}

// read reads any other line.
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
	if ended && bytes.IndexByte(text, 0) < 0 { // a power cut leaves zeros in a line, or not all of it
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

// line takes over an intact line, if its entry is wanted.
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
		return fmt.Errorf("the line at byte %d is intact, and of another version: %w", at.begin, err)
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
		p.add(entry) // the one that frees no id
	}
	return nil
}

// corrupt is where acknowledged lines cannot be read.
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

// add takes over an entry.
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
