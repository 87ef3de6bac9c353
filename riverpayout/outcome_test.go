package riverpayout_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
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

// TestLostReply: the order is found, and nothing is sent again.
func TestLostReply(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.FailOrder("p-1", payneteasytest.LoseReply())
	f.gateway.FailOrder("p-2", payneteasytest.CutReply(5))
	f.enqueue(paid, "p-1", "p-2")
	f.work().until(river.EventKindJobCompleted, 2)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 2)
}

// TestNotSent is tried again, since nothing left.
func TestNotSent(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.RefuseConnections(true)
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 1)
	require.Contains(t, f.problem(), `payout "p-1": not sent`)
	require.Equal(t, payneteasy.StateNotSent, f.entry("p-1").State)
	f.gateway.RefuseConnections(false)
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// rejecting is a gateway that rejects one payout.
func rejecting(id string) func(*riverpayout.Config) {
	return func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if !strings.Contains(req.URL.Path, "/payout/") {
				return base.RoundTrip(req)
			}
			body, err := io.ReadAll(req.Body)
			if err != nil || !bytes.Contains(body, []byte("client_orderid="+id+"&")) {
				req.Body = io.NopCloser(bytes.NewReader(body))
				return base.RoundTrip(req)
			}
			reply := "type=validation-error\n&error-code=1\n&error-message=Unsupported+currency\n"
			return &http.Response{
				StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}}, Request: req, ProtoMajor: 1, ProtoMinor: 1,
				Body: io.NopCloser(strings.NewReader(reply)), ContentLength: int64(len(reply)),
			}, nil
		})
	}
}

// wrongKey lets the gateway refuse what is signed: payouts, and not the questions, which have no signature.
func wrongKey(c *riverpayout.Config, wrong *atomic.Bool) {
	wrong.Store(true)
	c.Gateway.Timeout, c.Gateway.ResolveWindow = time.Second, time.Millisecond
	base := c.Gateway.HTTPClient.Transport
	c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
		if wrong.Load() {
			req.Header.Set("Authorization", strings.Replace(req.Header.Get("Authorization"), `oauth_signature="`, `oauth_signature="AAAA`, 1))
		}
		return base.RoundTrip(req)
	})
}

// TestDenied: a gateway that refuses the merchant, whatever he asks, does not use up what is enqueued. When it lets him in, and
// knows nothing of the payout, that is sent.
func TestDenied(t *testing.T) {
	t.Parallel()
	var f *fleet
	var wrong atomic.Bool
	f = newFleet(t, "", func(c *riverpayout.Config) {
		wrongKey(c, &wrong)
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if wrong.Load() && strings.Contains(req.URL.Path, "/status/") {
				return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: http.NoBody, Request: req, ProtoMajor: 1, ProtoMinor: 1}, nil
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
		err := f.pool.QueryRow(t.Context(), "SELECT count(*) FROM riverpayout_parked WHERE state = 'rejected' AND problem LIKE '%HTTP 403%'").Scan(&parked)
		return err == nil && parked == 3
	}, patience, 10*time.Millisecond)
	crew.until(river.EventKindJobSnoozed, 6) // they ask, and are refused still
	require.Empty(t, f.ledger())
	require.NoError(t, f.cancel("p-3", "not today", nil))
	stats, err := f.merchant.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, stats.Waiting)
	wrong.Store(false)
	f.untilLedger(2)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 2)
	require.Empty(t, f.problem())
}

