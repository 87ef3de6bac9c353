package riverpayout_test

import (
	"context"
	"errors"
	"fmt"
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

// TestCommitFails after OnFinal was happy: what it booked is rolled back, and an operator sees why.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a constraint that is checked at the end":   "INSERT INTO entries VALUES ('p-1')",
		"an error that OnFinal keeps to itself":     "INSERT INTO nowhere VALUES (1)",
		"a transaction that OnFinal ends by itself": "ROLLBACK",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", func(c *riverpayout.Config) {
				c.OnFinal = func(ctx context.Context, tx pgx.Tx, _ riverpayout.Final) error {
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
			require.Contains(t, f.problem(), "after OnFinal: ")
			require.NotEqual(t, payneteasy.StateFinal, f.entry("p-1").State)
		})
	}
}

// TestWakeKeepsTheQueue: a process that only takes callbacks may know another queue than the workers.
func TestWakeKeepsTheQueue(t *testing.T) {
	t.Parallel()
	f := calledBack(t, func(c *riverpayout.Config) { c.Queue = "workers" })
	web := f.twin(func(*riverpayout.Config) {})
	f.callbacks(web.merchant.CallbackHandler(change))
	f.enqueue(paid, "p-1")
	f.work().until(river.EventKindJobSnoozed, 1)
	require.True(t, f.gateway.Finish("p-1"))
	require.Equal(t, http.StatusOK, f.lastAnswer())
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
	f := newFleet(t, "", rewriting(&words))
	f.enqueue(paid, "p-1")
	crew := f.work()
	for f.problem() == "" {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.Equal(t, "the gateway tells of a reversal that is declined, and not what became of the payout", f.problem())
	require.Empty(t, f.ledger())
	words.Store(nil)
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// TestLateRun: one run of the job hangs in Load, while another holds the payout, and a person settles it. The first sends nothing.
func TestLateRun(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway.Timeout = 500 * time.Millisecond })
	f.book = func(riverpayout.Final) error { return errors.New("the ledger is closed") } // so it is not told
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
	for !strings.Contains(f.problem(), "held") {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.VerdictNotSent, "manager"))
	close(goesOn)
	for !strings.Contains(f.problem(), "OnFinal") {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	f.untilIdle()
	require.Empty(t, f.gateway.Orders())
	require.Equal(t, payneteasy.StateSettled, f.entry("p-1").State)
}

// TestAcceptedAfterTheEnd: a person has settled it, by a program that thinks less long of a call, while that was on its way. Then the
// gateway's reply comes: an operator must see that the order is there.
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
	hasty := f.twin(func(c *riverpayout.Config) { c.Gateway = f.gateway.Config(); c.Gateway.Timeout = time.Millisecond })
	require.NoError(t, hasty.merchant.Settle(t.Context(), "p-1", payneteasy.VerdictNotPaid, "manager"))
	f.untilLedger(1)
	close(goesOn)
	require.Eventually(t, func() bool {
		return strings.HasPrefix(f.problem(), "its end was told as not paid, and it is accepted since: order ")
	}, patience, 10*time.Millisecond)
	stats, err := f.merchant.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, riverpayout.Stats{Parked: 1}, stats)
	f.gateway.Hide("p-1", false)
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.VerdictPaid, "manager"))
	require.Empty(t, f.problem())
	require.Equal(t, map[string]string{"p-1": "not paid"}, f.ledger())
}

