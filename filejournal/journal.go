// Package filejournal is a payneteasy.Journal in one file, for one process on one machine:
//
//	journal, err := filejournal.Open("/var/lib/merchant/payouts.journal")
//	...
//	if cut := journal.Cut(); cut.Bytes > 0 {
//		log.Printf("a crash has damaged the end of the journal: %+v", cut)
//	}
//	config.Journal = journal
//
// A fleet needs a journal on its database.
//
// # Power cuts and damage
//
// A call returns when its line is on the disk (fsync): the line is acknowledged. Each line says how much of the file
// was acknowledged when it was written, so that Open can tell two kinds of damage apart:
//
//   - Damage before the last byte that a later line proves to be acknowledged is no power cut: the disk has lost it,
//     or the file was changed. Open fails with a *CorruptError, and changes nothing. See Repair.
//   - Damage after it is what a power cut leaves of calls that had not returned: a line without its end, zeros, intact
//     lines after them. Open cuts the file at the first damaged line, keeps what it cuts off in a file beside the
//     journal, and goes on. Journal.Cut reports it. A damaged line that has its end, and no zeros in it, is no power
//     cut: then Open fails, too.
//
// Close and Open end the file with a line that proves all before it. So only the lines of the last write before a crash
// have no proof. If the disk loses one of these, or the last sector of the file with the proof in it, although it had
// confirmed the fsync, that looks as after a power cut.
package filejournal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// Journal is a payneteasy.Journal in one file, for one process on one machine: lines are appended, each with its
// checksum, and are on the disk (fsync) before a call returns. Calls at the same time share an fsync. A second process
// that opens the file is refused, and so is a file that is moved away or replaced while it is open. Keep it in a
// directory that only this program writes to, on a local disk; in a container mount that directory, not the file.
//
// Entries are kept for ever, in memory too (some 500 bytes each), so that no ClientOrderID is used twice. Opening a
// file rewrites it when most of its lines are out of date.
type Journal struct {
	path   string
	unlock func() error
	cut    Cut

	mu      sync.Mutex
	idle    *sync.Cond // with mu: nothing is being written
	disk    disk
	file    diskFile
	size    int64 // of what is certainly on the disk
	marked  int64 // the size with which the last line was a syncedMark
	entries map[string]payneteasy.Entry
	pending *group
	writing bool
	broken  error // after it nothing is written any more
	closed  bool
}

var _ payneteasy.Journal = (*Journal)(nil)

// Open opens a journal, or makes a new one. Lines that a power cut has damaged, and that were never acknowledged, are
// cut off: see Journal.Cut. Acknowledged lines that are damaged are a *CorruptError. A journal that is open already is
// ErrInUse; a file system that cannot lock files, as some network file systems, is ErrCannotLock.
func Open(path string) (*Journal, error) { return open(path, osDisk{}) }

func open(path string, disk disk) (*Journal, error) {
	path, unlock, handover, err := lockJournal(path, disk)
	if err != nil {
		return nil, err
	}
	j := &Journal{path: path, unlock: unlock, disk: disk}
	j.idle = sync.NewCond(&j.mu)
	if err := j.load(handover); err != nil {
		return nil, errors.Join(err, handover(), unlock())
	}
	return j, nil
}

// lockJournal keeps everybody else away from a journal, by whatever name.
func lockJournal(path string, disk disk) (real string, unlock, handover func() error, err error) {
	real, err = disk.resolve(path)
	if err == nil {
		unlock, handover, err = disk.lock(real)
	}
	if err != nil {
		return "", nil, nil, fmt.Errorf("payneteasy: journal %s: %w", path, err)
	}
	return real, unlock, handover, nil
}

func (j *Journal) load(handover func() error) error {
	file, err := j.disk.read(j.path)
	if err != nil {
		return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
	}
	parsed, err := parseJournal(j.path, file, false)
	if err := errors.Join(err, file.Close()); err != nil { // an open file cannot be replaced on Windows
		return err
	}
	if corrupt := parsed.corrupt(); len(corrupt) > 0 {
		return &CorruptError{Path: j.path, Offsets: corrupt}
	}
	if parsed.kept < parsed.size {
		if j.cut, err = cutAside(j.disk, j.path, parsed.kept); err != nil {
			return err
		}
	}
	j.entries = parsed.entries
	for id, entry := range j.entries { // the lock of the file proves that no earlier opening is telling
		entry.Telling.By = ""
		j.entries[id] = entry
	}
	was, err := j.compact(parsed)
	if err != nil {
		return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
	}
	if err := handover(); err != nil {
		return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
	}
	if j.file, err = j.disk.open(j.path, was, j.size); err != nil {
		return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
	}
	j.mark() // what was read is on the disk now, and not the end of a power cut any more
	return nil
}

