package payneteasy

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDebugPayout(t *testing.T) {
	t.Parallel()
	client := testClient(t, func(c *Config) { // a random signature could contain the account's digits by chance
		c.Nonce = func() string { return "b5E31Tw6SVjauE29uOf2jOLnuUSXmVdE" }
		c.Clock = func() time.Time { return time.Unix(1677831012, 0) }
	})
	req := goodRequest(t)
	req.BankAccount = nil
	req.Card = &Card{
		Number: NewSecret("4444444444444448"), PrintedName: "J DOE", ExpireMonth: "12", ExpireYear: "2099",
		CVV2: NewSecret("123"),
	}
	req.Extra = url.Values{"white_label_card": {"5555 5555 5555 4444"}, "white_label_account": {"1234567890"}}
	debug, err := client.DebugPayout(req)
	require.NoError(t, err)
	shown := fmt.Sprintf("%+v", debug)
	for _, secret := range []string{
		"4444444444444448", "1234567890", "cvv2=123", "cvv2%3D123", "J%20DOE", "5555 5555",
		"5555%205555", "5555+5555",
	} {
		require.NotContains(t, shown, secret)
	}
	require.Contains(t, debug.Body, "credit_card_number=%5Bredacted%5D")
	require.Contains(t, debug.NormalizedParameters, "&oauth_consumer_key=TestMerchant&")
	require.Regexp(t, "^POST&https%3A%2F%2Fsandbox.connpay.com%2Fpaynet%2Fapi%2Fv4%2Fpayout%2F39915&", debug.BaseString)
	require.Regexp(t, `^OAuth oauth_consumer_key="TestMerchant", oauth_nonce="`, debug.OAuthHeader)
	require.Len(t, debug.SignatureHex, 512)
	require.Len(t, debug.SignatureBase64, 344)

	for _, bad := range []*PayoutRequest{nil, {}} {
		_, err = client.DebugPayout(bad)
		require.ErrorIs(t, err, ErrNotSent)
	}
}
