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

// Limit bounds what all processes together send to one endpoint. A nil field means no limit, as NULL does in SQL. 0 is
// a stop. Then nothing is sent, but the workers still ask about what was sent. The zero Limit means no limit.
type Limit struct {
	// PerSecond is how many payouts are sent a second. It is 0, or from 0.0001 to 100000. In any n seconds at most (n +
	// 2) * PerSecond + 1 payouts are sent, because late jobs may catch up with two seconds, but not more.
	PerSecond *float64 //nolint:forbidigo // a rate is no money

	// AtOnce is how many payout calls may be in progress at the same time. A call of a process that died counts until
	// it must have timed out. That takes at most Config.Gateway.Timeout and a minute.
	AtOnce *int32
}

// SetLimit replaces the limit of an endpoint, from now on and for all processes. The zero endpoint means
// Config.Gateway.Endpoint. Waiting payouts are tried at once, and get new turns in any order. Calls in progress
// continue. Setting the same limit again does nothing, so a deployment may do it. But SetLimit also replaces a limit
// that an operator has set.
//
// The limit applies only to payout calls of the queue's jobs. Config.MaxWorkers and the pace bound the questions.
func (m *Merchant) SetLimit(ctx context.Context, endpoint payneteasy.Endpoint, limit Limit) error {
	where := m.endpoint(endpoint).String()
	_, err := m.journal.pool.Exec(ctx, "SELECT riverpayout_set_limit($1, $2, $3, $4::float8::numeric, $5)",
		m.journal.baseURL, m.journal.login, where, limit.PerSecond, limit.AtOnce)
	if err != nil {
		return fmt.Errorf("riverpayout: limit endpoint %s: %w", where, clean(err))
	}
	return nil
}

// Limits returns the limits of the merchant's endpoints. An endpoint without a limit is not in the map.
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

// lockNotAvailable is PostgreSQL's code for a lock timeout.
const lockNotAvailable = "55P03"

// longestSleep is how long a job sleeps at most before it checks whether its turn now comes earlier. A job that was
// running while a limit changed is not woken.
const longestSleep = 15 * time.Minute

// enter waits for the limits of the payout's endpoint. It waits in River's queue and not here. If leave is nil, this
// run ends with err. Otherwise the run continues, and calls leave when the call has ended. A limit only delays. enter
// does not decide whether the payout may be sent.
func (r *run) enter(ctx context.Context) (leave func(), err error) {
	switch {
	case !r.row.limited:
		return func() {}, nil
	case r.row.turn > 0: // no need to lock the limit
		return nil, r.snooze(ctx, min(r.row.turn, longestSleep))
	}
	var place, rest *int64
	longest := r.timeout + 2*r.recordTimeout // for Load and the call

	// not cancelled with ctx, or a place could be taken without this run knowing it
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
		_, _ = r.journal.pool.Exec(ctx, "SELECT riverpayout_leave($1)", *place) // if this fails, the place expires
	}), nil
}