// TestWrongKey: questions, which are not signed, are answered, so the payout is sent anew again and again, and refused. It is paid once
// when the key is right.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	var wrong atomic.Bool
	f := newFleet(t, "", func(c *riverpayout.Config) { wrongKey(c, &wrong) })
	f.enqueue(paid, "p-1")
	f.work()
	var revision int
	require.Eventually(t, func() bool {
		err := f.pool.QueryRow(t.Context(), "SELECT revision FROM riverpayout_payout").Scan(&revision)
		return err == nil && revision >= 6 // sending, rejected, not sent: twice
	}, patience, 10*time.Millisecond)
	require.Empty(t, f.ledger())
	require.Empty(t, f.gateway.Orders())
	wrong.Store(false)
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestDeniedAfterAll: the gateway had the payout, though it answered as if it had not let the merchant in. It is not sent again, and a
// person must look.
func TestDeniedAfterAll(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway.ResolveWindow = time.Hour })
	f.gateway.FailOrder("p-1", payneteasytest.AccessDenied().AfterAcceptance())
	f.gateway.Hide("p-1", true)
	f.enqueue(paid, "p-1")
	crew := f.work()
	for len(f.gateway.Orders()) == 0 || f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	f.gateway.Hide("p-1", true) // so it is not known at first
	crew.until(river.EventKindJobSnoozed, 2)
	require.ErrorIs(t, f.cancel("p-2", "a mistake", nil), payneteasy.ErrNoEntry)
	f.gateway.Hide("p-1", false)
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "look"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestRejected is told with the gateway's words, also when the booking failed first, and not sent again.
func TestRejected(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", rejecting("p-1"))
	var told riverpayout.Final
	failures := 1
	f.book = func(final riverpayout.Final) error {
		if failures--; failures == 0 {
			return errors.New("the ledger is closed")
		}
		told = final
		return nil
	}
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "not sent"}, f.ledger())
	require.Contains(t, told.Problem, "Unsupported currency")
	require.Equal(t, payneteasy.StateRejected, told.Entry.State)
	require.Empty(t, f.gateway.Orders())
	var refusal string
	require.NoError(t, f.pool.QueryRow(t.Context(), "SELECT refusal FROM riverpayout_told").Scan(&refusal))
	require.Equal(t, told.Problem, refusal)

	// The merchant may have paid the debt in another way since: a second run that was about to send has no licence.
	req, err := f.loads(t.Context(), told.Entry.Ref())
	require.NoError(t, err)
	for _, state := range []payneteasy.State{payneteasy.StateRejected, payneteasy.StateNotSent} { // as a run that let it in may have left it
		_, err = f.pool.Exec(t.Context(), "UPDATE riverpayout_payout SET state = $1", state)
		require.NoError(t, err)
		_, err = f.merchant.Client().Payout(t.Context(), req)
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		require.ErrorContains(t, err, "it is not sent again")
		require.Empty(t, f.gateway.Orders())
	}
}

// held is a payout that was sent, never arrived, and is parked.
func held(t *testing.T) (*fleet, *crew) {
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Timeout = 500 * time.Millisecond // so that the window is short
	})
	f.gateway.FailOrder("p-1", payneteasytest.ResetAfterBody())
	f.enqueue(paid, "p-1")
	crew := f.work()
	for f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.Contains(t, f.problem(), "held: it may have been sent, and the gateway does not know it")
	require.Equal(t, payneteasy.StateHeld, f.entry("p-1").State)
	return f, crew
}

// TestHeld is never sent again; a person settles it, and that is told.
func TestHeld(t *testing.T) {
	t.Parallel()
	for verdict, outcome := range map[payneteasy.Verdict]string{
		payneteasy.VerdictPaid: "paid", payneteasy.VerdictNotPaid: "not paid", payneteasy.VerdictNotSent: "not sent",
	} {
		t.Run(string(verdict), func(t *testing.T) {
			t.Parallel()
			f, crew := held(t)
			require.ErrorIs(t, f.merchant.Settle(t.Context(), "p-2", verdict, "manager"), payneteasy.ErrNoEntry)
			require.ErrorContains(t, f.merchant.Settle(t.Context(), "p-1", verdict, ""), "a reason is required")
			require.NoError(t, f.merchant.Settle(t.Context(), "p-1", verdict, "manager"))
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, map[string]string{"p-1": outcome}, f.ledger())
			require.Empty(t, f.gateway.Orders())
			require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
		})
	}
}

