package ecommpay_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// merchant is a merchant who accepts callbacks.
type merchant struct {
	client  *ecommpay.Client
	gateway *ecommpaytest.Gateway

	mu   sync.Mutex
	told []telling
}

// ends returns what was told except registrations.
func (m *merchant) ends() []telling {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ends []telling
	for _, one := range m.told {
		if _, registered := one.Session(); !registered {
			ends = append(ends, one)
		}
	}
	return ends
}

// telling is one call of the merchant's function.
type telling struct {
	payneteasy.News
	*ecommpay.Callback
}

func newMerchant(t *testing.T, gateway *ecommpaytest.Gateway, change func(*ecommpay.Config)) *merchant {
	t.Helper()
	config := gateway.Config()
	change(&config)
	client, err := ecommpay.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	m := &merchant{client: client, gateway: gateway}
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *ecommpay.Callback) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.told = append(m.told, telling{news, cb})
		return nil
	})
	handler.Ref = func(_ context.Context, cb *ecommpay.Callback) (ecommpay.PayoutRef, error) {
		return debt(t, cb.PaymentID).Ref(), nil
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	gateway.SetCallbackURL(server.URL)
	return m
}

func debt(t testing.TB, paymentID string) *ecommpay.PayoutRegistration {
	t.Helper()
	amount, err := payneteasy.ParseAmount("70.00", "EUR")
	require.NoError(t, err)
	return &ecommpay.PayoutRegistration{
		PaymentID: paymentID, Amount: amount,
		Customer: ecommpay.Customer{
			ID: "16061314", Email: "p.jeltz@mail.com", Phone: "44991234567",
			IPAddress: "93.47.230.225",
		},
	}
}

func unchanged(*ecommpay.Config) {}

func speak(t *testing.T, config *ecommpay.Config, http2 bool) {
	t.Helper()
	transport, ok := config.HTTPClient.Transport.(*http.Transport)
	require.True(t, ok)
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetHTTP2(http2)
}

// open returns the status that a browser gets, after redirects.
func open(t *testing.T, gateway *ecommpaytest.Gateway, link string) int {
	t.Helper()
	resp, err := gateway.HTTPClient().Get(link)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// virtual returns a client of a gateway on pipes, whose callbacks arrive without a socket.
func virtual(t *testing.T) (*ecommpay.Client, *ecommpaytest.Gateway) {
	t.Helper()
	gateway := ecommpaytest.NewPipeGateway(t)
	client, err := ecommpay.NewClient(gateway.Config())
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	handler := client.CallbackHandler(nil)
	gateway.SetCallbackURL("https://merchant.example/callback")
	gateway.SetCallbackClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result(), nil
	})})
	return client, gateway
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
