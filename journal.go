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

// Journal remembers payouts across crashes: an entry is durable before the first byte of a payout leaves, then what
// came of it, then the final status. Package filejournal has one for one machine,
// payneteasytest one for tests; a fleet needs one on its database. Check your own with payneteasytest.TestJournal.
//
// All methods must be safe for concurrent use, and durable when they return nil. A journal of several machines should
// be a JournalClock too.
type Journal interface {
	// Begin stores a new entry and returns it with its Revision: 1, or one more than that of a Free entry of the same
	// ClientOrderID, which it replaces. If one is stored that is not Free, nothing is changed and the error is a
	// *DuplicateError with it. Of concurrent calls for one ClientOrderID exactly one passes.
	Begin(ctx context.Context, entry Entry) (Entry, error)

	// Update replaces the stored entry of the same ClientOrderID, if its Revision is one less than entry's; otherwise
	// nothing is changed and the error matches ErrJournalConflict, or ErrNoEntry if none is stored.
	Update(ctx context.Context, entry Entry) error

	// BeginTelling notes in the stored entry, if its Revision is revision, that its news is being told by the call that
	// by names, and returns it: what Entry.BeginTelling makes of it and of the journal's own clock. Otherwise nothing
	// is changed and the error matches ErrTelling, ErrJournalConflict or ErrNoEntry. Of concurrent calls exactly one
	// passes.
	BeginTelling(ctx context.Context, clientOrderID string, revision int, by string) (Entry, error)

	// Get returns the stored entry, or an error that matches ErrNoEntry.
	Get(ctx context.Context, clientOrderID string) (Entry, error)

	// Open yields the entries whose Decision is DecisionPending, DecisionUnknown, DecisionRefused or DecisionReview,
	// the oldest first. It ends with the first error.
	Open(ctx context.Context) iter.Seq2[Entry, error]
}

// JournalClock is what a Journal of several machines should have beside: one clock. Without it the age of an entry is
// that by the clock of the machine that asks, and Entry.Began is by that of the machine that sent.
type JournalClock interface {
	// Age is how long ago the attempt of an entry began, by the journal's clock. The error matches ErrNoEntry if the
	// attempt is not the stored one.
	Age(ctx context.Context, entry Entry) (time.Duration, error)
}

// age is how long ago an entry began, by the journal's clock if it has one. It is 0 if that cannot be read: then
// nothing is proved.
func (c *Client) age(ctx context.Context, entry Entry) time.Duration {
	clock, ok := c.config.Journal.(JournalClock)
	if !ok {
		return time.Since(entry.Began)
	}
	age, err := clock.Age(ctx, entry)
	switch {
	case errors.Is(err, ErrNoEntry):
		return time.Since(entry.Began)
	case err != nil:
		return 0
	}
	return age
}

// CheckBegin is what Journal.Begin decides: it returns e as it is to be stored, or a *DuplicateError. found says
// whether the journal has an entry of the same ClientOrderID, which is stored. The news of an order go on counting over
// its attempts.
func (e Entry) CheckBegin(stored Entry, found bool) (Entry, error) {
	if _, ok := order.Begin(stored.record(), e.record()); found && !ok {
		return Entry{}, &DuplicateError{Entry: stored, Asked: e}
	}
	e.Revision = stored.Revision + 1
	if found {
		e.Seq, e.Told, e.Telling = stored.Seq+e.Seq, stored.Told, stored.Telling
	}
	return e, nil
}

// CheckUpdate is what Journal.Update decides: whether e may replace stored. found says whether there is such an entry.
func (e Entry) CheckUpdate(stored Entry, found bool) error {
	switch {
	case !found:
		return errorf("%w: client_orderid %q", ErrNoEntry, e.ClientOrderID)
	case e.Revision != stored.Revision+1:
		return errorf("%w: client_orderid %q, revision %d is stored", ErrJournalConflict, e.ClientOrderID,
			stored.Revision)
	}
	return nil
}

// recordTimeout bounds how long a journal may take to write down what came of a payout, even after the call's context
// has ended.
const recordTimeout = 30 * time.Second

// maxAttempts bounds the retries after ErrJournalConflict.
const maxAttempts = 5

// change changes a journal's entry, starting from the one given, and again from the stored one if that has changed
// since. An order that the journal does not know gets an entry. change returns what it is given if there is nothing to
// write. With an error, the entry is what could not be written.
func (c *Client) change(ctx context.Context, entry Entry, change func(Entry) Entry) (Entry, error) {
	for attempt := 1; ; attempt++ {
		changed := change(entry)
		if changed.Revision == entry.Revision {
			return changed, nil
		}
		if c.config.Journal == nil {
			c.decided(ctx, entry, changed)
			return changed, nil
		}
		err := c.config.Journal.Update(ctx, changed)
		if errors.Is(err, ErrNoEntry) {
			changed.Attempt = cmp.Or(changed.Attempt, newAttempt())
			changed, err = c.config.Journal.Begin(ctx, changed)
		}
		if err == nil {
			c.decided(ctx, entry, changed)
			return changed, nil
		}
		if attempt == maxAttempts || !errors.Is(err, ErrJournalConflict) && !errors.Is(err, ErrDuplicate) {
			return changed, err
		}
		stored, failed := c.config.Journal.Get(ctx, entry.ClientOrderID)
		if failed != nil {
			return changed, errors.Join(err, failed)
		}
		entry = stored
	}
}

func journalError(err error, mask masking.Masker) error {
	return errorf("the journal could not be written: %w", newCause(err, mask))
}

// load checks what is to be asked about, and returns the journal's entry of it, or the one given if there is none.
func (c *Client) load(ctx context.Context, about Entry) (Entry, error) {
	if err := about.Ref().check(); err != nil {
		return about, err
	}
	if ctx == nil {
		return about, errNilContext
	}
	return c.stored(ctx, about)
}

// stored is the journal's entry of an order, or the one given if there is none.
func (c *Client) stored(ctx context.Context, about Entry) (Entry, error) {
	if c.config.Journal == nil {
		return about, c.ownEntry(about)
	}
	entry, err := c.config.Journal.Get(ctx, about.ClientOrderID)
	switch {
	case errors.Is(err, ErrNoEntry):
		return about, c.ownEntry(about)
	case err != nil:
		err = newCause(err, showing(about.ClientOrderID, about.Ref().OrderID))
		return about, errorf("the journal could not be read: %w", err)
	}
	if !about.Amount.IsZero() && about.Amount != entry.Amount || about.Endpoint != entry.Endpoint {
		return entry, errorf("%w: the journal has %q of %s at endpoint %s, not of %s at %s", ErrOrderMismatch,
			entry.ClientOrderID, entry.Amount, entry.Endpoint, about.Amount, about.Endpoint)
	}
	return entry, c.ownEntry(entry)
}
