package payneteasytest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestFailPayout checks that a status request before the payout does not use up the fault.
func TestFailPayout(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	gateway.FailPayout("a", payneteasytest.EmptyReply())
	_, err := client.Payout(t.Context(), request(t, "b", "1234567890"))
	require.NoError(t, err)
	amount := request(t, "a", "1").Amount
	_, err = client.Status(t.Context(), payneteasy.OrderRef{ClientOrderID: "a", Amount: amount})
	require.ErrorContains(t, err, "not found")
	require.Equal(t, []string{"next payout of a: " + payneteasytest.EmptyReply().String()}, gateway.PendingFaults())
	_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
	require.Empty(t, gateway.PendingFaults())
}

// TestClearFaults checks that faults are listed before they happen, and can be removed.
func TestClearFaults(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	gateway.FailNext(payneteasytest.LoseReply())
	gateway.FailOrder("a", payneteasytest.Page(http.StatusBadGateway, "Bad gateway").AfterAcceptance())
	gateway.FailAtRandom(1, 1, payneteasytest.EmptyReply())
	require.Equal(t, []string{
		"next call: lose the reply", "next call about a: page 502 after acceptance",
		"one call in 1 at random: empty reply",
	}, gateway.PendingFaults())
	gateway.ClearFaults()
	require.Empty(t, gateway.PendingFaults())
	_, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
}
