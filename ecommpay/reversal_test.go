package ecommpay

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

const (
	paysOut     = `{"id":1,"type":"payout","status":"success"}`
	takesBack2  = `{"id":2,"type":"payout reversal","status":"success"}`
	takesBack3  = `{"id":3,"type":"payout reversal","status":"success"}`
	ofPayout    = `"type":"payout",`
	brokeWith   = `{"id":1,"type":"payout","status":"error","code":"317"}`
	failedBack2 = `{"id":2,"type":"payout reversal","status":"decline"}`
)

func statusWith(t *testing.T, status, operations string) string {
	t.Helper()
	return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"`+status+`","sum":{"amount":7000,"currency":"EUR"}},"operations":[`+operations+`]}`)
}

func callbackWith(t *testing.T, kind, status, operation string) string {
	t.Helper()
	return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323",`+kind+`"status":"`+status+`","sum":{"amount":7000,"currency":"EUR"}},"operation":`+operation+`}`)
}

// TestReversalsAreNotLost when they are ahead of the status: they come again.
func TestReversalsAreNotLost(t *testing.T) {
	t.Parallel()
	for _, claim := range []string{"reversed", "partially reversed"} {
		truth := statusWith(t, "success", paysOut)
		handler, got := told(t, func() string { return truth })
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "success", paysOut)))
		require.Equal(t, 503, served(handler, callbackWith(t, ofPayout, "processing", takesBack2)), "of whatever status")
		truth = statusWith(t, "partially reversed", paysOut+","+takesBack2)
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "partially reversed", takesBack2)))
		require.Len(t, *got, 2)
		require.Equal(t, 503, served(handler, callbackWith(t, ofPayout, claim, takesBack3)), "the second part")
		truth = statusWith(t, claim, paysOut+","+takesBack2+","+takesBack3)
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, claim, takesBack3)))
		require.Len(t, *got, 3)
	}
}

// TestReversalsByType: what takes a payout back may be named so, as the payment or as the transaction.
func TestReversalsByType(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		callbackWith(t, `"type":"payout reversal",`, "reversed", takesBack2), callbackWith(t, `"type":"reversal",`, "reversed", takesBack2),
		signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","status":"reversed"},"transaction":{"type":"reversal"},"operation":`+takesBack2+`}`),
	} {
		truth := statusWith(t, "success", paysOut)
		handler, got := told(t, func() string { return truth })
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "success", paysOut)))
		truth = statusWith(t, "reversed", paysOut+","+takesBack2)
		require.Equal(t, 200, served(handler, body))
		require.Len(t, *got, 2)
		require.Equal(t, payneteasy.DecisionReversed, (*got)[1].Decision)
	}
}

// TestNothingIsToldTwice because of an operation that changes nothing.
func TestNothingIsToldTwice(t *testing.T) {
	t.Parallel()
	declined, again := `{"id":"a1","type":"payout","status":"decline"}`, `{"id":"b2","type":"payout","status":"decline"}`
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

// TestRegisteredAgainAfterAnError, with the same payment id: its page and its end are told, and nothing contradicts.
func TestRegisteredAgainAfterAnError(t *testing.T) {
	t.Parallel()
	truth := statusWith(t, "error", brokeWith)
	handler, got := told(t, func() string { return truth })
	require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "error", brokeWith)))
	require.Equal(t, 503, served(handler, seedCallback(t)), "the status lags")
	truth = statusWith(t, "awaiting_payout_completion", `{"id":2,"type":"payout","status":"awaiting_payout_completion"}`)
	require.Equal(t, 200, served(handler, seedCallback(t)))
	require.Len(t, *got, 2)
	truth = statusWith(t, "success", `{"id":2,"type":"payout","status":"success"}`)
	require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "success", `{"id":2,"type":"payout","status":"success"}`)))
	require.Equal(t, payneteasy.DecisionPaid, (*got)[2].Decision)
}

// TestPartsOutOfOrder: a status may tell only the last operation. A part before that is no news, and one after it is.
func TestPartsOutOfOrder(t *testing.T) {
	t.Parallel()
	last := func(operation string) string {
		return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout",`+
			`"status":"partially reversed"},"operation":`+operation+`}`)
	}
	truth := last(takesBack3)
	handler, got := told(t, func() string { return truth })
	for range 2 {
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "partially reversed", takesBack3)))
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "partially reversed", takesBack2)))
	}
	require.Len(t, *got, 1)
	const takesBack4 = `{"id":4,"type":"payout reversal","status":"success"}`
	require.Equal(t, 503, served(handler, callbackWith(t, ofPayout, "partially reversed", takesBack4)))
	truth = last(takesBack4)
	require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "partially reversed", takesBack4)))
	require.Len(t, *got, 2)
}
