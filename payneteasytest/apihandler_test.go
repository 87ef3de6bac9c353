package payneteasytest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestHTTP checks that a request that is no API call gets an HTTP error.
func TestHTTP(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	for _, test := range []struct {
		method, path, contentType string
		status                    int
	}{
		{http.MethodPost, "/api/v4/payout/39915/", "application/x-www-form-urlencoded", 404},
		{http.MethodPost, "/api/v4/payout/x", "application/x-www-form-urlencoded", 404},
		{http.MethodPost, "/api/v4/nothing/1", "application/x-www-form-urlencoded", 404},
		{http.MethodPost, "/elsewhere", "application/x-www-form-urlencoded", 404},
		{http.MethodGet, "/api/v4/payout/39915", "", 405},
		{http.MethodPost, "/api/v4/payout/39915?amount=1", "application/x-www-form-urlencoded", 400},
		{http.MethodPost, "/api/v4/payout/39915", "application/json", 415},
		{http.MethodPost, "/api/v4/payout/39915", "application/x-www-form-urlencoded", 403},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, gateway.URL()+test.path,
			strings.NewReader("a=b"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", test.contentType)
		resp, err := gateway.HTTPClient().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, test.status, resp.StatusCode, test)
	}
}
