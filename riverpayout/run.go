package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/payneteasy-go/payneteasy"
)

// run is one run of a payout's job.
type run struct {
	*Merchant
	job        *river.Job[OrderArgs]
	row        row
	skew       time.Duration // how far this machine's clock is from the database's
	retryAfter time.Duration // from the gateway's last reply
}

// read reads the payout and the clock. It resets an intent of this process that sent nothing.
func (r *run) read(ctx context.Context, clientOrderID string) (err error) {
	if r.row, err = r.readRow(ctx, r.journal.pool, clientOrderID, ""); err == nil && r.unsent.has(r.row.entry) {
		err = r.resetUnsent(ctx)
	}
	if err != nil {
		return err
	}
	if r.skew = r.row.now.Sub(r.now()); r.skew.Abs() < time.Second { // the query itself takes time
		r.skew = 0
	}
	return nil
}

// work does the next step of a payout, and says when to come back.
func (r *run) work(ctx context.Context) error {
	id := r.job.Args.ClientOrderID
	switch err := r.read(ctx, id); {
	case errors.Is(err, payneteasy.ErrNoEntry):
		return river.JobCancel(fmt.Errorf("riverpayout: %q was not enqueued: nothing was sent", id))
	case err != nil:
		return err
	}
	switch next := stepOf(r.row.entry); {
	case next == stepTell: // any job may, because news after the end has no job of its own
		return r.conclude(ctx, nil)
	case next == stepDone, !r.row.isWorkedBy(r.job.ID): // the payout was woken, and another job works it
		return nil
	case next == stepSend:
		return r.send(ctx)
	default:
		return r.ask(ctx)
	}
}
