package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrTooLate says that a payout cannot be cancelled any more: it was sent, or may have been, or has ended. Nothing was
// changed.
var ErrTooLate = errors.New("riverpayout: it is too late")

// Cancel gives a payout up that was not sent, in the merchant's own transaction: once that is committed it is not sent,
// unless it is enqueued again. OnNews is not called: book it in the same transaction. A payout that may have been sent
// is left alone, and the error matches ErrTooLate; for one that was not enqueued it matches payneteasy.ErrNoEntry.
func (m *Merchant) Cancel(ctx context.Context, tx pgx.Tx, clientOrderID, reason string) error {
	if err := m.cancel(ctx, tx, clientOrderID, reason); err != nil {
		return fmt.Errorf("riverpayout: cancel %q: %w", clientOrderID, err)
	}
	return nil
}

func (m *Merchant) cancel(ctx context.Context, tx pgx.Tx, clientOrderID, reason string) error {
	switch {
	case tx == nil:
		return errors.New("the transaction is nil")
	case reason == "":
		return errors.New("a reason is required: who cancelled it, and why")
	case !storable(clientOrderID, reason):
		return errNotStorable // PostgreSQL's own refusal would end the transaction
	}
	payout, err := m.readRow(ctx, tx, clientOrderID, forUpdate) // so that it cannot begin now
	switch {
	case err != nil:
		return clean(err)
	case payout.enqueued.IsZero():
		return errNotEnqueued
	case stepOf(payout.entry) == stepDone:
		return fmt.Errorf("%w: it has ended: %s", ErrTooLate, payout.entry.Decision())
	case stepOf(payout.entry) != stepSend:
		return fmt.Errorf("%w: it may have been sent: it is %s", ErrTooLate, payout.entry.Decision())
	}
	entry, err := payout.entry.Cancel(reason, m.now())
	if err != nil {
		return err
	}
	return m.store(ctx, tx, entry, true)
}
