package interop

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestRepeatedRequest: the proxy sends a payout to a second server because the first, which had accepted it, died. The
// gateway refuses the repeated request, as it has seen its nonce before, so there is one order. That refusal is the
// reply to the payout: it must not count as a rejection, or the debt would be paid again.
func TestRepeatedRequest(t *testing.T) {
	t.Parallel()
	for _, s := range setups(
		lines{upstream: "proxy_next_upstream error timeout non_idempotent;"},
		lines{
			front:    "option http-buffer-request", // only a request that it has whole can be repeated
			upstream: "retries 3\n\toption redispatch 1\n\tretry-on all-retryable-errors",
		},
	) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, firstDies)
			u.AllowDoublePayouts()
			s.start(t, u)
			client := u.client(t, u.transport(t, s.protocol), nil)
			_, err := client.Payout(t.Context(), request(t, "payout-0001"))
			require.EqualValues(t, 2, u.arrivals.Load(), "the proxy has repeated it")
			u.requireOrders(t, "payout-0001", 1)
			require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err),
				"the reply is the refusal of the repeated request: %v", err)
			require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
			failed, ok := errors.AsType[*payneteasy.Error](err)
			require.True(t, ok)
			entry, err := client.Wait(t.Context(), failed.Entry, nil)
			require.NoError(t, err)
			require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		})
	}
}

// firstDies accepts the first of equal requests and dies. Those that follow are answered.
func firstDies(answer http.Handler) http.Handler {
	var mu sync.Mutex
	seen := map[string]bool{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		mu.Lock()
		first := !seen[r.Header.Get("Authorization")]
		seen[r.Header.Get("Authorization")] = true
		mu.Unlock()
		if first {
			accepted(answer, r)
			panic(http.ErrAbortHandler)
		}
		answer.ServeHTTP(w, r)
	})
}
