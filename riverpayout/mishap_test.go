package riverpayout_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
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

// TestCommitFails after OnNews was happy: what it booked is rolled back, and an operator sees why.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a constraint that is checked at the end":  "INSERT INTO entries VALUES ('p-1')",
		"an error that OnNews keeps to itself":     "INSERT INTO nowhere VALUES (1)",
		"a transaction that OnNews ends by itself": "ROLLBACK",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", func(c *riverpayout.Config) {
				c.OnNews = func(ctx context.Context, tx pgx.Tx, _ payneteasy.Entry, _ payneteasy.News) error {
					_, _ = tx.Exec(ctx, sql)
					return nil
				}
			})
			_, err := f.pool.Exec(t.Context(), "CREATE TABLE accounts (id text PRIMARY KEY); CREATE TABLE entries (id text REFERENCES accounts DEFERRABLE INITIALLY DEFERRED)")
			require.NoError(t, err)
			f.enqueue(paid, "p-1")
			crew := f.work()
			for f.problem() == "" {
				crew.until(river.EventKindJobSnoozed, 1)
			}
			require.Contains(t, f.problem(), "after OnNews: ")
			require.NotEqual(t, payneteasy.DecisionPaid, f.entry("p-1").Decision())
		})
	}
}

// TestWakeKeepsTheQueue: a process that only takes callbacks may know another queue than the workers.
func TestWakeKeepsTheQueue(t *testing.T) {
	t.Parallel()
	f := calledBack(t, func(c *riverpayout.Config) { c.Queue = "workers" })
	web := f.twin(func(c *riverpayout.Config) { c.OnNews = nil })
	f.callbacks(web.merchant.CallbackHandler())
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusInternalServerError, f.firstAnswer())
	f.untilLedger(1)
}

// TestPanic of a caller's transport: the process goes on, and what the panic said is not stored.
func TestPanic(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	f := newFleet(t, "", func(c *riverpayout.Config) {
		w.watch(c)
		base, fine := c.Gateway.HTTPClient.Transport, atomic.Bool{}
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if fine.CompareAndSwap(false, true) {
				body, _ := io.ReadAll(req.Body)
				panic("cannot send " + string(body))
			}
			return base.RoundTrip(req)
		})
	})
	f.enqueue(paid, "p-1")
	f.work()
	var stored string
	require.Eventually(t, func() bool {
		err := f.pool.QueryRow(t.Context(), "SELECT errors::text FROM river_job WHERE errors IS NOT NULL").Scan(&stored)
		return err == nil
	}, patience, 10*time.Millisecond)
	require.Contains(t, stored, "riverpayout: a panic (string): see the log")
	require.NotContains(t, f.dump("river_job")+f.dump("riverpayout_payout"), paid)
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Contains(t, w.log.String(), "mishap_test.go", "where it was")
	require.NotContains(t, w.log.String(), paid)
}

// rewriting is a gateway whose status replies say other words.
func rewriting(words *atomic.Pointer[strings.Replacer]) func(*riverpayout.Config) {
	return func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			if other := words.Load(); err == nil && other != nil && strings.Contains(req.URL.Path, "/status/") {
				body, _ := io.ReadAll(reply.Body)
				text := other.Replace(string(body))
				reply.Body, reply.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			}
			return reply, err
		})
	}
}

// TestFailedReversal: all that the gateway tells is that an attempt to take the payout back has failed.
func TestFailedReversal(t *testing.T) {
	t.Parallel()
	var words atomic.Pointer[strings.Replacer]
	words.Store(strings.NewReplacer("status=approved", "status=declined", "transaction-type=payout", "transaction-type=reversal", "transaction-type=transfer", "transaction-type=reversal"))
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait.SlowMinInterval, c.Gateway.Wait.SlowMaxInterval = time.Millisecond, time.Millisecond
		rewriting(&words)(c)
	})
	f.enqueue(paid, "p-1")
	crew := f.work()
	for f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.Equal(t, "review: unclear", f.problem())
	f.untilBooked(map[string]string{"p-1": "review"})
	words.Store(nil)
	f.untilBooked(map[string]string{"p-1": "review, paid"})
	require.Empty(t, f.problem())
}

// TestLateRun: one run of the job hangs in Load, while another holds the payout, and a person settles it. The first sends nothing.
func TestLateRun(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway.Timeout = 500 * time.Millisecond })
	f.book = func(payneteasy.News) error { return errors.New("the ledger is closed") } // so it is not told
	var loads atomic.Int32
	hangs, goesOn := make(chan struct{}), make(chan struct{})
	f.before = func() {
		if loads.Add(1) == 1 {
			close(hangs)
			<-goesOn
		}
	}
	f.gateway.FailOrder("p-1", payneteasytest.ResetAfterBody())
	f.enqueue(paid, "p-1")
	crew := f.work()
	<-hangs
	require.NoError(t, f.merchant.Wake(t.Context(), "p-1"))
	for !strings.Contains(f.problem(), "OnNews") {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: payneteasy.DecisionNotSent, Reason: "manager"}))
	close(goesOn)
	crew.until(river.EventKindJobSnoozed, 2)
	for !strings.Contains(f.problem(), "OnNews") {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	f.untilIdle()
	require.Empty(t, f.gateway.Orders())
	require.Equal(t, payneteasy.DecisionNotSent, f.entry("p-1").Decision())
}

