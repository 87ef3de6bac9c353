package payneteasy_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// answersInTurn returns a client whose nth question about the payout gets answer(n).
func answersInTurn(t *testing.T, journal payneteasy.Journal, answer func(n int) string) *payneteasy.Client {
	t.Helper()
	n := 0
	transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		n++
		return saying(req, 200, form,
				"type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status="+answer(n)+
					"\n"),
			nil
	})
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
	config.Journal = journal
	config.Wait = payneteasy.WaitOptions{MinInterval: time.Millisecond, MaxInterval: time.Millisecond}
	return newClient(t, config)
}

// TestApprovedOfAnotherAmount checks that an order approved with another amount is a review, whichever call finds it
// out. This also holds if the call had to ask again.
func TestApprovedOfAnotherAmount(t *testing.T) {
	t.Parallel()
	const five = "approved\n&transaction-type=payout\n&amount=5.00\n&currency=USD"
	for _, amounts := range []string{
		"&amount=5.00\n&currency=USD",
		"&amount=5.00\n&initial-amount=5.00\n&currency=USD",
	} {
		for name, change := range map[string]func(*payneteasy.Entry){
			"accepted": withOrder("accepted", "open", ""),
			"unknown":  withOrder("unknown", "open", ""),
			"refused":  withOrder("refused", "open", ""),
			"failed":   withOrder("accepted", "failed", ""),
		} {
			synctest.Test(t, func(t *testing.T) {
				journal := &payneteasytest.MemoryJournal{}
				client := answersInTurn(t, journal, func(n int) string {
					if n == 1 {
						return "processing\n" + amounts
					}
					return "approved\n&transaction-type=payout\n" + amounts
				})
				journalWith(t, client, journal, change)
				_, err := client.Recover(t.Context())
				require.NoError(t, err)
				found, err := client.Recover(t.Context()) // the first call asked about a failed order only once
				require.NoError(t, err)
				require.Len(t, found, 1)
				require.Equal(t, isReview, found[0].Entry.Decision(), "%s %s", name, amounts)
				require.Equal(t, payneteasy.CauseAmount, found[0].Entry.Cause(), "%s %s", name, amounts)
				require.Equal(t, "5.00 USD", found[0].Entry.Paid().String(), "%s %s", name, amounts)
			})
		}
	}
	synctest.Test(t, func(t *testing.T) {
		journal := &payneteasytest.MemoryJournal{}
		client := answersInTurn(t, journal, func(n int) string {
			if n > 1 {
				return five
			}
			entry := stored(t, journal) // another process has stored another end during this question
			entry.Orders = []payneteasy.Order{{ID: "6982864", End: "paid", Paid: entry.Amount}}
			entry.Booked, entry.Revision = isPaid, entry.Revision+1
			require.NoError(t, journal.Put(context.Background(), entry))
			return "declined\n&transaction-type=payout\n&amount=5.00\n&currency=USD"
		})
		journalWith(t, client, journal, withOrder("accepted", "open", ""))
		entry, err := client.Wait(t.Context(), stored(t, journal), nil)
		require.NoError(t, err)
		require.Equal(t, isReview, entry.Decision())
		require.NotEmpty(t, entry.Alarm, "it stays until a person settles")
		require.Equal(t, "5.00 USD", entry.Paid().String())
	})
}

// TestReversalBeforeAFailedOne checks a status that shows only the second reversal, which failed. The first reversal
// succeeded, and must be told once. It is told as reversed if the status has a total, and otherwise as a review after
// an hour. A later status adds what is missing.
func TestReversalBeforeAFailedOne(t *testing.T) {
	t.Parallel()
	for total, want := range map[string]toldAs{
		"":      {isPaid, isReview, isReview},
		"10.42": {isPaid, isReversed},
	} {
		synctest.Test(t, func(t *testing.T) {
			says := paid
			handler, told := saysOf(t, &payneteasytest.MemoryJournal{}, &says)
			require.Equal(t, http.StatusOK, calledBack(handler))
			says = strings.Replace(partOf("reversal", "10.42", total), "approved", "declined", 1)
			require.Equal(t, http.StatusOK, calledBack(handler, "status", "declined", "type", "reversal"))
			calledBack(handler, "type", "reversal")
			<-time.After(2 * time.Hour)
			for range 2 {
				require.Equal(t, http.StatusOK, calledBack(handler, "type", "reversal"))
			}
			require.Equal(t, want[:2], told.decisions())
			says = "&status=approved\n&transaction-type=reversal\n&amount=10.42\n&initial-amount=10.42\n&currency=USD"
			require.Equal(t, http.StatusOK, calledBack(handler, "type", "reversal"))
			require.Equal(t, want, told.decisions())
			require.Equal(t, "10.42 USD", told.last().TakenBack.String())
		})
	}
}

