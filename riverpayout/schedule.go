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

// schedule says when to look at a payout again, after an answer or without one.
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

// snooze runs the job again after a while, but not before the gateway's Retry-After is over. It counts by the
// database's clock, and River's own snooze by this machine's clock. If the two differ, another job replaces this one,
// which ends. Otherwise the job could come back at once, again and again, or an hour late.
func (r *run) snooze(ctx context.Context, after time.Duration) error {
	if r.retryAfter > after {
		after = r.retryAfter
		r.observe(ctx, payneteasy.BackOffEvent{Order: r.row.entry.Ref(), Reason: "retry-after", Pause: after})
	}
	if r.skew == 0 {
		return river.JobSnooze(after)
	}
	return r.withLockedRow(ctx, r.row.entry.ClientOrderID, func(tx pgx.Tx, now *row) error {
		if !now.isWorkedBy(r.job.ID) { // the payout was woken
			return nil
		}
		return r.insertJob(ctx, tx, *now, after)
	})
}

// noteRetryAfter stores the gateway's Retry-After.
func (r *run) noteRetryAfter(failure error) {
	if failed, ok := errors.AsType[*payneteasy.Error](failure); ok {
		r.retryAfter = failed.RetryAfter
	}
}

// slowAfter is the age from which an order is asked about slowly.
func slowAfter(wait payneteasy.WaitOptions) time.Duration {
	return cmp.Or(wait.SlowAfter, poll.Platform.SlowAfter)
}

// slowly is the interval between questions about an order that is not urgent.
func slowly(wait payneteasy.WaitOptions) time.Duration { return wait.Interval(slowAfter(wait)) }
