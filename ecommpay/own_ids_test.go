package ecommpay

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestOwnIDs checks that a payment ID shows whole in the platform's words, whatever it looks like, and accounts do not.
func TestOwnIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"cosmoshop_payout_1323", "salary-2026-11-0001", "5555555555554444",
		"ORD 2026-11-30 0001", "44991234567-01", "p.*(20261130)+[7]$",
	} {
		says := "payment " + id + ", operation 9007199254740993, to 12345678901234567890"
		want := "payment " + id + ", operation 9007199254740993, to [redacted]"
		body := signed(t, `{"project_id":91348,"payment":{"id":"`+id+
			`","type":"payout","status":"decline","sum":{"amount":7000,"currency":"EUR"}},
			"operation":{"id":9007199254740993,"type":"payout","status":"decline","code":"20105","message":"`+says+
			`"}}`)
		cb, err := testClient(t, "").ParseCallback(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		require.NoError(t, err)
		require.Equal(t, want, cb.Operation.Message)
		require.Equal(t, want, cb.Problems[0].Message)

		client := answering(t, func(path string, _ value) (int, string) {
			if strings.Contains(path, "status") {
				return http.StatusOK, body
			}
			return http.StatusBadRequest, signed(t,
				`{"status":"error","project_id":91348,"code":"2004","message":"payment `+id+` of 44991234567"}`)
		})
		r := registration(t)
		r.PaymentID = id
		_, err = client.RegisterPayout(t.Context(), r)
		var failed *Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "payment "+id+" of [redacted]", failed.Message)
		status, err := client.Status(t.Context(), PayoutRef{PaymentID: id, Amount: payneteasy.Amount{}})
		require.NoError(t, err)
		require.Equal(t, want, status.Operation.Message)
	}
}
