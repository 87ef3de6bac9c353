package riverpayout_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
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

// calledBack is a fleet which would ask once an hour, so that what happens earlier is a callback's doing. Its gateway calls back.
func calledBack(t *testing.T, change func(*riverpayout.Config)) *fleet {
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait = payneteasy.WaitOptions{MinInterval: time.Hour, MaxInterval: time.Hour}
		if change != nil {
			change(c)
		}
	})
	f.gateway.SetStepTime(time.Hour)
	return f
}

// callbacks serves handlers, one after the other, as a load balancer does, and lets payouts carry their URL.
func (f *fleet) callbacks(handlers ...http.Handler) {
	f.t.Helper()
	var next atomic.Uint32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers[int(next.Add(1))%len(handlers)].ServeHTTP(w, r)
	}))
	f.t.Cleanup(server.Close)
	f.load = func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
		req.NotifyURL = server.URL
		return req, nil
	}
}

// lastAnswer is how the gateway's last callback was answered.
func (f *fleet) lastAnswer() int {
	f.t.Helper()
	f.gateway.WaitCallbacks()
	all := f.gateway.Callbacks()
	require.NotEmpty(f.t, all)
	return all[len(all)-1].HTTPStatus
}

// firstAnswer is how its first was.
func (f *fleet) firstAnswer() int {
	f.t.Helper()
	f.lastAnswer()
	return f.gateway.Callbacks()[0].HTTPStatus
}

// TestCallbackWakes the job, whichever process it reaches, and what becomes of the payout later is told once.
func TestCallbackWakes(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	other := f.twin(func(*riverpayout.Config) {})
	f.callbacks(f.merchant.CallbackHandler(change), other.merchant.CallbackHandler(change))
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	for range 4 {
		require.True(t, f.gateway.CallBack("p-1", nil))
		require.Equal(t, http.StatusOK, f.lastAnswer())
	}
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger(), "the same again")
	_, err := f.pool.Exec(t.Context(), "DELETE FROM riverpayout_callback") // as may be done with old ones
	require.NoError(t, err)
	require.True(t, f.gateway.CallBack("p-1", nil))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger(), "and again")
	for range 2 {
		require.True(t, f.gateway.TakeBack("p-1", "reversal"))
		require.Equal(t, http.StatusOK, f.lastAnswer())
		require.True(t, f.gateway.CallBack("p-1", nil))
		require.Equal(t, http.StatusOK, f.lastAnswer())
	}
	require.Equal(t, map[string]string{"p-1": "paid reversed"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
	require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
}

// change books as OnFinal does, a line for each time it is called.
func change(ctx context.Context, tx pgx.Tx, final riverpayout.Final) error {
	return write(ctx, tx, final)
}

// TestCallbackContradicts what was told: the merchant may have paid again, so nothing says that it is paid.
func TestCallbackContradicts(t *testing.T) {
	t.Parallel()
	var after atomic.Bool
	f := calledBack(t, func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			if err == nil && after.Load() {
				body, _ := io.ReadAll(reply.Body)
				body = bytes.Replace(body, []byte("status=declined"), []byte("status=approved"), 1)
				reply.Body, reply.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			}
			return reply, err
		})
	})
	var told []riverpayout.Final
	f.callbacks(f.merchant.CallbackHandler(func(ctx context.Context, tx pgx.Tx, final riverpayout.Final) error {
		told = append(told, final)
		return change(ctx, tx, final)
	}))
	f.enqueue(declined, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "not paid"}, f.ledger())
	after.Store(true)
	require.True(t, f.gateway.CallBack("p-1", func(parameters url.Values) { parameters.Set("status", "approved") }))
	require.Equal(t, http.StatusOK, f.lastAnswer())
	require.Len(t, told, 1)
	require.True(t, told[0].Contradicts)
	require.True(t, told[0].Status.Approved())
	require.Equal(t, "look", told[0].Outcome())
	require.Equal(t, map[string]string{"p-1": "not paid look"}, f.ledger())
}

// TestCallbackBeforeTheReply of the submit is read, and so before anything but the intent was written.
func TestCallbackBeforeTheReply(t *testing.T) {
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
					for began := time.Now(); time.Since(began) < patience; { // until the job that the callback woke has told it
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
	f.callbacks(f.merchant.CallbackHandler(change))
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	f.untilIdle()
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Equal(t, payneteasy.StateFinal, f.entry("p-1").State)
	require.Len(t, f.gateway.Orders(), 1)
	require.Equal(t, http.StatusOK, f.lastAnswer())
}

// untilIdle waits until nothing runs.
func (f *fleet) untilIdle() {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		var running int
		err := f.pool.QueryRow(f.t.Context(), "SELECT count(*) FROM river_job WHERE state = 'running'").Scan(&running)
		return err == nil && running == 0
	}, patience, 5*time.Millisecond)
}

