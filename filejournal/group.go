package filejournal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/payneteasy-go/payneteasy"
)

// group holds the lines that the next fsync writes to the disk.
type group struct {
	bodies [][]byte
	undo   []func()
	done   chan struct{}
	err    error
}

// fail undoes the group's entries, the latest first. The caller holds the lock.
func (g *group) fail(err error) {
	g.err = err
	for _, undo := range slices.Backward(g.undo) {
		undo()
	}
	close(g.done)
}

// commit writes an entry to the disk, together with the others that wait for the next fsync, and unlocks. The entry
// counts immediately, so that no one else can begin with its ID. It is undone if it cannot be written. If the context
// ends first, the entry may still reach the disk. An intent then looks like the intent of a payout in progress, which
// is safe.
func (j *Journal) commit(ctx context.Context, entry payneteasy.Entry) error {
	body, err := json.Marshal(entry)
	var read payneteasy.Entry
	switch {
	case err != nil:
	case j.broken != nil:
		err = j.broken
	case j.closed:
		err = errClosed
	default:
		err = json.Unmarshal(body, &read) // an entry that cannot be read back would make the next Open fail
	}
	if err == nil && read.ClientOrderID != entry.ClientOrderID {
		err = fmt.Errorf("client_orderid %q cannot be stored: it is not UTF-8", entry.ClientOrderID)
	}
	if err != nil {
		j.mu.Unlock()
		return fmt.Errorf("payneteasy: journal %s: %w", j.path, err)
	}
	detach(&entry)
	stored, found := j.entries[entry.ClientOrderID]
	j.entries[entry.ClientOrderID] = entry
	if j.pending == nil {
		j.pending = &group{done: make(chan struct{})}
	}
	next := j.pending
	next.bodies = append(next.bodies, body)
	next.undo = append(next.undo, func() {
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
	case <-next.done:
		return next.err
	case <-ctx.Done():
		return fmt.Errorf("payneteasy: journal %s: the entry may or may not have been written: %w", j.path, ctx.Err())
	}
}

var errClosed = errors.New("it is closed")

// flush writes one group after another until none waits.
func (j *Journal) flush() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.pending != nil {
		next := j.pending
		j.pending = nil
		j.mu.Unlock()
		err := j.write(next.bodies)
		j.mu.Lock()
		if err != nil {
			// The waiting group is based on entries that are undone now, so it fails too.
			if after := j.pending; after != nil {
				j.pending = nil
				after.fail(fmt.Errorf("payneteasy: journal %s: %w", j.path, err))
			}
			next.fail(fmt.Errorf("payneteasy: journal %s: %w", j.path, err))
			continue
		}
		close(next.done)
	}
	j.writing = false
	j.idle.Broadcast()
}

// write appends a group of lines and syncs.
func (j *Journal) write(bodies [][]byte) error {
	if j.broken != nil {
		return j.broken
	}
	return j.append(bodies...)
}

// append writes and syncs. It removes a partial write, durably, so that a power cut damages at most one group. After a
// failed fsync the content of the disk is unknown. Then nothing more is written until the journal is opened again.
func (j *Journal) append(bodies ...[]byte) error {
	var data []byte
	for _, body := range bodies {
		data = appendLine(data, line{body, j.size + int64(len(data)), j.size})
	}
	if _, err := j.file.Write(data); err != nil {
		undo := j.file.Truncate(j.size)
		if undo == nil {
			undo = j.file.Sync()
		}
		if undo != nil {
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

// mark appends a line that proves that all lines before it were acknowledged. Its error does not matter. Without the
// mark the file looks as it does after a crash, and nothing is lost.
func (j *Journal) mark() {
	if j.marked != j.size && j.append([]byte(syncedMark)) == nil {
		j.marked = j.size
	}
}

func (j *Journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = fmt.Errorf("an earlier write failed, open the journal again: %w", err)
}
