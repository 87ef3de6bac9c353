package riverpayout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// schedule says when to come back to a payout, after an answer or without one.
func (r *run) schedule(ctx context.Context, answer *payneteasy.Answer) error {
	wait, decision := r.config.Gateway.Wait, r.row.entry.Decision()
	switch next := stepOf(r.row.entry); {
	case next == stepDone:
		return nil
	case next != stepAsk:
		return r.snooze(ctx, 0)
	case decision == payneteasy.DecisionRefused: // the reason stays where an operator sees it
		return r.park(ctx, errors.New(cmp.Or(r.row.problem, "refused")))
	case answer != nil && answer.NotKnown && r.row.entry.OrderID() != "" && r.row.age >= slowAfter(wait):
		return r.parkSlowly(ctx, fmt.Errorf("%w any more: %s", payneteasy.ErrOrderNotFound, r.row.entry.OrderID()))
	}
	if err := r.unpark(ctx); err != nil {
		return err
	}
	if decision == payneteasy.DecisionReview {
		return r.snooze(ctx, slowly(wait))
	}
	return r.snooze(ctx, wait.Interval(r.row.age))
}

// snooze lets the job come back after a while, by the database's clock, and no sooner than the gateway wants to be
// asked. River's snooze counts by that of this machine; if it is wrong, another job takes the place of this one, which
// is done: it must not come back at once, and so over and over, nor an hour late.
func (r *run) snooze(ctx context.Context, after time.Duration) error {
	if r.retryAfter > after {
		after = r.retryAfter
		r.observe(ctx, payneteasy.BackOffEvent{Order: r.row.entry.Ref(), Reason: "retry-after", Pause: after})
	}
	if r.skew == 0 {
		return river.JobSnooze(after)
	}
	return r.withLockedRow(ctx, r.row.entry.ClientOrderID, func(tx pgx.Tx, now *row) error {
		if !now.isWorkedBy(r.job.ID) { // it was woken
			return nil
		}
		return r.insertJob(ctx, tx, *now, after)
	})
}

// noteRetryAfter notes how long the gateway asks to be left alone.
func (r *run) noteRetryAfter(failure error) {
	if failed, ok := errors.AsType[*payneteasy.Error](failure); ok {
		r.retryAfter = failed.RetryAfter
	}
}

// slowAfter is the age from which an order is asked about slowly.
func slowAfter(wait payneteasy.WaitOptions) time.Duration {
	return cmp.Or(wait.SlowAfter, poll.Platform.SlowAfter)
}

// slowly is a pause before a question about an order that needs no haste.
func slowly(wait payneteasy.WaitOptions) time.Duration { return wait.Interval(slowAfter(wait)) }
