package riverpayout_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

// TestOutage stops PostgreSQL while there are payouts in every state. It starts it again when each part of the workers
// has failed, and the slowest part has failed for good. A longer outage would only repeat these failures, so this is as
// good as half a minute. Then nothing is sent twice, and all payouts end without a restart of the workers.
func TestOutage(t *testing.T) {
	t.Parallel()
	server := &pgserver.Server{Settings: durable}
	sending, loading, booking := newBarrier(), newBarrier(), newBarrier()
	f := newFleet(t, ownDatabase(t, server), func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			if strings.Contains(req.URL.Path, "/payout/") {
				sending.pass()
			}
			return reply, err
		})
	})
	failed := &failures{count: map[string]int{}}
	f.before = loading.pass
	f.book = func(payneteasy.News) error { booking.pass(); return nil }
	f.gateway.SetAccount("11", payneteasytest.Stuck())
	f.gateway.FailOrder("p-2",
		append([]payneteasytest.Fault{payneteasytest.LoseReply()},
			slices.Repeat([]payneteasytest.Fault{payneteasytest.NotFoundYet()}, 100_000)...)...)

	f.enqueue(paid, "p-1", "p-2")
	f.reach("held", false) // p-1
	f.enqueue("11", "p-3")
	f.enqueue(paid, "p-4")
	crew := f.workWith(failed.listen)
	crew.until(river.EventKindJobCompleted, 1) // p-4
	f.untilBooked(map[string]string{"p-1": "review", "p-4": "paid"})
	f.untilSend("p-2", "unknown")
	f.untilSend("p-3", "accepted")
	for _, step := range []struct {
		gate *barrier
		id   string
		send string
	}{
		{sending, "p-5", "sending"},
		{loading, "p-6", "created"},
		{booking, "p-7", "accepted"},
	} {
		step.gate.close()
		f.enqueue(paid, step.id)
		step.gate.wait(t)
		f.untilSend(step.id, step.send)
	}

	server.Kill()
	for _, gate := range []*barrier{sending, loading, booking} {
		gate.open()
	}
	failed.until(t, map[string]int{
		"producer: Error fetching jobs":                                                            100,
		"notifier.Notifier: Error connecting listener":                                             3,
		"jobcompleter.BatchCompleter: Too many errors; giving up":                                  1,
		"maintenance.JobScheduler: Error scheduling jobs":                                          1,
		"leadership.Elector: Current leader stepping down because the reelection deadline elapsed": 1,
	})
	require.Len(t, f.gateway.Orders(), 5) // not p-6, which had no intent
	require.Empty(t, f.gateway.Orders("p-6"))
	require.NoError(t, server.Serve())
	f.gateway.ClearFaults()
	require.True(t, f.gateway.Become("p-3", payneteasytest.Approved()))
	f.untilDone(6)
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1",
		payneteasy.Settlement{Decision: payneteasy.DecisionPaid, Reason: "manager"}))
	f.untilDone(7)
	ledger := map[string]string{"p-1": "review, paid"}
	for _, id := range []string{"p-2", "p-3", "p-4", "p-5", "p-6", "p-7"} {
		ledger[id] = "paid"
		require.Len(t, f.gateway.Orders(id), 1, id)
	}
	require.Equal(t, ledger, f.ledger())
	require.Len(t, f.gateway.Orders(), 6)
	select {
	case <-crew.client.Stopped():
		require.Fail(t, "the worker has stopped")
	default:
	}
}
