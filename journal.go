package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Journal stores payouts so that they survive a crash. An entry is durable before the first byte of a payout leaves.
// Later the journal stores the outcome of the payout, and then the final status. Package filejournal has a journal for
// one machine, and payneteasytest has one for tests. Several machines need a journal on their database. Check your own
// journal with payneteasytest.TestJournal.
//
// A journal stores entries. It reads none of their fields except ClientOrderID, Revision and Began, and the result of
// Entry.IsOpen. The client decides what an entry means, and when an ID may be used again. All methods must be safe for
// concurrent use.
type Journal interface {
	// Put stores an entry, and the entry is durable when Put returns nil. Put is a compare-and-swap on Revision. It
	// replaces the entry with the same ClientOrderID whose Revision is one less. It stores Revision 1 if there is no
	// entry. Otherwise it changes nothing, and the error matches ErrConflict. Of concurrent calls with the same
	// Revision exactly one succeeds.
	Put(ctx context.Context, entry Entry) error

	// Get returns the stored entry, or an error that matches ErrNoEntry. It must not read a replica that lags behind.
	// In both cases now is the time by the journal's clock. A journal for several machines must use one clock, the
	// clock of its database. How old an attempt is must not depend on the machine that asks.
	Get(ctx context.Context, clientOrderID string) (entry Entry, now time.Time, err error)

	// Open yields the entries for which Entry.IsOpen is true, the oldest first by Began. It ends with the first error.
	Open(ctx context.Context) iter.Seq2[Entry, error]
}

// read returns the journal's entry of a payout, even if it is only created.
func (c *Client) read(ctx context.Context, clientOrderID string) (Entry, time.Time, error) {
	entry, now, err := c.config.Journal.Get(ctx, clientOrderID)
	if err == nil && entry.ClientOrderID != clientOrderID {
		err = errorf("the journal returned the entry of %q for client_orderid %q", entry.ClientOrderID, clientOrderID)
	}
	return entry, now, err
}

// get returns the journal's entry of a payout. An entry that is only created, such as one in a queue, counts as
// missing, because nothing was sent.
func (c *Client) get(ctx context.Context, clientOrderID string) (Entry, time.Time, error) {
	entry, now, err := c.read(ctx, clientOrderID)
	if err == nil && entry.Send == string(order.Created) {
		err = errorf("%w: client_orderid %q was created but never sent", ErrNoEntry, clientOrderID)
	}
	return entry, now, err
}

// age returns how long ago an entry began, by the journal's clock. If the clock cannot be read it returns 0, so that
// nothing is proved.
func (c *Client) age(ctx context.Context, entry Entry) time.Duration {
	if c.config.Journal == nil {
		return time.Since(entry.Began)
	}
	stored, now, err := c.get(ctx, entry.ClientOrderID)
	switch {
	case err == nil && stored.sameAttempt(entry):
		return now.Sub(entry.Began)
	case errors.Is(err, ErrNoEntry): // it was begun without the journal, so by this machine's clock
		return time.Since(entry.Began)
	}
	return 0
}

// begin stores the intent of an attempt, or what was found out about one. The error is a *DuplicateError if the
// ClientOrderID is not free.
func (c *Client) begin(ctx context.Context, entry Entry) (Entry, error) {
	for attempt := 1; ; attempt++ {
		stored, now, err := c.read(ctx, entry.ClientOrderID)
		begun := entry
		switch {
		case err == nil:
			begun, err = entry.after(stored)
		case errors.Is(err, ErrNoEntry):
			begun.Revision, err = 1, nil
		}
		if err != nil {
			return entry, err
		}
		begun.Began = microseconds(now)
		err = c.config.Journal.Put(ctx, begun)
		if err == nil || attempt == maxAttempts || !errors.Is(err, ErrConflict) {
			return begun, err
		}
	}
}

