package riverpayout

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// lockNotAvailable is PostgreSQL's code for a lock that was waited for too long.
const lockNotAvailable = "55P03"

// turnLast is how long a job sleeps at most before it looks whether its turn has come nearer: a job that was just
// running when a limit was changed is not woken.
const turnLast = 15 * time.Minute

// enter waits at the limits of the payout's endpoint, in River's queue and not here: without leave, this run ends with
// err. With it, it may go on, and leave says that the call has ended. A limit only delays; whether the payout may be
// sent is not asked here.
func (r *run) enter(ctx context.Context) (leave func(), err error) {
	switch {
	case !r.row.limited:
		return func() {}, nil
	case r.row.turn > 0: // no need to lock the limit
		return nil, r.again(ctx, min(r.row.turn, turnLast))
	}
	var place, rest *int64
	longest := r.timeout + 2*r.recordTimeout                                             // of Load and of the call
	entering, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.recordTimeout) // or a place could be taken and not known
	defer cancel()
	err = r.journal.pool.QueryRow(entering, "SELECT place, rest FROM riverpayout_enter($1, $2, $3, $4)", r.journal.merchant,
		r.row.entry.Endpoint.String(), r.row.entry.ClientOrderID, longest.Milliseconds()).Scan(&place, &rest)
	var failed *pgconn.PgError
	switch {
	case errors.As(err, &failed) && failed.Code == lockNotAvailable:
		return nil, r.again(ctx, time.Second)
	case err != nil:
		return nil, err
	case rest != nil:
		return nil, r.again(ctx, time.Duration(min(*rest, turnLast.Milliseconds()))*time.Millisecond)
	case place == nil:
		return func() {}, nil
	}
	return sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.recordTimeout)
		defer cancel()
		_, _ = r.journal.pool.Exec(ctx, "SELECT riverpayout_leave($1)", *place) // or it expires
	}), nil
}