// TestSlowBooking is rolled back, and an operator sees it: it must not keep its job until that has timed out, again and again.
func TestSlowBooking(t *testing.T) {
	t.Parallel()
	var slow atomic.Bool
	slow.Store(true)
	f := newFleet(t, "", func(c *riverpayout.Config) {
		book := c.OnFinal
		c.OnFinal = func(ctx context.Context, tx pgx.Tx, final riverpayout.Final) error {
			if slow.Load() { // as it waits for a lock
				if _, err := tx.Exec(ctx, "SELECT pg_sleep(600)"); err != nil {
					return err
				}
			}
			return book(ctx, tx, final)
		}
	})
	f.merchant.SetRecordTimeout(time.Second)
	f.enqueue(paid, "p-1")
	f.work()
	require.Eventually(t, func() bool { return strings.HasPrefix(f.problem(), "OnFinal: ") }, patience, 10*time.Millisecond)
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

// TestSettleWhatIsKnown: the journal has the end, from another process, and the gateway does not know the order any more. A person has it
// told, as it is and not otherwise.
func TestSettleWhatIsKnown(t *testing.T) {
	t.Parallel()
	for _, state := range []payneteasy.State{payneteasy.StateFinal, payneteasy.StateRejected} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.enqueue(paid, "p-1")
			f.reach(state, "", state == payneteasy.StateFinal)
			f.gateway.RefuseConnections(true)
			right, outcome := payneteasy.VerdictPaid, "paid"
			if state == payneteasy.StateRejected {
				right, outcome = payneteasy.VerdictNotSent, "not sent"
			}
			require.EqualError(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.VerdictNotPaid, "manager"),
				fmt.Sprintf(`riverpayout: settle "p-1": the gateway has said that it is %q`, right))
			require.EqualError(t, f.merchant.Settle(t.Context(), "p-1", right, " "), `riverpayout: settle "p-1": a reason is required: who confirmed it, and how`)
			require.NoError(t, f.merchant.Settle(t.Context(), "p-1", right, "manager"))
			f.work()
			f.untilLedger(1)
			require.Equal(t, map[string]string{"p-1": outcome}, f.ledger())
			require.ErrorContains(t, f.merchant.Settle(t.Context(), "p-1", right, "manager"), "it is closed")
		})
	}
}

// TestTurnsUpAfterTheEnd: it was told as not sent, and a callback finds it processing, and another approved. The merchant may have paid
// again meanwhile.
func TestTurnsUpAfterTheEnd(t *testing.T) {
	t.Parallel()
	for name, verdict := range map[string]payneteasy.Verdict{"not sent": payneteasy.VerdictNotSent, "not paid": payneteasy.VerdictNotPaid} {
		for seen, first := range map[string]bool{"": false, ", seen processing": true} {
			t.Run(name+seen, func(t *testing.T) {
				t.Parallel()
				var words atomic.Pointer[strings.Replacer]
				f := newFleet(t, "", func(c *riverpayout.Config) {
					c.Gateway.Timeout = 500 * time.Millisecond
					rewriting(&words)(c)
				})
				var told []riverpayout.Final
				f.callbacks(f.merchant.CallbackHandler(func(_ context.Context, _ pgx.Tx, final riverpayout.Final) error {
					told = append(told, final)
					return nil
				}))
				f.gateway.FailOrder("p-1", payneteasytest.LoseReply())
				f.gateway.SetAccount(paid, payneteasytest.Stuck())
				f.gateway.SetRepeat(payneteasytest.RepeatPaysAgain)
				f.enqueue(paid, "p-1")
				hide := func(hidden bool) { f.gateway.Hide("p-1", hidden) }
				f.before = func() { f.gateway.SetNotFound(payneteasytest.NotFoundError) }
				crew := f.work()
				for len(f.gateway.Orders()) == 0 {
					crew.until(river.EventKindJobSnoozed, 1)
				}
				hide(true)
				for !strings.Contains(f.problem(), "held") {
					crew.until(river.EventKindJobSnoozed, 1)
				}
				require.NoError(t, f.merchant.Settle(t.Context(), "p-1", verdict, "manager"))
				f.untilLedger(1)
				require.Equal(t, map[string]string{"p-1": name}, f.ledger())
				hide(false)
				if first {
					require.True(t, f.gateway.CallBack("p-1", nil))
					require.Equal(t, http.StatusServiceUnavailable, f.lastAnswer())
				}
				require.True(t, f.gateway.Become("p-1", payneteasytest.Approved()[len(payneteasytest.Approved())-1:]))
				require.True(t, f.gateway.CallBack("p-1", func(url.Values) {}))
				require.Equal(t, http.StatusOK, f.lastAnswer())
				require.Len(t, told, 1)
				require.True(t, told[0].Contradicts)
				require.Equal(t, "look", told[0].Outcome())
			})
		}
	}
}
