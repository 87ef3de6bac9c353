package ecommpay

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestPayoutFlow goes from the registration to the result. The registration is posted once, no matter how many calls
// ask for it.
func TestPayoutFlow(t *testing.T) {
	t.Parallel()
	client, f := newFlow(t)
	payout := client.NewPayout(registration(t))
	_, err := payout.PageURL(nil)
	require.ErrorIs(t, err, ErrMismatch, "there is no page yet")
	for range 2 {
		s, err := payout.Register(t.Context(), nil)
		require.NoError(t, err)
		require.NotEmpty(t, s.UUID)
	}
	require.Len(t, f.posts, 1)
	link, err := payout.PageURL(&Page{LanguageCode: "en"})
	require.NoError(t, err)
	require.Contains(t, link, "mode=payout")
	text, err := payout.PageForm(nil)
	require.NoError(t, err)
	require.Contains(t, text, `name="uuid"`)

	nextRegistration := registration(t)
	nextRegistration.PaymentID = "cosmoshop_payout_1324"
	_, err = payout.Again(t.Context(), nextRegistration)
	require.ErrorIs(t, err, ErrNotOver, "the receiver may still confirm")
	f.set("success")
	status, err := payout.Wait(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, StatusSuccess, status.Status)
	require.Equal(t, payneteasy.DecisionPaid, payout.Decision())
	_, err = payout.Again(t.Context(), nextRegistration)
	require.ErrorIs(t, err, ErrNotOver)
	f.set("decline")
	_, err = payout.Again(t.Context(), nextRegistration)
	require.ErrorIs(t, err, ErrNotOver, "it was paid")

	payout = client.ResumePayout(registration(t), nil)
	_, err = payout.Again(t.Context(), registration(t))
	require.ErrorIs(t, err, ErrNotOver, "the same id")
	other := registration(t)
	other.PaymentID = "x"
	other.Amount, err = payneteasy.AmountFromMinor(1, "EUR")
	require.NoError(t, err)
	_, err = payout.Again(t.Context(), other)
	require.ErrorIs(t, err, ErrMismatch)
	next, err := payout.Again(t.Context(), nextRegistration)
	require.NoError(t, err)
	require.Equal(t, "cosmoshop_payout_1324", next.Ref().PaymentID)
	_, err = payout.Again(t.Context(), nextRegistration)
	require.ErrorIs(t, err, ErrNotOver, "twice")
	require.Len(t, f.posts, 1)
}

// TestPayoutFlowUnknown loses the answer to a registration. Its callback proves the registration, and it is never
// posted again.
func TestPayoutFlowUnknown(t *testing.T) {
	t.Parallel()
	client, f := newFlow(t)
	f.answer = `<html>Bad gateway</html>`
	payout := client.NewPayout(registration(t))
	_, err := payout.Register(t.Context(), nil)
	require.NoError(t, err)

	f.call, f.status = false, "processing"
	other := registration(t)
	client, f = newFlow(t)
	f.answer, f.call = `{"status":"error","code":"3041"}`, false
	payout = client.NewPayout(other)
	for range 2 {
		_, err = payout.Register(t.Context(), &WaitOptions{MaxWait: 10 * time.Millisecond})
		require.ErrorIs(t, err, ErrWaitTimeout)
	}
	require.Len(t, f.posts, 1)
	require.Equal(t, 200, served(f.handler, seedCallback(t)))
	_, err = payout.Register(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, f.posts, 1)

	resumed := client.ResumePayout(other, nil)
	_, err = resumed.Register(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, f.posts, 1)
}

