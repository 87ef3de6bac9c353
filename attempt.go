package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// recordTimeout bounds how long a journal may take to write down what came of a payout, even after the call's context
// has ended.
const recordTimeout = 30 * time.Second

// inFlight are the ClientOrderIDs that are being sent at this moment.
type inFlight struct {
	mu  sync.Mutex
	ids map[string]bool
}

// enter reports whether nobody else is sending this id.
func (f *inFlight) enter(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids[id] {
		return false
	}
	if f.ids == nil {
		f.ids = map[string]bool{}
	}
	f.ids[id] = true
	return true
}

func (f *inFlight) leave(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ids, id)
}

func (f *inFlight) has(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[id]
}

// attempt is one money-moving call: the intent is written, the call is made once, and what came of it is written.
func (c *Client) attempt(ctx context.Context, k call, amount Amount, successTypes ...string) (*reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, c.failure(k, nil, OutcomeNotSent, newCause(err, k.mask))
	}
	if !c.sending.enter(k.clientOrderID) {
		return nil, c.failure(k, nil, OutcomeUnknown, &DuplicateError{Entry: Entry{ClientOrderID: k.clientOrderID, State: StateSending}})
	}
	defer c.sending.leave(k.clientOrderID)
	entry, err := c.begin(ctx, k, amount)
	switch {
	case errors.Is(err, ErrDuplicate):
		failed := c.failure(k, nil, OutcomeUnknown, err)
		var duplicate *DuplicateError
		if errors.As(err, &duplicate) {
			failed.OrderID = duplicate.Entry.OrderID
		}
		return nil, failed
	case err != nil:
		return nil, c.failure(k, nil, OutcomeNotSent, err)
	}
	r, err := c.moneyCall(ctx, k, successTypes...)
	return r, c.conclude(ctx, k, entry, r, err)
}

// begin writes the intent of a payout, before its first byte leaves. Its error is ErrDuplicate, or the reason why
// nothing may be sent.
func (c *Client) begin(ctx context.Context, k call, amount Amount) (Entry, error) {
	now := time.Now().Truncate(time.Microsecond) // as databases keep it
	entry := Entry{
		ClientOrderID: k.clientOrderID, Revision: 1, State: StateSending, Command: k.command,
		BaseURL: c.config.BaseURL, Login: c.config.Login, Endpoint: k.endpoint, Amount: amount, Began: now, Changed: now,
	}
	if c.config.Journal == nil {
		return entry, nil
	}
	entry, err := c.config.Journal.Begin(ctx, entry)
	if err != nil && !errors.Is(err, ErrDuplicate) {
		err = fmt.Errorf("the journal could not be written: %w", newCause(err, k.mask))
	}
	return entry, err
}

// conclude writes down what came of a payout, also when the call's context has ended. An acceptance that cannot be
// written down is an unknown outcome: after a crash nobody would ask about the order. And a refusal of a payout that the
// journal knows to exist by now, from a callback or a question that came first, is one too.
func (c *Client) conclude(ctx context.Context, k call, entry Entry, r *reply, err error) error {
	if c.config.Journal == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	came := Entry{State: stateOf[OutcomeOf(err)]}
	if r != nil {
		came.SerialNumber = k.mask.serial(r.fields.Get("serial-number"))
		came.OrderID = r.orderID(k)
		if came.State == StateAccepted {
			came.OrderID = r.fields.Get("paynet-order-id")
		}
	}
	known := entry
	failed := c.amend(ctx, entry, func(e *Entry) bool {
		known = *e
		return e.conclude(came)
	})
	if errors.Is(failed, errLaterAttempt) && came.OrderID != "" {
		failed = errors.Join(failed, c.unfree(ctx, came, k))
	}
	refused := came.State == StateRejected || came.State == StateNotSent
	switch {
	case failed != nil && refused && errors.Is(failed, ErrJournalConflict) && !errors.Is(failed, errLaterAttempt):
		// Somebody else has changed the entry, and may have seen the order.
		return c.failure(k, r, OutcomeUnknown, fmt.Errorf("the journal could not be written: %w", newCause(failed, k.mask)))
	case failed != nil:
		failed = fmt.Errorf("the journal could not be written: %w", newCause(failed, k.mask))
	case known.exists() && refused:
		failed = fmt.Errorf("%w: the journal knows order %s", ErrDuplicate, known.OrderID)
	case known.exists() && came.OrderID != "" && came.OrderID != known.OrderID:
		failed = fmt.Errorf("%w: the journal knows order %s, and the gateway has accepted order %s as well: two payouts", ErrDuplicate, known.OrderID, came.OrderID)
	default:
		return err
	}
	var told *Error
	if errors.As(err, &told) && !known.exists() {
		told.Err = errors.Join(told.Err, failed)
		return err
	}
	if told != nil {
		failed = errors.Join(failed, told.Err)
	}
	unknown := c.failure(k, r, OutcomeUnknown, failed)
	if unknown.OrderID == "" {
		unknown.OrderID = known.OrderID
	}
	return unknown
}

var stateOf = map[Outcome]State{
	OutcomeAccepted: StateAccepted, OutcomeRejected: StateRejected, OutcomeNotSent: StateNotSent, OutcomeUnknown: StateUnknown,
}

// exists reports whether the gateway is known to have the order.
func (e Entry) exists() bool {
	return e.State == StateAccepted || e.State == StateFinal || e.State == StateSettled && e.OrderID != ""
}

// conclude takes over what came of the call. What was found out about the order meanwhile is never overwritten, and an
// order id is never lost.
func (e *Entry) conclude(came Entry) bool {
	switch {
	case e.exists(), e.State == StateSettled && (!e.Free() || came.OrderID == ""):
		return false
	case e.State == StateHeld && came.State == StateUnknown && came.OrderID == "":
		return false
	}
	e.State = came.State
	e.OrderID = cmp.Or(came.OrderID, e.OrderID)
	e.SerialNumber = cmp.Or(came.SerialNumber, e.SerialNumber)
	return true
}

// amend changes a journal entry, starting from the one given, and again from the stored one if that has changed
// meanwhile. change reports whether there is anything to write. An entry of a later attempt with the same id is left
// alone.
func (c *Client) amend(ctx context.Context, entry Entry, change func(*Entry) bool) error {
	const attempts = 5
	began := entry.Began
	for attempt := 1; ; attempt++ {
		changed := entry
		if !change(&changed) {
			return nil
		}
		changed.Revision, changed.Changed = entry.Revision+1, time.Now()
		err := c.config.Journal.Update(ctx, changed)
		if err == nil || attempt == attempts || !errors.Is(err, ErrJournalConflict) {
			return err
		}
		if entry, err = c.config.Journal.Get(ctx, entry.ClientOrderID); err != nil {
			return errors.Join(ErrJournalConflict, err)
		}
		if !entry.Began.Equal(began) {
			return errors.Join(ErrJournalConflict, errLaterAttempt)
		}
	}
}

var errLaterAttempt = errors.New("it is of a later attempt")

// unfree takes an id that is free back: an earlier attempt with it has an order after all.
func (c *Client) unfree(ctx context.Context, came Entry, k call) error {
	later, err := c.config.Journal.Get(ctx, k.clientOrderID)
	if err != nil || !later.Free() {
		return err
	}
	return c.amend(ctx, later, func(e *Entry) bool {
		if !e.Free() {
			return false
		}
		e.State, e.OrderID = came.State, came.OrderID
		return true
	})
}
