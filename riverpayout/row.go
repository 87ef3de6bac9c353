package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// stateCreated is that of a payout which is enqueued and was never begun: for the journal there is none.
const stateCreated payneteasy.State = "created"

// row is a payout as the worker sees it.
type row struct {
	entry    payneteasy.Entry
	enqueued time.Time // zero if it was not
	told     bool
	toldAs   string // Final.news
	denied   bool   // if it is rejected, that is because the merchant was, or it is not known why
	refusal  string // why it was rejected
	job      *int64 // the one that works it; nil: any
	queue    string
	problem  string
	age      time.Duration // since the licence to send was given
	now      time.Time     // by the clock of the database
	limited  bool          // its endpoint is
	turn     time.Duration // until its turn, if it has one
}

// readRow reads a payout. The error matches payneteasy.ErrNoEntry if there is none.
func (m *Merchant) readRow(ctx context.Context, db querier, clientOrderID, lock string) (r row, err error) {
	var enqueued, sent, turn *time.Time
	r.entry, err = m.journal.scan(db.QueryRow(ctx, "SELECT "+columns+`, enqueued, sent, told IS NOT NULL, told_as, denied, refusal, job, queue, problem, clock_timestamp(),
		EXISTS (SELECT FROM riverpayout_limit l WHERE l.merchant = p.merchant AND l.endpoint = p.endpoint), turn
		FROM riverpayout_payout p WHERE merchant = $1 AND client_orderid = $2 `+lock, m.journal.merchant, clientOrderID),
		&enqueued, &sent, &r.told, &r.toldAs, &r.denied, &r.refusal, &r.job, &r.queue, &r.problem, &r.now, &r.limited, &turn)
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

// park leaves a payout where an operator sees it, with the reason, and looks again later: what he mends goes on by itself.
func (r *run) park(ctx context.Context, problem error) error {
	since, err := r.note(ctx, problem)
	if err != nil {
		return err
	}
	return r.again(ctx, min(max(since, parkedFirst), parkedLast))
}

// parkSlowly is park for what only a person or the gateway can change: it is asked about at the slow pace.
func (r *run) parkSlowly(ctx context.Context, problem error) error {
	if _, err := r.note(ctx, problem); err != nil {
		return err
	}
	return r.again(ctx, slowly(r.config.Gateway.Wait))
}

// note stores a problem, and tells how long there has been one.
func (r *run) note(ctx context.Context, problem error) (since time.Duration, err error) {
	text := plain(problem)
	var seconds int64
	var state string
	err = r.journal.pool.QueryRow(ctx, `UPDATE riverpayout_payout SET problem = $3, problem_since = coalesce(problem_since, clock_timestamp())
		WHERE merchant = $1 AND client_orderid = $2 AND told IS NULL RETURNING extract(epoch FROM clock_timestamp() - problem_since)::bigint, state`,
		r.journal.merchant, r.row.entry.ClientOrderID, text).Scan(&seconds, &state)
	if errors.Is(err, pgx.ErrNoRows) { // its end was told meanwhile
		return 0, nil
	}
	if err == nil && text != r.row.problem {
		r.tell(ctx, Event{Name: EventParked, Result: state, Problem: text})
	}
	return time.Duration(seconds) * time.Second, err
}

// unpark takes a problem away that is over.
func (r *run) unpark(ctx context.Context) error {
	if r.row.problem == "" {
		return nil
	}
	return r.setProblem(ctx, r.row.entry.ClientOrderID, "")
}

// reopened leaves a payout where an operator sees it that was settled while its call was on its way, and then came to something else.
func (r *run) reopened(ctx context.Context) error {
	problem := fmt.Sprintf("its end was told as %s, and it is %s since: order %s", r.row.toldAs, r.row.entry.State, r.row.entry.OrderID)
	r.tell(ctx, Event{Name: EventParked, Result: string(r.row.entry.State), Problem: problem})
	return r.setProblem(ctx, r.row.entry.ClientOrderID, problem)
}

// setProblem stores a problem, also of a payout whose end was told, or takes it away.
func (m *Merchant) setProblem(ctx context.Context, clientOrderID, problem string) error {
	_, err := m.journal.pool.Exec(ctx, `UPDATE riverpayout_payout SET problem = $3, problem_since = CASE WHEN $3 <> '' THEN clock_timestamp() END
		WHERE merchant = $1 AND client_orderid = $2`, m.journal.merchant, clientOrderID, problem)
	return err
}
