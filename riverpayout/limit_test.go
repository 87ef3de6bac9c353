package riverpayout_test

import (
	"context"
	"errors"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestAtOnce checks that two processes never have more calls in progress than AtOnce. A call that ends wakes the next
// payout.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	g := &gate{open: make(chan struct{})}
	f := newFleet(t, "", g.keep)
	f.limit(riverpayout.Limit{AtOnce: new(int32(2))})
	f.enqueue(paid, "p-1", "p-2", "p-3", "p-4", "p-5", "p-6")
	crew := both(f.work(), f.twin(g.keep).work())
	g.await(t, 2)
	f.sleepLong(4)
	close(g.open)
	crew.until(river.EventKindJobCompleted, 6)
	_, most := g.count()
	require.Equal(t, 2, most)
	require.Len(t, f.gateway.Orders(), 6)
	f.until("(SELECT count(*) FROM riverpayout_call) + (SELECT count(*) FROM riverpayout_limited) = 0")
}

// TestStopLimit checks that a stop sends nothing, and that what was sent comes to its end. Waiting payouts are sent as
// soon as the stop is lifted.
func TestStopLimit(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]riverpayout.Limit{
		"none a second": {PerSecond: new(0.0)}, "none at once": {PerSecond: new(100.0), AtOnce: new(int32(0))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.enqueue(paid, "p-1", "p-2", "p-3")
			// as a worker that died after sending
			_, err := f.merchant.Client().Payout(t.Context(), requestOf(refOf(t, "p-1"), paid))
			require.NoError(t, err)
			f.limit(stop)
			crew := f.work()
			crew.until(river.EventKindJobCompleted, 1)
			f.sleepLong(2)
			require.Len(t, f.gateway.Orders(), 1)
			limits, err := f.merchant.Limits(t.Context())
			require.NoError(t, err)
			require.Equal(t, map[payneteasy.Endpoint]riverpayout.Limit{f.gateway.Config().Endpoint: stop}, limits)
			f.limit(riverpayout.Limit{})
			crew.until(river.EventKindJobCompleted, 2)
			require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "p-3": "paid"}, f.ledger())
			limits, err = f.merchant.Limits(t.Context())
			require.NoError(t, err)
			require.Empty(t, limits)
		})
	}
}

