package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/payneteasy-go/payneteasy"
)

// Limit bounds what all processes together send to one endpoint. Nil is no limit, as NULL is in SQL; 0 is a stop:
// nothing is sent, and what was sent is still asked about. So the zero Limit is none.
type Limit struct {
	// PerSecond is how many payouts are sent a second: 0, or from 0.0001 to 100000. In any n seconds it is at most n +
	// 2 times as many, and one, since jobs that are late may catch up with two seconds, and with no more.
	PerSecond *float64 //nolint:forbidigo // a rate is no money

	// AtOnce is how many payout calls may be on their way at the same time. A call of a process that died counts until
	// it must have timed out, at most Config.Gateway.Timeout and a minute.
	AtOnce *int32
}

// SetLimit limits an endpoint from now on, for all processes, instead of what was set before; the zero endpoint is
// Config.Gateway's. What waits comes at once and gets new turns, in any order; calls that are on their way are not
// called back. To set what is set already does nothing, so a deployment may; but it also takes away what an operator
// has set.
//
// Only payout calls are limited, by the queue's jobs. Questions are bounded by Config.MaxWorkers and the pace.
func (m *Merchant) SetLimit(ctx context.Context, endpoint payneteasy.Endpoint, limit Limit) error {
	where := m.endpoint(endpoint).String()
	_, err := m.journal.pool.Exec(ctx, "SELECT riverpayout_set_limit($1, $2, $3, $4::float8::numeric, $5)",
		m.journal.baseURL, m.journal.login, where, limit.PerSecond, limit.AtOnce)
	if err != nil {
		return fmt.Errorf("riverpayout: limit endpoint %s: %w", where, clean(err))
	}
	return nil
}

// Limits are those of the merchant's endpoints. One that is not limited is not there.
func (m *Merchant) Limits(ctx context.Context) (map[payneteasy.Endpoint]Limit, error) {
	limits, err := m.readLimits(ctx)
	if err != nil {
		return nil, fmt.Errorf("riverpayout: limits: %w", clean(err))
	}
	return limits, nil
}

func (m *Merchant) readLimits(ctx context.Context) (map[payneteasy.Endpoint]Limit, error) {
	rows, err := m.journal.pool.Query(ctx,
		"SELECT endpoint, per_second::float8, at_once FROM riverpayout_limit WHERE merchant = $1", m.journal.merchant)
	if err != nil {
		return nil, err
	}
	limits := map[payneteasy.Endpoint]Limit{}
	var text string
	var limit Limit
	_, err = pgx.ForEachRow(rows, []any{&text, &limit.PerSecond, &limit.AtOnce}, func() error {
		var endpoint payneteasy.Endpoint
		err := endpoint.UnmarshalText([]byte(text))
		limits[endpoint] = limit
		return err
	})
	return limits, err
}

// lockNotAvailable is PostgreSQL's code for a lock that was waited for too long.
const lockNotAvailable = "55P03"

// longestSleep is how long a job sleeps at most before it looks whether its turn has come nearer: a job that was just
// running when a limit was changed is not woken.
const longestSleep = 15 * time.Minute

// enter waits at the limits of the payout's endpoint, in River's queue and not here: without leave, this run ends with
// err. With it, it may go on, and leave says that the call has ended. A limit only delays; whether the payout may be
// sent is not asked here.
func (r *run) enter(ctx context.Context) (leave func(), err error) {
	switch {
	case !r.row.limited:
		return func() {}, nil
	case r.row.turn > 0: // no need to lock the limit
		return nil, r.snooze(ctx, min(r.row.turn, longestSleep))
	}
	var place, rest *int64
	longest := r.timeout + 2*r.recordTimeout // of Load and of the call

	// or a place could be taken and not known
	entering, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.recordTimeout)
	defer cancel()
	err = r.journal.pool.QueryRow(entering, "SELECT place, rest FROM riverpayout_enter($1, $2, $3, $4)",
		r.journal.merchant, r.row.entry.Endpoint.String(), r.row.entry.ClientOrderID, longest.Milliseconds()).
		Scan(&place, &rest)
	var failed *pgconn.PgError
	switch {
	case errors.As(err, &failed) && failed.Code == lockNotAvailable:
		return nil, r.snooze(ctx, time.Second)
	case err != nil:
		return nil, err
	case rest != nil:
		return nil, r.snooze(ctx, time.Duration(min(*rest, longestSleep.Milliseconds()))*time.Millisecond)
	case place == nil:
		return func() {}, nil
	}
	return sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.recordTimeout)
		defer cancel()
		_, _ = r.journal.pool.Exec(ctx, "SELECT riverpayout_leave($1)", *place) // or it expires
	}), nil
}
