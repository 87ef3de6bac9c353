// Package filejournal is a payneteasy.Journal in one file, for one process on one machine:
//
//	journal, err := filejournal.Open("/var/lib/merchant/payouts.journal")
//	...
//	config.Journal = journal
//
// A fleet needs a journal on its database.
package filejournal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// Journal is a payneteasy.Journal in one file, for one process on one machine: lines are appended, each with its checksum, and
// are on the disk (fsync) before a call returns. Calls at the same time share an fsync. A second process that opens the
// file is refused, and so is a file that is moved away or replaced while it is open. Keep it in a directory that only
// this program writes to, on a local disk; in a container mount that directory, not the file.
//
// Entries are kept for ever, in memory too (some 500 bytes each), so that no ClientOrderID is used twice. Opening a file
// rewrites it when most of its lines are out of date.
type Journal struct {
	path   string
	unlock func() error
	torn   int

	mu      sync.Mutex
	idle    *sync.Cond // with mu: nothing is being written
	disk    disk
	file    diskFile
	size    int64 // of what is certainly on the disk
	entries map[string]payneteasy.Entry
	pending *journalBatch
	writing bool
	broken  error // after it nothing is written any more
	closed  bool
}

var _ payneteasy.Journal = (*Journal)(nil)

// journalBatch are the lines that the next fsync takes to the disk.
type journalBatch struct {
	data []byte
	undo []func()
	done chan struct{}
	err  error
}

// fail takes the batch's entries back, the latest first. The caller holds the lock.
func (b *journalBatch) fail(err error) {
	b.err = err
	for _, undo := range slices.Backward(b.undo) {
		undo()
	}
	close(b.done)
}

// Open opens a journal, or makes a new one. What a power cut left of a last line is cut off: Torn tells. A
// line that cannot be read is a *CorruptError. A journal that is open already is ErrInUse; a file system that
// cannot lock files, as some network file systems, is ErrCannotLock.
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
	if len(parsed.corrupt) > 0 {
		return &CorruptError{Path: j.path, Offsets: parsed.corrupt}
	}
	j.entries, j.torn = parsed.entries, parsed.torn
	for id, entry := range j.entries { // the lock of the file proves that no earlier opening is telling
		entry.Telling.By = ""
		j.entries[id] = entry
	}
	was := parsed.size
	j.size = was - int64(parsed.torn)
	if j.size == 0 || parsed.unended || parsed.lines > 2*len(parsed.entries)+1000 {
		if j.size, err = rewriteJournal(j.disk, j.path, parsed.entries); err != nil {
			return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
		}
		was = j.size
	}
	if err := handover(); err != nil {
		return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
	}
	if j.file, err = j.disk.open(j.path, was, j.size); err != nil {
		return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
	}
	return nil
}

// Torn is how many bytes of an incomplete last line were cut off when the journal was opened: a call that was writing
// when the power went never returned, so nothing that it announced was sent. Of a copy that was cut short this is not
// true: never go on from one.
func (j *Journal) Torn() int { return j.torn }

// Begin implements Journal.
func (j *Journal) Begin(ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
	j.mu.Lock()
	stored, found := j.entries[entry.ClientOrderID]
	entry, err := entry.CheckBegin(stored, found)
	if err != nil {
		j.mu.Unlock()
		return payneteasy.Entry{}, err
	}
	return entry, j.commit(ctx, entry)
}

// Update implements Journal.
func (j *Journal) Update(ctx context.Context, entry payneteasy.Entry) error {
	j.mu.Lock()
	stored, found := j.entries[entry.ClientOrderID]
	if err := entry.CheckUpdate(stored, found); err != nil {
		j.mu.Unlock()
		return err
	}
	return j.commit(ctx, entry)
}

// BeginTelling implements Journal.
func (j *Journal) BeginTelling(ctx context.Context, clientOrderID string, revision int, by string) (payneteasy.Entry, error) {
	j.mu.Lock()
	stored, err := j.get(clientOrderID)
	if err == nil {
		stored, err = stored.BeginTelling(revision, by, time.Now())
	}
	if err != nil {
		j.mu.Unlock()
		return payneteasy.Entry{}, err
	}
	return stored, j.commit(ctx, stored)
}