// TestPlaceOfDeadProcess checks that the place is free again when the call must have timed out.
func TestPlaceOfDeadProcess(t *testing.T) {
	t.Parallel()
	f := newPlainFleet(t, "", serveOnly)
	f.limit(riverpayout.Limit{AtOnce: new(int32(1))})
	f.enqueue(paid, "p-1")
	var killed *exec.ExitError
	process, err := f.start(t.Context(), process{ID: "dead", Die: dieAfterSending})
	require.NoError(t, err)
	require.ErrorAs(t, process.Wait(), &killed)
	f.until("count(*) = 1 AND min(until) <= now() + interval '62 s' FROM riverpayout_call WHERE client_orderid = 'p-1'")
	f.exec("UPDATE riverpayout_call SET until = now() + interval '1 h'")
	f.enqueue(paid, "p-2")
	require.NoError(t, f.rescue(t.Context(), "dead"))
	crew := f.work()
	crew.until(river.EventKindJobCompleted, 1)
	f.asleep(1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
	f.exec("UPDATE riverpayout_call SET until = now()")
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid"}, f.ledger())
}

// TestPlacesOfDeadProcesses checks that all places of dead processes are taken.
func TestPlacesOfDeadProcesses(t *testing.T) {
	t.Parallel()
	g := &gate{open: make(chan struct{})}
	f := newFleet(t, "", g.keep)
	f.limit(riverpayout.Limit{AtOnce: new(int32(2))})
	f.exec(`INSERT INTO riverpayout_call (merchant, endpoint, client_orderid, until)
		SELECT merchant, endpoint, 'dead', now() + interval '1 h' FROM riverpayout_limit CROSS JOIN generate_series(1, 2)`)
	f.enqueue(paid, "p-1", "p-2", "p-3")
	crew := f.work()
	f.sleepLong(3)
	f.exec("UPDATE riverpayout_call SET until = now()")
	require.NoError(t, f.merchant.Wake(t.Context(), "p-3"))
	g.await(t, 2)
	close(g.open)
	crew.until(river.EventKindJobCompleted, 3)
}

// TestPlaceRelease checks that every outcome of a call releases the place for another payout.
func TestPlaceRelease(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", rejecting("rejected"))
	f.limit(riverpayout.Limit{AtOnce: new(int32(1))})
	f.load = func(ref payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
		switch ref.ClientOrderID {
		case "error":
			return nil, errors.New("no account")
		case "panic":
			panic("oh")
		case "invalid":
			req.OrderDesc = strings.Repeat("x", 65)
		}
		return req, nil
	}
	f.gateway.FailOrder("unknown", payneteasytest.LoseReply())
	f.enqueue(paid, "error", "panic", "invalid", "rejected", "unknown", "good")
	f.work().until(river.EventKindJobCompleted, 3)
	require.Equal(t, map[string]string{"rejected": "rejected", "unknown": "paid", "good": "paid"}, f.ledger())
	f.until("count(*) = 3 FROM riverpayout_parked")
}

// TestPlaceReleaseOnShutdown checks that a process that is told to stop releases its places.
func TestPlaceReleaseOnShutdown(t *testing.T) {
	t.Parallel()
	loading := make(chan struct{})
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Load = func(ctx context.Context, _ payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
			close(loading)
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	f.limit(riverpayout.Limit{AtOnce: new(int32(1))})
	f.enqueue(paid, "p-1")
	crew := f.work()
	<-loading
	f.until("count(*) = 1 FROM riverpayout_call")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, crew.client.StopAndCancel(ctx))
	f.until("count(*) = 0 FROM riverpayout_call")
}

// TestLimitConcurrentRuns lets two runs of a payout through the limit. Both load it at the same time, and one sends it.
func TestLimitConcurrentRuns(t *testing.T) {
	t.Parallel()
	loading := &rendezvous{}
	alone := func(c *riverpayout.Config) { c.MaxWorkers = 1 } // so that each process takes one of the two jobs
	f := newFleet(t, "", alone)
	f.before = loading.meet
	f.limit(riverpayout.Limit{PerSecond: new(1000.0), AtOnce: new(int32(9))})
	f.enqueue(paid, "p-1")
	f.exec("UPDATE riverpayout_payout SET job = NULL") // any job may work it
	f.exec("INSERT INTO river_job (args, kind, max_attempts, queue, priority) SELECT args, kind, max_attempts, " +
		"queue, priority FROM river_job")
	both(f.work(), f.twin(alone).work()).until(river.EventKindJobCompleted, 2)
	require.EqualValues(t, 2, loading.come.Load())
	require.Len(t, f.gateway.Orders(), 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// TestUnrelatedLimits checks that limits of another endpoint and of another merchant do not count. An endpoint without
// a limit causes no statement.
func TestUnrelatedLimits(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	other := newFleet(t, f.url, nil)
	stop := riverpayout.Limit{PerSecond: new(0.0)}
	other.limit(stop)
	require.NoError(t, f.merchant.SetLimit(t.Context(), payneteasy.EndpointGroupID(payneteasytest.EndpointID), stop))
	f.exec("DROP FUNCTION riverpayout_enter, riverpayout_leave")
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// TestLimitInvalid checks limits that are out of range, or name no merchant or no endpoint.
func TestLimitInvalid(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	for want, limit := range map[string]riverpayout.Limit{
		"per_second is -1: use 0, or a number from 0.0001 to 100000":       {PerSecond: new(-1.0)},
		"per_second is NaN: use 0, or a number from 0.0001 to 100000":      {PerSecond: new(math.NaN())},
		"per_second is Infinity: use 0, or a number from 0.0001 to 100000": {PerSecond: new(math.Inf(1))},
		"per_second is 0.00001: use 0, or a number from 0.0001 to 100000":  {PerSecond: new(0.00001)},
		"at_once is -1: use 0 or more":                                     {AtOnce: new(int32(-1))},
	} {
		require.EqualError(t, f.merchant.SetLimit(t.Context(), payneteasy.EndpointGroupID(7), limit),
			"riverpayout: limit endpoint group/7: PostgreSQL: ERROR: "+want+" (SQLSTATE 22023)")
	}
	require.EqualError(t, f.merchant.SetLimit(t.Context(), payneteasy.EndpointID(0), riverpayout.Limit{}),
		"riverpayout: limit endpoint 0: PostgreSQL: ERROR: '0' is not an endpoint: write it as 123 or group/123 "+
			"(SQLSTATE 22023)")
	for sql, want := range map[string]string{
		"'https://gateway.example', 'unknown', '7', 0, 0": "no merchant with base_url https://gateway.example " +
			"and login unknown: see riverpayout_merchant",
		"base_url, login, 'all', 0, 0 FROM riverpayout_merchant": "'all' is not an endpoint",
		"base_url, login, NULL, 0, 0 FROM riverpayout_merchant":  "NULL is not an endpoint",
	} {
		sql = strings.Replace(sql, ", 0, 0", ", 0, 0)", 1)
		_, err := f.pool.Exec(t.Context(), "SELECT riverpayout_set_limit("+sql)
		require.ErrorContains(t, err, want)
	}
	limits, err := f.merchant.Limits(t.Context())
	require.NoError(t, err)
	require.Empty(t, limits)
}

// TestLimitLocked locks a limit in a transaction that stays open. Payouts that wait for the lock do not block the
// workers.
func TestLimitLocked(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) { c.MaxWorkers = 1 })
	f.limit(riverpayout.Limit{AtOnce: new(int32(3))})
	tx, err := f.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT riverpayout_set_limit($1, $2, '39915', 0, 0)",
		f.base, f.gateway.Config().Login)
	require.NoError(t, err)
	f.enqueue(paid, "p-1", "p-2")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 3)
	require.Empty(t, f.gateway.Orders())
	require.NoError(t, tx.Rollback(t.Context()))
	f.untilLedger(2)
}

