package ecommpaytest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestHTTP checks that a request that is not an API call gets an HTTP error.
func TestHTTP(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	good := string(s.sign(registration("a")))
	for _, test := range []struct {
		method, path, contentType string
		status                    int
	}{
		{http.MethodPost, "/v2/payment/payout/registration/", "application/json", 404},
		{http.MethodPost, "/", "application/json", 404},
		{http.MethodGet, registrationPath, "application/json", 405},
		{http.MethodPost, registrationPath, "text/plain", 415},
		{http.MethodPost, registrationPath, "", 415},
		{http.MethodPost, registrationPath + "?a=b", "application/json", 400},
		{http.MethodPost, registrationPath, "application/json; charset=utf-8", 200},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, gateway.URL()+test.path,
			strings.NewReader(good))
		require.NoError(t, err)
		req.Header.Set("Content-Type", test.contentType)
		require.Equal(t, test.status, s.browse(req, nil).status, test)
	}
}

// TestAllowedIPs checks that any other caller gets 403, whatever the request says.
func TestAllowedIPs(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	gateway.SetAllowedIPs("192.0.2.1")
	r := s.post(registrationPath, s.sign(registration("a")))
	require.Equal(t, http.StatusForbidden, r.status)
	require.Equal(t, "403", decode(t, r.body)["code"])
	require.Empty(t, gateway.Payments())
	gateway.SetAllowedIPs("192.0.2.1", "127.0.0.1")
	s.register("a")
}
