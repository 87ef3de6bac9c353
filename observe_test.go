package payneteasy_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

var (
	eventNames = []string{
		payoutRoute, formRoute, statusRoute, statusV4Route, "question failed", "decision", "told", "callback",
		"back-off",
	}
	eventOutcomes = []string{
		"pending", "unknown", "refused", "paid", "not paid", "reversed", "rejected", "not sent", "review", "duplicate",
		"answered", "not known", "access denied", "invalid control", "another order", "invalid", "no reply",
		"bad reply",
		"retry", "retry-after", "handled", "handled before", "not final", "not confirmed", "not the same order",
		"being told",
		"in progress", "refused", "forged", "panic", "the function failed", "the journal failed", "the store failed",
		"the order could not be looked up", "the status could not be asked", "the order keeps changing",
	}
)

// observations are the events of a client.
type observations struct {
	t      *testing.T
	mu     sync.Mutex
	events []payneteasy.Event
}

// words returns the names and outcomes of the events since the last call. Both have few values.
func (all *observations) words() (words []string) {
	all.t.Helper()
	for _, event := range all.take() {
		name, outcome := payneteasy.EventLabels(event)
		require.Contains(all.t, eventNames, name)
		require.Contains(all.t, eventOutcomes, outcome)
		words = append(words, name+": "+outcome)
	}
	return words
}

func (all *observations) take() []payneteasy.Event {
	all.mu.Lock()
	defer all.mu.Unlock()
	events := all.events
	all.events = nil
	return events
}

// TestCallDuration checks that the duration of a call is the time of the HTTP call, without the journal.
func TestCallDuration(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		config.Journal = slowJournal{Journal: journal, begin: 900 * time.Millisecond}
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			<-time.After(2 * time.Second)
			return saying(req, 200, form, acceptedReply), nil
		})}
		all, began := observing(t, &config), time.Now()
		_, err := newClient(t, config).Payout(t.Context(), request(t))
		require.NoError(t, err)
		call := eventsOf[payneteasy.CallEvent](all.take())[0]
		require.Equal(t, 2*time.Second, call.Duration)
		require.Equal(t, began.Add(900*time.Millisecond), call.Began)
	})
}

// TestObservePanics checks that a panic in Observe changes nothing. It is logged once, without its value.
func TestObservePanics(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		var log bytes.Buffer
		config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		events := 0
		config.Observe = func(context.Context, payneteasy.Event) {
			events++
			panic("account 1234567890")
		}
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		gateway.FailNext(payneteasytest.Page(404, "no"))
		entry, err := client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		require.Greater(t, events, 4)
		require.Equal(t, 1, strings.Count(log.String(), "Config.Observe panicked"), log.String())
		require.Contains(t, log.String(), "panicked_at=github.com/payneteasy-go/payneteasy_test.TestObservePanics")
		require.NotContains(t, log.String(), "1234567890")
	})
}

// TestSlowObserve checks that a slow Observe only delays its caller. It does not change results or measured times.
func TestSlowObserve(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		events := 0
		config.Observe = func(_ context.Context, event payneteasy.Event) {
			events++
			if call, ok := event.(payneteasy.CallEvent); ok {
				require.Zero(t, call.Duration)
			}
			<-time.After(time.Hour)
		}
		client, began := newClient(t, config), time.Now()
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		entry, err := client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		require.Equal(t, entry, stored(t, journal))
		require.Len(t, gateway.Orders(), 1)
		require.GreaterOrEqual(t, time.Since(began), time.Duration(events)*time.Hour)
	})
}

// TestObserveContext checks that each event has the values of its caller's context.
func TestObserveContext(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		seen := map[string]string{}
		config.Observe = func(ctx context.Context, event payneteasy.Event) {
			name, outcome := payneteasy.EventLabels(event)
			seen[name+": "+outcome], _ = ctx.Value(callerKey{}).(string)
		}
		client := newClient(t, config)
		payout, err := client.Payout(context.WithValue(t.Context(), callerKey{}, "paying"), request(t))
		require.NoError(t, err)
		gateway.FailNext(payneteasytest.TooManyRequests(7 * time.Second))
		gateway.FailNext(payneteasytest.Page(404, "no"))
		_, err = client.Wait(context.WithValue(t.Context(), callerKey{}, "waiting"), payout.Entry, nil)
		require.NoError(t, err)
		require.Equal(t, map[string]string{
			payoutRoute + ": pending": "paying", "decision: pending": "paying",
			statusRoute + ": bad reply": "waiting", "back-off: retry-after": "waiting",
			"question failed: bad reply": "waiting",
			statusRoute + ": answered":   "waiting", "decision: paid": "waiting",
		}, seen)
	})
}

// TestObserveIsConcurrent checks that concurrent payouts each have their events once. CI runs it with the race
// detector.
func TestObserveIsConcurrent(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	config.Journal = new(payneteasytest.MemoryJournal)
	all := observing(t, &config)
	client := newClient(t, config)
	const payouts = 16
	var group sync.WaitGroup
	for i := range payouts {
		group.Go(func() {
			req := request(t)
			req.ClientOrderID = strings.Repeat("x", i+1)
			payout, err := client.Payout(t.Context(), req)
			if err == nil {
				_, err = client.Wait(t.Context(), payout.Entry, nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	counts := map[string]int{}
	for _, word := range all.words() {
		counts[word]++
	}
	for _, word := range []string{payoutRoute + ": pending", "decision: pending", "decision: paid"} {
		require.Equal(t, payouts, counts[word], counts)
	}
}
