package riverpayout

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Wake runs a payout's job at once instead of at its next time, for example after you fixed the cause of a problem.
// Settle and CallbackHandler call it for you. Wake makes a new job, which replaces the old one even if that is running,
// because the old job may have looked before the fix. Wake does not change a payout that has nothing left to do.
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
