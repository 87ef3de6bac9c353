package payneteasy_test

import (
	"crypto/rand"
	"net/url"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPayoutToFinalStatus pays to each of the documented test accounts. It always pays at the fake gateway, and at a
// real sandbox if the variables of examples/payout are set.
func TestPayoutToFinalStatus(t *testing.T) {
	t.Parallel()
	gateways := map[string]payneteasy.Config{"fake": payneteasytest.NewGateway(t).Config()}
	if config, configured := sandboxConfig(t); configured {
		gateways["sandbox"] = config
	}
	accounts := []struct {
		number   string
		status   payneteasy.StatusCode
		decision payneteasy.Decision
	}{
		{"1234567890", payneteasy.StatusApproved, payneteasy.DecisionPaid},
		{"0987654321", payneteasy.StatusDeclined, payneteasy.DecisionNotPaid},
		{"1987654321", payneteasy.StatusError, payneteasy.DecisionReview},
	}
	for name, config := range gateways {
		client, err := payneteasy.NewClient(config)
		require.NoError(t, err)
		for _, account := range accounts {
			t.Run(name+" "+string(account.status), func(t *testing.T) {
				t.Parallel()
				amount, err := payneteasy.ParseAmount("10.42", "USD")
				require.NoError(t, err)
				payout, err := client.Payout(t.Context(), &payneteasy.PayoutRequest{
					ClientOrderID: "test-" + rand.Text(),
					Amount:        amount,
					BankAccount:   &payneteasy.BankAccount{Number: account.number, Name: "1234", RoutingNumber: "15"},
				})
				require.NoError(t, err)
				entry, err := client.Wait(t.Context(), payout.Entry, nil)
				require.NoError(t, err)
				require.Equal(t, account.status, entry.Status)
				require.Equal(t, account.decision, entry.Decision())
				require.Equal(t, payout.OrderID, entry.OrderID())
			})
		}
	}
}

// sandboxConfig reads the same variables as examples/payout.
func sandboxConfig(t *testing.T) (config payneteasy.Config, configured bool) {
	if os.Getenv("PAYNETEASY_BASE_URL") == "" {
		return config, false
	}
	u, err := url.Parse(os.Getenv("PAYNETEASY_BASE_URL"))
	require.NoError(t, err)
	require.Regexp(t, `^sandbox\.|^127\.0\.0\.1$|^localhost$`, u.Hostname(), "this test pays: at a sandbox only")
	pem, err := os.ReadFile(os.Getenv("PAYNETEASY_PRIVATE_KEY_FILE"))
	require.NoError(t, err)
	key, err := payneteasy.ParsePrivateKey(pem)
	require.NoError(t, err)
	endpoint, text := payneteasy.EndpointID, os.Getenv("PAYNETEASY_ENDPOINT_ID")
	if text == "" {
		endpoint, text = payneteasy.EndpointGroupID, os.Getenv("PAYNETEASY_GROUP_ID")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	return payneteasy.Config{
		BaseURL:    os.Getenv("PAYNETEASY_BASE_URL"),
		Endpoint:   endpoint(id),
		Login:      os.Getenv("PAYNETEASY_LOGIN"),
		PrivateKey: key,
		ControlKey: payneteasy.NewSecret(os.Getenv("PAYNETEASY_CONTROL_KEY")),
	}, true
}
