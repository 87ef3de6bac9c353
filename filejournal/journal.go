// Package filejournal implements payneteasy.Journal in one file, for one process on one machine:
//
//	journal, err := filejournal.Open("/var/lib/merchant/payouts.journal")
//	...
//	if cut := journal.Cut(); cut.Bytes > 0 {
//		log.Printf("a crash has damaged the end of the journal: %+v", cut)
//	}
//	config.Journal = journal
//
// Use a journal in a database if several processes or machines send payouts.
//
// # Power cuts and damage
//
// A call returns when its line is on the disk (fsync). Then the line is acknowledged. Each line says how much of the
// file was acknowledged when the line was written. Open uses this to distinguish two kinds of damage:
//
//   - Damage before the last byte that a later line proves to be acknowledged. A power cut cannot cause it. The disk
//     has lost data, or someone has changed the file. Open fails with a *CorruptError, and changes nothing. See Repair.
//   - Damage after that byte. A power cut causes it in the lines of calls that had not returned. It shows as a line
//     without an end, or as zeros, and intact lines may follow. Open cuts the file at the first damaged line and
//     continues. It keeps the part that it cuts off in a file beside the journal, and Journal.Cut reports it. If a
//     damaged line has its end and contains no zeros, then a power cut did not cause it, and Open fails too.
//
// Close and Open end the file with a line that proves everything before it. So only the lines of the last write before
// a crash have no proof. The disk may lose one of these lines, or the last sector of the file, which contains the
// proof, although it confirmed the fsync. Open cannot distinguish that from a power cut.
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

// Journal is a payneteasy.Journal in one file, for one process on one machine. Each call appends a line with a
// checksum, and returns when the line is on the disk (fsync). Simultaneous calls share an fsync. Only one process can
// open the file. If the file is moved away or replaced while it is open, Put fails. Keep the file on a local disk, in a
// directory that only this program writes to. In a container, mount that directory and not the file.
//
// Entries are kept forever, also in memory (about 500 bytes each), so that no ClientOrderID is used twice. Open
// rewrites the file when most of its lines are out of date.
type Journal struct {
	path   string
	unlock func() error
	cut    Cut

	mu      sync.Mutex
	idle    *sync.Cond // uses mu, and signals that nothing is being written
	disk    disk
	file    diskFile
	size    int64 // of what is certainly on the disk
	marked  int64 // the size when the last line was a syncedMark
	entries map[string]payneteasy.Entry
	pending *group
	writing bool
	broken  error // set when nothing may be written any more
	closed  bool
}

var _ payneteasy.Journal = (*Journal)(nil)

// Open opens a journal, or creates a new one. It cuts off lines that a power cut has damaged and that were never
// acknowledged (see Journal.Cut). It returns a *CorruptError if acknowledged lines are damaged, and ErrInUse if the
// journal is already open. It returns ErrCannotLock if the file system cannot lock files, as on some network file
// systems.
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

// lockJournal locks a journal against all other openers, whatever name they use.
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
	for id, entry := range j.entries { // the file lock proves that no earlier process is still telling
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
	j.mark() // what was read is on the disk now, and no power cut can damage it any more
	return nil
}

// compact rewrites a file that is new, has lost its last LF, or has mostly outdated lines. was is the size of the file
// afterwards.
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
	return was, nil // a long file works as well, for example on a full disk
}

// Cut returns what Open cut off from the end of the journal, if anything.
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

// detach copies the words that come from replies and callbacks. Each is a part of a body, and would keep the whole body
// in memory.
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

// clone returns an entry that shares no slice with the journal's own entry.
func clone(e payneteasy.Entry) payneteasy.Entry {
	e.Orders, e.Settlement.Orders = slices.Clone(e.Orders), slices.Clone(e.Settlement.Orders)
	e.Told.Claims, e.Told.Doubts = slices.Clone(e.Told.Claims), slices.Clone(e.Told.Doubts)
	return e
}

// Format writes the file's name, for package fmt. Printing the fields would be a data race.
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

// Close waits until pending writes are done, closes the file and lets another process open it.
func (j *Journal) Close() error {
	j.mu.Lock()
	closed := j.closed
	j.closed = true // from now on no new entry waits to be written
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
