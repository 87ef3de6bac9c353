package riverpayout_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

func TestApprovedAndDeclined(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1", "p-2")
	f.enqueue(declined, "d-1")
	f.work().until(river.EventKindJobCompleted, 3)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "d-1": "not paid"}, f.ledger())
	for _, id := range []string{"p-1", "p-2", "d-1"} {
		require.Equal(t, f.ledger()[id], string(f.entry(id).Decision()))
	}
	require.Len(t, f.gateway.Orders(), 3)
}

// TestLoader that fails, panics, or returns another payout: nothing is sent, an operator sees why, and it goes on when that is fixed.
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
			"not sent: Load: a panic (string): see the log",
		},
		"a test's FailNow": {
			func(payneteasy.OrderRef, *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				runtime.Goexit()
				return nil, nil //nolint:nilnil // it does not get here
			}, "not sent: Load: it has ended its goroutine",
		},
		"nothing": {
			func(payneteasy.OrderRef, *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				return nil, nil //nolint:nilnil // as a merchant may
			}, "not sent: the loaded request is nil",
		},
		"another id": {
			func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				req.ClientOrderID = "other"
				return req, nil
			}, "not sent: the loaded request has another client_orderid",
		},
		"another amount": {
			func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				req.Amount, _ = payneteasy.ParseAmount("10.43", "USD")
				return req, nil
			}, "not sent: the loaded request is of 10.43 USD, and 10.42 USD was enqueued",
		},
		"another endpoint": {
			func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
				req.Endpoint = payneteasy.EndpointGroupID(7)
				return req, nil
			}, "not sent: the loaded request is for endpoint group/7, and 39915 was enqueued",
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
