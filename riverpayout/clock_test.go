package riverpayout_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestClockSkew checks that a job comes back at its pace even if its machine's clock is wrong.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{
		"right": 0, "behind": -time.Hour, "ahead": time.Hour,
		"a little ahead": 10 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const pace = 30 * time.Minute
			f := newFleet(t, "", func(c *riverpayout.Config) {
				c.Gateway.Wait = payneteasy.WaitOptions{MinInterval: pace, MaxInterval: pace}
			})
			f.gateway.SetAccount(paid, payneteasytest.Stuck())
			f.enqueue(paid, "p-1")
			f.workAt(wrong)
			var in time.Duration
			require.Eventually(t, func() bool {
				err := f.pool.QueryRow(t.Context(),
					`SELECT scheduled_at - now() FROM river_job JOIN riverpayout_payout p ON p.job = river_job.id
					WHERE river_job.state <> 'running' AND river_job.scheduled_at > now()`).Scan(&in)
				return err == nil
			}, patience, 5*time.Millisecond)
			require.Less(t, (in - pace).Abs(), patience, "by the database's clock")
			require.Len(t, f.gateway.Orders(), 1)
		})
	}
}

// TestSingleClockSkew checks that a single machine with a wrong clock still pays.
func TestSingleClockSkew(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{"behind": -time.Hour, "ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", func(c *riverpayout.Config) {
				c.Gateway.Wait = payneteasy.WaitOptions{MinInterval: time.Second, MaxInterval: time.Second}
			})
			f.gateway.SetAccount(paid,
				payneteasytest.Script{{Status: "processing"}, {Status: "processing"}, {Status: "approved"}})
			f.enqueue(paid, "p-1")
			f.workAt(wrong)
			f.untilLedger(1)
		})
	}
}

// TestFleetClockSkew sets a machine's clock hours ahead, so that it takes a job from a live machine in the middle of a
// payout. Nothing is sent or told twice.
func TestFleetClockSkew(t *testing.T) {
	t.Parallel()
	replies, onTheirWay := make(chan struct{}), sync.WaitGroup{}
	onTheirWay.Add(3)
	f := newFleet(t, "", func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			if strings.Contains(req.URL.Path, "/payout/") {
				onTheirWay.Done()
				<-replies
			}
			return reply, err
		})
	})
	f.enqueue(paid, "p-1", "p-2", "p-3")
	behind := f.workAt(-3 * time.Hour)
	onTheirWay.Wait()
	ahead := f.twin(func(*riverpayout.Config) {})
	// So the running jobs look old to the second machine, which leads from now on. The clock of River's rescuer cannot
	// be set.
	for _, sql := range []string{
		"UPDATE river_job SET attempted_at = attempted_at - interval '3 hours'",
		"DELETE FROM river_leader",
	} {
		_, err := f.pool.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	crew := ahead.workAt(3 * time.Hour)
	f.untilLedger(3)
	close(replies)
	both(behind, crew).until(river.EventKindJobCompleted, 3)
	f.untilIdle()
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "p-3": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 3)
}

// TestDatabaseAge checks that the database's clock decides how long ago a payout was sent. That clock is five minutes
// behind. So the payout looks old to the machine on which a person settles it during its call.
func TestDatabaseAge(t *testing.T) {
	t.Parallel()
	url := database(t)
	pool := poolOf(t, url)
	for _, sql := range []string{
		"CREATE SCHEMA late",
		`CREATE FUNCTION late.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
			$$ SELECT pg_catalog.clock_timestamp() - interval '5 minutes' $$`,
		"ALTER DATABASE " + pool.Config().ConnConfig.Database + " SET search_path = late, public, pg_catalog",
	} {
		_, err := pool.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	f := newFleet(t, url, nil)
	f.gateway.FailNext(payneteasytest.LoseReply())
	client := f.merchant.Client()
	_, err := client.Payout(t.Context(), requestOf(refOf(t, "p-1"), paid))
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
	f.gateway.Hide("p-1", true)
	entry := f.entry("p-1")
	settlement := payneteasy.Settlement{Decision: payneteasy.DecisionNotSent, Reason: "manager"}
	require.ErrorContains(t, f.merchant.Settle(t.Context(), "p-1", settlement), "may still be on its way")
	_, err = client.Wait(t.Context(), entry, &payneteasy.WaitOptions{MaxWait: 1})
	require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
	require.Equal(t, payneteasy.DecisionUnknown, f.entry("p-1").Decision())

	f.age("5 minutes")
	resolved, err := client.Resolve(t.Context(), entry)
	require.NoError(t, err)
	require.Equal(t, payneteasy.CauseHeld, resolved.Cause())
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", settlement))
}