// TestLimitInOpenTransaction checks that an open transaction that changes a limit locks none of River's jobs, because
// River waits for locked jobs. The commit wakes the sleeping payouts.
func TestLimitInOpenTransaction(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]string{"lifted": "NULL, NULL", "others": "1000, 1000"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.limit(riverpayout.Limit{PerSecond: new(0.0)})
			f.enqueue(paid, "p-1")
			f.work().until(river.EventKindJobSnoozed, 1)
			require.Eventually(t, func() bool { // so that the job does not run by itself
				tag, err := f.pool.Exec(t.Context(),
					"UPDATE river_job SET state = 'scheduled', scheduled_at = now() + interval '1 hour' WHERE state "+
						"IN ('available', 'scheduled')")
				return err == nil && tag.RowsAffected() == 1
			}, patience, time.Millisecond)
			tx, err := f.pool.Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), "SELECT riverpayout_set_limit($1, $2, '39915', "+limit+")",
				f.base, f.gateway.Config().Login)
			require.NoError(t, err)
			_, err = f.pool.Exec(t.Context(), "SELECT FROM river_job FOR UPDATE NOWAIT")
			require.NoError(t, err)
			require.Empty(t, f.gateway.Orders())
			require.NoError(t, tx.Commit(t.Context()))
			f.untilLedger(1)
		})
	}
}

// TestLimitInvalidEndpoint checks endpoints in SQL, where nothing else checks them.
func TestLimitInvalidEndpoint(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	for _, endpoint := range []string{"9999999999999999999", "group/0", "", "39915 ", "x"} {
		_, err := f.pool.Exec(t.Context(), "SELECT riverpayout_set_limit($1, $2, $3, 1, 1)", f.base,
			f.gateway.Config().Login, endpoint)
		require.ErrorContains(t, err, "is not an endpoint: write it as 123 or group/123", endpoint)
	}
	_, err := f.pool.Exec(t.Context(), "SELECT riverpayout_set_limit($1, $2, '9223372036854775807', 1, 1)",
		f.base, f.gateway.Config().Login)
	require.NoError(t, err)
	_, err = f.merchant.Limits(t.Context())
	require.NoError(t, err)
}
