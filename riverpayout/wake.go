package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"github.com/payneteasy-go/payneteasy"
)

// Wake lets a payout's job run at once instead of at its next time: after Client.Settle, after what parked it was mended, or
// when a callback tells of it. A job that is running is left alone: it comes back at its pace.
func (m *Merchant) Wake(ctx context.Context, clientOrderID string) error {
	var job *int64
	err := m.journal.pool.QueryRow(ctx, "SELECT job FROM riverpayout_payout WHERE merchant = $1 AND client_orderid = $2",
		m.journal.merchant, clientOrderID).Scan(&job)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && job == nil:
		return fmt.Errorf("riverpayout: wake: %w: %q was not enqueued", payneteasy.ErrNoEntry, clientOrderID)
	case err != nil:
		return fmt.Errorf("riverpayout: wake %q: %w", clientOrderID, clean(err))
	}
	// A completed job would be run again, for nothing: it finds that all was told.
	if _, err = m.river.JobRetry(ctx, *job); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
		return fmt.Errorf("riverpayout: wake %q: %w", clientOrderID, clean(err))
	}
	return nil
}

// requeueLock, with the merchant, keeps two that requeue apart.
const requeueLock = 0x70617930

// Requeue makes jobs for payouts that were enqueued, are not told yet, and have lost their job: it was cancelled or deleted by
// hand, or River discarded it, as it does when a process that does not know these jobs rescues them. It returns how many.
// Call it from time to time; several may at once.
func (m *Merchant) Requeue(ctx context.Context) (count int, err error) {
	err = pgx.BeginFunc(ctx, m.journal.pool, func(tx pgx.Tx) error {
		// One after the other: each must see the jobs that the one before has made.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1, $2)", requeueLock, m.journal.merchant); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT client_orderid FROM riverpayout_payout p
			WHERE merchant = $1 AND enqueued IS NOT NULL AND told IS NULL AND NOT EXISTS (
				SELECT FROM river_job j WHERE j.id = p.job AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled'))
			FOR UPDATE SKIP LOCKED`, m.journal.merchant)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, id := range ids {
			if err := m.insertJob(ctx, tx, id); err != nil {
				return err
			}
		}
		count = len(ids)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("riverpayout: requeue: %w", clean(err))
	}
	return count, nil
}
