package ecommpay

import (
	"bytes"
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	client := answering(t, func(path string, asked value) (int, string) {
		require.Equal(t, "/v2/payment/status", path)
		require.Equal(t, "cosmoshop_payout_1323", asked.get("general", "payment_id").text)
		return 200, statusOf(t, "success", "")
	})
	status, err := client.Status(t.Context(), registration(t).Ref())
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPaid, status.decision())
	require.Equal(t, "500359719", status.Operation.ID)
}

// TestCallRecords: the record of a question has an outcome, that of a registration a decision.
func TestCallRecords(t *testing.T) {
	t.Parallel()
	for status, outcome := range map[int]string{200: "answered", 404: "failed"} {
		var log bytes.Buffer
		client := answering(t, func(string, value) (int, string) { return status, statusOf(t, "success", "") })
		client.config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		_, err := client.Status(t.Context(), registration(t).Ref())
		require.Equal(t, status == 200, err == nil)
		require.Contains(t, log.String(), " outcome="+outcome+" ")
		require.NotContains(t, log.String(), "decision=")
		log.Reset()
		_, err = client.RegisterPayout(t.Context(), registration(t))
		require.Error(t, err)
		require.Contains(t, log.String(), " decision="+string(payneteasy.DecisionOf(err))+" ")
		require.NotContains(t, log.String(), "outcome=")
	}
}

// TestStatusesTell what may be done: nothing is guessed of one that is not known.
func TestStatusesTell(t *testing.T) {
	t.Parallel()
	const pending, paid, notPaid, reversed, review = payneteasy.DecisionPending, payneteasy.DecisionPaid, payneteasy.DecisionNotPaid,
		payneteasy.DecisionReversed, payneteasy.DecisionReview
	for text, want := range map[string]payneteasy.Decision{
		"awaiting_payout_completion": pending, "awaiting payout completion": pending, "processing": pending, "awaiting clarification": pending,
		"awaiting_retry": pending, "something new": pending, "internal error": pending, "external error": pending,
		"success": paid, "SUCCESS": paid, "decline": notPaid,
		"error": review, "canceled": review, "cancelled": review, "expired": review, "partially_paid_out": review, "partially paid out": review,
		"reversed": reversed, "partially reversed": reversed, "refunded": reversed, "partially_refunded": reversed,
	} {
		client := answering(t, func(string, value) (int, string) { return 200, statusOf(t, text, "") })
		status, err := client.Status(t.Context(), registration(t).Ref())
		require.NoError(t, err)
		require.Equal(t, want, status.decision(), text)
		require.Equal(t, want.Final(), status.Status.Final(), text)
	}
	var none *Status
	require.Equal(t, payneteasy.DecisionUnknown, none.decision())
}

// TestSuccessThatCameBack: a reversal may show only as an operation.
func TestSuccessThatCameBack(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) {
		return 200, signed(t, `{"payment":{"id":"cosmoshop_payout_1323","status":"success","sum":{"amount":7000,"currency":"EUR"}},"operations":[
			{"id":2,"type":"payout reversal","status":"success"},{"id":1,"type":"payout","status":"success"}]}`)
	})
	status, err := client.Status(t.Context(), registration(t).Ref())
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionReversed, status.decision())
	require.Equal(t, "payout reversal", status.Operation.Type)
}

// TestFailedQuestions are no status, and say nothing of the payout.
func TestFailedQuestions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		body   string
		is     error
	}{
		{200, signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","status":"error"},"errors":[{"code":"3061","message":"Transaction not found"}]}`), ErrPaymentNotFound},
		{404, `{"status":"error","code":"3061","message":"Transaction not found"}`, ErrPaymentNotFound},
		{400, `{"status":"error","code":"3261","message":"Invalid signature"}`, ErrInvalidSignature},
		{403, `<html>no</html>`, ErrIPNotAllowed},
		{200, signed(t, `{"payment":{"id":"another","status":"success"}}`), ErrMismatch},
		{200, signed(t, `{"payment":{"status":"success"}}`), ErrMismatch},
		{200, signed(t, `{"project_id":7,"payment":{"id":"cosmoshop_payout_1323","status":"success"}}`), ErrMismatch},
		{200, `{"payment":{"id":"cosmoshop_payout_1323","status":"success"},"signature":"x"}`, ErrForged},
		{200, `{"payment":{"id":"cosmoshop_payout_1323","status":"success"},"signature":5}`, ErrMalformed},
		{200, `{"payment":{"id":"cosmoshop_payout_1323","status":"success","status":"decline"}}`, ErrMalformed},
		{200, `{"payment":{"id":"cosmoshop_payout_1323"}}`, nil},
		{200, `{"status":"error","code":"2004"}`, nil},
		{200, `{}`, nil},
		{500, statusOf(t, "success", ""), nil},
		{0, ``, nil},
	} {
		client := answering(t, func(string, value) (int, string) { return test.status, test.body })
		status, err := client.Status(t.Context(), registration(t).Ref())
		require.Nil(t, status)
		var failed *Error
		require.ErrorAs(t, err, &failed, "%d %s", test.status, test.body)
		require.Empty(t, failed.Decision)
		for _, outcome := range []error{payneteasy.ErrNotSent, payneteasy.ErrRejected, payneteasy.ErrOutcomeUnknown} {
			require.NotErrorIs(t, err, outcome)
		}
		if test.is != nil {
			require.ErrorIs(t, err, test.is)
		}
	}
}

// TestNotFoundOfAnotherPayment: a code in a reply about another payment, or in a forged one, says nothing about this one.
func TestNotFoundOfAnotherPayment(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		signed(t, `{"payment":{"id":"another"},"errors":[{"code":"3061","message":"Transaction not found"}]}`),
		signed(t, `{"project_id":7,"payment":{"id":"cosmoshop_payout_1323"},"errors":[{"code":"3061","message":"Transaction not found"}]}`),
		`{"status":"error","code":"3061","message":"Transaction not found","payment_id":"another"}`,
		`{"status":"error","code":"3061","message":"Transaction not found","general":{"payment_id":"another"}}`,
		`{"status":"error","code":"3061","message":"Transaction not found","signature":"x"}`,
	} {
		client := answering(t, func(string, value) (int, string) { return 200, body })
		_, err := client.Status(t.Context(), registration(t).Ref())
		require.Error(t, err)
		require.NotErrorIs(t, err, ErrPaymentNotFound, body)
		var failed *Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "3061", failed.Code)
	}
}

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
	status, err := client.Wait(t.Context(), registration(t).Ref(), &WaitOptions{OnProgress: func(s *Status) { seen = append(seen, s.Status) }})
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionNotPaid, status.decision())
	require.Equal(t, []StatusCode{"processing", "decline"}, seen)
}

// TestWaitEnds with the last status, by time or by the context; what will not get better ends it at once.
func TestWaitEnds(t *testing.T) {
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
	client = answering(t, func(string, value) (int, string) { calls.Add(1); return 400, `{"status":"error","code":"3261"}` })
	_, err = client.Wait(t.Context(), registration(t).Ref(), nil)
	require.ErrorIs(t, err, ErrInvalidSignature)
	require.EqualValues(t, 1, calls.Load())
	_, err = client.Wait(t.Context(), PayoutRef{}, nil)
	var invalid *payneteasy.ValidationError
	require.ErrorAs(t, err, &invalid)
	_, err = client.Wait(nil, registration(t).Ref(), nil) //nolint:staticcheck // on purpose
	require.EqualError(t, err, `ecommpay: wait for "cosmoshop_payout_1323": the context is nil; it may still be paid`)
}
