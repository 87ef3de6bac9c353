package sandbox

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFaults checks that each fault can be set for the next call, for an order or at random, and can be removed.
func TestFaults(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.ask(http.MethodGet, "/", "").body
	for _, f := range faults {
		require.Contains(t, page, `<option value="`+f.Name+`">`)
		require.Equal(t, http.StatusSeeOther, s.post("/faults", "fault", f.Name, "when", "next").status)
	}
	require.Len(t, s.gateway.PendingFaults(), len(faults))
	require.Equal(t, http.StatusSeeOther, s.post("/faults", "do", "clear").status)
	require.Empty(t, s.gateway.PendingFaults())
	require.Equal(t, http.StatusSeeOther,
		s.post("/faults", "fault", "502", "when", "order", "client_orderid", "a").status)
	require.Contains(t, page, `value="payout">`)
	require.Equal(t, http.StatusSeeOther,
		s.post("/faults", "fault", "503", "when", "payout", "client_orderid", "a").status)
	require.Equal(t, []string{"next call about a: page 502", "next payout of a: page 503"}, s.gateway.PendingFaults())
	require.Equal(t, http.StatusSeeOther, s.post("/faults", "do", "clear").status)
	require.Empty(t, s.gateway.PendingFaults())
	require.Equal(t, http.StatusSeeOther,
		s.post("/faults", "fault", "502", "when", "order", "client_orderid", "a").status)
	require.Equal(t, http.StatusSeeOther,
		s.post("/faults", "fault", "lose-reply", "when", "random", "one_in", "7").status)
	require.Equal(t, []string{"next call about a: page 502", "one call in 7 at random: lose the reply"},
		s.gateway.PendingFaults())
	require.Contains(t, s.ask(http.MethodGet, "/", "").body, "<li>one call in 7 at random: lose the reply</li>")
	for _, wrong := range [][]string{
		{"fault", "none", "when", "next"},
		{"fault", "502", "when", "order"},
		{"fault", "502", "when", "payout"},
		{"fault", "502", "when", "random", "one_in", "0"},
		{"fault", "502", "when", "random", "one_in", "x"},
		{"fault", "502"},
	} {
		require.Equal(t, http.StatusUnprocessableEntity, s.post("/faults", wrong...).status, wrong)
	}
	require.Len(t, s.gateway.PendingFaults(), 2)
}
