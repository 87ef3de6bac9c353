package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"github.com/payneteasy-go/payneteasy"
)

// Wake lets a payout's job run at once instead of at its next time: after Client.Settle, or after what parked it was mended.
// CallbackHandler wakes by itself. It makes a new job, which takes the place of the old one, even if that is running: then
// it was too early to know. A payout whose end was told is left alone.
func (m *Merchant) Wake(ctx context.Context, clientOrderID string) error {
	if _, err := m.wake(ctx, clientOrderID); err != nil {
		return fmt.Errorf("riverpayout: wake %q: %w", clientOrderID, clean(err))
	}
	return nil
}

// wake reports whether the end was told before, so that there was nothing to wake.
func (m *Merchant) wake(ctx context.Context, clientOrderID string) (told bool, err error) {
	err = pgx.BeginFunc(ctx, m.journal.pool, func(tx pgx.Tx) error {
		payout, err := m.readRow(ctx, tx, clientOrderID, forUpdate)
		switch {
		case err != nil:
			return err
		case payout.enqueued.IsZero():
			return fmt.Errorf("%w: it was not enqueued", payneteasy.ErrNoEntry)
		case payout.told:
			told = true
			return nil
		}
		if payout.job != nil { // one that runs is left to end by itself
			_, err := m.river.JobDeleteTx(ctx, tx, *payout.job)
			if err != nil && !errors.Is(err, rivertype.ErrNotFound) && !errors.Is(err, rivertype.ErrJobRunning) {
				return err
			}
		}
		return m.insertJob(ctx, tx, payout, 0)
	})
	return told, err
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
		rows, err := tx.Query(ctx, `SELECT client_orderid, queue FROM riverpayout_payout p
			WHERE merchant = $1 AND enqueued IS NOT NULL AND told IS NULL AND NOT EXISTS (
				SELECT FROM river_job j WHERE j.id = p.job AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled'))
			FOR UPDATE SKIP LOCKED`, m.journal.merchant)
		if err != nil {
			return err
		}
		lost, err := pgx.CollectRows(rows, func(found pgx.CollectableRow) (payout row, err error) {
			err = found.Scan(&payout.entry.ClientOrderID, &payout.queue)
			return payout, err
		})
		for _, payout := range lost {
			if err := m.insertJob(ctx, tx, payout, 0); err != nil {
				return err
			}
		}
		count = len(lost)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("riverpayout: requeue: %w", clean(err))
	}
	return count, nil
}
