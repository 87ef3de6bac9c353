package ecommpaytest_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestStandAlone runs a program that is not a test. Several simultaneous confirmations pay once.
func TestStandAlone(t *testing.T) {
	t.Parallel()
	gateway, err := ecommpaytest.Start()
	require.NoError(t, err)
	gateway.SetStepTime(time.Millisecond)
	s := newShop(t, gateway)
	s.register("a")
	var group sync.WaitGroup
	var confirmed atomic.Int32
	for range 8 {
		group.Go(func() {
			if gateway.Confirm("a", ecommpaytest.CardApproved) {
				confirmed.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, confirmed.Load())
	gateway.WaitCallbacks()
	require.Len(t, gateway.Payouts("a"), 1)
	config := gateway.Config()
	require.Equal(t, gateway.URL()+"/payment", config.PageURL)
	_, err = ecommpay.NewClient(config)
	require.NoError(t, err)
	gateway.SetStepTime(time.Hour)
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("b"))).status)
	gateway.Close() // does not wait for an hour
	_, err = s.try(statusPath, nil)
	require.Error(t, err)
}
