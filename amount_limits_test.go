package payneteasy_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestLongAmounts checks amounts that fit the documented length only without their final zeros. They can be paid, and
// are the same amount in the request, the gateway's status, the journal and the errors.
func TestLongAmounts(t *testing.T) {
	for _, test := range []struct{ text, currency, wire string }{
		{"10000000", "IDR", "10000000"},
		{"25000000.00", "COP", "25000000"},
		{"12000000.50", "UZS", "12000000.5"},
		{"1000000", "KWD", "1000000"},
		{"9999999.99", "USD", "9999999.99"},
	} {
		t.Run(test.text+" "+test.currency, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gateway := payneteasytest.NewPipeGateway(t)
				config, journal := gateway.Config(), &payneteasytest.MemoryJournal{}
				config.Journal = journal
				client, req := newClient(t, config), request(t)
				var err error
				req.Amount, err = payneteasy.ParseAmount(test.text, test.currency)
				require.NoError(t, err)
				debug, err := client.DebugPayout(req)
				require.NoError(t, err)
				sent, err := url.ParseQuery(debug.Body)
				require.NoError(t, err)
				require.Equal(t, test.wire, sent.Get("amount"))
				payout, err := client.Payout(t.Context(), req)
				require.NoError(t, err)
				entry, err := client.Wait(t.Context(), payout.Entry, nil)
				require.NoError(t, err)
				require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
				require.Equal(t, req.Amount, entry.Paid())
				stored, _, err := journal.Get(t.Context(), req.ClientOrderID)
				require.NoError(t, err)
				require.Equal(t, req.Amount, stored.Amount)
				require.Equal(t, req.Amount, stored.Paid())
				require.Equal(t, test.wire, gateway.Orders()[0].Amount)
			})
		})
	}
}

// TestAmountsOfReplies checks that a reply may write an amount with final zeros, even with more digits than the
// currency has. Any other amount is a review.
func TestAmountsOfReplies(t *testing.T) {
	t.Parallel()
	owed, err := payneteasy.ParseAmount("10000000", "IDR")
	require.NoError(t, err)
	for text, paid := range map[string]bool{
		"10000000": true, "10000000.0": true, "10000000.00": true, "10000000.000000": true,
		"10000000.01": false, "1000000.00": false, "100000000.00": false, "10000000,00": false,
		"123456789012345.00": false,
	} {
		body := strings.NewReplacer("10.42", text, "USD", "IDR").Replace(
			"type=status-response\n&status=approved\n&merchant-order-id=payout-0001\n&paynet-order-id=7\n" +
				"&amount=10.42\n&currency=USD\n")
		client := newClient(t,
			configFor(t, "http://localhost/paynet",
				&http.Client{Transport: constantly(answer{200, form, body, byLength})}))
		entry := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "7", Amount: owed})
		answer, err := client.Ask(t.Context(), entry)
		require.NoError(t, err, text)
		entry, _, err = answer.Apply(entry, 0)
		require.NoError(t, err, text)
		if paid {
			require.Equal(t, payneteasy.DecisionPaid, entry.Decision(), text)
			require.Equal(t, owed, entry.Paid(), text)
			continue
		}
		require.Equal(t, payneteasy.DecisionReview, entry.Decision(), text)
		require.Contains(t, []payneteasy.Cause{payneteasy.CauseAmount, payneteasy.CauseNoAmount}, entry.Cause(), text)
	}
}

// TestAmountTooLong checks that the length of an amount from minor units is checked before sending, also with
// SkipLimits.
func TestAmountTooLong(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	for _, skip := range []bool{false, true} {
		config.SkipLimits = skip
		req := request(t)
		var err error
		req.Amount, err = payneteasy.AmountFromMinor(1_000_000_001, "USD") // 10000000.01
		require.NoError(t, err)
		_, err = newClient(t, config).Payout(t.Context(), req)
		requireOneOutcome(t, err, payneteasy.DecisionNotSent)
		require.ErrorContains(t, err, "amount is longer than 10 characters")
	}
	require.Empty(t, gateway.Orders())
}
