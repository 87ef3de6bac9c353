package ecommpay

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

func TestWait(t *testing.T) {
	t.Parallel()
	answers := []string{"processing", "processing", "awaiting clarification", "decline"}
	client := answering(t, func(string, value) (int, string) {
		text := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		if text == "awaiting clarification" {
			return 200, `{"status":"error","code":"3061"}`
		}
		return 200, statusOf(t, text, "")
	})
	var seen []StatusCode
	status, err := client.Wait(t.Context(), registration(t).Ref(),
		&WaitOptions{OnProgress: func(s *Status) { seen = append(seen, s.Status) }})
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionNotPaid, status.decision())
	require.Equal(t, []StatusCode{"processing", "decline"}, seen)
}

// TestWaitEnd checks that Wait ends with the last status, by time or by the context. A permanent failure ends it at
// once.
func TestWaitEnd(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) { return 200, statusOf(t, "processing", "") })
	status, err := client.Wait(t.Context(), registration(t).Ref(), &WaitOptions{MaxWait: 5_000_000})
	require.ErrorIs(t, err, ErrWaitTimeout)
	require.Equal(t, payneteasy.DecisionPending, payneteasy.DecisionOf(err))
	require.Equal(t, StatusProcessing, status.Status)
	require.ErrorContains(t, err, `the last status was "processing"; it may still be paid`)

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(payneteasy.ErrRejected)
	_, err = client.Wait(ctx, registration(t).Ref(), nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, payneteasy.ErrRejected)

	var calls atomic.Int32
	client = answering(t,
		func(string, value) (int, string) { calls.Add(1); return 400, `{"status":"error","code":"3261"}` })
	_, err = client.Wait(t.Context(), registration(t).Ref(), nil)
	require.ErrorIs(t, err, ErrInvalidSignature)
	require.EqualValues(t, 1, calls.Load())
	_, err = client.Wait(t.Context(), PayoutRef{}, nil)
	var invalid *payneteasy.ValidationError
	require.ErrorAs(t, err, &invalid)
	_, err = client.Wait(nil, registration(t).Ref(), nil) //nolint:staticcheck // on purpose
	require.EqualError(t, err, `ecommpay: wait for "cosmoshop_payout_1323": the context is nil; it may still be paid`)
}
