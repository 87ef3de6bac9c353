package payneteasy_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestRefresh checks that the answer is stored, and is returned together with the entry.
func TestRefresh(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		gateway.Finish("payout-0001")
		config.Journal = nil
		plain := newClient(t, config)
		claimed := payout.Entry
		claimed.ClaimedOrderID = payout.OrderID
		for name, about := range map[string]payneteasy.Entry{
			"by the entry":          payout.Entry,
			"by a claimed order ID": claimed,
		} {
			for _, asks := range []*payneteasy.Client{plain, client} {
				entry, answer, err := asks.Refresh(t.Context(), about)
				require.NoError(t, err, name)
				require.Equal(t, isPaid, entry.Decision(), name)
				require.Equal(t, payneteasy.StatusApproved, answer.Status.Status, name)
				require.Equal(t, payneteasy.StatusApproved, entry.Status, name)
				if asks == client {
					require.Equal(t, entry, stored(t, journal), name)
				}
			}
		}
	})
}

// TestRefreshOfOtherOrders checks that an order which cannot be asked about is refused, and an unknown order is not
// confirmed.
func TestRefreshOfOtherOrders(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		gateway.Finish("payout-0001")
		approved := func(entry payneteasy.Entry, orderID string) error {
			_, err := refreshed(t.Context(), client, entry, orderID)
			return err
		}
		before := stored(t, journal)
		require.ErrorContains(t, approved(payneteasy.Entry{}, ""), "client_orderid is required")
		require.ErrorContains(t, approved(payout.Entry, "n/a"), "orderid is not a number")
		unprovable := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0009"})
		require.ErrorContains(t, approved(unprovable, ""), "give OrderID or Amount")
		elsewhere := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0009", OrderID: "9"})
		elsewhere.Login = "another"
		require.ErrorContains(t, approved(elsewhere, ""), "belongs to")
		_, _, err = client.Refresh(nil, payout.Entry) //nolint:staticcheck // what it refuses
		require.ErrorContains(t, err, "context")
		require.ErrorIs(t, approved(payout.Entry, "1"), payneteasy.ErrOrderNotFound)

		for _, orderID := range []string{"", payout.OrderID} {
			unknown := client.NewEntry(payneteasy.OrderRef{
				ClientOrderID: "payout-0009", OrderID: orderID, Amount: request(t).Amount,
			})
			entry, answer, err := client.Refresh(t.Context(), unknown)
			require.NoError(t, err)
			require.True(t, answer.NotKnown)
			require.Nil(t, answer.Status)
			require.Equal(t, unknown.Decision(), entry.Decision())
		}
		_, _, err = journal.Get(t.Context(), "payout-0009")
		require.ErrorIs(t, err, payneteasy.ErrNoEntry)
		require.Equal(t, before, stored(t, journal))
	})
}

// TestRefreshOfAChangedEnd checks that the journal's entry is used when an approved order is reversed, or a declined
// one is approved.
func TestRefreshOfAChangedEnd(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		var log bytes.Buffer
		config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		_, err = client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		gateway.TakeBack("payout-0001", "chargeback")
		entry, _, err := client.Refresh(t.Context(), payout.Entry)
		require.NoError(t, err)
		require.Equal(t, isReversed, entry.Decision())
		require.Equal(t, "chargeback", stored(t, journal).TransactionType)
		require.NotContains(t, log.String(), "needs a person")
	})
	for name, change := range map[string]func(*payneteasy.Entry){
		"declined before":     withOrder("accepted", "declined", isNotPaid),
		"settled as not paid": settledAs(isNotPaid, payneteasy.Order{ID: "6982864", End: "failed"}),
	} {
		says := paid
		journal := &payneteasytest.MemoryJournal{}
		client := clientOf(t, journal, &says)
		journalWith(t, client, journal, change)
		for range 2 {
			entry, err := refreshed(t.Context(), client, stored(t, journal), "")
			require.NoError(t, err)
			require.Equal(t, isReview, entry.Decision(), name)
			require.Equal(t, payneteasy.CauseChanged, entry.Cause(), name)
			require.Equal(t, entry, stored(t, journal), name)
		}
	}
}

// TestRefreshOfAnotherAmount checks an order with another paid amount. It is a review if the requested amount is the
// payout's. If that differs too, it is another order.
func TestRefreshOfAnotherAmount(t *testing.T) {
	t.Parallel()
	says := "&status=approved\n&amount=9999.00\n&initial-amount=10.42\n&currency=USD"
	client := clientOf(t, nil, &says)
	ours := client.NewEntry(request(t).Ref())
	entry, _, err := client.Refresh(t.Context(), ours)
	require.NoError(t, err)
	require.Equal(t, isReview, entry.Decision())
	require.Equal(t, payneteasy.CauseAmount, entry.Cause())
	require.Equal(t, "9999.00 USD", entry.Paid().String())

	says = "&status=approved\n&amount=9999.00\n&initial-amount=9999.00\n&currency=USD"
	_, _, err = client.Refresh(t.Context(), ours)
	require.ErrorIs(t, err, payneteasy.ErrOrderMismatch, "found by the ClientOrderID alone, it is not proved ours")
}

// TestRefreshAsksAgain checks that Refresh asks again if the entry has changed since the question. After several
// changes it returns ErrConflict.
func TestRefreshAsksAgain(t *testing.T) {
	t.Parallel()
	for changes, stale := range map[int]bool{1: false, 2: false, 3: true} {
		journal := &payneteasytest.MemoryJournal{}
		questions := 0
		transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			if questions++; questions <= changes {
				entry := stored(t, journal)
				entry.Revision++
				require.NoError(t, journal.Put(context.Background(), entry))
			}
			return saying(req, 200, form, state("declined", "x", "&transaction-type=payout\n")), nil
		})
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
		config.Journal = journal
		client := newClient(t, config)
		journalWith(t, client, journal, withOrder("accepted", "paid", isPaid))
		entry, err := refreshed(t.Context(), client, stored(t, journal), "")
		if stale {
			require.ErrorIs(t, err, payneteasy.ErrConflict)
			require.Equal(t, isPaid, stored(t, journal).Decision(), "nothing was stored")
			questions = 0
			var told tellings
			handler := client.CallbackHandler(told.add)
			require.Equal(t, http.StatusServiceUnavailable, calledBack(handler, "status", "declined"))
			require.Empty(t, told)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, isReview, entry.Decision())
		require.Equal(t, changes+1, questions)
	}
}
