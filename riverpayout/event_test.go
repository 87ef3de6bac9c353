package riverpayout_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestEvents checks that each event comes once in Config.Observe and in the log, with IDs and without the account. The
// client reports calls, and the workers report everything else.
func TestEvents(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	f := newFleet(t, "", w.watch)
	f.gateway.SetAccount(paid, payneteasytest.Script{{Status: "processing"}, {Status: "approved"}})
	f.gateway.RefuseConnections(true)
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 2) // with one problem
	f.gateway.FailOrder("p-1", payneteasytest.LoseReply())
	f.gateway.RefuseConnections(false)
	crew.until(river.EventKindJobCompleted, 1)
	const call = "/api/v4/payout/{endpoint}: "
	words := w.words()
	require.Equal(t, []string{"decision: not sent", call + "not sent", "parked: not sent"}, words[:3])
	words = words[3:]
	for words[0] == "decision: not sent" { // one for each attempt
		require.Equal(t, call+"not sent", words[1])
		words = words[2:]
	}
	require.Equal(t, []string{
		"decision: unknown", call + "unknown", "/api/v2/status/{endpoint}: answered", "decision: paid", "told: paid",
	}, words)
	order := refOf(t, "p-1")
	order.Endpoint = payneteasy.EndpointID(payneteasytest.EndpointID)
	for _, event := range w.events {
		switch e := event.(type) {
		case payneteasy.ParkedEvent:
			require.Equal(t, order, e.Order)
			require.Contains(t, e.Problem, "not sent")
		case payneteasy.DecisionEvent:
			e.Order.OrderID = ""
			require.Equal(t, order, e.Order)
		case payneteasy.ToldEvent:
			order.OrderID = f.gateway.Orders()[0].OrderID
			require.Equal(t, payneteasy.ToldEvent{Order: order, Decision: payneteasy.DecisionPaid, Seq: e.Seq}, e)
			require.Positive(t, e.Seq)
		}
	}
	w.requireLogged(t, "sent", "parked", "asked", "told")
	require.NotContains(t, w.log.String(), paid)
}

// TestReviewEvents checks the events of a payout that a person must look at. The hook may also be set in
// Config.Gateway, but not in both places.
func TestReviewEvents(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway.Observe = w.observe })
	f.gateway.SetAccount(paid, payneteasytest.Script{{Status: "error"}})
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobCompleted, 1)
	words := w.words()
	require.Equal(t, []string{"decision: review", "told: review", "parked: review"}, words[len(words)-3:])
	w.mu.Lock()
	defer w.mu.Unlock()
	decision, ok := w.events[len(w.events)-3].(payneteasy.DecisionEvent)
	require.True(t, ok)
	require.Equal(t, payneteasy.DecisionPending, decision.From)
	require.Equal(t, payneteasy.CauseError, decision.Cause)

	_, err := riverpayout.NewMerchant(t.Context(), f.pool, riverpayout.Config{
		Gateway: payneteasy.Config{Observe: w.observe}, Observe: w.observe,
	})
	require.ErrorContains(t, err, "are the same hook")
}

// TestBackOffEvents checks that a gateway's Retry-After has an event.
func TestBackOffEvents(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	f := newFleet(t, "", w.watch)
	f.gateway.FailNext(payneteasytest.TooManyRequests(time.Minute).AfterAcceptance())
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	words := w.words()
	require.Equal(t, []string{"decision: unknown", "/api/v4/payout/{endpoint}: unknown", "back-off: retry-after"},
		words)
	require.Equal(t, time.Minute, w.events[2].(payneteasy.BackOffEvent).Pause)
}

// TestObserverPanic checks that a panic of the hook does not stop payouts.
func TestObserverPanic(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(w, nil))
		c.Observe = func(context.Context, payneteasy.Event) { panic("no such metric") }
	})
	f.enqueue(paid, "p-1", "p-2")
	f.work().until(river.EventKindJobCompleted, 2)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid"}, f.ledger())
	require.Equal(t, 1, strings.Count(w.log.String(), "Config.Observe panicked"))
	require.NotContains(t, w.log.String(), "no such metric")
}
