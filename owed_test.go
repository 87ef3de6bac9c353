package payneteasy_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// entryOf is a payout of 10.42 USD as a journal has it.
func entryOf(t *testing.T, state payneteasy.State) *payneteasytest.MemoryJournal {
	t.Helper()
	journal := &payneteasytest.MemoryJournal{}
	_, err := journal.Begin(t.Context(), payneteasy.Entry{
		ClientOrderID: "payout-0001", Revision: 1, State: state, OrderID: "6982864", Amount: request(t).Amount,
		BaseURL: "http://localhost/paynet", Login: "TestMerchant", Endpoint: payneteasy.EndpointID(39915),
	})
	require.NoError(t, err)
	return journal
}

// answersInTurn is a client whose nth question about the payout is answered so.
func answersInTurn(t *testing.T, journal payneteasy.Journal, answer func(n int) string) *payneteasy.Client {
	t.Helper()
	n := 0
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		n++
		return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status="+answer(n)+"\n"), nil
	})})
	config.Journal = journal
	config.Wait = payneteasy.WaitOptions{MinInterval: time.Millisecond, MaxInterval: time.Millisecond}
	return newClient(t, config)
}

// TestApprovedOfAnotherAmount is not what was owed, whoever finds it out, also when it had to ask again.
func TestApprovedOfAnotherAmount(t *testing.T) {
	t.Parallel()
	for _, amounts := range []string{"&amount=5.00\n&currency=USD", "&amount=5.00\n&initial-amount=5.00\n&currency=USD"} {
		for _, state := range []payneteasy.State{payneteasy.StateHeld, payneteasy.StateAccepted, payneteasy.StateUnknown} {
			client := answersInTurn(t, entryOf(t, state), func(n int) string {
				if n == 1 {
					return "processing\n" + amounts
				}
				return "approved\n&transaction-type=payout\n" + amounts
			})
			found, err := client.Recover(t.Context())
			require.NoError(t, err)
			require.Len(t, found, 1)
			require.False(t, found[0].Status.Approved(), "%s %s", state, amounts)
		}
	}
	journal := entryOf(t, payneteasy.StateAccepted)
	client := answersInTurn(t, journal, func(n int) string {
		if n > 1 {
			return "approved\n&transaction-type=payout\n&amount=5.00\n&currency=USD"
		}
		entry := stateOf(t, journal) // somebody else has learnt of another end while this was asked
		entry.State, entry.Status, entry.TransactionType = payneteasy.StateFinal, payneteasy.StatusApproved, "payout"
		entry.Revision, entry.Changed = entry.Revision+1, time.Now().Add(time.Second)
		require.NoError(t, journal.Update(context.Background(), entry))
		return "declined\n&transaction-type=payout\n&amount=5.00\n&currency=USD"
	})
	ref := payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "6982864", Amount: request(t).Amount}
	status, err := client.Wait(t.Context(), ref, nil)
	require.NoError(t, err)
	require.True(t, status.AmountDiffers())
	require.False(t, status.Approved())
	var none *payneteasy.Status
	require.False(t, none.AmountDiffers() || none.Approved())
}

// TestRejectedThenApproved: the debt may have been paid again meanwhile.
func TestRejectedThenApproved(t *testing.T) {
	t.Parallel()
	for _, first := range []payneteasy.State{payneteasy.StateRejected, payneteasy.StateNotSent} {
		says := paid
		journal := entryOf(t, first)
		handler, told := saysOf(t, journal, &says)
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm().Encode())))
		require.True(t, (*told)[0].Contradicts, first)
		require.False(t, (*told)[0].Approved(), first)
		require.Equal(t, payneteasy.StatusCode(first), stateOf(t, journal).Was)
	}
}

// TestReversalBehindAFailedOne: the status is that of a second attempt, which failed; that the first was successful is told
// all the same, once, for a person to look, and what comes after it is told as it is.
func TestReversalBehindAFailedOne(t *testing.T) {
	t.Parallel()
	for _, total := range []string{"", "\n&total-reversal-amount=10.42"} {
		says := paid
		handler, told := saysOf(t, &payneteasytest.MemoryJournal{}, &says)
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm().Encode())))
		says = "&status=declined\n&transaction-type=reversal\n&amount=10.42\n&initial-amount=10.42\n&currency=USD" + total
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("status", "declined", "type", "reversal").Encode())))
		require.Len(t, *told, 1)
		for range 2 {
			require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("type", "reversal").Encode())))
		}
		require.Len(t, *told, 2)
		last := (*told)[1]
		require.False(t, last.Approved() || last.Reversed() || last.MayPayAgain())
		says = "&status=approved\n&transaction-type=reversal\n&amount=10.42\n&initial-amount=10.42\n&currency=USD"
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("type", "reversal").Encode())))
		require.True(t, (*told)[2].Reversed())
	}
}

