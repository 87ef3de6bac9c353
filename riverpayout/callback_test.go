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

// TestCallback checks that any process that gets a callback tells the end, and later changes of the payout, each once.
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
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger(), "the same callback again")
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

// TestCallbackContradiction contradicts what was told. The merchant may have paid again, so the payout is not told as
// paid.
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

// TestCallbackBeforeReply calls back before the payout's reply, when the journal has only the intent.
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
					for began := time.Now(); time.Since(began) < patience; { // until the payout was told
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

// TestCallbackOfAnotherDeployment sends callbacks of a deployment with another database, and of a payout that was not
// sent yet. Nothing is changed, and the gateway calls back again.
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

// TestCallbackWithoutEffect checks that refused callbacks change nothing and wake no job.
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
	require.True(t, f.gateway.CallBack("p-1", nil), "it is still processing")
	require.Equal(t, http.StatusServiceUnavailable, f.lastAnswer())
	var jobs int
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job
		WHERE state <> 'scheduled' OR scheduled_at < now() + interval '50 minutes'`).Scan(&jobs))
	require.Zero(t, jobs)
	require.Empty(t, f.ledger())
}

// TestCallbackBookingFailure checks that the gateway repeats a callback that cannot be booked, and that the job tells
// the news once.
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

// TestSeveralOrders gives one payout two orders, as if something on the way had sent it twice. A callback brings the
// second order. The payout is a review at once, although its own order is not final. A person's decision about it is
// told.
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

// TestCallbackToldEvents checks that Config.Observe gets one event for what a callback has booked.
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

// TestCallbackAfterNews lets the payout's job tell the end while a callback's question is in progress. The end is not
// told again.
func TestCallbackAfterNews(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	web := f.twin(func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		client := *c.Gateway.HTTPClient
		client.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			require.NoError(t, f.merchant.Wake(req.Context(), "p-1"))
			f.untilBooked(map[string]string{"p-1": "paid"}) //nolint:contextcheck // it uses the test's context
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

// TestCallbackOfDenied sends a callback of an order whose payout got an access denied reply. The payout is told, and
// not sent again.
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
