package payneteasy

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// attempt makes one call that may move money. It writes the intent, makes the call once, and writes the result. It
// returns a nil error only if the reply proves that the gateway has accepted the payout.
func (c *Client) attempt(ctx context.Context, k *call, amount Amount) (*reply, Entry, error) {
	entry, began := c.newEntry(k.command, k.endpoint, k.clientOrderID, amount), time.Now()
	if err := ctx.Err(); err != nil {
		return nil, entry, c.notSent(k, entry, newCause(err, k.mask))
	}
	if !c.sending.Enter(k.clientOrderID) {
		return nil, entry, c.duplicate(k,
			&DuplicateError{Entry: Entry{ClientOrderID: k.clientOrderID, Send: string(order.Sending)}})
	}
	defer c.sending.Leave(k.clientOrderID)
	if c.config.Journal != nil {
		begun, err := c.begin(ctx, entry)
		if duplicate, ok := errors.AsType[*DuplicateError](err); ok {
			return nil, duplicate.Entry, c.duplicate(k, duplicate)
		}
		if err != nil {
			return nil, entry, c.notSent(k, entry, journalError(err, k.mask))
		}
		entry = begun
	}
	k.beforeSend = func() error { return c.stillOurs(ctx, entry, began) }
	r, call, err := c.moneyCall(ctx, k)
	return c.conclude(ctx, k, entry, r, call, err)
}

// notSent makes the error of a payout that was not sent, and whose outcome was not written.
//
//go:noinline
func (c *Client) notSent(k *call, entry Entry, cause error) *Error {
	entry.Send = string(order.SendNotSent)
	return c.failure(k, nil, entry, cause)
}

// duplicate makes the error of a payout whose ClientOrderID was used before.
func (c *Client) duplicate(k *call, d *DuplicateError) *Error {
	failed := c.failure(k, nil, d.Entry, c.withOwner(d))
	failed.Decision = d.decision()
	failed.OrderID = d.Entry.OrderID()
	return failed
}

// withOwner adds whose entry it is, if it belongs to another merchant. Two merchants may share a journal.
func (c *Client) withOwner(d *DuplicateError) error {
	if err := c.ownEntry(d.Entry); err != nil && d.Entry.BaseURL != "" {
		return errorf("%w: %w", d, within{err: err})
	}
	return d
}

// minWait is how long a payout may always wait between its intent and the first byte.
const minWait = time.Second

// stillOurs runs when a payout's connection is ready. Much time may have passed since the process wrote the intent, for
// example while its machine was suspended, or while it waited for the journal, the key or the connection. Since then a
// person may have settled the entry, and another process may have sent the payout.
//
// Most of Entry.Window must be left for the payout to arrive. The window counts from the intent. When it is over,
// others may settle or send at any moment.
func (c *Client) stillOurs(ctx context.Context, entry Entry, began time.Time) error {
	// The wall clock is read too, because the monotonic clock may stop while a machine is suspended. The journal's
	// clock is read because both may stop while a virtual machine is paused.
	waited := func() time.Duration { return max(time.Since(began), time.Since(began.Round(0)).Abs()) }
	var byJournal time.Duration
	if c.config.Journal != nil {
		stored, now, err := c.get(ctx, entry.ClientOrderID)
		if err != nil {
			return errorf("the journal could not be read again: %w", err)
		}
		if stored.Revision != entry.Revision || !stored.sameAttempt(entry) {
			return errors.New("its journal entry has changed while it waited to be sent")
		}
		byJournal = now.Sub(entry.Began).Abs()
	}
	longest := max(entry.Window/4, minWait)
	if long := max(waited(), byJournal); long > longest {
		return errorf("it waited %v to be sent, and %v is the limit", long.Round(time.Second), longest)
	}
	return nil
}

// conclude writes the result of a payout's own call into the journal, even if the call's context has ended. If an
// acceptance cannot be written, the outcome is unknown, because after a crash nothing would ask about the order. The
// outcome is also unknown if the journal already has another result, from a callback or a question that came first.
func (c *Client) conclude(
	ctx context.Context, k *call, entry Entry, r *reply, called order.Called, cause error,
) (*reply, Entry, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	intent := entry
	entry, err := c.change(ctx, entry, func(e Entry) Entry {
		called.Earlier = !e.sameAttempt(intent)
		after := e.merge(called)
		if r != nil && after.Revision != e.Revision {
			after.SerialNumber = k.mask.Serial(r.fields.Get("serial-number"))
		}
		return after
	})
	decision := entry.Decision()
	switch {
	case err != nil:
		err = journalError(err, k.mask)
	case called.Send == order.Accepted && !called.Earlier && entry.Alarm == "" && len(entry.Orders) == 1:
		return r, entry, nil
	case called.Send == order.SendUnknown && !called.Earlier, decision == decisionOfCall(called.Send),
		called.Send == order.SendNotSent && entry.free():
		return r, entry, c.failure(k, r, entry, cause)
	default:
		err = errorf("%w: the journal has it as %s by now", ErrDuplicate, decision)
	}
	failed := c.failure(k, r, entry, errors.Join(err, cause))
	if called.Send != order.SendNotSent && (decision == DecisionPending || entry.free()) {
		failed.Decision = DecisionUnknown // the result is not written, or is of another attempt
	}
	return r, entry, failed
}

// decisionOfCall is the decision that follows from the call alone, if it sent nothing or was refused.
func decisionOfCall(send order.Send) Decision {
	if send == order.SendNotSent {
		return DecisionNotSent
	}
	return DecisionRefused
}

// Cancel gives up a payout that is not sent. The entry must be "created", or free and not settled by a person. The
// result is DecisionNotSent, with the reason in Settlement. Its news counts as told, so book it in the transaction that
// stores the entry. Cancel is for queues of payouts, such as package riverpayout. now is the time by the queue's clock.
func (e Entry) Cancel(reason string, now time.Time) (Entry, error) {
	if strings.TrimSpace(reason) == "" {
		return e, errors.New("payneteasy: cancel: a reason is required: who cancelled it, and why")
	}
	after := e.merge(order.Cancelled{Reason: reason})
	if after.Revision == e.Revision {
		return e, errorf("payneteasy: cancel: %q is %s: "+
			"only an unsent payout that no person has settled can be cancelled", e.ClientOrderID, e.Decision())
	}
	if e.Send == string(order.Created) {
		after.Began = now
	}
	after.Changed, after.Settlement.At = now, now
	if after.Seq == e.Seq { // it was already "not sent", and that may not have been told
		after.Seq++
	}
	after.Told.Seq = after.Seq
	return after, nil
}

// Reset returns the entry as one that has not begun, with Send "created". Call it to queue the payout again, when it is
// proved that the latest attempt has sent nothing. It is an error if the entry is not free and has learned more than
// its intent. Seq goes on counting.
func (e Entry) Reset(now time.Time) (Entry, error) {
	attempt := Entry{
		ClientOrderID: e.ClientOrderID, BaseURL: e.BaseURL, Login: e.Login, Endpoint: e.Endpoint, Amount: e.Amount,
		Revision: e.Revision + 1, Seq: e.Seq, Told: e.Told, Telling: e.Telling,
		Send: string(order.Created), Changed: now,
	}
	before := order.Next(e.record(), order.Called{Send: order.SendNotSent})
	if _, ok := order.Begin(before, attempt.record()); !ok {
		return e, errorf("payneteasy: reset: %q is %s, and may have been sent", e.ClientOrderID, e.Decision())
	}
	return attempt, nil
}