// commit takes an entry to the disk, with the others that wait for the next fsync, and unlocks. The entry counts from
// now on, so that nobody else begins with its id, and is taken back if it cannot be written. When the context ends first,
// the entry may still get there: an intent then looks like one of a payout that was being sent, which is on the safe side.
func (j *Journal) commit(ctx context.Context, entry payneteasy.Entry) error {
	line, err := journalLine(entry)
	if err == nil {
		err = j.broken
	}
	if err != nil {
		j.mu.Unlock()
		return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
	}
	detach(&entry)
	stored, found := j.entries[entry.ClientOrderID]
	j.entries[entry.ClientOrderID] = entry
	if j.pending == nil {
		j.pending = &journalBatch{done: make(chan struct{})}
	}
	batch := j.pending
	batch.data = append(batch.data, line...)
	batch.undo = append(batch.undo, func() {
		if found {
			j.entries[entry.ClientOrderID] = stored
		} else {
			delete(j.entries, entry.ClientOrderID)
		}
	})
	if !j.writing {
		j.writing = true
		go j.flush()
	}
	j.mu.Unlock()
	select {
	case <-batch.done:
		return batch.err
	case <-ctx.Done():
		return fmt.Errorf("payneteasy: journal %s: not known to be written: %w", j.path, ctx.Err())
	}
}

// detach copies the words that come from replies and callbacks: each is a part of a body, which would stay in memory with it.
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

// flush writes batch after batch until none waits.
func (j *Journal) flush() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.pending != nil {
		batch := j.pending
		j.pending = nil
		j.mu.Unlock()
		err := j.write(batch.data)
		j.mu.Lock()
		if err != nil {
			// What waits was built on what is taken back now, so it fails too.
			if after := j.pending; after != nil {
				j.pending = nil
				after.fail(fmt.Errorf("payneteasy: journal %s: %w", j.path, err))
			}
			batch.fail(fmt.Errorf("payneteasy: journal %s: %w", j.path, err))
			continue
		}
		close(batch.done)
	}
	j.writing = false
	j.idle.Broadcast()
}

// write appends and syncs. What was written in part is taken back; after an fsync that failed nobody knows what is on
// the disk, so that nothing more is written until the journal is opened anew.
func (j *Journal) write(data []byte) error {
	if j.broken != nil {
		return j.broken
	}
	if _, err := j.file.Write(data); err != nil {
		if undo := j.file.Truncate(j.size); undo != nil {
			j.fail(errors.Join(err, undo))
		}
		return err
	}
	if err := j.file.Sync(); err != nil {
		j.fail(err)
		return err
	}
	j.size += int64(len(data))
	return nil
}

func (j *Journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = fmt.Errorf("an earlier write failed, open it anew: %w", err)
}

// Get implements Journal.
func (j *Journal) Get(_ context.Context, clientOrderID string) (payneteasy.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.get(clientOrderID)
}

// get is Get for a caller that holds the lock.
func (j *Journal) get(clientOrderID string) (payneteasy.Entry, error) {
	entry, found := j.entries[clientOrderID]
	if !found {
		return payneteasy.Entry{}, fmt.Errorf("%w: client_orderid %q", payneteasy.ErrNoEntry, clientOrderID)
	}
	return entry, nil
}

// Open implements Journal.
func (j *Journal) Open(context.Context) iter.Seq2[payneteasy.Entry, error] {
	j.mu.Lock()
	var open []payneteasy.Entry
	for _, entry := range j.entries {
		if entry.IsOpen() {
			open = append(open, entry)
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
	for j.writing {
		j.idle.Wait()
	}
	closed := j.closed
	j.closed, j.broken = true, errors.New("it is closed")
	j.mu.Unlock()
	if closed {
		return nil
	}
	return errors.Join(j.file.Close(), j.unlock())
}
