package payneteasy_test

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/stretchr/testify/require"
)

// TestResolve checks a payout whose reply was lost, one that the gateway never knows, and an order with another amount.
func TestResolve(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		config.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		client := newClient(t, config)
		req := request(t)
		_, err := client.Payout(t.Context(), req)
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		entry, err := client.Resolve(t.Context(), failed.Entry)
		require.NoError(t, err)
		require.Equal(t, gateway.Orders()[0].OrderID, entry.OrderID())
		require.Equal(t, payneteasy.StatusProcessing, entry.Status)
		require.Equal(t, payneteasy.DecisionPending, stored(t, journal).Decision())

		other := req.Ref()
		other.ClientOrderID = "never sent"
		began := time.Now()
		entry, err = good.Resolve(t.Context(), good.NewEntry(other))
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionReview, entry.Decision())
		require.Equal(t, payneteasy.CauseHeld, entry.Cause())
		require.Equal(t, 2*time.Minute, time.Since(began))
		_, _, err = journal.Get(t.Context(), "never sent")
		require.NoError(t, err, "the entry keeps the ID from being sent")

		wrong := req.Ref()
		wrong.Amount, err = payneteasy.ParseAmount("99", "USD")
		require.NoError(t, err)
		config.Journal = nil
		plain := newClient(t, config)
		entry, err = plain.Resolve(t.Context(), plain.NewEntry(wrong))
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
		require.Equal(t, payneteasy.DecisionUnknown, entry.Decision())
		require.ErrorContains(t, err, "the amount is 10.42 USD, not 99.00 USD")
	})
}

// TestRecover checks that Recover resolves unknown payouts and waits for accepted ones until they are final.
func TestRecover(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		gateway.SetAccount("0987654321", payneteasytest.Declined("Closed", "9"))
		client := newClient(t, config)
		for id, account := range map[string]string{"a": "1234567890", "b": "0987654321"} {
			req := request(t)
			req.ClientOrderID, req.BankAccount.Number = id, account
			_, err := client.Payout(t.Context(), req)
			require.NoError(t, err)
		}
		lossy := config
		lossy.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		req := request(t)
		req.ClientOrderID = "c"
		_, err := newClient(t, lossy).Payout(t.Context(), req)
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)

		recovered, err := newClient(t, config).Recover(t.Context())
		require.NoError(t, err)
		decisions := map[string]payneteasy.Decision{}
		for _, r := range recovered {
			require.NoError(t, r.Err)
			decisions[r.Entry.ClientOrderID] = r.Entry.Decision()
		}
		require.Equal(t, map[string]payneteasy.Decision{"a": "paid", "b": "not paid", "c": "paid"}, decisions)
		recovered, err = client.Recover(t.Context())
		require.NoError(t, err)
		require.Empty(t, recovered)
		require.Len(t, gateway.Orders(), 3)

		err = journal.Put(t.Context(),
			payneteasy.Entry{
				ClientOrderID: "x", Revision: 1, Send: "sending", BaseURL: payneteasy.ConnPayProduction,
				Login: "me",
			})
		require.NoError(t, err)
		_, err = client.Recover(t.Context())
		require.ErrorContains(t, err,
			"belongs to https://gate.connpay.com/paynet with login me, "+
				"not to https://localhost/paynet with login TestMerchant")
	})
}

// TestRecoverOfMany checks that Recover takes as long for many payouts as for one, and never calls OnProgress
// concurrently.
func TestRecoverOfMany(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		calls, running := 0, false
		config.Wait = payneteasy.WaitOptions{MaxWait: time.Hour, OnProgress: func(payneteasy.Progress) {
			if running {
				t.Error("two concurrent calls")
			}
			running = true
			for range 10 {
				runtime.Gosched()
			}
			running = false
			calls++
		}}
		client := newClient(t, config)
		for i := range 64 {
			req := request(t)
			req.ClientOrderID = fmt.Sprint("order ", i)
			_, err := client.Payout(t.Context(), req)
			require.NoError(t, err)
		}
		began := time.Now()
		recovered, err := client.Recover(t.Context())
		require.NoError(t, err)
		require.Len(t, recovered, 64)
		require.GreaterOrEqual(t, calls, 64)
		require.Less(t, time.Since(began), 70*time.Minute) // virtual time
	})
}
