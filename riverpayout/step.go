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
	retryAfter time.Duration // of the gateway's last reply
}

// read reads the payout, and the clock. An intent of this process that sent nothing is reset first.
func (r *run) read(ctx context.Context, clientOrderID string) (err error) {
	if r.row, err = r.readRow(ctx, r.journal.pool, clientOrderID, ""); err == nil && r.unsent.has(r.row.entry) {
		err = r.resetUnsent(ctx)
	}
	if err != nil {
		return err
	}
	if r.skew = r.row.now.Sub(r.now()); r.skew.Abs() < time.Second { // the answer's own time
		r.skew = 0
	}
	return nil
}

// step does one thing about a payout, and says when to come back.
func (r *run) step(ctx context.Context) error {
	id := r.job.Args.ClientOrderID
	switch err := r.read(ctx, id); {
	case errors.Is(err, payneteasy.ErrNoEntry):
		return river.JobCancel(fmt.Errorf("riverpayout: %q was not enqueued: nothing was sent", id))
	case err != nil:
		return err
	}
	switch next := stepOf(r.row.entry); {
	case next == stepTell: // by any job: what has come after the end has no other
		return r.conclude(ctx, nil)
	case next == stepDone, !r.row.isWorkedBy(r.job.ID): // it was woken, and another job has its place
		return nil
	case next == stepSend:
		return r.send(ctx)
	default:
		return r.ask(ctx)
	}
}

// step is what a payout's job does next. It follows from the entry.
type step string

const (
	stepSend step = "send" // it was not sent, or the gateway did not let the merchant in and has no order
	stepAsk  step = "ask"  // what became of it is not known yet, or may change without a person
	stepTell step = "tell" // OnNews does not know it yet
	stepDone step = "done"
)

func stepOf(e payneteasy.Entry) step {
	decision, isTold := e.Decision(), e.Told.Seq >= e.Seq
	switch {
	case e.Send == payneteasy.SendCreated, !isTold && isRetried(e, decision):
		return stepSend
	case decision.Final() && !isTold:
		return stepTell
	case decision.Final() && !mayChange(e, decision):
		return stepDone
	}
	return stepAsk
}

// isRetried reports whether a payout that has come to nothing is sent again without a word to the merchant: no
// connection came about, or the gateway refused him and not the payout, as with a wrong key, which must not use up all
// that is enqueued. What a person has settled is not.
func isRetried(e payneteasy.Entry, decision payneteasy.Decision) bool {
	denied := decision == payneteasy.DecisionRejected && e.Send == payneteasy.SendDenied
	return e.Settlement.Decision == "" && (denied || decision == payneteasy.DecisionNotSent)
}

// mayChange reports whether asking goes on after the merchant was told: a review without a final end, and a reversed
// order that was seen approved again once.
func mayChange(e payneteasy.Entry, decision payneteasy.Decision) bool {
	for _, o := range e.Orders {
		isOpen := o.End == payneteasy.EndOpen || o.End == payneteasy.EndUnclear
		if !o.Doubt.IsZero() || isOpen && decision == payneteasy.DecisionReview {
			return true
		}
	}
	return decision == payneteasy.DecisionReview && len(e.Orders) == 0
}
