package riverpayout_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// rates starts payouts in two processes that wait for their turns, one in a thousand seconds. The first payout was
// sent. snoozes holds how often each job had slept when Load was called.
func rates(t *testing.T) (f *fleet, crew *crew, snoozes *sync.Map) {
	f = newFleet(t, "", nil)
	snoozes = &sync.Map{}
	apart := poolOf(t, f.url) // a pool of its own, because bookings wait for Load and hold f.pool's connections
	f.load = func(ref payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
		var count int
		err := apart.QueryRow(context.Background(),
			"SELECT coalesce(metadata->>'snoozes', '0')::int FROM river_job WHERE args->>'client_orderid' = $1",
			ref.ClientOrderID).Scan(&count)
		snoozes.Store(ref.ClientOrderID, count)
		return req, err
	}
	f.limit(riverpayout.Limit{PerSecond: new(0.001)})
	f.enqueue(paid, "p-1", "p-2", "p-3", "p-4", "p-5")
	crew = both(f.work(), f.twin(func(*riverpayout.Config) {}).work())
	crew.until(river.EventKindJobCompleted, 1)
	for i, turn := range f.asleep(4)[1:] {
		require.Equal(t, time.Duration(i+1)*1000*time.Second, turn.Sub(f.asleep(4)[0]))
	}
	return f, crew, snoozes
}

// TestRate checks that payouts are sent in their turns. Each sleeps once, and gets one turn.
func TestRate(t *testing.T) {
	t.Parallel()
	f, crew, snoozes := rates(t)
	for left := range 4 {
		before := f.asleep(4 - left)
		f.pass("1000")
		crew.until(river.EventKindJobCompleted, 1)
		require.Len(t, f.gateway.Orders(), 2+left)
		for i, turn := range f.asleep(3 - left) {
			require.Equal(t, 1000*time.Second, before[i+1].Sub(turn), "its turn has changed")
		}
	}
	total := 0
	snoozes.Range(func(_, count any) bool { total += count.(int); return true })
	require.Equal(t, 4, total, "the first is sent at once, the others at their second run")
}

// TestRateIncrease checks that a payout with a distant turn is sent at once after the rate was raised.
func TestRateIncrease(t *testing.T) {
	t.Parallel()
	f, crew, _ := rates(t)
	f.limit(riverpayout.Limit{PerSecond: new(0.001)})
	require.Len(t, f.asleep(4), 4, "nothing was changed, and no job woken")
	f.limit(riverpayout.Limit{PerSecond: new(1000.0)})
	crew.until(river.EventKindJobCompleted, 4)
	require.Len(t, f.gateway.Orders(), 5)
}

// TestRateAfterOutage checks that payouts whose turns have all passed are not all sent at once.
func TestRateAfterOutage(t *testing.T) {
	t.Parallel()
	f, crew, _ := rates(t)
	f.pass("100000")
	crew.until(river.EventKindJobCompleted, 1)
	turns := f.asleep(3)
	for i, turn := range turns[1:] {
		require.Equal(t, 1000*time.Second, turn.Sub(turns[i]))
	}
	require.Len(t, f.gateway.Orders(), 2)
}

// TestTurnPerAttempt checks that each attempt uses up its turn, even if it sends nothing. The next attempt gets another
// turn, after all others.
func TestTurnPerAttempt(t *testing.T) {
	t.Parallel()
	f, _, _ := rates(t)
	apart := poolOf(t, f.url)
	f.mu.Lock()
	f.load = func(ref payneteasy.OrderRef, _ *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
		var has bool
		err := apart.QueryRow(context.Background(),
			"SELECT turn IS NOT NULL FROM riverpayout_payout WHERE client_orderid = $1", ref.ClientOrderID).Scan(&has)
		return nil, errors.Join(err, fmt.Errorf("the payout has a turn: %t", has))
	}
	f.mu.Unlock()
	f.pass("1000")
	f.until("count(*) = 1 FROM riverpayout_parked WHERE problem = 'not sent: Load: the payout has a turn: false'")
	turns := f.asleep(4) // after the next attempt
	require.Equal(t, 1000*time.Second, turns[3].Sub(turns[2]))
	require.Len(t, f.gateway.Orders(), 1)
}

// TestTurnClockSkew checks that a job sleeps correctly until its turn, at most 15 minutes at a time, even if its
// machine's clock is wrong.
func TestTurnClockSkew(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{"behind": -time.Hour, "ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.limit(riverpayout.Limit{PerSecond: new(0.001)})
			f.enqueue(paid, "p-1", "p-2")
			f.workAt(wrong)
			f.asleep(1)
			var in time.Duration
			require.NoError(t, f.pool.QueryRow(t.Context(),
				`SELECT j.scheduled_at - now() FROM river_job j JOIN riverpayout_limited w ON w.job = j.id`).
				Scan(&in))
			require.Less(t, (in - 15*time.Minute).Abs(), patience)
		})
	}
}
