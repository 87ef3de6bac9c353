package riverpayout

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// requeueLock and the merchant's ID are the advisory lock that lets only one Requeue run at a time.
const requeueLock = 0x70617930

// Requeue makes jobs for enqueued payouts that have something left to do and no job. A job is missing if someone
// cancelled or deleted it, or if River discarded it. River discards a job when a process that does not know these jobs
// rescues it. A job is also missing if news came after the end, for example when Merchant.Client learned about a
// reversal. Requeue returns how many jobs it made. Call it from time to time. Several calls at once are safe.
func (m *Merchant) Requeue(ctx context.Context) (count int, err error) {
	err = pgx.BeginFunc(ctx, m.journal.pool, func(tx pgx.Tx) error {
		// One call at a time, because each must see the jobs that the one before has made.
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
