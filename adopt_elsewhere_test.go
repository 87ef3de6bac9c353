package payneteasy_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

var errFull = errors.New("no space left")

// TestAdoptElsewhere checks that an order which the gateway had before is a review until a person settles it. This also
// holds if the journal has a free entry, whose Seq then continues.
func TestAdoptElsewhere(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	journal := new(payneteasytest.MemoryJournal)
	config.Journal = journal
	var log strings.Builder
	config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	ref := payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "7", Amount: amount}

	entry, err := client.AdoptElsewhere(t.Context(), ref)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionReview, entry.Decision())
	require.Equal(t, payneteasy.CauseElsewhere, entry.Cause())
	require.Equal(t, 1, entry.Seq)
	require.Equal(t, 1, strings.Count(log.String(),
		`msg="payneteasy: an order needs a person" client_orderid=payout-0001 order_id=7 cause=elsewhere`))
	require.Equal(t, []payneteasy.Order{{ID: "7", End: "open"}}, entry.Orders)
	stored, _, err := journal.Get(t.Context(), "payout-0001")
	require.NoError(t, err)
	require.Equal(t, entry, stored)

	_, err = client.AdoptElsewhere(t.Context(), ref)
	require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	require.Equal(t, payneteasy.DecisionReview, payneteasy.DecisionOf(err))

	ref.ClientOrderID, ref.OrderID = "payout-0002", ""
	_, err = client.AdoptElsewhere(t.Context(), ref)
	require.ErrorContains(t, err, "the order id is required")

	free := client.NewEntry(ref)
	free.Revision, free.Send, free.Booked, free.Seq = 1, "not sent", payneteasy.DecisionNotSent, 4
	err = journal.Put(t.Context(), free)
	require.NoError(t, err)
	ref.OrderID = "8"
	entry, err = client.AdoptElsewhere(t.Context(), ref)
	require.NoError(t, err)
	require.Equal(t, payneteasy.CauseElsewhere, entry.Cause())
	require.Equal(t, 5, entry.Seq)
	require.NotEqual(t, free.Attempt, entry.Attempt)
}

// TestAdoptElsewhereUnwritten checks that an entry which could not be stored is returned anyway.
func TestAdoptElsewhereUnwritten(t *testing.T) {
	t.Parallel()
	config := payneteasytest.NewGateway(t).Config()
	for _, journal := range []payneteasy.Journal{nil, &fullJournal{}} {
		config.Journal = journal
		client, err := payneteasy.NewClient(config)
		require.NoError(t, err)
		entry, err := client.AdoptElsewhere(t.Context(),
			payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "7"})
		require.Equal(t, journal != nil, errors.Is(err, errFull))
		require.Equal(t, payneteasy.CauseElsewhere, entry.Cause())
	}
}
