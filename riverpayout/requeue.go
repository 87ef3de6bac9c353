package riverpayout

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// requeueLock, with the merchant, keeps two that requeue apart.
const requeueLock = 0x70617930

// Requeue makes jobs for payouts that were enqueued, have something left to do, and have no job: it was cancelled or
// deleted by hand, or River discarded it, as it does when a process that does not know these jobs rescues them; or
// there is news that came after the end, as when Merchant.Client learns of a reversal. It returns how many. Call it
// from time to time; several may at once.
func (m *Merchant) Requeue(ctx context.Context) (count int, err error) {
	err = pgx.BeginFunc(ctx, m.journal.pool, func(tx pgx.Tx) error {
		// One after the other: each must see the jobs that the one before has made.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1, $2)", requeueLock, m.journal.merchant); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT client_orderid, queue FROM riverpayout_payout p
			WHERE merchant = $1 AND enqueued IS NOT NULL AND step <> 'done' AND NOT EXISTS (
				SELECT FROM river_job j WHERE j.id = p.job
					AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled'))
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