// TestAcceptedAfterTheEnd: while a payout's call may be on its way no person can settle it, also not by a program with a shorter timeout.
// Its process stands still, the time is over, a person settles, and then the gateway's reply comes: that is told.
func TestAcceptedAfterTheEnd(t *testing.T) {
	t.Parallel()
	arrived, goesOn := make(chan struct{}), make(chan struct{})
	f := newFleet(t, "", func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.Timeout = patience
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			reply, err := base.RoundTrip(req)
			if strings.Contains(req.URL.Path, "/payout/") {
				close(arrived)
				<-goesOn
			}
			return reply, err
		})
	})
	f.enqueue(paid, "p-1")
	f.work()
	<-arrived
	f.gateway.Hide("p-1", true)
	hasty := f.twin(func(c *riverpayout.Config) { c.Gateway = f.gateway.Config(); c.Gateway.Timeout = time.Second })
	notPaid := payneteasy.Settlement{Decision: payneteasy.DecisionNotPaid, Reason: "manager"}
	require.ErrorContains(t, hasty.merchant.Settle(t.Context(), "p-1", notPaid), `"p-1" may be on its way until `)
	f.exec(`UPDATE riverpayout_payout SET entry = jsonb_set(entry, '{window}', '0')`)
	require.NoError(t, hasty.merchant.Settle(t.Context(), "p-1", notPaid))
	f.untilBooked(map[string]string{"p-1": "not paid"})
	close(goesOn)
	f.untilBooked(map[string]string{"p-1": "not paid, review"})
	require.Equal(t, "review: changed", f.problem())
	stats, err := f.merchant.Stats(t.Context())
	require.NoError(t, err)
	stats.Oldest = 0
	require.Equal(t, riverpayout.Stats{Review: 1, Parked: 1}, stats)
	f.gateway.Hide("p-1", false)
	word := payneteasy.Settlement{Decision: payneteasy.DecisionPaid, Reason: "manager"}
	require.ErrorIs(t, f.merchant.Settle(t.Context(), "p-1", word), payneteasy.ErrStale, "its question has found more")
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", word))
	require.Eventually(t, func() bool { return strings.HasSuffix(f.ledger()["p-1"], "review, paid") }, patience, 10*time.Millisecond)
	require.Empty(t, f.problem())
}

// TestSlowBooking is rolled back, and an operator sees it: it must not keep its job until that has timed out, again and again.
func TestSlowBooking(t *testing.T) {
	t.Parallel()
	var slow atomic.Bool
	slow.Store(true)
	f := newFleet(t, "", func(c *riverpayout.Config) {
		book := c.OnNews
		c.OnNews = func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
			if slow.Load() { // as it waits for a lock
				if _, err := tx.Exec(ctx, "SELECT pg_sleep(600)"); err != nil {
					return err
				}
			}
			return book(ctx, tx, entry, news)
		}
	})
	f.merchant.SetRecordTimeout(time.Second)
	f.enqueue(paid, "p-1")
	f.work()
	require.Eventually(t, func() bool { return strings.HasPrefix(f.problem(), "OnNews: ") }, patience, 10*time.Millisecond)
	require.Empty(t, f.ledger())
	slow.Store(false)
	f.untilLedger(1)
	require.Empty(t, f.problem())
}

// TestLateLoad: what a loader that does not listen to its context brings too late is not sent. Its place at a limit is another's soon.
func TestLateLoad(t *testing.T) {
	t.Parallel()
	var late atomic.Bool
	late.Store(true)
	f := newFleet(t, "", func(c *riverpayout.Config) {
		load := c.Load
		c.Load = func(ctx context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
			if late.Load() {
				<-ctx.Done()
			}
			return load(ctx, ref)
		}
	})
	f.merchant.SetRecordTimeout(time.Second)
	f.enqueue(paid, "p-1")
	f.work()
	require.Eventually(t, func() bool {
		return f.problem() == "not sent: the request was loaded too late: context deadline exceeded"
	}, patience, 10*time.Millisecond)
	require.Empty(t, f.gateway.Orders())
	late.Store(false)
	f.untilLedger(1)
}

// TestToldWithoutTheGateway: the journal has the end, from another process, and the gateway does not answer any more.
func TestToldWithoutTheGateway(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"paid", "rejected"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.enqueue(paid, "p-1")
			f.reach(state, state == "paid")
			f.gateway.RefuseConnections(true)
			f.work()
			f.untilBooked(map[string]string{"p-1": state})
			require.ErrorContains(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: payneteasy.DecisionNotPaid, Reason: "manager"}), "is "+state)
		})
	}
}

