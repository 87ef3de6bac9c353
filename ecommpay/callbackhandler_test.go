package ecommpay

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestCallbackHandler checks that a registration and an end are told once each. The end is told as the platform
// answers.
func TestCallbackHandler(t *testing.T) {
	t.Parallel()
	status := "processing"
	handler, got := told(t, func() string { return statusOf(t, status, "") })
	for range 2 {
		require.Equal(t, 200, served(handler, seedCallback(t)))
	}
	require.Len(t, *got, 1)
	require.Equal(t, 503, served(handler, resultCallback(t, "success")), "the platform itself does not say so yet")
	require.Equal(t, 200, served(handler, resultCallback(t, "processing")))
	require.Len(t, *got, 1)
	status = "success"
	for range 2 {
		require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	}
	require.Len(t, *got, 2)
	require.Equal(t, payneteasy.DecisionPending, (*got)[0].Decision, "a registration")
	require.Equal(t, payneteasy.DecisionPaid, (*got)[1].Decision)
	require.Equal(t, 200, served(handler, seedCallback(t)), "an old one tells nothing")
	require.Equal(t, 503, served(handler, resultCallback(t, "decline")), "an old one, or one that is ahead")
	require.Len(t, *got, 2)

	status = "reversed"
	require.Equal(t, 200, served(handler, resultCallback(t, "reversed")))
	require.Len(t, *got, 3)
	require.Equal(t, payneteasy.DecisionReversed, (*got)[2].Decision)
	require.False(t, (*got)[2].contradicts())
	require.Equal(t, 200, served(handler, resultCallback(t, "success")), "replayed: it tells what is so now")
	require.Len(t, *got, 3)

	status = "success"
	require.Equal(t, 503, served(handler, resultCallback(t, "success")),
		"the status may lag behind: it must say so twice")
	require.Len(t, *got, 3)
	for served(handler, resultCallback(t, "success")) != 200 { // until MinInterval has passed
		require.Len(t, *got, 3)
	}
	require.True(t, (*got)[3].contradicts())
	require.Equal(t, payneteasy.DecisionReview, (*got)[3].Decision)
}

// TestContradictoryCallbacks checks that declined and then paid, or the reverse, is for a person.
func TestContradictoryCallbacks(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"decline", "success"}, {"success", "decline"}, {"decline", "reversed"}} {
		status := pair[0]
		handler, got := told(t, func() string { return statusOf(t, status, "") })
		require.Equal(t, 200, served(handler, resultCallback(t, pair[0])))
		require.False(t, (*got)[0].contradicts())
		status = pair[1]
		for range 2 {
			require.Equal(t, 200, served(handler, resultCallback(t, pair[1])))
		}
		require.Len(t, *got, 2)
		last := (*got)[1]
		require.True(t, last.contradicts(), pair)
		require.Equal(t, payneteasy.DecisionReview, last.Decision, pair)
	}
}

// TestCallbackAfterError checks that an error is for a person, and that what follows is told normally. The payment ID
// may have been registered again.
func TestCallbackAfterError(t *testing.T) {
	t.Parallel()
	for later, decision := range map[string]payneteasy.Decision{
		"success": payneteasy.DecisionPaid, "decline": payneteasy.DecisionNotPaid,
		"reversed": payneteasy.DecisionReversed,
	} {
		status := "error"
		handler, got := told(t, func() string { return statusOf(t, status, "") })
		require.Equal(t, 200, served(handler, resultCallback(t, "error")))
		require.Equal(t, payneteasy.CauseError, (*got)[0].Cause)
		status = later
		require.Equal(t, 200, served(handler, resultCallback(t, later)))
		require.Equal(t, decision, (*got)[1].Decision)
		require.Greater(t, (*got)[1].Seq, (*got)[0].Seq)
	}
}

// TestNewsAgain checks that a function that failed is called again with the same news, marked as Again.
func TestNewsAgain(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) { return 200, statusOf(t, "success", "") })
	var got []payneteasy.News
	failed := errors.New("the books are closed")
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, _ *Callback) error {
		got = append(got, news)
		return failed
	})
	require.Equal(t, 500, served(handler, resultCallback(t, "success")))
	failed = nil
	for range 2 {
		require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	}
	require.Len(t, got, 2)
	require.False(t, got[0].Again)
	require.True(t, got[1].Again)
	require.Equal(t, got[0].Seq, got[1].Seq)
	require.Equal(t, got[0].Paid, got[1].Paid)
	require.Equal(t, "70.00 EUR", got[0].Paid.String())
}

// TestOtherAmount checks a payout of another amount than the registered one.
func TestOtherAmount(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string {
		return signed(t,
			`{"payment":{"id":"cosmoshop_payout_1323","status":"success","sum":{"amount":9000,"currency":"EUR"}}}`)
	})
	require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	require.Equal(t, payneteasy.DecisionReview, (*got)[0].Decision)
}

