package payneteasy_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestClaimedOrder checks an order ID that only the caller has named. It counts only after the gateway has answered a
// question with both IDs. If the gateway knows no order with both IDs, that says nothing about the ClientOrderID alone.
func TestClaimedOrder(t *testing.T) {
	t.Parallel()
	amount := request(t).Amount
	notKnown := "type=error\n&merchant-order-id=payout-0001\n&error-code=6\n&error-message=Order+not+found\n"
	other := "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=7\n&status=approved\n"
	for name, test := range map[string]struct {
		amount   payneteasy.Amount
		answer   string // the answer to each question
		decision payneteasy.Decision
		resolves bool
		waits    bool
	}{
		"no answer":                {answer: "", decision: payneteasy.DecisionUnknown},
		"no answer, and an amount": {amount: amount, answer: "", decision: payneteasy.DecisionUnknown},
		"not known":                {answer: notKnown, decision: payneteasy.DecisionUnknown},
		"not known, and an amount": {amount: amount, answer: notKnown, decision: payneteasy.DecisionUnknown},
		"another order":            {answer: other, decision: payneteasy.DecisionUnknown},
		"another order, an amount": {amount: amount, answer: other, decision: payneteasy.DecisionUnknown},
		"processing": {
			answer: state("processing", "x"), decision: payneteasy.DecisionPending,
			resolves: true,
		},
		"processing, and an amount": {
			amount: amount, answer: state("processing", "x"),
			decision: payneteasy.DecisionPending, resolves: true,
		},
		"paid": {
			amount: amount, answer: state("approved", "x"), decision: isPaid, resolves: true,
			waits: true,
		},
		"not paid":            {answer: state("declined", "x"), decision: isNotPaid, resolves: true, waits: true},
		"paid, and no amount": {answer: state("approved", "x"), decision: isPaid, resolves: true, waits: true},
	} {
		for _, wait := range []bool{false, true} {
			waiting(t, func(time.Duration) string { return test.answer },
				func(t *testing.T, client *payneteasy.Client, clock *pollClock) {
					about := client.NewEntry(
						payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "6982864", Amount: test.amount})
					require.Equal(t, payneteasy.DecisionUnknown, about.Decision(), name)
					require.Empty(t, about.OrderID(), name)
					require.Equal(t, "6982864", about.Ref().OrderID, name)
					ask, ends := client.Resolve, test.resolves
					if wait {
						ends = test.waits
						ask = func(ctx context.Context, e payneteasy.Entry) (payneteasy.Entry, error) {
							return client.Wait(ctx, e, nil)
						}
					}
					entry, err := ask(t.Context(), about)
					require.Equal(t, test.decision, entry.Decision(), name)
					if ends {
						require.NoError(t, err, name)
					} else {
						require.ErrorIs(t, err, payneteasy.ErrWaitTimeout, name)
						require.Equal(t, test.decision, payneteasy.DecisionOf(err), name)
						require.GreaterOrEqual(t, clock.polls[len(clock.polls)-1], 2*time.Minute, name)
					}
					if test.decision == payneteasy.DecisionUnknown {
						require.Equal(t, about, entry, name)
						return
					}
					require.Equal(t, "6982864", entry.OrderID(), name)
					require.Empty(t, entry.ClaimedOrderID, name)
				})
		}
	}
}

// TestClaimedOrderInAJournal checks that a claimed order gets an entry when the gateway has answered, and not before.
func TestClaimedOrderInAJournal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		journal := &payneteasytest.MemoryJournal{}
		known := false
		config := configFor(t, "http://localhost/paynet",
			&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
				if !known {
					return nil, errors.New("lost")
				}
				return saying(req, 200, form, state("processing", "x")), nil
			})})
		config.Journal = journal
		client := newClient(t, config)
		stored, err := json.Marshal(client.NewEntry(ref()))
		require.NoError(t, err)
		var about payneteasy.Entry
		require.NoError(t, json.Unmarshal(stored, &about))
		entry, err := client.Resolve(t.Context(), about)
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t, about, entry)
		_, _, err = journal.Get(t.Context(), "payout-0001")
		require.ErrorIs(t, err, payneteasy.ErrNoEntry)
		known = true
		entry, err = client.Resolve(t.Context(), about)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPending, entry.Decision())
		found, _, err := journal.Get(t.Context(), "payout-0001")
		require.NoError(t, err)
		require.Equal(t, entry, found)
	})
}

// TestTwoClaimedOrders checks that a person must look if the gateway knows the ClientOrderID by another order ID than
// the caller's.
func TestTwoClaimedOrders(t *testing.T) {
	t.Parallel()
	client := newClient(t,
		configFor(t, "http://localhost/paynet",
			&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
				return saying(req, 200, form, state("approved", "x")), nil
			})}))
	var told tellings
	handler := client.CallbackHandler(told.add)
	handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
		return payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "7"}, nil
	}
	require.Equal(t, http.StatusOK, calledBack(handler, "status", "approved"))
	require.Len(t, told, 1)
	require.Equal(t, payneteasy.CauseSeveral, told[0].Cause)
	require.Equal(t, "7", told[0].Orders[0].ID)
	require.Equal(t, isReview, told[0].Decision)
}
