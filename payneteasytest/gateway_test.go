package payneteasytest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestStandAlone uses the gateway in a program that is not a test.
func TestStandAlone(t *testing.T) {
	t.Parallel()
	gateway, err := payneteasytest.Start()
	require.NoError(t, err)
	defer gateway.Close()
	client := newClient(t, gateway)
	for range 2 {
		_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
		require.NoError(t, err)
	}
	require.Len(t, gateway.DoublePayouts(), 1)
}

// TestHandler checks that the gateway, served by another server, pays, verifies, and links receivers to that server.
func TestHandler(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	var handler http.Handler
	server := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer server.Close()
	handler = gateway.Handler(server.URL)
	there := func(c *payneteasy.Config) { c.BaseURL, c.HTTPClient = server.URL+"/paynet", server.Client() }

	client := newClient(t, gateway, there)
	payout, err := client.Payout(t.Context(), request(t, "payout-0001", "1234567890"))
	require.NoError(t, err)
	entry, err := client.Wait(t.Context(), payout.Entry, nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
	form, err := client.PayoutForm(t.Context(), request(t, "payout-0002", "1234567890"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(form.RedirectURL.Reveal(), server.URL+"/paynet/form/"), form.RedirectURL.Reveal())
	page, err := server.Client().Get(form.RedirectURL.Reveal())
	require.NoError(t, err)
	require.NoError(t, page.Body.Close())
	require.Equal(t, http.StatusOK, page.StatusCode)

	// A request that is signed for another address is refused.
	elsewhere := newClient(t, gateway, func(c *payneteasy.Config) {
		there(c)
		c.BaseURL = strings.Replace(c.BaseURL, "127.0.0.1", "localhost", 1)
	})
	_, err = elsewhere.Payout(t.Context(), request(t, "payout-0003", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied)

	_, err = newClient(t, gateway).Payout(t.Context(), request(t, "payout-0004", "1234567890"))
	require.NoError(t, err, "the gateway also serves its own address")
}
