package riverpayout

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// OrderArgs are the arguments of a job. They hold only IDs.
type OrderArgs struct {
	Merchant      int32  `json:"merchant"` // riverpayout_merchant.id
	ClientOrderID string `json:"client_orderid"`
}

// Kind implements river.JobArgs.
func (OrderArgs) Kind() string { return "payneteasy_payout" }

// maxAttempts is River's maximum, because a payout is never given up.
const maxAttempts = 1<<15 - 1

// insertJob makes a payout's job, in the queue in which the payout was enqueued. It replaces the job that the payout
// has, and runs after the given time.
func (m *Merchant) insertJob(ctx context.Context, tx pgx.Tx, payout row, after time.Duration) error {
	clientOrderID := payout.entry.ClientOrderID
	job, err := m.river.InsertTx(ctx, tx, OrderArgs{Merchant: m.journal.merchant, ClientOrderID: clientOrderID},
		&river.InsertOpts{MaxAttempts: maxAttempts, Queue: payout.queue})
	if err == nil {
		err = m.setJob(ctx, tx, clientOrderID, job.Job.ID)
	}
	if err == nil && after > 0 { // by the database's clock, and available, so that the leader's clock does not matter
		_, err = tx.Exec(ctx, "UPDATE river_job SET scheduled_at = clock_timestamp() + $2 WHERE id = $1",
			job.Job.ID, after)
	}
	return clean(err)
}

// setJob records which job works a payout.
func (m *Merchant) setJob(ctx context.Context, tx pgx.Tx, clientOrderID string, job int64) error {
	_, err := tx.Exec(ctx, "UPDATE riverpayout_payout SET job = $3 WHERE merchant = $1 AND client_orderid = $2",
		m.journal.merchant, clientOrderID, job)
	return err
}

// replaceJob replaces a payout's job with one that runs at once. If nothing is left to do, it only removes the job. A
// running job ends by itself.
func (m *Merchant) replaceJob(ctx context.Context, tx pgx.Tx, payout row) error {
	if payout.enqueued.IsZero() {
		return nil
	}
	if payout.job != nil {
		_, err := m.river.JobDeleteTx(ctx, tx, *payout.job)
		if err != nil && !errors.Is(err, rivertype.ErrNotFound) && !errors.Is(err, rivertype.ErrJobRunning) {
			return err
		}
	}
	if stepOf(payout.entry) == stepDone {
		return nil
	}
	return m.insertJob(ctx, tx, payout, 0)
}
