package ecommpaytest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestUnknown checks both forms of the answer, for an ID that never existed and for a hidden one.
func TestUnknown(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	uuid := s.register("a")
	require.Nil(t, s.status("a")["uuid"])
	gateway.SetStatusUUID(true)
	require.Equal(t, uuid, s.status("a")["uuid"])
	require.False(t, gateway.Hide("b", true))
	require.True(t, gateway.Hide("a", true))
	for _, id := range []string{"a", "b"} {
		gateway.SetUnknownRefused(false)
		status := s.status(id)
		require.Equal(t, "error", at(status, "payment", "status"))
		require.Equal(t, "3061", at(status, "errors", 0, "code"))
		gateway.SetUnknownRefused(true)
		r := s.askStatus(id)
		require.Equal(t, http.StatusNotFound, r.status)
		require.Equal(t, "3061", decode(t, r.body)["code"])
	}
	require.True(t, gateway.Hide("a", false))
	require.Equal(t, "awaiting_payout_completion", at(s.status("a"), "payment", "status"))
	require.Equal(t, "2004", decode(t, s.askStatus("").body)["code"])
}
