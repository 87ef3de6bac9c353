package ecommpay

import (
	"context"
	"strings"
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

// TestStatusDecisions checks that an unknown status is never guessed.
func TestStatusDecisions(t *testing.T) {
	t.Parallel()
	const (
		pending  = payneteasy.DecisionPending
		paid     = payneteasy.DecisionPaid
		notPaid  = payneteasy.DecisionNotPaid
		reversed = payneteasy.DecisionReversed
		review   = payneteasy.DecisionReview
	)
	for text, want := range map[string]payneteasy.Decision{
		"awaiting_payout_completion": pending, "awaiting payout completion": pending, "processing": pending,
		"awaiting clarification": pending, "awaiting_retry": pending, "something new": pending,
		"internal error": pending, "external error": pending,
		"success": paid, "SUCCESS": paid, "decline": notPaid,
		"error": review, "canceled": review, "cancelled": review, "expired": review,
		"partially_paid_out": review, "partially paid out": review,
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

// TestFailedQuestions checks that a failed question gives no status, and says nothing about the payout.
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

// TestForeignNotFound checks that a code in a forged reply, or in a reply about another payment, has no effect.
func TestForeignNotFound(t *testing.T) {
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

// TestOtherPaymentTypes checks that the success of another type of payment is not the success of a payout.
func TestOtherPaymentTypes(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"purchase", "refund", "payout reversal", "card_verify"} {
		client := answering(t, func(path string, _ value) (int, string) {
			if strings.HasSuffix(path, "status") {
				return 200, signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"`+kind+
					`","status":"success","sum":{"amount":7000,"currency":"EUR"}},"operations":[{"id":1,"type":"sale","status":"success","code":"0"}]}`)
			}
			return 400, `{"status":"error","code":"3041","message":"Payment ID already exists"}`
		})
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.ErrorIs(t, err, ErrPaymentExists)
		status, err := client.Status(t.Context(), registration(t).Ref())
		require.NoError(t, err)
		require.NotEqual(t, payneteasy.DecisionPaid, status.decision(), kind)

		var got payneteasy.News
		handler := client.CallbackHandler(
			func(_ context.Context, news payneteasy.News, _ *Callback) error { got = news; return nil })
		served(handler, strings.ReplaceAll(resultCallback(t, "success"), "\x00", ""))
		require.NotEqual(t, payneteasy.DecisionPaid, got.Decision, "handler "+kind)
	}
}

// TestDoubtfulDecline checks that a payout is not paid only if there is no doubt. A payment continues while an
// operation is in progress.
func TestDoubtfulDecline(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"root says error":        `{"status":"error","code":"501","message":"Internal","payment":{"id":"cosmoshop_payout_1323","status":"decline"}}`,
		"not found, but decline": `{"payment":{"id":"cosmoshop_payout_1323","status":"decline"},"errors":[{"code":"3061","message":"Transaction not found"}]}`,
		"an operation succeeded": `{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"decline"},"operations":[{"id":1,"type":"payout","status":"success","code":"0"},{"id":2,"type":"payout","status":"decline","code":"100"}]}`,
		"an operation under way": `{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"decline"},"operations":[{"id":1,"type":"payout","status":"decline"},{"id":2,"type":"payout","status":"processing"}]}`,
		"paid in part":           `{"payment":{"id":"cosmoshop_payout_1323","status":"decline"},"operations":[{"id":1,"type":"payout","status":"partially paid out"},{"id":2,"type":"payout","status":"decline"}]}`,
		"came back":              `{"payment":{"id":"cosmoshop_payout_1323","status":"decline"},"operations":[{"id":1,"type":"payout","status":"reversed"},{"id":2,"type":"payout","status":"decline"}]}`,
		"no operation status":    `{"payment":{"id":"cosmoshop_payout_1323","status":"decline"},"operations":[{"id":1,"type":"payout","code":"0"},{"id":2,"type":"payout","status":"decline"}]}`,
		"other amount":           `{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"decline","sum":{"amount":1,"currency":"USD"}}}`,
	} {
		client := answering(t, func(string, value) (int, string) { return 200, signed(t, body) })
		status, err := client.Status(t.Context(), registration(t).Ref())
		want := payneteasy.DecisionReview
		switch {
		case strings.Contains(name, "error"), strings.Contains(name, "not found"):
			require.Error(t, err)
			want = payneteasy.DecisionUnknown
		default:
			require.NoError(t, err)
		}
		if name == "an operation under way" || name == "no operation status" {
			want = payneteasy.DecisionPending
		}
		require.Equal(t, want, status.decision(), name)
	}
}