// TestCallbackOfAnotherDeployment, with a database of its own, or of a payout that was not sent yet: nothing is changed, and the
// gateway calls again.
func TestCallbackOfAnotherDeployment(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	elsewhere := calledBack(t, func(c *riverpayout.Config) { c.Gateway = f.gateway.Config() })
	f.callbacks(elsewhere.merchant.CallbackHandler(change))
	elsewhere.enqueue(paid, "p-2")
	f.enqueue(paid, "p-1", "p-2")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 2)
	for _, id := range []string{"p-1", "p-2"} {
		require.True(t, f.gateway.Finish(id))
		require.Equal(t, http.StatusServiceUnavailable, f.lastAnswer())
	}
	var journaled int
	require.NoError(t, elsewhere.pool.QueryRow(t.Context(), "SELECT count(*) FROM riverpayout_payout WHERE state <> 'created'").Scan(&journaled))
	require.Zero(t, journaled)
	require.Empty(t, f.ledger())
	require.Equal(t, payneteasy.StateAccepted, f.entry("p-1").State)
}

// TestCallbacksNotTaken change nothing and wake nobody.
func TestCallbacksNotTaken(t *testing.T) {
	t.Parallel()
	f := calledBack(t, nil)
	f.gateway.SetAccount(paid, payneteasytest.Stuck())
	f.callbacks(f.merchant.CallbackHandler(change))
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.CallBack("p-1", func(parameters url.Values) { parameters.Set("control", strings.Repeat("0", 40)) }))
	require.Equal(t, http.StatusForbidden, f.lastAnswer())
	require.True(t, f.gateway.CallBack("p-1", nil), "it is processing still")
	require.Equal(t, http.StatusServiceUnavailable, f.lastAnswer())
	var jobs int
	require.NoError(t, f.pool.QueryRow(t.Context(), "SELECT count(*) FROM river_job WHERE state <> 'scheduled' OR scheduled_at < now() + interval '50 minutes'").Scan(&jobs))
	require.Zero(t, jobs)
	require.Empty(t, f.ledger())
}

// TestChangeThatCannotBeBooked is called back again.
func TestChangeThatCannotBeBooked(t *testing.T) {
	t.Parallel()
	for name, onChange := range map[string]func(context.Context, pgx.Tx, riverpayout.Final) error{
		"no function": nil,
		"an error": func(ctx context.Context, tx pgx.Tx, final riverpayout.Final) error {
			return errors.Join(write(ctx, tx, final), errors.New("the ledger is closed"))
		},
		"a panic": func(ctx context.Context, tx pgx.Tx, final riverpayout.Final) error {
			panic(errors.Join(write(ctx, tx, final), errors.New("the ledger is closed")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := calledBack(t, nil)
			f.callbacks(f.merchant.CallbackHandler(onChange))
			f.enqueue(paid, "p-1")
			crew := f.work()
			crew.until(river.EventKindJobSnoozed, 1)
			require.True(t, f.gateway.Finish("p-1"))
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, http.StatusOK, f.lastAnswer())
			require.True(t, f.gateway.TakeBack("p-1", "chargeback"))
			require.Equal(t, http.StatusInternalServerError, f.lastAnswer())
			require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())

			again := httptest.NewRecorder() // to a process that can book it
			sent := f.gateway.Callbacks()
			f.merchant.CallbackHandler(change).ServeHTTP(again, httptest.NewRequest(http.MethodGet, sent[len(sent)-1].URL, nil))
			require.Equal(t, http.StatusOK, again.Code)
			require.Equal(t, map[string]string{"p-1": "paid reversed"}, f.ledger())
		})
	}
}

// TestTwoOrders of one payout, as when something on the way sends it twice: a callback tells of the other, the payout is parked at once,
// though its own order is not final, and what a person says of it is told.
func TestTwoOrders(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.SetRepeat(payneteasytest.RepeatPaysAgain)
	f.gateway.AllowDoublePayouts()
	f.gateway.SetAccount(paid, payneteasytest.Stuck())
	f.callbacks(f.merchant.CallbackHandler(change))
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
	for f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.Contains(t, f.problem(), "several orders")
	var own, others string
	require.NoError(t, f.pool.QueryRow(t.Context(), "SELECT order_id, other_orders FROM riverpayout_parked").Scan(&own, &others))
	require.Equal(t, []string{f.gateway.Orders()[0].OrderID, f.gateway.Orders()[1].OrderID}, []string{own, others})
	require.Empty(t, f.ledger())
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.VerdictPaid, "manager: by the second order; the first is cancelled"))
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}
