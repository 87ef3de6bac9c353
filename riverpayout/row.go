package riverpayout

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// row is a payout as the worker sees it.
type row struct {
	entry    payneteasy.Entry
	enqueued time.Time // zero if it was not
	job      *int64    // the one that works it; nil: any
	queue    string
	problem  string
	age      time.Duration // since it began
	now      time.Time     // by the clock of the database
	limited  bool          // its endpoint is
	turn     time.Duration // until its turn, if it has one
}

// readRow reads a payout. The error matches payneteasy.ErrNoEntry if there is none.
func (m *Merchant) readRow(ctx context.Context, db querier, clientOrderID, lock string) (r row, err error) {
	var enqueued, sent, turn *time.Time
	err = db.QueryRow(ctx, `SELECT entry, enqueued, sent, job, queue, problem, clock_timestamp(),
		EXISTS (SELECT FROM riverpayout_limit l WHERE l.merchant = p.merchant AND l.endpoint = p.endpoint), turn
		FROM riverpayout_payout p WHERE merchant = $1 AND client_orderid = $2 `+lock, m.journal.merchant, clientOrderID).
		Scan(&r.entry, &enqueued, &sent, &r.job, &r.queue, &r.problem, &r.now, &r.limited, &turn)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return r, payneteasy.ErrNoEntry
	case err != nil:
		return r, err
	}
	if enqueued != nil {
		r.enqueued = *enqueued
	}
	if sent != nil {
		r.age = r.now.Sub(*sent)
	}
	if turn != nil {
		r.turn = turn.Sub(r.now)
	}
	return r, nil
}

// forUpdate lets readRow keep the row to its transaction.
const forUpdate = "FOR UPDATE"

// How long a parked payout rests before it is looked at again: the longer it is parked, the longer.
const (
	parkedFirst = time.Second
	parkedLast  = 5 * time.Minute
)

// park leaves a payout where an operator sees it, with the reason, and looks again later: it goes on by itself when
// that is over.
func (r *run) park(ctx context.Context, problem error) error {
	since, err := r.note(ctx, plain(problem))
	if err != nil {
		return err
	}
	return r.again(ctx, min(max(since, parkedFirst), parkedLast))
}

// parkSlowly is park for what only a person or the gateway can change: it is asked about at the slow pace.
func (r *run) parkSlowly(ctx context.Context, problem error) error {
	if _, err := r.note(ctx, plain(problem)); err != nil {
		return err
	}
	return r.again(ctx, slowly(r.config.Gateway.Wait))
}

// note stores a problem, and tells how long there has been one.
func (r *run) note(ctx context.Context, problem string) (since time.Duration, err error) {
	var seconds int64
	var decision string
	err = r.journal.pool.QueryRow(ctx, `UPDATE riverpayout_payout
		SET problem = $3, problem_since = coalesce(problem_since, clock_timestamp())
		WHERE merchant = $1 AND client_orderid = $2 AND step <> 'done'
		RETURNING extract(epoch FROM clock_timestamp() - problem_since)::bigint, decision`,
		r.journal.merchant, r.row.entry.ClientOrderID, problem).Scan(&seconds, &decision)
	if errors.Is(err, pgx.ErrNoRows) { // its end was told in between
		return 0, nil
	}
	if err == nil && problem != r.row.problem {
		r.reportParked(ctx, payneteasy.Decision(decision), problem)
	}
	return time.Duration(seconds) * time.Second, err
}

// unpark takes a problem away that is over.
func (r *run) unpark(ctx context.Context) error {
	if r.row.problem == "" {
		return nil
	}
	_, err := r.journal.pool.Exec(ctx, `UPDATE riverpayout_payout SET problem = '', problem_since = NULL
		WHERE merchant = $1 AND client_orderid = $2`,
		r.journal.merchant, r.row.entry.ClientOrderID)
	return err
}
