package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrTooLate says that a payout can no longer be cancelled, because it was sent, may have been sent, or has ended.
// Nothing was changed.
var ErrTooLate = errors.New("riverpayout: the payout can no longer be cancelled")

// Cancel gives up a payout that was not sent. It works in your own transaction. After the commit the payout is not
// sent, unless you enqueue it again. OnNews is not called, so book the cancellation in the same transaction. If the
// payout may have been sent, Cancel changes nothing, and the error matches ErrTooLate. If it was not enqueued, the
// error matches payneteasy.ErrNoEntry.
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
		return errNotStorable // an error of PostgreSQL would abort the transaction
	}
	payout, err := m.readRow(ctx, tx, clientOrderID, forUpdate) // locked, so that sending cannot begin
	switch {
	case err != nil:
		return clean(err)
	case payout.enqueued.IsZero():
		return errNotEnqueued
	case stepOf(payout.entry) == stepDone:
		return fmt.Errorf("%w: its decision is %s", ErrTooLate, payout.entry.Decision())
	case stepOf(payout.entry) != stepSend:
		return fmt.Errorf("%w: it may have been sent: its decision is %s", ErrTooLate, payout.entry.Decision())
	}
	entry, err := payout.entry.Cancel(reason, m.now())
	if err != nil {
		return err
	}
	return m.store(ctx, tx, entry, true)
}