// TestPayoutFlowRefused checks a refusal at once, and a refusal after the registration was accepted.
func TestPayoutFlowRefused(t *testing.T) {
	t.Parallel()
	client, f := newFlow(t)
	f.answer, f.call = `{"status":"error","code":"3261","message":"Invalid signature"}`, false
	payout := client.NewPayout(registration(t))
	require.Equal(t, payneteasy.DecisionPending, payout.Decision(), "it will be sent")
	for range 2 {
		_, err := payout.Register(t.Context(), nil)
		require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
		require.ErrorIs(t, err, ErrInvalidSignature)
		require.ErrorContains(t, err, "register this payment id again, and no other")
		require.Equal(t, payneteasy.DecisionRefused, payout.Decision())
	}
	require.Len(t, f.posts, 1)

	client = answering(t, func(path string, _ value) (int, string) {
		if strings.HasSuffix(path, "status") {
			return 200, statusOf(t, "error", `,"errors":[{"code":"317","message":"Payouts are not enabled"}]`)
		}
		return 200, `{"status":"success","payment_id":"cosmoshop_payout_1323"}`
	})
	_, err := client.NewPayout(registration(t)).Register(t.Context(), nil)
	require.ErrorIs(t, err, ErrPayoutsDisabled)
	require.ErrorContains(t, err, "code 317: Payouts are not enabled")
	var ended *WaitError
	require.ErrorAs(t, err, &ended)
	require.Equal(t, StatusError, ended.Last.Status)
	require.Equal(t, payneteasy.DecisionReview, payneteasy.DecisionOf(err))

	down := testClient(t, "http://127.0.0.1:1")
	payout = down.NewPayout(registration(t))
	for range 2 { // it is proved that it was not sent, so it is posted again
		_, err = payout.Register(t.Context(), nil)
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		require.Equal(t, payneteasy.DecisionNotSent, payout.Decision())
	}
}

// TestPayoutContradictions checks that an earlier answer of the platform counts, even if the answer is different now.
func TestPayoutContradictions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		statuses []string
		want     payneteasy.Decision
	}{
		{[]string{"success", "decline"}, payneteasy.DecisionReview},
		{[]string{"decline", "success"}, payneteasy.DecisionReview},
		{[]string{"decline", "success", "decline"}, payneteasy.DecisionReview},
		{[]string{"success", "error", "success"}, payneteasy.DecisionReview},
		{[]string{"success", "reversed"}, payneteasy.DecisionReversed},
		{[]string{"reversed", "success"}, payneteasy.DecisionReview},
		{[]string{"success", "processing"}, payneteasy.DecisionPaid},
		{[]string{"reversed", "processing"}, payneteasy.DecisionReversed},
		{[]string{"decline", "awaiting retry"}, payneteasy.DecisionPending},
		{[]string{"decline", "awaiting retry", "success"}, payneteasy.DecisionReview},
		{[]string{"error", "success"}, payneteasy.DecisionPaid},
		{[]string{"processing", "decline", "decline"}, payneteasy.DecisionNotPaid},
	} {
		client, f := newFlow(t)
		payout, next := client.ResumePayout(registration(t), nil), registration(t)
		next.PaymentID = "cosmoshop_payout_1324"
		for _, status := range test.statuses {
			f.set(status)
			_, _ = payout.Wait(t.Context(), &WaitOptions{MaxWait: 1})
		}
		require.Equal(t, test.want, payout.Decision(), test.statuses)
		_, err := payout.Again(t.Context(), next)
		require.Equal(t, test.want == payneteasy.DecisionNotPaid, err == nil, test.statuses)
	}
}

// TestUnknownRegistration checks that a registration stays unknown after repeated questions and after a restart.
func TestUnknownRegistration(t *testing.T) {
	t.Parallel()
	client := answering(t, func(path string, _ value) (int, string) {
		if strings.HasSuffix(path, "status") {
			return 404, `{"status":"error","code":"3061","message":"Transaction not found"}`
		}
		return 502, `<html>Bad gateway</html>`
	})
	payout := client.NewPayout(registration(t))
	for i := range 2 {
		_, err := payout.Register(t.Context(), &WaitOptions{MaxWait: 10 * time.Millisecond})
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, i)
		require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
		require.Equal(t, payneteasy.DecisionUnknown, payout.Decision())
	}
	_, err := client.ResumePayout(registration(t), nil).Register(t.Context(),
		&WaitOptions{MaxWait: 10 * time.Millisecond})
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, "resumed")
}

// TestRegisterOptions checks that bad options are refused before anything is sent.
func TestRegisterOptions(t *testing.T) {
	t.Parallel()
	client, f := newFlow(t)
	_, err := client.NewPayout(registration(t)).Register(t.Context(), &WaitOptions{MinInterval: -1})
	require.ErrorContains(t, err, "WaitOptions.MinInterval is negative")
	require.Empty(t, f.posts)
}
