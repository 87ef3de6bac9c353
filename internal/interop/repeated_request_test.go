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

// TestRepeatedRequest has a proxy that sends a payout to a second server, because the first one died after it had
// accepted the payout. The gateway refuses the repeated request, because it has seen the nonce before. So there is one
// order. The refusal is the reply to the payout. It must not count as a rejection, because the debt would be paid
// again.
func TestRepeatedRequest(t *testing.T) {
	t.Parallel()
	for _, s := range setups(
		lines{upstream: "proxy_next_upstream error timeout non_idempotent;"},
		lines{
			front:    "option http-buffer-request", // it can only repeat a request that it has buffered
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

// firstDies accepts the first of equal requests and dies. It answers the later ones.
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
