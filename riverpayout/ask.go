package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
)

// ask asks the gateway once about a payout. No transaction is open during the call.
func (r *run) ask(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, r.timeout+r.recordTimeout)
	defer cancel()
	began := time.Now()
	answer, err := r.client.Ask(asking, r.row.entry)
	r.noteRetryAfter(err)
	r.retryAfter = max(r.retryAfter, answer.RetryAfter)
	r.logAsked(ctx, answer, err, time.Since(began))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return r.afterFailedQuestion(ctx, err)
	}
	return r.conclude(ctx, &answer)
}

// afterFailedQuestion decides what to do after a question that failed.
func (r *run) afterFailedQuestion(ctx context.Context, err error) error {
	switch {
	case r.row.entry.Decision() == payneteasy.DecisionReview:
		return r.parkSlowly(ctx, fmt.Errorf("review: %s: %w", r.row.entry.Cause(), err))
	case r.row.entry.Decision() == payneteasy.DecisionRefused && r.row.problem != "":
		return r.schedule(ctx, nil)
	case errors.Is(err, payneteasy.ErrAccessDenied), errors.Is(err, payneteasy.ErrInvalidControl),
		errors.Is(err, payneteasy.ErrOrderMismatch):
		return r.park(ctx, err)
	case r.row.age >= slowAfter(r.config.Gateway.Wait):
		return r.parkSlowly(ctx, err)
	}
	return r.snooze(ctx, r.config.Gateway.Wait.Interval(r.row.age))
}

// conclude applies an answer, if there is one, to the payout as it is stored now. It tells the merchant, and completes
// the job if nothing is left to do. All of this happens in one transaction, whose row lock keeps two runs of a job
// apart.
func (r *run) conclude(ctx context.Context, answer *payneteasy.Answer) error {
	if answer != nil {
		after, _, err := answer.Apply(r.row.entry, r.row.age)
		if err == nil && after.Revision == r.row.entry.Revision { // nothing to write, so no transaction
			return r.schedule(ctx, answer)
		}
	}
	var news payneteasy.News
	booking, cancel := context.WithTimeout(ctx, r.recordTimeout)
	defer cancel()
	var before payneteasy.Entry
	var after row
	err := r.withLockedRow(booking, r.row.entry.ClientOrderID, func(tx pgx.Tx, now *row) (err error) {
		before = now.entry
		news, err = r.concludeTx(booking, tx, now, answer)
		after = *now
		return err
	})
	if errors.Is(ctx.Err(), context.DeadlineExceeded) { // the job has timed out, which must still be stored
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), r.recordTimeout)
		defer cancel()
	}
	if err != nil {
		return r.afterRollback(ctx, news, err)
	}
	r.row = after
	r.observeDecision(ctx, before)
	r.reportTold(ctx, news)
	return r.schedule(ctx, answer)
}

// concludeTx changes a locked row, and returns the news that it has told.
func (r *run) concludeTx(
	ctx context.Context, tx pgx.Tx, now *row, answer *payneteasy.Answer,
) (told payneteasy.News, err error) {
	entry := now.entry
	if answer != nil {
		if entry, _, err = answer.Apply(entry, r.row.age); err != nil {
			return told, err
		}
	}
	if told, err = r.tell(ctx, tx, now, entry); err != nil {
		return told, err
	}
	switch {
	case stepOf(now.entry) == stepDone: // a rescued job ends at its next run
		_, err = river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, r.job)
	case told.Seq > 0 && now.job != nil: // the payout's job may have ended before the news came
		err = r.setJob(ctx, tx, now.entry.ClientOrderID, r.job.ID)
	}
	return told, err
}

// afterRollback decides what to do after a transaction was rolled back.
func (r *run) afterRollback(ctx context.Context, news payneteasy.News, err error) error {
	var notTold notToldError
	switch {
	case errors.As(err, &notTold):
		return r.park(ctx, err)
	case news.Seq > 0: // such as a deferred constraint, or a database error that OnNews did not return
		return r.park(ctx, fmt.Errorf("after OnNews: %w", clean(err)))
	case errors.Is(err, payneteasy.ErrConflict), errors.Is(err, payneteasy.ErrOrderMismatch): // ask again
		return r.snooze(ctx, r.config.Gateway.Wait.Interval(0))
	}
	return err
}
