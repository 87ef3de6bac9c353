package payneteasy

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// attempt is one money-moving call: the intent is written, the call is made once, and what came of it is written.
func (c *Client) attempt(ctx context.Context, k *call, amount Amount) (*reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, c.failure(k, nil, OutcomeNotSent, newCause(err, k.mask))
	}
	if !c.sending.Enter(k.clientOrderID) {
		return nil, c.failure(k, nil, OutcomeUnknown, &DuplicateError{Entry: Entry{ClientOrderID: k.clientOrderID, State: StateSending}})
	}
	defer c.sending.Leave(k.clientOrderID)
	entry, err := c.begin(ctx, k, amount)
	switch {
	case errors.Is(err, ErrDuplicate):
		failed := c.failure(k, nil, OutcomeUnknown, err)
		if duplicate, ok := errors.AsType[*DuplicateError](err); ok {
			failed.OrderID = duplicate.Entry.OrderID
		}
		return nil, failed
	case err != nil:
		return nil, c.failure(k, nil, OutcomeNotSent, err)
	}
	began := time.Now()
	k.beforeSend = func() error { return c.stillOurs(ctx, entry, began) }
	r, err := c.moneyCall(ctx, k)
	return r, c.conclude(ctx, k, entry, r, err)
}

// stall is how long may pass between the intent and the first byte before the intent is looked at again.
const stall = time.Second

// stillOurs runs when a payout's connection is ready. The process may have stood still since it wrote the intent, for
// example while its machine was suspended or while it waited for the key. Since then a person may have settled the
// entry, and another process may have sent the payout.
func (c *Client) stillOurs(ctx context.Context, entry Entry, began time.Time) error {
	// By the wall clock too: the other one may stand still while a machine is suspended.
	if c.config.Journal == nil || time.Since(began) < stall && time.Since(entry.Began).Abs() < stall {
		return nil
	}
	stored, err := c.config.Journal.Get(ctx, entry.ClientOrderID)
	if err != nil {
		return fmt.Errorf("the journal could not be read again: %w", err)
	}
	if stored.State != entry.State || stored.Revision != entry.Revision || !stored.sameAttempt(&entry) {
		return errors.New("its journal entry has changed while it waited to be sent")
	}
	return nil
}

// newAttempt is a name that no other attempt has.
func newAttempt() string {
	var name [8]byte
	_, _ = rand.Read(name[:]) // never fails
	return hex.EncodeToString(name[:])
}

// begin writes the intent of a payout, before its first byte leaves. Its error is ErrDuplicate, or the reason why
// nothing may be sent.
func (c *Client) begin(ctx context.Context, k *call, amount Amount) (Entry, error) {
	now := time.Now().Truncate(time.Microsecond) // as databases keep it
	entry := Entry{
		ClientOrderID: k.clientOrderID, Attempt: newAttempt(), Revision: 1, State: StateSending, Command: k.command,
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
