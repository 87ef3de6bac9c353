package riverpayout_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestDenied checks that a gateway that denies a merchant all access does not use up the enqueued payouts. When access
// works again, and the gateway does not know a payout, it is sent.
func TestDenied(t *testing.T) {
	t.Parallel()
	var f *fleet
	var wrong atomic.Bool
	f = newFleet(t, "", func(c *riverpayout.Config) {
		wrongKey(c, &wrong)
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if wrong.Load() && strings.Contains(req.URL.Path, "/status/") {
				return &http.Response{
					StatusCode: http.StatusForbidden, Header: http.Header{}, Body: http.NoBody,
					Request: req, ProtoMajor: 1, ProtoMinor: 1,
				}, nil
			}
			return base.RoundTrip(req)
		})
	})
	one := int32(1)
	require.NoError(t, f.merchant.SetLimit(t.Context(), f.gateway.Config().Endpoint, riverpayout.Limit{AtOnce: &one}))
	f.enqueue(paid, "p-1", "p-2", "p-3")
	crew := f.work()
	var parked int
	require.Eventually(t, func() bool {
		err := f.pool.QueryRow(t.Context(),
			"SELECT count(*) FROM riverpayout_parked WHERE decision = 'refused' AND problem LIKE '%HTTP 403%'").
			Scan(&parked)
		return err == nil && parked == 3
	}, patience, 10*time.Millisecond)
	crew.until(river.EventKindJobSnoozed, 6) // the jobs ask, and are still refused
	require.Empty(t, f.ledger())
	require.ErrorIs(t, f.cancel("p-3", "not today", nil), riverpayout.ErrTooLate, "the gateway may have it")
	stats, err := f.merchant.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, stats.Refused)
	wrong.Store(false)
	f.untilLedger(3)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "p-3": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 3)
	require.Empty(t, f.problem())
}

// TestWrongKey checks that a payout with a wrong key is sent again and again, and refused, because questions need no
// signature and are answered. It is paid once when the key is right.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	var wrong atomic.Bool
	f := newFleet(t, "", func(c *riverpayout.Config) { wrongKey(c, &wrong) })
	f.enqueue(paid, "p-1")
	f.work()
	var revision int
	require.Eventually(t, func() bool {
		err := f.pool.QueryRow(t.Context(), "SELECT revision FROM riverpayout_payout").Scan(&revision)
		return err == nil && revision >= 6 // sending, refused, rejected, each twice
	}, patience, 10*time.Millisecond)
	require.Empty(t, f.ledger())
	require.Empty(t, f.gateway.Orders())
	wrong.Store(false)
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestDeniedButAccepted lets the gateway accept a payout that it answered with access denied. The payout is not sent
// again.
func TestDeniedButAccepted(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway.ResolveWindow = time.Hour })
	f.gateway.FailOrder("p-1", payneteasytest.AccessDenied().AfterAcceptance())
	f.gateway.Hide("p-1", true)
	f.enqueue(paid, "p-1")
	crew := f.work()
	for len(f.gateway.Orders()) == 0 || f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	f.gateway.Hide("p-1", true) // the gateway does not know it at first
	crew.until(river.EventKindJobSnoozed, 2)
	require.ErrorIs(t, f.cancel("p-2", "a mistake", nil), payneteasy.ErrNoEntry)
	f.gateway.Hide("p-1", false)
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestRejected checks that a rejected payout is told, also after a failed booking. It is not sent again until it is
// enqueued again. The gateway's words are in the log.
func TestRejected(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	f := newFleet(t, "", func(c *riverpayout.Config) {
		w.watch(c)
		rejecting("p-1")(c)
	})
	var told []payneteasy.News
	failures := 1
	f.book = func(news payneteasy.News) error {
		if failures--; failures == 0 {
			return errors.New("the ledger is closed")
		}
		told = append(told, news)
		return nil
	}
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "rejected"}, f.ledger())
	require.Equal(t, "refused parameter", f.entry("p-1").Send)
	require.ErrorContains(t, w.events[1].(payneteasy.CallEvent).Err, "Unsupported currency")
	require.Empty(t, f.gateway.Orders())

	// The merchant may since have paid the debt in another way, so a second run that was about to send has no
	// permission.
	req, err := f.loads(t.Context(), refOf(t, "p-1"))
	require.NoError(t, err)
	_, err = f.merchant.Client().Payout(t.Context(), req)
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	require.ErrorContains(t, err, "enqueue it to send it again")

	require.NoError(t, f.enqueueAgain())
	require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "rejected, rejected"}, f.ledger())
	require.Len(t, told, 2)
	require.Greater(t, told[1].Seq, told[0].Seq)
	require.Empty(t, f.gateway.Orders())
}

// TestRefused checks a refusal whose reason names no parameter, because a proxy may have repeated an accepted request.
// The worker asks about it, and pays other payouts. The payout is rejected if the gateway does not know it after the
// window, and is never sent again.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		accepts bool
		ledger  string
	}{"and there is no order": {false, "rejected"}, "and there is an order": {true, "paid"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var posted atomic.Int32
			f := newFleet(t, "", func(c *riverpayout.Config) {
				c.Gateway.Timeout = 2 * time.Second // which also sets the window
				base := c.Gateway.HTTPClient.Transport
				c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
					if !strings.Contains(req.URL.Path, "/payout/") || posted.Add(1) > 1 {
						return base.RoundTrip(req)
					}
					if test.accepts {
						reply, err := base.RoundTrip(req)
						if err != nil {
							return nil, err
						}
						_ = reply.Body.Close()
					} else {
						_, _ = io.Copy(io.Discard, req.Body)
					}
					text := "type=validation-error\n&error-code=1\n&error-message=Repeated+request\n"
					return &http.Response{
						StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}},
						Request: req, ProtoMajor: 1, ProtoMinor: 1,
						Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)),
					}, nil
				})
			})
			one := int32(1)
			f.limit(riverpayout.Limit{AtOnce: &one})
			f.enqueue(paid, "p-1")
			crew := f.work()
			crew.until(river.EventKindJobSnoozed, 1)
			if !test.accepts {
				require.Contains(t, f.problem(), `the gateway says "Repeated request"`)
				require.ErrorIs(t, f.cancel("p-1", "a mistake", nil), riverpayout.ErrTooLate)
				require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
			}
			f.enqueue(paid, "p-2")
			f.untilBooked(map[string]string{"p-1": test.ledger, "p-2": "paid"})
			require.Equal(t, payneteasy.Decision(test.ledger), f.entry("p-1").Decision())
			require.Empty(t, f.problem())
			require.EqualValues(t, 2, posted.Load())
		})
	}
}