// TestAnotherOrdersErrors checks that an error of another order, in the cause of a context, is not found in this
// order's error.
func TestAnotherOrdersErrors(t *testing.T) {
	t.Parallel()
	client := newClient(t,
		configFor(t, "http://localhost/paynet",
			&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
				return nil, context.Cause(req.Context())
			})}))
	entry := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "1"})
	for _, other := range []error{&payneteasy.WaitError{Err: payneteasy.ErrWaitTimeout}, &payneteasy.DuplicateError{}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(other)
		_, err := refreshed(ctx, client, entry, "")
		var waited *payneteasy.WaitError
		var duplicate *payneteasy.DuplicateError
		require.NotErrorAs(t, err, &waited)
		require.NotErrorAs(t, err, &duplicate)
	}
}

// TestProgressKeepsItsStatus checks that a status does not change after it was handed out, also when it was stale and
// the client asked again.
func TestProgressKeepsItsStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		journal := &payneteasytest.MemoryJournal{}
		client := answersInTurn(t, journal, func(n int) string {
			if n == 1 {
				entry := stored(t, journal)
				entry.Revision++
				require.NoError(t, journal.Put(context.Background(), entry))
				return "approved\n" + ofPayout
			}
			return "declined\n" + ofPayout
		})
		journalWith(t, client, journal, withOrder("accepted", "failed", ""))
		var shown []payneteasy.Progress
		answer, err := client.Ask(t.Context(), stored(t, journal))
		require.NoError(t, err)
		_, _, err = answer.Apply(stored(t, journal), time.Hour)
		require.ErrorIs(t, err, payneteasy.ErrConflict)
		entry, err := client.Wait(t.Context(), stored(t, journal), &payneteasy.WaitOptions{
			OnProgress: func(p payneteasy.Progress) { shown = append(shown, p) },
		})
		require.NoError(t, err)
		require.Equal(t, isNotPaid, entry.Decision())
		require.Equal(t, payneteasy.StatusApproved, answer.Status.Status)
		require.Len(t, shown, 1)
		require.Equal(t, payneteasy.StatusDeclined, shown[0].Status.Status)
	})
}

// TestAmountMismatchInTheJournal checks that the journal keeps an amount mismatch. A later reader must not take the
// entry for paid as requested.
func TestAmountMismatchInTheJournal(t *testing.T) {
	t.Parallel()
	for amounts, cause := range map[string]payneteasy.Cause{
		"&amount=10.40\n&initial-amount=10.42\n&currency=USD\n": payneteasy.CauseAmount,
		"&amount=10.42\n&initial-amount=10.42\n&currency=USD\n": "",
		"&amount=10.42\n&currency=USD\n":                        "",
		"&amount=?\n&initial-amount=10.42\n&currency=USD\n":     payneteasy.CauseNoAmount,
	} {
		journal := new(payneteasytest.MemoryJournal)
		body := "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=7\n&status=approved\n" + amounts
		config := configFor(t, "http://localhost/paynet",
			&http.Client{Transport: constantly(answer{200, form, body, byLength})})
		config.Journal = journal
		client := newClient(t, config)
		entry, err := client.Wait(t.Context(), client.NewEntry(request(t).Ref()), nil)
		require.NoError(t, err)
		require.Equal(t, entry, stored(t, journal), amounts)
		require.Equal(t, cause, entry.Cause(), amounts)
		require.Equal(t, cause == "", entry.Decision() == isPaid, amounts)

		// A reply without an amount does not clear the mismatch.
		config.HTTPClient = &http.Client{
			Transport: constantly(answer{200, form, strings.TrimSuffix(body, amounts) + "\n", byLength}),
		}
		after, err := refreshed(t.Context(), newClient(t, config), entry, "")
		require.NoError(t, err)
		require.Equal(t, entry.News(), after.News(), amounts)
	}
}

// TestAnotherAmount checks that a ClientOrderID is refused if the journal has a payout of another amount under it.
func TestAnotherAmount(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		_, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		other := request(t)
		other.Amount, err = payneteasy.ParseAmount("99", "USD")
		require.NoError(t, err)
		_, err = client.Payout(t.Context(), other)
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.ErrorContains(t, err, "of 10.42 USD")
		require.Equal(t, payneteasy.DecisionReview, payneteasy.DecisionOf(err))
		_, err = client.Resolve(t.Context(), client.NewEntry(other.Ref()))
		require.ErrorIs(t, err, payneteasy.ErrOrderMismatch)
	})
}