// TestAnotherOrdersErrors, in a context's cause, are not found in this one's.
func TestAnotherOrdersErrors(t *testing.T) {
	t.Parallel()
	client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		return nil, context.Cause(req.Context())
	})}))
	for _, other := range []error{&payneteasy.ClaimError{Status: &payneteasy.Status{Status: "approved"}}, &payneteasy.DuplicateError{}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(other)
		_, err := client.Confirm(ctx, payneteasy.Claim{Ref: payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "1"}, Status: "approved"})
		var claim *payneteasy.ClaimError
		var duplicate *payneteasy.DuplicateError
		require.NotErrorAs(t, err, &claim)
		require.NotErrorAs(t, err, &duplicate)
	}
}

// TestProgressKeepsItsStatus: one that was handed out stays as it was, also when it was found stale and asked for again.
func TestProgressKeepsItsStatus(t *testing.T) {
	t.Parallel()
	journal := entryOf(t, payneteasy.StateFinal)
	entry := stateOf(t, journal)
	entry.Status, entry.TransactionType, entry.Revision, entry.Changed = payneteasy.StatusDeclined, "payout", entry.Revision+1, time.Now().Add(time.Hour)
	require.NoError(t, journal.Update(t.Context(), entry))
	client := answersInTurn(t, journal, func(n int) string {
		if n == 1 {
			return "approved\n" + ofPayout
		}
		return "declined\n" + ofPayout
	})
	var shown *payneteasy.Status
	status, err := client.Wait(t.Context(), payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "6982864"},
		&payneteasy.WaitOptions{OnProgress: func(s *payneteasy.Status) { shown = s }})
	require.NoError(t, err)
	require.Equal(t, payneteasy.StatusDeclined, status.Status)
	require.Equal(t, payneteasy.StatusApproved, shown.Status)
}

// TestConfirmOfAContradiction with an amount that is not the journal's: an error, and no panic.
func TestConfirmOfAContradiction(t *testing.T) {
	t.Parallel()
	journal := entryOf(t, payneteasy.StateFinal)
	entry := stateOf(t, journal)
	entry.Status, entry.TransactionType, entry.Revision = payneteasy.StatusDeclined, "payout", entry.Revision+1
	require.NoError(t, journal.Update(t.Context(), entry))
	client := answersInTurn(t, journal, func(int) string { return "approved\n" + ofPayout })
	amount, err := payneteasy.ParseAmount("1.00", "USD")
	require.NoError(t, err)
	_, err = client.Confirm(t.Context(), payneteasy.Claim{
		Ref: payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "6982864", Amount: amount}, Status: "approved",
	})
	require.ErrorIs(t, err, payneteasy.ErrOrderMismatch)
	require.Equal(t, payneteasy.StatusDeclined, stateOf(t, journal).Was)
}

// TestJournalKnowsAnotherAmount: who reads the journal later must not take it for paid as was asked for.
func TestJournalKnowsAnotherAmount(t *testing.T) {
	t.Parallel()
	for amounts, differs := range map[string]bool{
		"&amount=10.40\n&initial-amount=10.42\n&currency=USD\n": true,
		"&amount=10.42\n&initial-amount=10.42\n&currency=USD\n": false,
		"&amount=10.42\n&currency=USD\n":                        false,
		"&amount=?\n&initial-amount=10.42\n&currency=USD\n":     true,
	} {
		journal := new(payneteasytest.MemoryJournal)
		body := "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=7\n&status=approved\n" + amounts
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: constantly(answer{200, form, body, byLength})})
		config.Journal = journal
		status, err := newClient(t, config).Wait(t.Context(), request(t).Ref(), nil)
		require.NoError(t, err)
		require.Equal(t, differs, !status.Approved(), amounts)
		entry, err := journal.Get(t.Context(), "payout-0001")
		require.NoError(t, err)
		require.Equal(t, payneteasy.StateFinal, entry.State)
		require.Equal(t, differs, entry.AmountDiffers, amounts)

		// A reply that tells no amount puts nothing right.
		config.HTTPClient = &http.Client{Transport: constantly(answer{200, form, strings.TrimSuffix(body, amounts) + "\n", byLength})}
		_, err = newClient(t, config).Wait(t.Context(), payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "7"}, nil)
		require.NoError(t, err)
		entry, err = journal.Get(t.Context(), "payout-0001")
		require.NoError(t, err)
		require.Equal(t, differs, entry.AmountDiffers, amounts)
	}
}
