package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
)

// notToldError is that OnFinal failed: all of its transaction is rolled back.
type notToldError struct{ error }

func (e notToldError) Unwrap() error { return e.error }

// finish writes the final state, tells the merchant, and completes the job, in one transaction. The mark that he was told,
// which only one of two runs of a job can set, keeps them apart.
func (r *run) finish(ctx context.Context, s *stage, final Final) error {
	told, called := "", false
	booking, cancel := context.WithTimeout(ctx, r.recordTimeout)
	defer cancel()
	err := pgx.BeginFunc(booking, r.journal.pool, func(tx pgx.Tx) (err error) {
		told, err = r.finishTx(booking, tx, s, final)
		called = told != ""
		return err
	})
	var notTold notToldError
	if errors.Is(ctx.Err(), context.DeadlineExceeded) { // OnFinal does not listen, and the job's time is over: somebody must know
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), r.recordTimeout)
		defer cancel()
	}
	switch {
	case err == nil && told != "":
		event := Event{Name: EventTold, Result: told}
		if final.Status != nil {
			event.OrderID = final.Status.OrderID
		}
		r.tell(ctx, event)
	case errors.As(err, &notTold):
		return r.park(ctx, err)
	case err != nil && called: // a constraint that is checked at the end, say, or an error that OnFinal kept to itself
		return r.park(ctx, fmt.Errorf("after OnFinal: %w", clean(err)))
	case errors.Is(err, payneteasy.ErrJournalConflict):
		return r.again(ctx, pace(r.config.Gateway.Wait, 0)) // somebody else has learnt something: ask again
	}
	return err
}

// finishTx returns what was told, or nothing if another run of the job has told it.
func (r *run) finishTx(ctx context.Context, tx pgx.Tx, s *stage, final Final) (told string, err error) {
	merchant, id := r.journal.merchant, r.row.entry.ClientOrderID
	tag, err := tx.Exec(ctx, `UPDATE riverpayout_payout SET told = clock_timestamp(), problem = '', problem_since = NULL, turn = NULL
		WHERE merchant = $1 AND client_orderid = $2 AND told IS NULL`, merchant, id)
	if err != nil {
		return "", err
	}
	if tag.RowsAffected() == 0 { // by another run of the job
		return "", r.complete(ctx, tx)
	}
	if s != nil && s.staged {
		if err := r.journal.update(ctx, tx, s.entry, s.base); err != nil {
			return "", err
		}
	}
	if final.Entry, err = r.journal.read(ctx, tx, id); err != nil {
		return "", err
	}
	if s != nil && !s.staged && final.Entry.Revision != r.row.entry.Revision { // the answer may be older than what was learnt since
		return "", fmt.Errorf("%w: client_orderid %q", payneteasy.ErrJournalConflict, id)
	}
	if !final.Entry.Closed() || final.Status == nil && final.Entry.State == payneteasy.StateFinal || final.Entry.State == payneteasy.StateNotSent {
		return "", fmt.Errorf("%w: client_orderid %q is %s", payneteasy.ErrJournalConflict, id, final.Entry.State)
	}
	final.Contradicts = contradicts(final.Entry)
	if err := r.guard(ctx, "OnFinal", func() error { return r.config.OnFinal(ctx, tx, final) }); err != nil {
		return "", notToldError{err}
	}
	// Outside of a transaction that OnFinal has ended, the job would be completed, and nothing else.
	switch there, err := r.journal.toldAs(ctx, tx, final); {
	case err != nil:
		return final.Outcome(), err
	case !there:
		return final.Outcome(), errors.New("it has ended the transaction")
	}
	return final.Outcome(), r.complete(ctx, tx)
}

// toldAs remembers what the merchant was told last, and reports whether it is there that the end was told.
func (j *Journal) toldAs(ctx context.Context, tx pgx.Tx, final Final) (told bool, err error) {
	err = tx.QueryRow(ctx, "UPDATE riverpayout_payout SET told_as = $3, problem = '', problem_since = NULL WHERE merchant = $1 AND client_orderid = $2 RETURNING told IS NOT NULL",
		j.merchant, final.Entry.ClientOrderID, final.news()).Scan(&told)
	return told, err
}

// complete is the job's end. A job that is not running any more, since it was rescued meanwhile, ends when it runs again.
func (r *run) complete(ctx context.Context, tx pgx.Tx) error {
	_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, r.job)
	return err
}