// compact rewrites a file that is new, that has lost the LF at its end, or of which most lines are out of date. was is
// the size of the file then.
func (j *Journal) compact(parsed parsedJournal) (was int64, err error) {
	was, j.size = parsed.size, parsed.kept
	if parsed.marked {
		j.marked = j.size
	}
	must := j.size == 0 || parsed.unended
	if !must && parsed.lines <= 2*len(parsed.entries)+1000 {
		return was, nil
	}
	size, err := rewriteJournal(j.disk, j.path, parsed.entries)
	switch {
	case err == nil:
		j.size, j.marked = size, size
		return size, nil
	case must:
		return 0, err
	}
	return was, nil // a file that is only long is as good, for example on a full disk
}

// Cut is what Open took off the end of the journal, if anything.
func (j *Journal) Cut() Cut { return j.cut }

// Put implements Journal.
func (j *Journal) Put(ctx context.Context, entry payneteasy.Entry) error {
	j.mu.Lock()
	if stored := j.entries[entry.ClientOrderID]; entry.Revision != stored.Revision+1 {
		j.mu.Unlock()
		return fmt.Errorf("%w: client_orderid %q, revision %d is stored", payneteasy.ErrConflict, entry.ClientOrderID,
			stored.Revision)
	}
	return j.commit(ctx, entry)
}

// detach copies the words that come from replies and callbacks: each is a part of a body, which would stay in memory
// with it.
func detach(e *payneteasy.Entry) {
	for _, word := range []*string{
		&e.ClientOrderID, &e.SerialNumber, (*string)(&e.Status), &e.TransactionType, &e.Telling.By,
	} {
		*word = strings.Clone(*word)
	}
	e.Orders = slices.Clone(e.Orders)
	for i := range e.Orders {
		e.Orders[i].ID = strings.Clone(e.Orders[i].ID)
	}
	for _, claims := range []*[]payneteasy.TakenBackClaim{&e.Told.Claims, &e.Told.Doubts} {
		*claims = slices.Clone(*claims)
		for i := range *claims {
			claim := &(*claims)[i]
			claim.OrderID, claim.Kind = strings.Clone(claim.OrderID), strings.Clone(claim.Kind)
		}
	}
}

// Get implements Journal.
func (j *Journal) Get(_ context.Context, clientOrderID string) (payneteasy.Entry, time.Time, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entry, found := j.entries[clientOrderID]
	if !found {
		return payneteasy.Entry{}, time.Now(), fmt.Errorf("%w: client_orderid %q", payneteasy.ErrNoEntry, clientOrderID)
	}
	return clone(entry), time.Now(), nil
}

// clone is an entry that shares no slice with the journal's own.
func clone(e payneteasy.Entry) payneteasy.Entry {
	e.Orders, e.Settlement.Orders = slices.Clone(e.Orders), slices.Clone(e.Settlement.Orders)
	e.Told.Claims, e.Told.Doubts = slices.Clone(e.Told.Claims), slices.Clone(e.Told.Doubts)
	return e
}

// Format names the file, for package fmt: printing what is inside would be a data race.
func (j *Journal) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "filejournal.Journal("+j.path+")")
}

// Open implements Journal.
func (j *Journal) Open(context.Context) iter.Seq2[payneteasy.Entry, error] {
	j.mu.Lock()
	var open []payneteasy.Entry
	for _, entry := range j.entries {
		if entry.IsOpen() {
			open = append(open, clone(entry))
		}
	}
	j.mu.Unlock()
	slices.SortFunc(open, func(a, b payneteasy.Entry) int { return a.Began.Compare(b.Began) })
	return func(yield func(payneteasy.Entry, error) bool) {
		for _, entry := range open {
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// Close waits for what is being written, closes the file and lets another process open it.
func (j *Journal) Close() error {
	j.mu.Lock()
	closed := j.closed
	j.closed = true // from now on nothing new waits to be written
	for j.writing {
		j.idle.Wait()
	}
	broken := j.broken
	j.mu.Unlock()
	if closed {
		return nil
	}
	if broken == nil {
		j.mark()
	}
	return errors.Join(j.file.Close(), j.unlock())
}
