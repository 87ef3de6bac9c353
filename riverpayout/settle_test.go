package riverpayout_test

import (
	"errors"
	"net/http"
	"net/url"
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

// held returns a fleet with a payout that was sent, never arrived, and that a person must look at.
func held(t *testing.T) (*fleet, *crew) {
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Timeout = 500 * time.Millisecond // so that the window is short
	})
	f.gateway.FailOrder("p-1", payneteasytest.ResetAfterBody())
	f.enqueue(paid, "p-1")
	crew := f.work()
	f.untilBooked(map[string]string{"p-1": "review"})
	require.Equal(t, "review: held", f.problem())
	require.Equal(t, payneteasy.CauseHeld, f.entry("p-1").Cause())
	return f, crew
}

// TestHeld checks that a held payout is never sent again, and that a person's decision about it is told.
func TestHeld(t *testing.T) {
	t.Parallel()
	for _, decision := range []payneteasy.Decision{
		payneteasy.DecisionPaid, payneteasy.DecisionNotPaid, payneteasy.DecisionReversed, payneteasy.DecisionNotSent,
	} {
		t.Run(string(decision), func(t *testing.T) {
			t.Parallel()
			f, crew := held(t)
			settlement := payneteasy.Settlement{Decision: decision, Reason: "manager"}
			require.ErrorIs(t, f.merchant.Settle(t.Context(), "p-2", settlement), payneteasy.ErrNoEntry)
			require.ErrorContains(t, f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: decision}),
				`riverpayout: settle "p-1": payneteasy: settle: invalid request: Settlement.Reason is missing`)
			require.ErrorContains(t,
				f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: decision, Reason: "\xff"}),
				"is not UTF-8")
			require.NoError(t, f.merchant.Settle(t.Context(), "p-1", settlement))
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, map[string]string{"p-1": "review, " + string(decision)}, f.ledger())
			require.Empty(t, f.problem())
			require.Empty(t, f.gateway.Orders())
			if decision == payneteasy.DecisionNotSent {
				require.NoError(t, f.enqueueAgain())
				return
			}
			require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
		})
	}
}

// TestSettleStale checks that nothing is settled if the question of Settle finds a decision that can be booked. OnNews
// is told at once, although the job's next question is far away.
func TestSettleStale(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) {
		c.Gateway.Wait = payneteasy.WaitOptions{MinInterval: time.Hour, MaxInterval: time.Hour}
	})
	f.gateway.SetAccount(paid, payneteasytest.Stuck())
	f.enqueue(paid, "p-1")
	f.work()
	f.untilSend("p-1", "accepted")
	f.untilIdle()
	require.True(t, f.gateway.Become("p-1", payneteasytest.Script{{Status: "approved"}}))
	word := payneteasy.Settlement{Decision: payneteasy.DecisionNotPaid, Reason: "manager"}
	require.ErrorIs(t, f.merchant.Settle(t.Context(), "p-1", word), payneteasy.ErrConflict)
	f.untilBooked(map[string]string{"p-1": "paid"})
}

// TestLateRun lets one run of the job hang in Load while another run holds the payout, and a person settles it. The
// first run sends nothing.
func TestLateRun(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway.Timeout = 500 * time.Millisecond })
	f.book = func(payneteasy.News) error { return errors.New("the ledger is closed") } // so the payout is not told
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
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1",
		payneteasy.Settlement{Decision: payneteasy.DecisionNotSent, Reason: "manager"}))
	close(goesOn)
	crew.until(river.EventKindJobSnoozed, 2)
	for !strings.Contains(f.problem(), "OnNews") {
		crew.until(river.EventKindJobSnoozed, 1)
	}
	f.untilIdle()
	require.Empty(t, f.gateway.Orders())
	require.Equal(t, payneteasy.DecisionNotSent, f.entry("p-1").Decision())
}

// TestReplyAfterSettlement checks that no person can settle a payout while its call may be in progress. That holds also
// for a program with a shorter timeout. Then the payout's process stands still until the time is over, and a person
// settles. A reply of the gateway that comes after that is told.
func TestReplyAfterSettlement(t *testing.T) {
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
	require.ErrorContains(t, hasty.merchant.Settle(t.Context(), "p-1", notPaid), `"p-1" may still be on its way: settle it after `)
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
	require.ErrorIs(t, f.merchant.Settle(t.Context(), "p-1", word), payneteasy.ErrConflict, "its question found more")
	require.NoError(t, f.merchant.Settle(t.Context(), "p-1", word))
	require.Eventually(t, func() bool { return strings.HasSuffix(f.ledger()["p-1"], "review, paid") }, patience,
		10*time.Millisecond)
	require.Empty(t, f.problem())
}

// TestOrderAfterSettlement starts with a payout that a person has settled as not sent or not paid. Callbacks then find
// an order that is processing, and later approved. The merchant may have paid again by then.
func TestOrderAfterSettlement(t *testing.T) {
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
				require.NoError(t,
					f.merchant.Settle(t.Context(), "p-1", payneteasy.Settlement{Decision: decision, Reason: "manager"}))
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

// TestReplyAfterNextEnqueue gets a payout's reply after a person has settled it as not sent and it was enqueued again.
// The order in the reply is kept, and nothing else is sent.
func TestReplyAfterNextEnqueue(t *testing.T) {
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
	f.age("5 minutes") // as if the process was suspended
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
