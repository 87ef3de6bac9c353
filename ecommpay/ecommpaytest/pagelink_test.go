package ecommpaytest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestLinks checks which links Payment Page refuses, and why.
func TestLinks(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	uuid := s.register("a")
	gateway.SetStepTime(0)
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("unregistered"))).status)
	for _, test := range []struct {
		extra  []string
		status int
		text   string
	}{
		{[]string{"best_before", "2030-01-01T00:00:00+0000"}, 400, "best_before must not be given"},
		{[]string{"mode", "purchase"}, 400, "only mode=payout"},
		{[]string{"mode", ""}, 400, "only mode=payout"},
		{[]string{"uuid", ""}, 400, "The parameter uuid is required."},
		{[]string{"payment_currency", ""}, 400, "The parameter payment_currency is required."},
		{[]string{"uuid", "A" + uuid[1:] + "="}, 404, "no payout with this payment_id and uuid"},
		{[]string{"payment_id", "b"}, 404, "no payout with this payment_id and uuid"},
		{[]string{"payment_id", "unregistered"}, 404, "no payout with this payment_id and uuid"},
		{[]string{"project_id", "1"}, 400, "no such project_id"},
		{[]string{"payment_amount", "999999"}, 400, "payment_amount differs"},
		{[]string{"payment_currency", "USD"}, 400, "payment_currency differs"},
		{[]string{"customer_id", "1"}, 400, "customer_id differs"},
		{[]string{"customer_email", "m@mail.com"}, 400, "customer_email differs"},
		{[]string{"recipient_city", strings.Repeat("x", 26)}, 400, "recipient_city is too long"},
		{[]string{"merchant_success_url", "javascript:alert(1)"}, 400, "merchant_success_url is not the address"},
		{[]string{"account_token", "x"}, 400, "no card with this account_token"},
		{[]string{"recipient_city", "Köln"}, 200, "Card number"},
		{[]string{"payment_id", "A"}, 200, "Card number"},
	} {
		page := s.open(s.link("a", uuid, test.extra...))
		require.Equal(t, test.status, page.status, test.extra)
		require.Contains(t, page.body, test.text, test.extra)
		require.Equal(t, test.status != 200, page.title() == "This payout cannot be opened")
	}
	good := s.parameters("a", uuid)
	base := gateway.Config().PageURL
	for link, text := range map[string]string{
		base: "The link is not signed.",
		base + "?" + strings.Replace(good.Encode(), "7000", "9000", 1): "The signature is invalid.",
		base + "?" + good.Encode() + "&payment_amount=7000":            "The link is malformed.",
		base + "?" + good.Encode() + "&x=%zz":                          "The link is malformed.",
	} {
		page := s.open(link)
		require.Equal(t, 400, page.status)
		require.Contains(t, page.body, `<p role="alert">`+text)
	}
	require.Equal(t, 200, s.open(base+"?"+good.Encode()+"&_plugin=1").status, "a name with _ is not signed")
	require.Equal(t, 400, s.send(base+"?a=b", good).status)
	for _, test := range []struct {
		method, path, contentType string
		status                    int
	}{
		{http.MethodPut, "", "", 405},
		{http.MethodPost, "", "text/plain", 415},
		{http.MethodGet, "/", "", 404},
		{http.MethodGet, "/X", "", 404},
		{http.MethodPost, "/X", "", 415},
		{http.MethodDelete, "/X", "", 405},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, base+test.path, strings.NewReader("a=b"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", test.contentType)
		page := s.browse(req, nil)
		require.Equal(t, test.status, page.status, test)
		require.Equal(t, test.status == 405, page.header.Get("Allow") != "")
	}
}
