package payneteasy

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// attempt is one money-moving call: the intent is written, the call is made once, and what came of it is written. A
// reply comes with a nil error only when it proves the acceptance.
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

// notSent is the error of a payout of which nothing was sent, and of which nothing was written either.
//
//go:noinline
func (c *Client) notSent(k *call, entry Entry, cause error) *Error {
	entry.Send = string(order.SendNotSent)
	return c.failure(k, nil, entry, cause)
}

// duplicate is the error of a payout whose ClientOrderID was used before.
func (c *Client) duplicate(k *call, d *DuplicateError) *Error {
	failed := c.failure(k, nil, d.Entry, c.withOwner(d))
	failed.Decision = d.decision()
	failed.OrderID = d.Entry.OrderID()
	return failed
}

// withOwner says whose entry it is if it is another merchant's: two merchants on one journal.
func (c *Client) withOwner(d *DuplicateError) error {
	if err := c.ownEntry(d.Entry); err != nil && d.Entry.BaseURL != "" {
		return errorf("%w: %w", d, within{err: err})
	}
	return d
}

// stall is how long may pass between the intent and the first byte before the intent is looked at again.
const stall = time.Second

// stillOurs runs when a payout's connection is ready. The process may have stood still since it wrote the intent, for
// example while its machine was suspended, or while it waited for the journal, the key or the connection. Since then a
// person may have settled the entry, and another process may have sent the payout. Most of Entry.Window must be left
// for the payout to arrive: it counts from the intent, and when it is over, others may do so at any moment.
func (c *Client) stillOurs(ctx context.Context, entry Entry, began time.Time) error {
	// By the wall clock too: the other one may stand still while a machine is suspended.
	waited := func() time.Duration { return max(time.Since(began), time.Since(began.Round(0)).Abs()) }
	if waited() >= stall && c.config.Journal != nil {
		stored, _, err := c.get(ctx, entry.ClientOrderID)
		if err != nil {
			return errorf("the journal could not be read again: %w", err)
		}
		if stored.Revision != entry.Revision || !stored.sameAttempt(entry) {
			return errors.New("its journal entry has changed while it waited to be sent")
		}
	}
	if longest := max(entry.Window/4, stall); waited() > longest {
		return errorf("it waited %v to be sent, and %v is the limit", waited().Round(time.Second), longest)
	}
	return nil
}

// conclude writes down what came of a payout's own call, also when the call's context has ended. An acceptance that
// cannot be written down is an unknown outcome: after a crash nothing would ask about the order. So is whatever the
// call says when the journal knows otherwise by now, from a callback or a question that came first.
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
		failed.Decision = DecisionUnknown // it is not written, or of another attempt
	}
	return r, entry, failed
}

// decisionOfCall is what a call that sent nothing, or was refused, leads to by itself.
func decisionOfCall(send order.Send) Decision {
	if send == order.SendNotSent {
		return DecisionNotSent
	}
	return DecisionRefused
}

// Cancel gives up a payout that is not sent: "created", or free and not settled by a person. The entry is
// DecisionNotSent, with the reason in Settlement. Its news counts as told: book it in the transaction that stores the
// entry. Cancel is for queues of payouts, as package riverpayout is one; now is the time by their clock.
func (e Entry) Cancel(reason string, now time.Time) (Entry, error) {
	if strings.TrimSpace(reason) == "" {
		return e, errors.New("payneteasy: cancel: a reason is required: who cancelled it, and why")
	}
	after := e.merge(order.Cancelled{Reason: reason})
	if after.Revision == e.Revision {
		return e, errorf("payneteasy: cancel: %q is %s, and only a payout that is not sent can be cancelled",
			e.ClientOrderID, e.Decision())
	}
	if e.Send == string(order.Created) {
		after.Began = now
	}
	after.Changed, after.Settlement.At = now, now
	if after.Seq == e.Seq { // it was not sent before, and that may not have been told
		after.Seq++
	}
	after.Told.Seq = after.Seq
	return after, nil
}

// Reset is the entry as one that has not begun: "created". Call it when it is proved that the latest attempt has sent
// nothing, to queue the payout again. It is an error if the entry is not free and has learned more than its intent. The
// news go on counting.
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
