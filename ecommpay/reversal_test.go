package ecommpay

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestEarlyReversals checks that callbacks about reversals that are ahead of the status are repeated.
func TestEarlyReversals(t *testing.T) {
	t.Parallel()
	for _, claim := range []string{"reversed", "partially reversed"} {
		truth := statusWith(t, "success", paysOut)
		handler, got := told(t, func() string { return truth })
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "success", paysOut)))
		require.Equal(t, 503, served(handler, callbackWith(t, ofPayout, "processing", takesBack2)),
			"of whatever status")
		truth = statusWith(t, "partially reversed", paysOut+","+takesBack2)
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "partially reversed", takesBack2)))
		require.Len(t, *got, 2)
		require.Equal(t, 503, served(handler, callbackWith(t, ofPayout, claim, takesBack3)), "the second part")
		truth = statusWith(t, claim, paysOut+","+takesBack2+","+takesBack3)
		require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, claim, takesBack3)))
		require.Len(t, *got, 3)
	}
}

// TestReversalTypes checks that a reversal may have its own type, of the payment or of the transaction.
func TestReversalTypes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		callbackWith(t, `"type":"payout reversal",`, "reversed", takesBack2),
		callbackWith(t, `"type":"reversal",`, "reversed", takesBack2),
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

// TestPartialReversalOrder has a status with only the last operation. A part before that is not news, and a part after
// it is.
func TestPartialReversalOrder(t *testing.T) {
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

// TestPartialReversals checks that each part is told.
func TestPartialReversals(t *testing.T) {
	t.Parallel()
	operations := `{"id":1,"type":"payout","status":"success"}`
	handler, got := told(t, func() string {
		status := "success"
		if strings.Contains(operations, "reversal") {
			status = "partially reversed"
		}
		return signed(t, `{"payment":{"id":"cosmoshop_payout_1323","status":"`+status+`"},"operations":[`+operations+
			`]}`)
	})
	for i, more := range []string{
		``, `,{"id":2,"type":"payout reversal","status":"success"}`,
		`,{"id":3,"type":"payout reversal","status":"success"}`,
	} {
		operations += more
		claim := "success"
		if i > 0 {
			claim = "partially reversed"
		}
		for range 2 {
			require.Equal(t, 200, served(handler, resultCallback(t, claim)))
		}
		require.Len(t, *got, i+1)
		require.False(t, (*got)[i].contradicts())
		want := payneteasy.DecisionPaid
		if i > 0 {
			want = payneteasy.DecisionReversed
		}
		require.Equal(t, want, (*got)[i].Decision)
	}
}

// TestReversalBeforeStatus checks that a reversal is repeated until the status confirms it.
func TestReversalBeforeStatus(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string { return statusOf(t, "success", "") })
	require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	require.Len(t, *got, 1)
	reversal := signed(t,
		`{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"success","sum":{"amount":7000,"currency":"EUR"}},
		"operation":{"id":9007199254740994,"type":"payout reversal","status":"success","code":"0"}}`)
	cb, err := parse(t, reversal)
	require.NoError(t, err)
	require.True(t, cb.reversed)
	require.Equal(t, 503, served(handler, reversal), "so that it comes again")
	require.Len(t, *got, 1)
}

// TestReversalOperation checks a reversal that appears only as an operation.
func TestReversalOperation(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) {
		return 200, signed(t,
			`{"payment":{"id":"cosmoshop_payout_1323","status":"success","sum":{"amount":7000,"currency":"EUR"}},"operations":[
			{"id":2,"type":"payout reversal","status":"success"},{"id":1,"type":"payout","status":"success"}]}`)
	})
	status, err := client.Status(t.Context(), registration(t).Ref())
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionReversed, status.decision())
	require.Equal(t, "payout reversal", status.Operation.Type)
}
