package riverpayout_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestCallback: whichever process it reaches tells the end, and what becomes of the payout later, each once.
func TestCallback(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	other := f.twin(func(*riverpayout.Config) {})
	f.callbacks(f.merchant.CallbackHandler(), other.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Zero(t, f.jobs(), "nothing is left to do")
	for range 4 {
		require.True(t, f.gateway.CallBack("p-1", nil))
		require.Equal(t, http.StatusOK, f.lastAnswer())
	}
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger(), "the same again")
	for range 2 {
		require.True(t, f.gateway.TakeBack("p-1", "reversal"))
		require.Equal(t, http.StatusOK, f.lastAnswer())
		require.True(t, f.gateway.CallBack("p-1", nil))
		require.Equal(t, http.StatusOK, f.lastAnswer())
	}
	require.Equal(t, map[string]string{"p-1": "paid, reversed"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
	require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
}

// TestCallbackContradiction of what was told: the merchant may have paid again, so nothing says that it is paid.
func TestCallbackContradiction(t *testing.T) {
	t.Parallel()
	var words atomic.Pointer[strings.Replacer]
	f := calledBack(t, rewriting(&words))
	var told []payneteasy.News
	f.book = func(news payneteasy.News) error {
		told = append(told, news)
		return nil
	}
	f.callbacks(f.merchant.CallbackHandler())
	f.enqueue(declined, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	require.Equal(t, map[string]string{"p-1": "not paid"}, f.ledger())
	words.Store(strings.NewReplacer("status=declined", "status=approved"))
	require.True(t, f.gateway.CallBack("p-1", func(parameters url.Values) { parameters.Set("status", "approved") }))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	require.Len(t, told, 2)
	require.Equal(t, payneteasy.DecisionReview, told[1].Decision)
	require.Equal(t, payneteasy.CauseChanged, told[1].Cause)
	require.Equal(t, "paid", told[1].Orders[0].End)
	require.Equal(t, map[string]string{"p-1": "not paid, review"}, f.ledger())
	require.Equal(t, "review: changed", f.problem())
}

// TestCallbackBeforeReply of the submit, and so before anything but the intent was written.
func TestCallbackBeforeReply(t *testing.T) {
	t.Parallel()
	var f *fleet
	var once sync.Once
	f = calledBack(t, func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			if strings.Contains(req.URL.Path, "/payout/") {
				once.Do(func() {
					f.gateway.Finish("p-1")
					for began := time.Now(); time.Since(began) < patience; { // until it was told
						if f.lastAnswer() == http.StatusOK && len(f.ledger()) == 1 {
							return
						}
						<-time.After(5 * time.Millisecond)
					}
				})
			}
			return reply, err
		})
	})
	f.callbacks(f.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	f.untilIdle()
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Equal(t, payneteasy.DecisionPaid, f.entry("p-1").Decision())
	require.Len(t, f.gateway.Orders(), 1)
	require.Equal(t, http.StatusOK, f.lastAnswer())
}

// TestCallbackOfAnotherDeployment, with a database of its own, or of a payout that was not sent yet: nothing is
// changed, and the gateway calls again.
func TestCallbackOfAnotherDeployment(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	elsewhere := calledBack(t, func(c *riverpayout.Config) { c.Gateway = f.gateway.Config() })
	f.callbacks(elsewhere.merchant.CallbackHandler())
	elsewhere.enqueue(paid, "p-2")
	f.enqueue(paid, "p-1", "p-2")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 2)
	for _, id := range []string{"p-1", "p-2"} {
		require.True(t, f.gateway.Finish(id))
		require.Equal(t, http.StatusServiceUnavailable, f.lastAnswer())
	}
	var journaled int
	require.NoError(t, elsewhere.pool.QueryRow(t.Context(),
		"SELECT count(*) FROM riverpayout_payout WHERE send <> 'created'").Scan(&journaled))
	require.Zero(t, journaled)
	require.Empty(t, f.ledger())
	require.Equal(t, payneteasy.DecisionPending, f.entry("p-1").Decision())
}

