package ecommpay

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestAgainAfterRefusal checks that Again asks the platform. A payout that is refused now may have been registered
// before.
func TestAgainAfterRefusal(t *testing.T) {
	t.Parallel()
	var refuse atomic.Bool
	var posts, questions atomic.Int32
	client := answering(t, func(path string, asked value) (int, string) {
		if strings.HasSuffix(path, "status") {
			questions.Add(1)
			return 200, statusOf(t, "success", "") // it is paid
		}
		posts.Add(1)
		if refuse.Load() { // after a restart, on another machine
			return 403, `{"status":"error","code":"403","message":"Forbidden"}`
		}
		return 200, `{"status":"success","payment_id":"` + asked.get("general", "payment_id").text + `"}`
	})
	_, err := client.RegisterPayout(t.Context(), registration(t))
	require.NoError(t, err)
	refuse.Store(true)
	payout := client.NewPayout(registration(t)) // the same id; the ledger row said "registering"
	_, err = payout.Register(t.Context(), nil)
	require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
	require.Equal(t, payneteasy.DecisionRefused, payout.Decision())
	refuse.Store(false)
	nextRegistration := registration(t)
	nextRegistration.PaymentID = "second"
	_, err = payout.Again(t.Context(), nextRegistration)
	require.ErrorIs(t, err, ErrNotOver)
	require.EqualValues(t, 1, questions.Load())
	require.EqualValues(t, 2, posts.Load())
}

// TestAgainTwice checks that two payouts with one payment ID get only one successor.
func TestAgainTwice(t *testing.T) {
	t.Parallel()
	client, f := newFlow(t)
	f.set("decline")
	for i := range 2 {
		nextRegistration := registration(t)
		nextRegistration.PaymentID = fmt.Sprintf("new-%d", i)
		_, err := client.ResumePayout(registration(t), nil).Again(t.Context(), nextRegistration)
		if i == 1 {
			require.ErrorIs(t, err, ErrNotOver)
		}
	}
}

// TestSupersededPayout checks that a payout with a newer attempt posts nothing.
func TestSupersededPayout(t *testing.T) {
	t.Parallel()
	client, f := newFlow(t)
	f.set("decline")
	p := client.NewPayout(registration(t))
	nextRegistration := registration(t)
	nextRegistration.PaymentID = "next"
	next, err := p.Again(t.Context(), nextRegistration)
	require.NoError(t, err)
	_, err = next.client.RegisterPayout(t.Context(), &next.registration)
	require.NoError(t, err)
	_, err = p.Register(t.Context(), nil)
	require.ErrorIs(t, err, ErrNotOver)
}

// TestSupersededLimit checks that a hundred thousand IDs are remembered.
func TestSupersededLimit(t *testing.T) {
	t.Parallel()
	var f superseded
	for i := range maxSuperseded + 100 {
		require.True(t, f.add(fmt.Sprint(i)))
	}
	require.Len(t, f.ids, maxSuperseded)
}
