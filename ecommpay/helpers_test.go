package ecommpay

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// signed is a message with its signature, at the root unless general is there.
func signed(t testing.TB, text string) string {
	t.Helper()
	var message map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&message), text)
	signature, err := signer(t, "secret").Sign([]byte(text))
	require.NoError(t, err)
	if general, ok := message["general"].(map[string]any); ok {
		general["signature"] = signature
	} else {
		message["signature"] = signature
	}
	raw, err := json.Marshal(message)
	require.NoError(t, err)
	return string(raw)
}

// answering is a client of a platform that answers everything with this, and what it was asked.
func answering(t *testing.T, answer func(path string, asked value) (status int, body string)) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		asked, err := parseMessage(raw)
		if err != nil || signer(t, "secret").Verify(raw) != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			http.Error(w, "not a signed message", http.StatusTeapot)
			return
		}
		status, body := answer(r.URL.Path, asked)
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return testClient(t, server.URL)
}

func testClient(t testing.TB, url string) *Client {
	t.Helper()
	client, err := NewClient(Config{
		ProjectID: 91348, SecretKey: payneteasy.NewSecret("secret"), BaseURL: url,
		Wait: WaitOptions{MinInterval: time.Millisecond, MaxInterval: 2 * time.Millisecond, MaxWait: 20 * time.Second},
	})
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// registration is the seed's.
func registration(t testing.TB) *PayoutRegistration {
	t.Helper()
	amount, err := payneteasy.AmountFromMinor(7000, "EUR")
	require.NoError(t, err)
	return &PayoutRegistration{
		PaymentID: "cosmoshop_payout_1323", Amount: amount,
		Customer: Customer{ID: "16061314", Email: "p.jeltz@mail.com", Phone: "44991234567", IPAddress: "93.47.230.225"},
	}
}

// statusOf is what the platform answers about the payment of the seed.
func statusOf(t testing.TB, status, more string) string {
	t.Helper()
	return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"`+status+`","sum":{"amount":7000,"currency":"EUR"}},`+
		`"operations":[{"id":500359719,"type":"payout","status":"`+status+`","code":"0","message":"Success"}]`+more+`}`)
}

func served(handler http.Handler, body string) int {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/callback", strings.NewReader(body)))
	return w.Code
}