// after returns e as the attempt after the stored entry of the same ClientOrderID, or a *DuplicateError. The news of an
// order are counted across its attempts.
func (e Entry) after(stored Entry) (Entry, error) {
	if _, ok := order.Begin(stored.record(), e.record()); !ok {
		return e, &DuplicateError{Entry: stored, Asked: e}
	}
	e.Revision = stored.Revision + 1
	e.Seq, e.Told, e.Telling = stored.Seq+e.Seq, stored.Told, stored.Telling
	return e, nil
}

// recordTimeout limits how long a journal may take to write down the outcome of a payout. It applies even after the
// call's context has ended.
const recordTimeout = 30 * time.Second

// put stores a changed entry, if there is a journal, and reports the change.
func (c *Client) put(ctx context.Context, before, after Entry) error {
	if c.config.Journal != nil {
		if err := c.config.Journal.Put(ctx, after); err != nil {
			return err
		}
	}
	c.decided(ctx, before, after)
	return nil
}

// maxAttempts limits how often a change is tried after ErrConflict.
const maxAttempts = 5

// change changes the given entry and stores the result. If the stored entry has changed since, change starts again from
// that one. An order that the journal does not know gets an entry. If there is nothing to write, change returns the
// entry that it was given. With an error, the returned entry is the one that could not be written.
func (c *Client) change(ctx context.Context, entry Entry, change func(Entry) Entry) (Entry, error) {
	for attempt := 1; ; attempt++ {
		changed := change(entry)
		if changed.Revision == entry.Revision {
			return changed, nil
		}
		if changed.Revision == 1 { // it was a NewEntry
			changed.Attempt = cmp.Or(changed.Attempt, newAttempt())
		}
		err := c.put(ctx, entry, changed)
		if err == nil {
			return changed, nil
		}
		if attempt == maxAttempts || !errors.Is(err, ErrConflict) {
			return changed, err
		}
		stored, _, failed := c.read(ctx, entry.ClientOrderID)
		switch {
		case errors.Is(failed, ErrNoEntry):
			entry.Revision = 0
		case failed != nil:
			return changed, errors.Join(err, failed)
		case stored.Send == string(order.Created) && changed.NotKnown: // it is not sent yet
			return stored, nil
		case stored.Send == string(order.Created): // what was found out replaces it
			entry.Attempt = cmp.Or(entry.Attempt, newAttempt())
			entry.Revision, entry.Seq = stored.Revision, stored.Seq+entry.Seq
			entry.Told, entry.Telling = stored.Told, stored.Telling
		default:
			entry = stored
		}
	}
}

func journalError(err error, mask masking.Masker) error {
	return errorf("the journal could not be written: %w", newCause(err, mask))
}

// load checks the entry to ask about. It returns the journal's entry of that order, or the given entry if there is
// none.
func (c *Client) load(ctx context.Context, about Entry) (Entry, error) {
	if err := about.Ref().check(); err != nil {
		return about, err
	}
	if ctx == nil {
		return about, errNilContext
	}
	return c.stored(ctx, about)
}

// stored returns the journal's entry of an order, or the given entry if there is none.
func (c *Client) stored(ctx context.Context, about Entry) (Entry, error) {
	if c.config.Journal == nil {
		return about, c.ownEntry(about)
	}
	entry, _, err := c.get(ctx, about.ClientOrderID)
	switch {
	case errors.Is(err, ErrNoEntry):
		return about, c.ownEntry(about)
	case err != nil:
		err = newCause(err, showing(about.ClientOrderID, about.Ref().OrderID))
		return about, errorf("the journal could not be read: %w", err)
	}
	if !about.Amount.IsZero() && about.Amount != entry.Amount || about.Endpoint != entry.Endpoint {
		return entry, errorf("%w: the journal has %q with %s at endpoint %s, not %s at %s", ErrOrderMismatch,
			entry.ClientOrderID, entry.Amount, entry.Endpoint, about.Amount, about.Endpoint)
	}
	return entry, c.ownEntry(entry)
}
