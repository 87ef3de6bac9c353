package riverpayout_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

// TestOutage: PostgreSQL goes away while payouts are in every state, and stays away until each part of the workers has failed,
// the slowest of them for good. Longer would be more of the same failures, so this is as good as half a minute. Then it is back:
// nothing is sent twice, and all end, without a worker having been started again.
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
	f.gateway.FailOrder("p-2", append([]payneteasytest.Fault{payneteasytest.LoseReply()}, slices.Repeat([]payneteasytest.Fault{payneteasytest.NotFoundYet()}, 100_000)...)...)

	f.enqueue(paid, "p-1", "p-2")
	f.reach("held", false) // p-1
	f.enqueue("11", "p-3")
	f.enqueue(paid, "p-4")
	crew := f.workWith(failed.listen)
	crew.until(river.EventKindJobCompleted, 1) // p-4
	f.untilBooked(map[string]string{"p-1": "review", "p-4": "paid"})
	f.untilSend("p-2", payneteasy.SendUnknown)
	f.untilSend("p-3", payneteasy.SendAccepted)
	for _, step := range []struct {
		gate *barrier
		id   string
		send payneteasy.Send
	}{{sending, "p-5", payneteasy.SendSending}, {loading, "p-6", payneteasy.SendCreated}, {booking, "p-7", payneteasy.SendAccepted}} {
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
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: payneteasy.DecisionPaid, Reason: "manager"}))
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

// untilSend waits until a payout's call has come to this.
func (f *fleet) untilSend(id string, send payneteasy.Send) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		var found string
		err := f.pool.QueryRow(f.t.Context(), "SELECT send FROM riverpayout_payout WHERE client_orderid = $1", id).Scan(&found)
		return err == nil && found == string(send)
	}, patience, 10*time.Millisecond, "%s is not %s", id, send)
}

// untilDone waits until so many have nothing left to do.
func (f *fleet) untilDone(count int) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		var done int
		err := f.pool.QueryRow(f.t.Context(), "SELECT count(*) FROM riverpayout_payout WHERE step = 'done'").Scan(&done)
		return err == nil && done == count
	}, patience, 10*time.Millisecond, "%d are not done", count)
}

// barrier lets all pass until it is closed; then the next one waits.
type barrier struct {
	closed       atomic.Bool
	came, opened chan struct{}
}

func newBarrier() *barrier { return &barrier{came: make(chan struct{}), opened: make(chan struct{})} }

func (g *barrier) close() { g.closed.Store(true) }

func (g *barrier) open() { close(g.opened) }

func (g *barrier) pass() {
	if g.closed.CompareAndSwap(true, false) {
		close(g.came)
		select {
		case <-g.opened:
		case <-time.After(patience):
		}
	}
}

// wait waits until one waits.
func (g *barrier) wait(t *testing.T) {
	t.Helper()
	select {
	case <-g.came:
	case <-time.After(patience):
		require.FailNow(t, "nobody came")
	}
}

// failures counts what is logged as an error, or as a warning, by its words.
type failures struct {
	mu    sync.Mutex
	count map[string]int
}

func (f *failures) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (f *failures) Handle(_ context.Context, record slog.Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count[record.Message]++
	return nil
}

func (f *failures) WithAttrs([]slog.Attr) slog.Handler { return f }
func (f *failures) WithGroup(string) slog.Handler      { return f }

// listen is for River's configuration.
func (f *failures) listen(c *river.Config) { c.Logger = slog.New(f) }

// until waits until each of these was logged so often.
func (f *failures) until(t *testing.T, want map[string]int) {
	t.Helper()
	require.Eventually(t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		for message, count := range want {
			if f.count[message] < count {
				return false
			}
		}
		return true
	}, patience, 10*time.Millisecond, "%v", want)
}
