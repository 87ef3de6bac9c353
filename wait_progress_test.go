package payneteasy_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestProgressAfterFailure checks that a failed question is reported. The first answer after it is reported too, even
// if nothing has changed.
func TestProgressAfterFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		client, err := payneteasy.NewClient(gateway.Config())
		require.NoError(t, err)
		amount, err := payneteasy.ParseAmount("10.42", "USD")
		require.NoError(t, err)
		payout, err := client.Payout(t.Context(), &payneteasy.PayoutRequest{
			ClientOrderID: "payout-0001", Amount: amount, BankAccount: &payneteasy.BankAccount{Number: "1234567890"},
		})
		require.NoError(t, err)
		page := payneteasytest.Page(http.StatusBadGateway, "Bad Gateway")
		var told []string
		_, err = client.Wait(t.Context(), payout.Entry, &payneteasy.WaitOptions{
			MaxWait: time.Minute,
			OnProgress: func(p payneteasy.Progress) {
				switch {
				case p.Err != nil:
					told = append(told, "failed")
				default:
					told = append(told, string(p.Status.Status)+" "+p.Status.OrderStage)
				}
				if len(told) == 2 {
					gateway.FailNext(page, page, page) // one question is asked three times
				}
			},
		})
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t,
			[]string{
				"processing payout_starting", "processing payout_processing", "failed",
				"processing payout_processing",
			}, told)
	})
}
