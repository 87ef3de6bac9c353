package ecommpay_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestExpiry has a receiver who confirms in the last second of the 30 minutes, and a merchant with a dead link who
// wants to register the debt again. It is paid once.
func TestExpiry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before  time.Duration // the end
		card    string
		paid    int
		onVisit bool
	}{
		"in the last second":                 {time.Second, ecommpaytest.CardApproved, 1, false},
		"a moment before, and then declined": {time.Nanosecond, ecommpaytest.CardDeclined, 0, false},
		"too late":                           {-time.Second, ecommpaytest.CardApproved, 0, false},
		"in the last second, lazily":         {time.Second, ecommpaytest.CardApproved, 1, true},
		"never, and no one says so":          {-time.Hour, "", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, gateway := virtual(t)
				gateway.SetExpiryOnVisit(test.onVisit)
				payout := client.NewPayout(debt(t, "payout-1"))
				session, err := payout.Register(t.Context(), nil)
				require.NoError(t, err)
				next := func() error {
					_, err := payout.Again(t.Context(), debt(t, "payout-2"))
					return err
				}
				<-time.After(time.Until(session.ExpiresAt) - test.before)
				if test.card != "" {
					require.Equal(t, test.before > 0, gateway.Confirm("payout-1", test.card))
				}
				<-time.After(test.before + time.Millisecond)
				_, err = payout.PageURL(nil)
				require.ErrorIs(t, err, ecommpay.ErrPayoutExpired)
				err = next()
				if test.before == time.Second {
					require.ErrorIs(t, err, ecommpay.ErrNotOver, "it is being paid, or is paid")
				}
				<-time.After(time.Minute)
				if err != nil {
					err = next()
				}
				switch {
				case test.paid == 1, test.card == "":
					require.ErrorIs(t, err, ecommpay.ErrNotOver)
				default:
					require.NoError(t, err)
				}
				require.Len(t, gateway.Payouts("payout-1"), test.paid)
				require.Len(t, gateway.Payments(), 1, "the next one is not registered by itself")
			})
		})
	}
}