// TestCallbackWithoutEffect: callbacks that are not taken change nothing and wake no job.
func TestCallbackWithoutEffect(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	f.gateway.SetAccount(paid, payneteasytest.Stuck())
	f.callbacks(f.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.CallBack("p-1",
		func(parameters url.Values) { parameters.Set("control", strings.Repeat("0", 40)) }))
	require.Equal(t, http.StatusForbidden, f.lastAnswer())
	require.True(t, f.gateway.CallBack("p-1", nil), "it is processing still")
	require.Equal(t, http.StatusServiceUnavailable, f.lastAnswer())
	var jobs int
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job
		WHERE state <> 'scheduled' OR scheduled_at < now() + interval '50 minutes'`).Scan(&jobs))
	require.Zero(t, jobs)
	require.Empty(t, f.ledger())
}

// TestCallbackBookingFailure: what cannot be booked is called back again, and the payout's job tells it, once.
func TestCallbackBookingFailure(t *testing.T) {
	t.Parallel()
	for name, onNews := range map[string]func(context.Context, pgx.Tx, payneteasy.Entry, payneteasy.News) error{
		"no function": nil,
		"an error": func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
			return errors.Join(write(ctx, tx, entry, news), errors.New("the ledger is closed"))
		},
		"a panic": func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
			panic(errors.Join(write(ctx, tx, entry, news), errors.New("the ledger is closed")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := calledBack(t, nil)
			web := f.twin(func(c *riverpayout.Config) { c.OnNews = onNews })
			f.callbacks(web.merchant.CallbackHandler())
			f.enqueue(paid, "p-1")
			crew := f.work()
			crew.until(river.EventKindJobSnoozed, 1)
			require.True(t, f.gateway.Finish("p-1"))
			require.Equal(t, http.StatusInternalServerError, f.firstAnswer())
			f.untilBooked(map[string]string{"p-1": "paid"})
			f.gateway.WaitCallbacks()
			before := len(f.gateway.CallbackAttempts())
			require.True(t, f.gateway.TakeBack("p-1", "chargeback"))
			f.gateway.WaitCallbacks()
			require.Equal(t, http.StatusInternalServerError, f.gateway.CallbackAttempts()[before].HTTPStatus)
			f.untilBooked(map[string]string{"p-1": "paid, reversed"})
			require.True(t, f.gateway.CallBack("p-1", nil))
			require.Equal(t, http.StatusOK, f.lastAnswer())
			require.Equal(t, map[string]string{"p-1": "paid, reversed"}, f.ledger())
			require.Empty(t, f.problem())
		})
	}
}

// TestSeveralOrders of one payout, as when something on the way sends it twice: a callback tells of the other, the
// payout is a review at once, though its own order is not final, and what a person says of it is told.
func TestSeveralOrders(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.SetRepeat(payneteasytest.RepeatPaysAgain)
	f.gateway.AllowDoublePayouts()
	f.gateway.SetAccount(paid, payneteasytest.Stuck())
	f.callbacks(f.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 1)
	client, err := payneteasy.NewClient(f.gateway.Config())
	require.NoError(t, err)
	f.gateway.SetAccount(paid, payneteasytest.Approved())
	twice, err := f.load(refOf(t, "p-1"), requestOf(refOf(t, "p-1"), paid))
	require.NoError(t, err)
	_, err = client.Payout(t.Context(), twice)
	require.NoError(t, err)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	require.Equal(t, "review: several orders", f.problem())
	var first, second string
	require.NoError(t, f.pool.QueryRow(t.Context(),
		"SELECT order_id, orders->1->>'id' FROM riverpayout_parked").Scan(&first, &second))
	require.Equal(t, []string{f.gateway.Orders()[0].OrderID, f.gateway.Orders()[1].OrderID}, []string{first, second})
	require.Equal(t, map[string]string{"p-1": "review"}, f.ledger())
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{
		Decision: payneteasy.DecisionPaid, Reason: "manager: by the second order; the first is cancelled",
	}))
	f.untilBooked(map[string]string{"p-1": "review, paid"})
	require.Empty(t, f.problem())
}

// TestCallbackToldEvents: what a callback has booked is told to Config.Observe, once.
func TestCallbackToldEvents(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []payneteasy.Decision
	f := calledBack(t, func(c *riverpayout.Config) {
		c.Observe = func(_ context.Context, event payneteasy.Event) {
			if e, ok := event.(payneteasy.ToldEvent); ok {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, e.Decision)
			}
		}
	})
	f.callbacks(f.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	for range 2 {
		require.True(t, f.gateway.TakeBack("p-1", "reversal"))
		require.Equal(t, http.StatusOK, f.lastAnswer())
	}
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []payneteasy.Decision{payneteasy.DecisionPaid, payneteasy.DecisionReversed}, told)
}

// TestCallbackAfterNews: while a callback's question is on its way the payout's job tells the end. It is not told
// again.
func TestCallbackAfterNews(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	web := f.twin(func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		client := *c.Gateway.HTTPClient
		client.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			require.NoError(t, f.merchant.Wake(req.Context(), "p-1"))
			f.untilBooked(map[string]string{"p-1": "paid"}) //nolint:contextcheck // it has the test's own
			return reply, err
		})
		c.Gateway.HTTPClient = &client
	})
	f.callbacks(web.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.firstAnswer())
	require.Equal(t, payneteasy.DecisionPaid, f.entry("p-1").Decision())
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// TestCallbackOfDenied: the gateway has an order of a payout that it answered as if it had not let the merchant in, and
// calls back. It is told, and not sent again.
func TestCallbackOfDenied(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway.ResolveWindow = time.Hour })
	f.callbacks(f.merchant.CallbackHandler())
	f.gateway.FailOrder("p-1", payneteasytest.AccessDenied().AfterAcceptance())
	f.gateway.SetStepTime(time.Hour)
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	f.untilDone(1)
	require.Len(t, f.gateway.Orders(), 1)
}
