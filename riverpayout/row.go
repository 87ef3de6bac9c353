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
	job      *int64    // the job that works it, or nil if any may
	queue    string
	problem  string
	age      time.Duration // since it began
	now      time.Time     // by the database's clock
	limited  bool          // its endpoint has a limit
	turn     time.Duration // until its turn, if it has one
}

// isWorkedBy reports whether the job still works the payout, and no other job has replaced it.
func (r row) isWorkedBy(job int64) bool { return r.job == nil || *r.job == job }

// isToSend reports whether the payout's job would send it if its entry were e.
func (r row) isToSend(e payneteasy.Entry) bool { return stepOf(e) == stepSend && !r.enqueued.IsZero() }

// readRow reads a payout. If there is none, the error matches payneteasy.ErrNoEntry.
func (m *Merchant) readRow(ctx context.Context, db querier, clientOrderID, lock string) (r row, err error) {
	var enqueued, turn *time.Time
	err = db.QueryRow(ctx, `SELECT entry, enqueued, job, queue, problem, clock_timestamp(),
		EXISTS (SELECT FROM riverpayout_limit l WHERE l.merchant = p.merchant AND l.endpoint = p.endpoint), turn
		FROM riverpayout_payout p WHERE merchant = $1 AND client_orderid = $2 `+lock,
		m.journal.merchant, clientOrderID).
		Scan(&r.entry, &enqueued, &r.job, &r.queue, &r.problem, &r.now, &r.limited, &turn)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return r, payneteasy.ErrNoEntry
	case err != nil:
		return r, err
	}
	if enqueued != nil {
		r.enqueued = *enqueued
	}
	if began := r.entry.Began; !began.IsZero() {
		r.age = r.now.Sub(began)
	}
	if turn != nil {
		r.turn = turn.Sub(r.now)
	}
	return r, nil
}

// withLockedRow calls do in a transaction that has locked the payout's row.
func (m *Merchant) withLockedRow(
	ctx context.Context, clientOrderID string, do func(tx pgx.Tx, payout *row) error,
) error {
	return pgx.BeginFunc(ctx, m.journal.pool, func(tx pgx.Tx) error {
		payout, err := m.readRow(ctx, tx, clientOrderID, forUpdate)
		if err != nil {
			return err
		}
		return do(tx, &payout)
	})
}

// forUpdate makes readRow lock the row until the transaction ends.
const forUpdate = "FOR UPDATE"