// TestCallbackHandlerFailures checks that a callback that was not handled is repeated, and that no news is told twice
// at the same time.
func TestCallbackHandlerFailures(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) { return 200, statusOf(t, "success", "") })
	var err error
	var panics bool
	calls := 0
	handler := client.CallbackHandler(func(ctx context.Context, _ payneteasy.News, _ *Callback) error {
		calls++
		if panics {
			panic("4242424242424242")
		}
		_, bounded := ctx.Deadline()
		require.True(t, bounded)
		return err
	})
	err = errors.New("the database is away")
	require.Equal(t, 500, served(handler, resultCallback(t, "success")))
	panics = true
	require.Equal(t, 500, served(handler, resultCallback(t, "success")))
	panics, err = false, nil
	require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	require.Equal(t, 3, calls)
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) { return PayoutRef{}, ErrMismatch }
	require.Equal(t, 409, served(handler, resultCallback(t, "success")))
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) { return PayoutRef{PaymentID: "another"}, nil }
	require.Equal(t, 409, served(handler, resultCallback(t, "success")))
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) {
		return PayoutRef{}, errors.New("the database is away")
	}
	require.Equal(t, 503, served(handler, resultCallback(t, "success")))
	require.Equal(t, 403, served(handler, `{"payment":{"id":"p","status":"success"}}`))

	unreachable := testClient(t, "http://127.0.0.1:1").CallbackHandler(nil)
	require.Equal(t, 503, served(unreachable, resultCallback(t, "success")))

	var began atomic.Int32
	busy, release := make(chan struct{}), make(chan struct{})
	slow := client.CallbackHandler(func(context.Context, payneteasy.News, *Callback) error {
		if began.Add(1) == 1 {
			close(busy)
			<-release
		}
		return nil
	})
	first := make(chan int, 1)
	body := resultCallback(t, "success")
	go func() { first <- served(slow, body) }()
	<-busy
	require.Equal(t, 503, served(slow, body))
	close(release)
	require.Equal(t, 200, <-first)
	require.EqualValues(t, 1, began.Load())
}

// TestUnchangedPayment checks that an operation that changes nothing is not told again.
func TestUnchangedPayment(t *testing.T) {
	t.Parallel()
	declined, again := `{"id":"a1","type":"payout","status":"decline"}`,
		`{"id":"b2","type":"payout","status":"decline"}`
	for _, test := range []struct{ status, before, after string }{
		{"success", paysOut, paysOut + "," + failedBack2},
		{"decline", declined, again + "," + declined},
	} {
		truth := statusWith(t, test.status, test.before)
		handler, got := told(t, func() string { return truth })
		require.Equal(t, 200, served(handler, resultCallback(t, test.status)))
		truth = statusWith(t, test.status, test.after)
		require.Equal(t, 200, served(handler, resultCallback(t, test.status)))
		require.Len(t, *got, 1)
	}
}

// TestRegistrationAfterError registers the same payment ID again. Its page and its end are told, without a
// contradiction.
func TestRegistrationAfterError(t *testing.T) {
	t.Parallel()
	truth := statusWith(t, "error", brokeWith)
	handler, got := told(t, func() string { return truth })
	require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "error", brokeWith)))
	require.Equal(t, 503, served(handler, seedCallback(t)), "the status lags")
	truth = statusWith(t, "awaiting_payout_completion",
		`{"id":2,"type":"payout","status":"awaiting_payout_completion"}`)
	require.Equal(t, 200, served(handler, seedCallback(t)))
	require.Len(t, *got, 2)
	truth = statusWith(t, "success", `{"id":2,"type":"payout","status":"success"}`)
	require.Equal(t, 200,
		served(handler, callbackWith(t, ofPayout, "success", `{"id":2,"type":"payout","status":"success"}`)))
	require.Equal(t, payneteasy.DecisionPaid, (*got)[2].Decision)
}

// TestOldRegistration repeats a registration to a handler that has forgotten it. The handler tells the end instead. A
// registration is told even if the platform cannot be asked.
func TestOldRegistration(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string { return statusOf(t, "success", "") })
	for range 2 {
		require.Equal(t, http.StatusOK, served(handler, seedCallback(t)))
	}
	require.Len(t, *got, 1)
	require.Equal(t, payneteasy.DecisionPaid, (*got)[0].Decision)
	_, registered := (*got)[0].Session()
	require.False(t, registered)
	require.Equal(t, http.StatusOK, served(handler, resultCallback(t, "success")))
	require.Len(t, *got, 1)

	handler, got = told(t,
		func() string { return statusOf(t, "decline", `,"errors":[{"code":"3104","message":"Limit"}]`) })
	require.Equal(t, http.StatusOK, served(handler, seedCallback(t)))
	require.Len(t, *got, 1)
	require.ErrorContains(t, (*got)[0].Refusal(), "code 3104") // the registration has no reason

	handler, got = told(t, func() string { return "nonsense" })
	require.Equal(t, http.StatusOK, served(handler, seedCallback(t)))
	require.Len(t, *got, 1)
	require.Nil(t, (*got)[0].Confirmed)
}

// TestRegistrationWithoutTime checks that a registration without a time is repeated.
func TestRegistrationWithoutTime(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string { return statusOf(t, "awaiting_payout_completion", "") })
	for _, at := range []string{`"2030-04-24 13:50:37"`, `null`, `1908280000`} {
		code := served(handler,
			signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"awaiting_payout_completion"},"uuid":"abc","uuid_expired_at":`+at+`}`))
		require.False(t, code == 200 && len(*got) == 0, at)
	}
}

// TestCallbackContext checks that a disconnect of the platform ends nothing.
func TestCallbackContext(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string { return statusOf(t, "success", "") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w,
		httptest.NewRequest(http.MethodPost, "/", strings.NewReader(resultCallback(t, "success"))).WithContext(ctx))
	require.Equal(t, http.StatusOK, w.Code)
	require.Len(t, *got, 1)
}
