package ecommpay

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestOutcomes checks the outcome of a registration for each reply.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	const ours = `,"project_id":91348,"payment_id":"cosmoshop_payout_1323"}`
	for _, test := range []struct {
		status   int
		body     string
		decision payneteasy.Decision // of the error
		is       error
	}{
		{200, `{"status":"success","request_id":"1"` + ours, "", nil},
		{200, `{"status":"SUCCESS"` + ours, "", nil},
		{200, `{"status":"success","code":"0","payment_id":"COSMOSHOP_payout_1323"}`, "", nil},
		{200, signed(t, `{"status":"success"`+ours), "", nil},

		{
			400, `{"status":"error","code":"3261","message":"Invalid signature"` + ours,
			payneteasy.DecisionRefused, ErrInvalidSignature,
		},
		{
			400, `{"status":"error","code":3262,"message":"Empty signature"}`,
			payneteasy.DecisionRefused, ErrInvalidSignature,
		},
		{403, `{"status":"error","code":"403","message":"Forbidden"}`, payneteasy.DecisionRefused, ErrIPNotAllowed},
		{200, `{"status":"error","code":"403","message":"Forbidden"}`, payneteasy.DecisionRefused, ErrIPNotAllowed},
		{200, `{"status":"error","code":"317","message":"Disabled"}`, payneteasy.DecisionRefused, ErrPayoutsDisabled},
		{400, `{"code":"2004","message":"Required field is missing"}`, payneteasy.DecisionRefused, nil},
		{
			422, `{"status":"error","errors":[{"code":"2003","message":"Invalid JSON","field":"payment"}]}`,
			payneteasy.DecisionRefused, nil,
		},

		{
			400, `{"status":"error","code":"3041","message":"Payment ID already exists"}`,
			payneteasy.DecisionUnknown, ErrPaymentExists,
		},
		{400, `{"status":"error","code":"501","message":"Internal"}`, payneteasy.DecisionUnknown, nil},
		{200, `{"status":"error","code":"601","message":"Try again"}`, payneteasy.DecisionUnknown, nil},
		{403, `<html>Forbidden</html>`, payneteasy.DecisionUnknown, ErrIPNotAllowed},
		{400, `{"status":"error","message":"no code"}`, payneteasy.DecisionUnknown, nil},
		{200, `{"status":"success"}`, payneteasy.DecisionUnknown, nil},
		{200, `{"status":"success","payment_id":"another"}`, payneteasy.DecisionUnknown, ErrMismatch},
		{
			200, `{"status":"success","payment_id":"cosmoshop_payout_1323","project_id":1}`,
			payneteasy.DecisionUnknown, ErrMismatch,
		},
		{200, `{"status":"success","code":"3261"` + ours, payneteasy.DecisionUnknown, ErrInvalidSignature},
		{200, `{"status":"success","signature":"x"` + ours, payneteasy.DecisionUnknown, ErrForged},
		{
			200, `{"status":"success","payment_id":"cosmoshop_payout_1323","payment_id":"x"}`,
			payneteasy.DecisionUnknown, ErrMalformed,
		},
		{201, `{"status":"success"` + ours, payneteasy.DecisionUnknown, nil},
		{200, `{"status":"pending"` + ours, payneteasy.DecisionUnknown, nil},
		{200, ``, payneteasy.DecisionUnknown, nil},
		{200, `[]`, payneteasy.DecisionUnknown, ErrMalformed},
		{500, `{"status":"error","code":"2004","message":"x"}`, payneteasy.DecisionUnknown, nil},
		{502, `<html>Bad gateway</html>`, payneteasy.DecisionUnknown, nil},
		{429, `{"status":"error","code":"2004","message":"x"}`, payneteasy.DecisionUnknown, nil},
		{302, ``, payneteasy.DecisionUnknown, nil},
		{0, ``, payneteasy.DecisionUnknown, nil},
	} {
		var calls atomic.Int32
		client := answering(t, func(string, value) (int, string) { calls.Add(1); return test.status, test.body })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.Equal(t, test.decision, payneteasy.DecisionOf(err), "%d %s: %v", test.status, test.body, err)
		require.Equal(t, test.decision != "", errors.Is(err, payneteasy.ErrOutcomeUnknown), "it may be registered: %v",
			err)
		require.NotErrorIs(t, err, payneteasy.ErrRejected)
		require.EqualValues(t, 1, calls.Load())
		for _, sentinel := range []error{
			ErrInvalidSignature, ErrIPNotAllowed, ErrPayoutsDisabled, ErrPaymentExists,
			ErrMismatch, ErrForged, ErrMalformed, ErrPaymentNotFound, ErrPayoutExpired,
		} {
			want := sentinel == test.is   //nolint:errorlint // the very one
			if sentinel == ErrMalformed { //nolint:errorlint // the very one
				want = want || test.status != 0 && strings.HasPrefix(test.body, "<")
			}
			require.Equal(t, want, errors.Is(err, sentinel), "%d %s: %v", test.status, test.body, err)
		}
	}
}

// TestPaymentExistsCode checks that a reply with this code is never a refusal, even among other codes.
func TestPaymentExistsCode(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"status":"error","code":"502","message":"Validation failed"}`, // control: not doubtful by itself
		`{"status":"error","code":"2004","message":"Validation failed","errors":[{"code":"3041","message":"Payment ID already exists","field":"general.payment_id"}]}`,
		`{"status":"error","errors":[{"code":"2426","message":"Invalid email"},{"code":"3041","message":"Payment ID already exists"}]}`,
	} {
		client := answering(t, func(string, value) (int, string) { return 400, body })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		if strings.Contains(body, "3041") {
			require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
			require.ErrorIs(t, err, ErrPaymentExists)
		}
	}
}

// TestForeignRefusals checks that another server's JSON, or a refusal that mentions an operation, rejects nothing.
func TestForeignRefusals(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		499: `{"code":1,"message":"context canceled","details":[]}`,
		400: `{"code":"RequestTimeout","message":"Your socket connection was not read from within the timeout period"}`,
		422: `{"status":"error","code":"2004","message":"x","payment":{"id":"cosmoshop_payout_1323","status":"awaiting_payout_completion"},"operation":{"id":500359719,"status":"processing"}}`,
	} {
		client := answering(t, func(string, value) (int, string) { return status, body })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err), body)
	}
}

// TestForeignCodes checks that other codes, and codes of a payment that is being clarified, reject nothing.
func TestForeignCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"03041", "3041.0", "1", "13", "3191", "123456", "x"} {
		client := answering(t,
			func(string, value) (int, string) { return 400, `{"status":"error","code":"` + code + `"}` })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, code)
	}
}

// TestDoubtfulRefusals checks a fault on the way, 3041 in another place, and fields that only an existing payment has.
func TestDoubtfulRefusals(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"status":"error","code":"500"}`, `{"status":"error","code":"503"}`, `{"status":"error","code":"429"}`,
		`{"status":"error","code":"408"}`, `{"status":"error","code":"604"}`,
		`{"status":"error","code":"2004","errors":{"code":"3041"}}`,
		`{"status":"error","code":"2004","errors":{"payment_id":[{"code":"3041"}]}}`,
		`{"status":"error","code":"2004","error":{"code":"3041"}}`,
		`{"status":"error","code":"2004","operations":[{"id":5,"status":"processing"}]}`,
		`{"status":"error","code":"2004","operation":{"status":"processing"}}`,
		`{"status":"error","code":"2004","uuid":"abc"}`, `{"code":"2004","payment_id":5}`,
	} {
		client := answering(t, func(string, value) (int, string) { return 200, body })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, body)
	}
}
