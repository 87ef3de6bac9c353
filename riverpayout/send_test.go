package riverpayout_test

import (
	"context"
	"errors"
	"runtime"
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

// TestNotSent checks that a payout is tried again if nothing was sent.
func TestNotSent(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.gateway.RefuseConnections(true)
	f.enqueue(paid, "p-1")
	crew := f.work()
	crew.until(river.EventKindJobSnoozed, 1)
	require.Contains(t, f.problem(), `payout "p-1": not sent`)
	require.Equal(t, payneteasy.DecisionNotSent, f.entry("p-1").Decision())
	f.gateway.RefuseConnections(false)
	crew.until(river.EventKindJobCompleted, 1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
}

// TestLoader fails, panics or returns another payout. Nothing is sent, an operator sees why, and the payout continues
// when that is fixed.
func TestLoader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		load    func(ref payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error)
		problem string
	}{
		"an error": {
			func(payneteasy.OrderRef, *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				return nil, errors.New("no account\n4111 1111 1111 1111 of 1234567890")
			}, "not sent: Load: no account … of …",
		},
		"a panic": {
			func(payneteasy.OrderRef, *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) { panic("oh") },
			"not sent: Load: panicked (string): see the log",
		},
		"a test's FailNow": {
			func(payneteasy.OrderRef, *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				runtime.Goexit()
				return nil, nil //nolint:nilnil // not reached
			}, "not sent: Load: it called runtime.Goexit",
		},
		"nothing": {
			func(payneteasy.OrderRef, *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				return nil, nil //nolint:nilnil // a merchant may return this
			}, "not sent: the loaded request is nil",
		},
		"another id": {
			func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				req.ClientOrderID = "other"
				return req, nil
			}, "not sent: the loaded request has a different client_orderid",
		},
		"another amount": {
			func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				req.Amount, _ = payneteasy.ParseAmount("10.43", "USD")
				return req, nil
			}, "not sent: the loaded request has amount 10.43 USD, not 10.42 USD",
		},
		"another endpoint": {
			func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				req.Endpoint = payneteasy.EndpointGroupID(7)
				return req, nil
			}, "not sent: the loaded request is for endpoint group/7, not 39915",
		},
		"an invalid request": {
			func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				req.OrderDesc = strings.Repeat("x", 65)
				return req, nil
			}, `payneteasy: payout "p-1": not sent: invalid request: order_desc is longer than 64 characters`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.load = test.load
			f.enqueue(paid, "p-1")
			crew := f.work()
			crew.until(river.EventKindJobSnoozed, 1)
			require.Equal(t, test.problem, f.problem())
			require.Empty(t, f.gateway.Orders())
			f.mu.Lock()
			f.load = nil
			f.mu.Unlock()
			crew.until(river.EventKindJobCompleted, 1)
			require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
			require.Empty(t, f.problem())
		})
	}
}

// TestLateLoad checks that nothing is sent if Load ignores its context and returns too late. Its place at a limit is
// soon free for another payout.
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

// TestAdoptedBeforeSend enqueues a payout of which the gateway already has an order. Nothing is sent, and the merchant
// is told.
func TestAdoptedBeforeSend(t *testing.T) {
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
