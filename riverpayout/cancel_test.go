package riverpayout_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestCancel checks that a cancelled payout is never sent, unless the merchant enqueues it again.
func TestCancel(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1", "p-2")
	require.NoError(t, f.cancel("p-1", "the receiver is dead", nil))
	takenBack := errors.New("the ledger is closed")
	require.ErrorIs(t, f.cancel("p-2", "the receiver is dead", takenBack), takenBack)
	f.work().until(river.EventKindJobCompleted, 2)
	require.Equal(t, map[string]string{"p-2": "paid"}, f.ledger())
	require.Empty(t, f.gateway.Orders("p-1"))
	entry := f.entry("p-1")
	require.Equal(t, payneteasy.DecisionNotSent, entry.Decision())
	require.Equal(t, "the receiver is dead", entry.Settlement.Reason)
	require.EqualError(t, f.cancel("p-1", "twice", nil),
		`riverpayout: cancel "p-1": riverpayout: the payout can no longer be cancelled: its decision is not sent`)
	_, err := f.merchant.Client().Payout(t.Context(), requestOf(refOf(t, "p-1"), paid))
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	require.Len(t, f.gateway.Orders(), 1)

	require.NoError(t, f.enqueueAgain()) // the receiver lives
	f.untilBooked(map[string]string{"p-1": "paid", "p-2": "paid"})
	require.Len(t, f.gateway.Orders(), 2)
	require.Greater(t, f.entry("p-1").Told.Seq, entry.Told.Seq)
}

// TestCancelDuringLoad cancels a payout while its job loads the request, which then succeeds or fails. Nothing is left
// for a person to look at.
func TestCancelDuringLoad(t *testing.T) {
	t.Parallel()
	for _, failed := range []error{nil, errors.New("no account")} {
		f := newFleet(t, "", nil)
		f.before = func() { require.NoError(t, f.cancel("p-1", "a mistake", nil)) }
		f.load = func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
			return req, failed
		}
		f.enqueue(paid, "p-1")
		crew := f.work()
		crew.until(river.EventKindJobCompleted, 1)
		require.Empty(t, f.gateway.Orders())
		require.Empty(t, f.ledger())
		require.Empty(t, f.problem())
	}
}

// TestCancelTooLate checks that a payout that may have been sent, or is not in the database, is not cancelled.
func TestCancelTooLate(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"sending", "unknown", "accepted", "held", "paid", "refused", "denied", "rejected"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.enqueue(paid, "p-1")
			f.reach(state, state == "accepted" || state == "paid")
			before := f.entry("p-1")
			require.ErrorIs(t, f.cancel("p-1", "a mistake", nil), riverpayout.ErrTooLate)
			require.Equal(t, before, f.entry("p-1"))
		})
	}
	f := newFleet(t, "", nil)
	f.enqueue(paid, "p-1")
	require.ErrorIs(t, f.cancel("p-2", "a mistake", nil), payneteasy.ErrNoEntry)
	require.EqualError(t, f.cancel("p-1", "\xff", nil),
		`riverpayout: cancel "p-1": client_orderid or reason is not UTF-8, or has a NUL`)
	require.EqualError(t, f.cancel("p-1\x00", "a mistake", nil),
		`riverpayout: cancel "p-1\x00": client_orderid or reason is not UTF-8, or has a NUL`)
	require.EqualError(t, f.cancel("p-1", "", nil),
		`riverpayout: cancel "p-1": a reason is required: who cancelled it, and why`)
	require.EqualError(t, f.merchant.Cancel(t.Context(), nil, "p-1", "a mistake"),
		`riverpayout: cancel "p-1": the transaction is nil`)
}

// TestCorrectionDuringLoad cancels a payout and enqueues it again with another account while its job loads the request.
// The loaded request is then no longer the one that is enqueued.
func TestCorrectionDuringLoad(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	loads := 0
	f.load = func(ref payneteasy.OrderRef, _ *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
		if loads++; loads > 1 {
			return requestOf(ref, paid), nil
		}
		require.NoError(t, f.cancel("p-1", "another account", nil))
		require.NoError(t, f.enqueueAgain())
		return requestOf(ref, declined), nil
	}
	f.enqueue(declined, "p-1")
	f.work()
	f.untilLedger(1)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
	require.Empty(t, f.problem())
}

// TestCancelledPayoutWithAnOrder checks that an order of a cancelled payout is stored and told. Another program has
// paid it.
func TestCancelledPayoutWithAnOrder(t *testing.T) {
	t.Parallel()
	for name, byCallback := range map[string]bool{"by a callback": true, "by a question": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := calledBack(t, nil)
			f.callbacks(f.merchant.CallbackHandler())
			f.enqueue(paid, "p-1")
			require.NoError(t, f.cancel("p-1", "paid by hand", nil))
			client, err := payneteasy.NewClient(f.gateway.Config())
			require.NoError(t, err)
			req, err := f.load(refOf(t, "p-1"), requestOf(refOf(t, "p-1"), paid))
			require.NoError(t, err)
			_, err = client.Payout(t.Context(), req)
			require.NoError(t, err)
			if byCallback {
				require.True(t, f.gateway.Finish("p-1"))
				f.gateway.WaitCallbacks()
				require.Equal(t, http.StatusOK, f.lastAnswer())
				require.Equal(t, map[string]string{"p-1": "review"}, f.ledger())
			} else {
				_, _, err = f.merchant.Client().Refresh(t.Context(), f.merchant.Client().NewEntry(refOf(t, "p-1")))
				require.NoError(t, err)
			}
			require.Equal(t, payneteasy.CauseFreed, f.entry("p-1").Cause())
			require.Len(t, f.entry("p-1").Orders, 1)
		})
	}
}
