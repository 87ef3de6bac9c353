package payneteasy_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestConfirm: what a callback may claim of an approved payout of 10.42 USD, and where the gateway differs. Breaks
// seen red: each case of Claim.compare taken out.
func TestConfirm(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		gateway.Finish("payout-0001")
		other, err := payneteasy.ParseAmount("99", "USD")
		require.NoError(t, err)
		_, err = client.Confirm(t.Context(), payneteasy.Claim{Ref: payout.Ref(), Status: "approved"})
		require.NoError(t, err)
		plain := config
		plain.Journal = nil
		_, err = newClient(t, plain).Confirm(t.Context(), payneteasy.Claim{Ref: payneteasy.OrderRef{ClientOrderID: "payout-0001"}, Status: "approved"})
		require.ErrorContains(t, err, "give OrderID or Amount")
		for name, test := range map[string]struct {
			change func(*payneteasy.Claim)
			differ string // "" for agreement
		}{
			"the truth":              {func(*payneteasy.Claim) {}, ""},
			"the truth in capitals":  {func(c *payneteasy.Claim) { c.Status, c.TransactionType = "APPROVED", "payout" }, ""},
			"without the order id":   {func(c *payneteasy.Claim) { c.Ref.OrderID = "" }, ""},
			"another status":         {func(c *payneteasy.Claim) { c.Status = "declined" }, "status"},
			"a claim that lags":      {func(c *payneteasy.Claim) { c.Status = "processing" }, "status"},
			"an approved reversal":   {func(c *payneteasy.Claim) { c.TransactionType = "reversal" }, "transaction type"},
			"an amount that differs": {func(c *payneteasy.Claim) { c.Ref.Amount = other }, "amount"},
		} {
			claim := payneteasy.Claim{Ref: payout.Ref(), Status: "approved"}
			test.change(&claim)
			asks := client
			if test.differ == "amount" { // with a journal it is refused before anything is asked
				_, err := client.Confirm(t.Context(), claim)
				require.ErrorIs(t, err, payneteasy.ErrOrderMismatch)
				config.Journal = nil
				asks = newClient(t, config)
			}
			status, err := asks.Confirm(t.Context(), claim)
			require.Equal(t, test.differ != "amount", status.Approved(), name)
			require.Equal(t, payneteasy.StatusApproved, status.Status, name)
			require.Equal(t, payneteasy.StateFinal, stateOf(t, journal).State)
			require.Equal(t, payneteasy.StatusApproved, stateOf(t, journal).Status)
			if test.differ == "" {
				require.NoError(t, err, name)
				continue
			}
			var differs *payneteasy.ClaimError
			require.ErrorAs(t, err, &differs, name)
			require.Equal(t, test.differ, differs.Differ)
			require.Equal(t, test.differ == "amount", errors.Is(err, payneteasy.ErrOrderMismatch))
		}
		_, err = client.Confirm(t.Context(), payneteasy.Claim{Ref: payneteasy.OrderRef{ClientOrderID: "nobody's", OrderID: payout.OrderID}, Status: "approved"})
		require.ErrorContains(t, err, "not found")
		_, err = client.Confirm(t.Context(), payneteasy.Claim{Ref: payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "1"}, Status: "approved"})
		require.ErrorIs(t, err, payneteasy.ErrOrderMismatch)
	})
}

// TestChangedEndIsToldLoudly: approved turns reversed, and declined turns approved.
func TestChangedEndIsToldLoudly(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		var log bytes.Buffer
		config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		_, err = client.Wait(t.Context(), payout.Ref(), nil)
		require.NoError(t, err)
		require.NotContains(t, log.String(), "changed")
		gateway.TakeBack("payout-0001", "chargeback")
		status, err := client.Confirm(t.Context(), payneteasy.Claim{Ref: payout.Ref(), Status: "approved", TransactionType: "chargeback"})
		require.True(t, status.Reversed())
		var differs *payneteasy.ClaimError
		require.ErrorAs(t, err, &differs)
		require.ErrorContains(t, err, `it was approved, and the gateway says "approved" (chargeback)`)
		require.Contains(t, log.String(), "a final status has changed")
		require.Equal(t, "chargeback", stateOf(t, journal).TransactionType)

		// What was declined before is approved now.
		entry := stateOf(t, journal)
		entry.Revision, entry.Status, entry.TransactionType = entry.Revision+1, payneteasy.StatusDeclined, "payout"
		require.NoError(t, journal.Update(t.Context(), entry))
		gateway.TakeBack("payout-0001", "payout")
		_, err = client.Confirm(t.Context(), payneteasy.Claim{Ref: payout.Ref(), Status: "approved"})
		require.ErrorContains(t, err, `it was declined, and the gateway says "approved" (payout)`)
		require.Equal(t, payneteasy.StatusApproved, stateOf(t, journal).Status)

		// A settled one keeps its verdict, and the contradiction is told each time.
		entry = stateOf(t, journal)
		entry.Revision, entry.State, entry.Verdict = entry.Revision+1, payneteasy.StateSettled, payneteasy.VerdictNotPaid
		require.NoError(t, journal.Update(t.Context(), entry))
		for range 2 {
			_, err = client.Confirm(t.Context(), payneteasy.Claim{Ref: payout.Ref(), Status: "approved"})
			require.ErrorContains(t, err, `it was settled as not paid`)
			require.Equal(t, payneteasy.StateSettled, stateOf(t, journal).State)
		}
	})
}

// TestConfirmOfAnotherAmount: what was asked for is ours, and what was paid is not.
func TestConfirmOfAnotherAmount(t *testing.T) {
	t.Parallel()
	client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=7\n&status=approved\n"+
			"&amount=9999.00\n&initial-amount=10.42\n&currency=USD\n"), nil
	})}))
	status, err := client.Confirm(t.Context(), payneteasy.Claim{Ref: request(t).Ref(), Status: "approved"})
	require.ErrorIs(t, err, payneteasy.ErrOrderMismatch)
	require.ErrorContains(t, err, "asked for was 10.42 USD, and it is of 9999.00 USD now")
	require.Equal(t, "9999.00 USD", status.Amount.String())
}
