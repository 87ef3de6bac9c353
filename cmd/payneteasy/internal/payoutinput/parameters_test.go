package payoutinput

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestParameters checks that each documented parameter reaches the wire under its own name.
func TestParameters(t *testing.T) {
	t.Parallel()
	bodies := make(chan url.Values, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		bodies <- r.PostForm
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(server.Close)
	config := payneteasytest.NewGateway(t).Config()
	config.BaseURL, config.HTTPClient, config.SkipLimits = server.URL, server.Client(), true
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	names := Parameters()
	require.Len(t, names, 52)
	for _, name := range names {
		values := map[string]string{"client_orderid": "payout-0001", "amount": "10.42", "currency": "USD"}
		if values[name] == "" {
			values[name] = "12"
		}
		req, faults := NewRequest(values)
		require.Empty(t, faults, name)
		req.Extra = url.Values{"white_label_destination": {"x"}} // most parameters are not a destination
		_, err := client.Payout(t.Context(), req)
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, name)
		sent := <-bodies
		sent.Del("white_label_destination")
		got := map[string]string{}
		for name := range sent {
			got[name] = sent.Get(name)
		}
		require.Equal(t, values, got)
	}
}

// TestParameterFaults checks that all faults are reported at once, and that no value is shown.
func TestParameterFaults(t *testing.T) {
	t.Parallel()
	good := map[string]string{"amount": "10.42", "currency": "USD"}
	for _, test := range []struct {
		name, value string
		says        string
	}{
		{"amount", "", "amount is required"},
		{"currency", "", "currency is required"},
		{"currency", "usd", "currency usd is not three capitals: write USD"},
		{"currency", "80236479180236479", "currency is not the code of an active currency (ISO 4217, three capitals)"},
		{"amount", "0", "amount 0 is zero, and a payout is positive: write the amount, or remove the line"},
		{"amount", "10,42", "amount 10,42 has a comma: write 10.42"},
		{"amount", "10.423", "amount 10.423 has 3 digits after the point, and USD has 2: write the exact amount"},
		{"amount", "80236479180236479", "amount is longer than the documented 10 characters"},
		{"amount", "12345678.01", "amount is longer than the documented 10 characters"},
		{"customer_id", "x", "customer_id is not a number"},
		{"acount_number", "80236479180236479", "acount_number is not a documented parameter of a payout"},
	} {
		values := map[string]string{test.name: test.value}
		for name, value := range good {
			if _, set := values[name]; !set {
				values[name] = value
			}
		}
		_, faults := NewRequest(values)
		require.Len(t, faults, 1, test)
		require.EqualError(t, faults[0], test.says)
	}
	_, faults := NewRequest(map[string]string{"x": "1", "customer_id": "y"})
	require.Len(t, faults, 3)
	require.True(t, slices.IsSortedFunc(faults[:2],
		func(a, b error) int { return strings.Compare(a.Error(), b.Error()) }))
}