func (f *fleet) enqueueAgain() error {
	return pgx.BeginFunc(f.t.Context(), f.pool, func(tx pgx.Tx) error { return f.merchant.Enqueue(f.t.Context(), tx, refOf(f.t, "p-1")) })
}

// TestOnFinalFails: its booking, the final state and the job's end are rolled back together, and come together.
func TestOnFinalFails(t *testing.T) {
	t.Parallel()
	for problem, fail := range map[string]func() error{
		"OnFinal: the ledger is closed":          func() error { return errors.New("the ledger is closed") },
		"OnFinal: a panic (string): see the log": func() error { panic("of 1234567890") },
		"OnFinal: it has ended its goroutine":    func() error { runtime.Goexit(); return nil },
	} {
		t.Run(problem, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			calls := 0
			f.book = func(riverpayout.Final) error {
				if calls++; calls == 1 {
					return fail()
				}
				return nil
			}
			f.enqueue(paid, "p-1")
			crew := f.work()
			for f.problem() == "" {
				crew.until(river.EventKindJobSnoozed, 1)
			}
			require.Equal(t, problem, f.problem())
			require.Empty(t, f.ledger())
			require.Equal(t, payneteasy.StateAccepted, f.entry("p-1").State)
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
			require.Equal(t, payneteasy.StateFinal, f.entry("p-1").State)
			require.Equal(t, 2, calls)
			require.Len(t, f.gateway.Orders(), 1)
		})
	}
}

// TestCallbackFirst: what a callback's question has written down is told by the job, once.
func TestCallbackFirst(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1")
	client := f.merchant.Client()
	_, err := client.Payout(t.Context(), requestOf(refOf(t, "p-1"), paid)) // as a worker that died after it
	require.NoError(t, err)
	_, err = client.Wait(t.Context(), refOf(t, "p-1"), nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.StateFinal, f.entry("p-1").State)
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestContradicted: a payout that was final before, and is otherwise now, is told as one that a person must look at.
func TestContradicted(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1")
	client := f.merchant.Client()
	_, err := client.Payout(t.Context(), requestOf(refOf(t, "p-1"), paid))
	require.NoError(t, err)
	entry := f.entry("p-1")
	entry.State, entry.Status, entry.Revision = payneteasy.StateFinal, payneteasy.StatusDeclined, entry.Revision+1
	require.NoError(t, f.merchant.Journal().Update(t.Context(), entry))
	f.work().until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "look"}, f.ledger())
	require.Equal(t, payneteasy.StatusDeclined, f.entry("p-1").Was)
}

// TestUnknownJob is cancelled: nobody has enqueued its payout.
func TestUnknownJob(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	crew := f.work()
	_, err := crew.client.Insert(t.Context(), riverpayout.OrderArgs{Merchant: 1, ClientOrderID: "nobody's"}, &river.InsertOpts{Queue: "payneteasy"})
	require.NoError(t, err)
	crew.until(river.EventKindJobCancelled, 1)
	require.Empty(t, f.gateway.Orders())
	require.ErrorIs(t, f.merchant.Wake(t.Context(), "nobody's"), payneteasy.ErrNoEntry)
}

// TestLostJob gets another one.
func TestLostJob(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1", "p-2", "p-3")
	_, err := f.pool.Exec(t.Context(), `DELETE FROM river_job WHERE args->>'client_orderid' = 'p-1'`)
	require.NoError(t, err)
	_, err = f.pool.Exec(t.Context(), `UPDATE river_job SET state = 'discarded', finalized_at = now() WHERE args->>'client_orderid' = 'p-2'`)
	require.NoError(t, err)
	for _, want := range []int{2, 0} {
		count, err := f.merchant.Requeue(context.Background())
		require.NoError(t, err)
		require.Equal(t, want, count)
	}
	f.work().until(river.EventKindJobCompleted, 3)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "p-3": "paid"}, f.ledger())
	count, err := f.merchant.Requeue(t.Context())
	require.NoError(t, err)
	require.Zero(t, count)
}
