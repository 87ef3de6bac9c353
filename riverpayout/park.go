package riverpayout

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// A parked payout is tried again after as long as it has been parked, but at least parkedFirst and at most parkedLast.
const (
	parkedFirst = time.Second
	parkedLast  = 5 * time.Minute
)

// park stores a problem where an operator sees it, and tries the payout again later. The payout continues by itself
// when the problem is over.
func (r *run) park(ctx context.Context, problem error) error {
	since, err := r.storeProblem(ctx, plain(problem))
	if err != nil {
		return err
	}
	return r.snooze(ctx, min(max(since, parkedFirst), parkedLast))
}

// parkSlowly parks a problem that only a person or the gateway can fix. The payout is asked about at the slow pace.
func (r *run) parkSlowly(ctx context.Context, problem error) error {
	if _, err := r.storeProblem(ctx, plain(problem)); err != nil {
		return err
	}
	return r.snooze(ctx, slowly(r.config.Gateway.Wait))
}

// storeProblem stores a problem, and returns how long the payout has had one.
func (r *run) storeProblem(ctx context.Context, problem string) (since time.Duration, err error) {
	var seconds int64
	var decision string
	err = r.journal.pool.QueryRow(ctx, `UPDATE riverpayout_payout
		SET problem = $3, problem_since = coalesce(problem_since, clock_timestamp())
		WHERE merchant = $1 AND client_orderid = $2 AND step <> 'done'
		RETURNING extract(epoch FROM clock_timestamp() - problem_since)::bigint, decision`,
		r.journal.merchant, r.row.entry.ClientOrderID, problem).Scan(&seconds, &decision)
	if errors.Is(err, pgx.ErrNoRows) { // its end has been told since
		return 0, nil
	}
	if err == nil && problem != r.row.problem {
		r.reportParked(ctx, payneteasy.Decision(decision), problem)
	}
	return time.Duration(seconds) * time.Second, err
}

// unpark removes a problem that is over.
func (r *run) unpark(ctx context.Context) error {
	if r.row.problem == "" {
		return nil
	}
	_, err := r.journal.pool.Exec(ctx, `UPDATE riverpayout_payout SET problem = '', problem_since = NULL
		WHERE merchant = $1 AND client_orderid = $2`,
		r.journal.merchant, r.row.entry.ClientOrderID)
	return err
}
