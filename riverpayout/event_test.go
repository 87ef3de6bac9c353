package riverpayout_test

import (
	"context"
	"encoding/json"
	"log/slog"
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

// watcher keeps what it is told.
type watcher struct {
	mu     sync.Mutex
	events []riverpayout.Event
	log    strings.Builder
}

func (w *watcher) watch(c *riverpayout.Config) {
	c.Logger = slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.Observe = func(_ context.Context, event riverpayout.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, event)
	}
}

// Write is the log's.
func (w *watcher) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

func (w *watcher) words() (words []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, event := range w.events {
		words = append(words, string(event.Name)+" "+event.Result)
	}
	return words
}

// TestEvents: each thing is told and logged once, with ids, and without the account.
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
	words := w.words()
	require.Equal(t, []string{"sent not sent", "parked not sent", "sent not sent"}, words[:3])
	words = words[3:]
	for words[0] == "sent not sent" {
		words = words[1:]
	}
	require.Equal(t, []string{"sent unknown", "asked final", "told paid"}, words)
	for _, event := range w.events {
		require.Equal(t, "p-1", event.ClientOrderID)
		require.Equal(t, payneteasy.EndpointID(payneteasytest.EndpointID), event.Endpoint)
		require.Equal(t, event.Name == riverpayout.EventSent || event.Name == riverpayout.EventAsked, event.Took > 0)
		require.Greater(t, event.Age, time.Duration(0))
		require.Equal(t, event.Name == riverpayout.EventParked || event.Name == riverpayout.EventSent, event.Problem != "", event)
	}
	require.Equal(t, f.gateway.Orders()[0].OrderID, w.events[len(w.events)-1].OrderID)
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	require.Len(t, lines, len(w.events))
	for _, line := range lines {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		for _, key := range []string{"client_orderid", "order_id", "login", "endpoint", "result", "job"} {
			require.Contains(t, record, key)
		}
	}
	require.NotContains(t, w.log.String(), paid)
}

// TestObserverPanics: what counts does not stop what pays.
func TestObserverPanics(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Observe = func(context.Context, riverpayout.Event) { panic("no such metric") }
	})
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

func TestStats(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	other := newFleet(t, f.url, nil)
	other.enqueue(paid, "p-1")
	stats, err := f.merchant.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, riverpayout.Stats{}, stats)
	f.enqueue(paid, "p-1", "p-2")
	f.reach("accepted", true)
	stats, err = f.merchant.Stats(t.Context())
	require.NoError(t, err)
	require.Greater(t, stats.Oldest, time.Duration(0))
	stats.Oldest = 0
	require.Equal(t, riverpayout.Stats{Waiting: 1, Pending: 1}, stats)
}

// TestGatewayAway: an order that was accepted, and cannot be asked about for long, is what a person should look at, until it can.
func TestGatewayAway(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait.SlowAfter, c.Gateway.Wait.SlowMinInterval, c.Gateway.Wait.SlowMaxInterval = 1, time.Millisecond, time.Millisecond
	})
	f.enqueue(paid, "p-1")
	f.reach("accepted", true)
	f.gateway.RefuseConnections(true)
	crew := f.work()
	for f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.Contains(t, f.problem(), `status "p-1"`)
	require.Equal(t, payneteasy.DecisionPending, f.entry("p-1").Decision())
	f.gateway.RefuseConnections(false)
	crew.until(river.EventKindJobCompleted, 1)
	require.Empty(t, f.problem())
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}