// TestOrderAfterTheEnd: it was told as not sent or not paid by a person's word, and a callback finds it processing, and another
// approved. The merchant may have paid again by then.
func TestOrderAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, decision := range []payneteasy.Decision{payneteasy.DecisionNotSent, payneteasy.DecisionNotPaid} {
		for seen, first := range map[string]bool{"": false, ", seen processing": true} {
			t.Run(string(decision)+seen, func(t *testing.T) {
				t.Parallel()
				f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway.Timeout = 500 * time.Millisecond })
				f.callbacks(f.merchant.CallbackHandler())
				f.gateway.FailOrder("p-1", payneteasytest.LoseReply())
				f.gateway.SetAccount(paid, payneteasytest.Stuck())
				f.enqueue(paid, "p-1")
				f.before = func() { f.gateway.SetNotFound(payneteasytest.NotFoundError) }
				crew := f.work()
				for len(f.gateway.Orders()) == 0 {
					crew.until(river.EventKindJobSnoozed, 1)
				}
				f.gateway.Hide("p-1", true)
				f.untilBooked(map[string]string{"p-1": "review"})
				require.NoError(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: decision, Reason: "manager"}))
				f.untilBooked(map[string]string{"p-1": "review, " + string(decision)})
				f.gateway.Hide("p-1", false)
				ledger := "review, " + string(decision) + ", review"
				if first {
					require.True(t, f.gateway.CallBack("p-1", nil))
					require.Equal(t, http.StatusOK, f.lastAnswer())
					f.untilBooked(map[string]string{"p-1": ledger})
					ledger += ", review"
				}
				require.True(t, f.gateway.Become("p-1", payneteasytest.Approved()[len(payneteasytest.Approved())-1:]))
				require.True(t, f.gateway.CallBack("p-1", func(url.Values) {}))
				require.Equal(t, http.StatusOK, f.lastAnswer())
				f.untilBooked(map[string]string{"p-1": ledger})
				require.Equal(t, payneteasy.DecisionReview, f.entry("p-1").Decision())
				require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
			})
		}
	}
}

// TestAdoptedBeforeItWasSent: the gateway has an order of a payout that is enqueued. Nothing is sent, and the merchant is
// told.
func TestAdoptedBeforeItWasSent(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.SetAccount(paid, payneteasytest.Stuck())
	f.enqueue(paid, "p-1")
	f.reach("", true)
	ref := refOf(t, "p-1")
	ref.OrderID = f.gateway.Orders()[0].OrderID
	adopted, err := f.merchant.Client().AdoptElsewhere(t.Context(), ref)
	require.NoError(t, err)
	require.Equal(t, payneteasy.CauseElsewhere, adopted.Cause())
	f.work()
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "review"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestAcceptedAfterEnqueuedAgain: a payout's reply comes after a person has settled it as not sent, and after it was enqueued
// again. The order that it tells of is kept, and nothing is sent beside it.
func TestAcceptedAfterEnqueuedAgain(t *testing.T) {
	t.Parallel()
	posted, reply := make(chan struct{}), make(chan struct{})
	f := newFleet(t, "", func(c *riverpayout.Config) {
		base := c.Gateway.HTTPClient.Transport
		c.Gateway.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			resp, err := base.RoundTrip(req)
			if strings.Contains(req.URL.Path, "/payout/") {
				close(posted)
				<-reply
			}
			return resp, err
		})
	})
	f.enqueue(paid, "p-1")
	crew := f.work()
	<-posted
	_, err := f.pool.Exec(t.Context(), "UPDATE riverpayout_payout SET sent = sent - interval '5 minutes'") // it was suspended
	require.NoError(t, err)
	f.gateway.Hide("p-1", true)
	other := f.twin(func(*riverpayout.Config) {})
	settlement := payneteasy.Settlement{Decision: payneteasy.DecisionNotSent, Reason: "manager"}
	require.NoError(t, other.merchant.Settle(t.Context(), "p-1", settlement))
	f.untilBooked(map[string]string{"p-1": "not sent"})
	f.gateway.Hide("p-1", false)
	f.mu.Lock() // the next attempt waits in Load
	require.NoError(t, f.enqueueAgain())
	close(reply)
	require.Eventually(t, func() bool { return f.find("p-1").OrderID() != "" }, patience, 10*time.Millisecond)
	f.mu.Unlock()
	f.untilBooked(map[string]string{"p-1": "not sent, paid"})
	crew.until(river.EventKindJobCompleted, 1)
	require.Len(t, f.gateway.Orders(), 1)
}

// find is a payout's entry, or an empty one.
func (f *fleet) find(id string) payneteasy.Entry {
	entry, _ := f.merchant.Journal().Get(f.t.Context(), id)
	return entry
}
