package payneteasytest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestRules checks that the gateway answers a forbidden request with a validation-error, even if the SDK accepts it.
func TestRules(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway, func(c *payneteasy.Config) { c.SkipLimits = true })
	for message, change := range map[string]func(*payneteasy.PayoutRequest){
		"Parameter order_desc is invalid": func(r *payneteasy.PayoutRequest) { r.OrderDesc = strings.Repeat("x", 65) },
		"Parameter account_number is required": func(r *payneteasy.PayoutRequest) {
			r.BankAccount, r.Extra = nil, url.Values{"white_label_destination": {"1"}}
		},
		"Use either redirect_url or": func(r *payneteasy.PayoutRequest) {
			r.RedirectURL, r.RedirectFailURL = "https://a/", "https://a/"
		},
		"Parameter redirect_url is invalid": func(r *payneteasy.PayoutRequest) {
			r.RedirectURL = "javascript:alert(1)"
		},
		"Parameter redirect_fail_url is invalid": func(r *payneteasy.PayoutRequest) {
			r.RedirectSuccessURL, r.RedirectFailURL = "https://a/", "javascript://a/%0aalert(1)"
		},
		"Use either server_callback_url or notify_url": func(r *payneteasy.PayoutRequest) {
			r.CallbackURL, r.NotifyURL = "https://a/", "https://a/"
		},
		"Parameter notify_url is invalid": func(r *payneteasy.PayoutRequest) {
			r.NotifyURL = "https://a/" + strings.Repeat("x", 128)
		},
		"Parameter merchant_customer_identifier is ": func(r *payneteasy.PayoutRequest) {
			r.Customer = &payneteasy.Customer{MerchantIdentifier: strings.Repeat("x", 65)}
		},
	} {
		req := request(t, "a", "1234567890")
		change(req)
		_, err := client.Payout(t.Context(), req)
		want := payneteasy.DecisionRejected // Payout asks about a refusal for one parameter
		if strings.HasPrefix(message, "Use either") {
			want = payneteasy.DecisionRefused
		}
		require.Equal(t, want, payneteasy.DecisionOf(err), message)
		require.ErrorContains(t, err, message)
	}
	require.Empty(t, gateway.Orders())
}

// TestCardAndToken signs its request itself, because the SDK refuses to send it.
func TestCardAndToken(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	signer, err := payneteasy.NewSigner(config.Login, config.PrivateKey)
	require.NoError(t, err)
	address := config.BaseURL + "/api/v4/payout/" + config.Endpoint.String()
	sent, authorization, err := signer.Sign(http.MethodPost, address, url.Values{
		"client_orderid": {"a"}, "amount": {"10.42"}, "currency": {"USD"}, "credit_card_number": {"4444444444444448"},
		"recurring-payment-id": {"1"},
	})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(sent))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", authorization)
	resp, err := config.HTTPClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), "Use+either+card+data+or+card_recurring_payment_id")
	require.Empty(t, gateway.Orders())
}
