package riverpayout

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Wake lets a payout's job run at once instead of at its next time: when the cause of a problem is fixed, for example.
// Settle and CallbackHandler wake by themselves. It makes a new job, which takes the place of the old one, even if that
// is running: then it was too early to know. A payout with nothing left to do is left alone.
func (m *Merchant) Wake(ctx context.Context, clientOrderID string) error {
	err := m.withLockedRow(ctx, clientOrderID, func(tx pgx.Tx, payout *row) error {
		if payout.enqueued.IsZero() {
			return errNotEnqueued
		}
		return m.replaceJob(ctx, tx, *payout)
	})
	if err != nil {
		return fmt.Errorf("riverpayout: wake %q: %w", clientOrderID, clean(err))
	}
	return nil
}
