package payneteasy_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPartialReversals checks partial reversals of the fake gateway over HTTP. Each is told once, and answered with 200
// immediately.
func TestPartialReversals(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	var told tellings
	server := httptest.NewServer(client.CallbackHandler(told.add))
	defer server.Close()
	req := request(t)
	req.NotifyURL = server.URL
	_, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	gateway.Finish(req.ClientOrderID)
	gateway.WaitCallbacks()
	require.False(t, gateway.TakeBackPart(req.ClientOrderID, "reversal", "10.43"), "more than the order's amount")
	for i, part := range []struct{ amount, total string }{
		{"3.00", "3.00"},
		{"4.00", "7.00"},
		{"1.42", "8.42"},
		{"2.00", "10.42"},
	} {
		require.True(t, gateway.TakeBackPart(req.ClientOrderID, "reversal", part.amount))
		gateway.WaitCallbacks()
		require.Len(t, told, i+2, part.amount)
		require.Equal(t, isReversed, told[i+1].Decision)
		require.Equal(t, part.total, told[i+1].TakenBack.Decimal())
		require.Equal(t, "10.42", told[i+1].Paid.Decimal())
		require.True(t, gateway.CallBack(req.ClientOrderID, nil), "a duplicate")
		gateway.WaitCallbacks()
		require.Len(t, told, i+2, part.amount)
	}
	require.False(t, gateway.TakeBackPart(req.ClientOrderID, "reversal", "0.01"), "nothing is left")
	for _, delivery := range gateway.CallbackAttempts() {
		require.Equal(t, http.StatusOK, delivery.HTTPStatus, delivery.URL)
	}
	require.Len(t, gateway.CallbackAttempts(), 9)
}

// backStep is a status of the gateway, a callback's type and amount, the handler's HTTP status, and whether news is
// told.
type backStep struct {
	says, kind, claim string
	code              int
	told              bool
}

// TestPartsTakenBack checks partial reversals in sequence, for each meaning of the amounts in status and callback. Each
// part is told, and each true callback is answered with 200. A callback that is ahead of the status is not.
func TestPartsTakenBack(t *testing.T) {
	t.Parallel()
	reversal := func(amount, total string) string { return partOf("reversal", amount, total) }
	payout := func(total string) string { return partOf("payout", "10.42", total) }
	const back = "reversal"
	for name, steps := range map[string][]backStep{
		"the part, the type stays": {
			{payout("3.00"), back, "3.00", 200, true},
			{payout("7.00"), back, "4.00", 200, true},
			{payout("7.00"), back, "4.00", 200, false},
			{payout("7.00"), back, "3.00", 200, false},
			{payout("9.00"), back, "2.00", 200, true},
			{payout("10.42"), back, "1.42", 200, true},
		},
		"the part, the type changes": {
			{reversal("10.42", "3.00"), back, "3.00", 200, true},
			{reversal("10.42", "7.00"), back, "4.00", 200, true},
			{reversal("10.42", "7.00"), back, "3.00", 200, false},
			{reversal("10.42", "7.00"), back, "4.00", 200, false},
			{reversal("10.42", "10.42"), back, "3.42", 200, true},
		},
		"the part in both": {
			{reversal("3.00", "3.00"), back, "3.00", 200, true},
			{reversal("4.00", "7.00"), back, "4.00", 200, true},
			{reversal("4.00", "7.00"), back, "3.00", 200, false},
		},
		"the total": {
			{reversal("10.42", "3.00"), back, "3.00", 200, true},
			{reversal("10.42", "7.00"), back, "7.00", 200, true},
			{reversal("10.42", "7.00"), back, "3.00", 200, false},
			{reversal("10.42", "9.00"), back, "9.00", 200, true},
			{reversal("10.42", "9.00"), back, "7.00", 200, false},
			{reversal("10.42", "10.42"), back, "10.42", 200, true},
		},
		"the order's amount": {
			{reversal("10.42", "3.00"), back, "10.42", 200, true},
			{reversal("10.42", "7.00"), back, "10.42", 200, true},
			{reversal("10.42", "10.42"), back, "10.42", 200, true},
		},
		"no amount": {
			{reversal("10.42", "3.00"), back, "", 200, true},
			{reversal("10.42", "7.00"), back, "", 200, true},
		},
		"no total": {
			{reversal("3.00", ""), back, "3.00", 200, true},
			{reversal("4.00", ""), back, "4.00", 200, true},
			{reversal("4.00", ""), back, "3.00", 200, false},
		},
		"no total, the order's amount": {
			{reversal("10.42", ""), back, "3.00", 200, true},
			{reversal("10.42", ""), back, "4.00", 200, false},
		},
		"parts in another order": {
			{reversal("10.42", "7.00"), back, "4.00", 200, true},
			{reversal("10.42", "7.00"), back, "3.00", 200, false},
		},
		"parts in another order, last first": {
			{reversal("2.00", "9.00"), back, "2.00", 200, true},
			{reversal("2.00", "9.00"), back, "3.00", 200, false},
			{reversal("2.00", "9.00"), back, "4.00", 200, false},
		},
		"totals in another order": {
			{reversal("4.00", "7.00"), back, "7.00", 200, true},
			{reversal("4.00", "7.00"), back, "3.00", 200, false},
		},
		"equal parts": {
			{payout("3.00"), back, "3.00", 200, true},
			{payout("6.00"), back, "3.00", 200, true},
			{payout("9.00"), back, "3.00", 200, true},
		},
		"a part, then all": {
			{reversal("3.00", "3.00"), back, "3.00", 200, true},
			{reversal("10.42", "10.42"), back, "10.42", 200, true},
			{reversal("10.42", "10.42"), back, "3.00", 200, false},
		},
		"a part, then the rest": {
			{reversal("3.00", "3.00"), back, "3.00", 200, true},
			{reversal("7.42", "10.42"), back, "7.42", 200, true},
			{reversal("7.42", "10.42"), back, "3.00", 200, false},
		},
		"all, the part late": {
			{reversal("10.42", "10.42"), back, "7.42", 200, true},
			{reversal("10.42", "10.42"), back, "3.00", 200, false},
		},
		"another type later": {
			{reversal("3.00", "3.00"), back, "3.00", 200, true},
			{partOf("chargeback", "7.42", "10.42"), "chargeback", "7.42", 200, true},
			{partOf("chargeback", "7.42", "10.42"), back, "3.00", 200, false},
		},
		"the status lags": {
			{payout("3.00"), back, "3.00", 200, true},
			{payout("3.00"), back, "4.00", 503, false},
			{payout("3.00"), back, "2.00", 503, false},
			{payout("7.00"), back, "4.00", 200, true},
			{payout("7.00"), back, "2.00", 503, false},
			{payout("9.00"), back, "2.00", 200, true},
		},
		"all, and the status lags": {
			{reversal("3.00", "3.00"), back, "3.00", 200, true},
			{reversal("3.00", "3.00"), back, "10.42", 503, false},
			{reversal("10.42", "10.42"), back, "10.42", 200, true},
		},
		"a false amount": {{payout("3.00"), back, "9999.00", 503, true}, {payout("3.00"), back, "3.00", 200, false}},
		"a false type":   {{paid, "chargeback", "3.00", 503, false}, {payout("3.00"), back, "3.00", 200, true}},
	} {
		says := paid
		handler, told := saysOf(t, nil, &says)
		require.Equal(t, http.StatusOK, calledBack(handler))
		for i, step := range steps {
			says = step.says
			before := len(*told)
			require.Equal(t, step.code, calledBack(handler, "type", step.kind, "amount", step.claim), "%s, %d", name, i)
			require.Equal(t, step.told, len(*told) > before, "%s, %d", name, i)
			if len(*told) > 1 {
				require.Equal(t, isReversed, told.last().Decision, "%s, %d", name, i)
			}
		}
	}
}

// TestDoubtedParts checks a claim that the status does not explain. After an hour it counts as old, not as news.
func TestDoubtedParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := partOf("payout", "10.42", "7.00")
		handler, told := saysOf(t, nil, &says)
		call := func(kind, amount string) int {
			return calledBack(handler, "type", kind, "amount", amount)
		}
		require.Equal(t, http.StatusOK, call("reversal", "7.00"))
		for range 3 {
			require.Equal(t, http.StatusServiceUnavailable, call("reversal", "3.00"),
				"the part before, or one that the status does not know yet")
			<-time.After(time.Minute)
		}
		<-time.After(time.Hour)
		require.Equal(t, http.StatusServiceUnavailable, call("reversal", "11.00"), "more than the order")
		require.Equal(t, http.StatusOK, call("reversal", "3.00"))
		require.Equal(t, http.StatusOK, call("reversal", "3.00"))
		<-time.After(2 * time.Hour)
		require.Equal(t, http.StatusServiceUnavailable, call("reversal", "11.00"))
		require.Len(t, *told, 1)
	})
}

// TestForgedClaimsBeforeAReversal checks that three forged claims do not hide a reversal that is followed by a failed
// one. A person must still look.
func TestForgedClaimsBeforeAReversal(t *testing.T) {
	t.Parallel()
	for _, journal := range []payneteasy.Journal{&payneteasytest.MemoryJournal{}, nil} {
		synctest.Test(t, func(t *testing.T) {
			says := paid
			handler, told := saysOf(t, journal, &says)
			require.Equal(t, http.StatusOK, calledBack(handler))
			says = strings.Replace(partOf("reversal", "4.00", ""), "approved", "declined", 1)
			for _, forged := range []string{"1.00", "2.00", "5.00"} {
				require.Equal(t, http.StatusServiceUnavailable,
					calledBack(handler, "type", "chargeback", "amount", forged))
			}
			code := 0
			for range 4 { // the gateway calls back again
				if code = calledBack(handler, "type", "reversal", "amount", "3.00"); code == http.StatusOK {
					break
				}
				<-time.After(12 * time.Hour)
			}
			require.Equal(t, http.StatusOK, code)
			require.Equal(t, toldAs{isPaid, isReview}, told.decisions())
		})
	}
}

// TestHiddenReversals checks a status that shows only the second reversal, which failed, and a callback about the
// first, which succeeded. The status may be late, so a person must look only after an hour. A reversal that is known
// already is not doubted.
func TestHiddenReversals(t *testing.T) {
	t.Parallel()
	failed := func(total string) string {
		return strings.Replace(partOf("reversal", "4.00", total), "approved", "declined", 1)
	}
	const back = "reversal"
	hidden := func(total, claim string, code int, told bool) backStep {
		return backStep{failed(total), back, claim, code, told}
	}
	first := backStep{partOf(back, "3.00", "3.00"), back, "3.00", 200, true}
	for name, test := range map[string]struct {
		steps     []backStep // told says whether it is told within the hour
		late      int        // the answer to the last step after an hour
		decisions toldAs
		takenBack string
	}{
		"the first is not known": {[]backStep{hidden("", "3.00", 503, false)}, 200, toldAs{isPaid, isReview}, ""},
		"all of it": {
			[]backStep{hidden("", "10.42", 503, false)},
			200,
			toldAs{isPaid, isReview},
			"",
		},
		"no amount": {[]backStep{hidden("", "", 503, false)}, 200, toldAs{isPaid, isReview}, ""},
		"of another type": {
			[]backStep{{failed(""), "refund", "4.00", 503, false}},
			200,
			toldAs{isPaid, isReview},
			"",
		},
		"more than was paid": {[]backStep{hidden("", "10.43", 503, false)}, 503, toldAs{isPaid}, ""},
		"a total": {
			[]backStep{hidden("3.00", "3.00", 200, true)},
			200,
			toldAs{isPaid, isReversed},
			"3.00",
		},
		"the amount of the failed one": {
			[]backStep{hidden("3.00", "4.00", 503, true)},
			200,
			toldAs{isPaid, isReversed},
			"3.00",
		},
		"known before": {
			[]backStep{first, hidden("", "3.00", 200, false)},
			200,
			toldAs{isPaid, isReversed},
			"3.00",
		},
		"known before, no amount": {
			[]backStep{first, hidden("", "", 200, false)},
			200,
			toldAs{isPaid, isReversed},
			"3.00",
		},
		"a part after a known one": {
			[]backStep{first, hidden("", "2.00", 503, false)}, 200, toldAs{isPaid, isReversed, isReview}, "3.00",
		},
	} {
		for _, journaled := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				var journal payneteasy.Journal
				if journaled {
					journal = &payneteasytest.MemoryJournal{}
				}
				says := paid
				handler, told, log := loggedSaysOf(t, journal, &says)
				require.Equal(t, http.StatusOK, calledBack(handler), name)
				var call *http.Request
				for i, step := range test.steps {
					says = step.says
					before := len(*told)
					for range 2 {
						call = callbackGET(callbackForm("type", step.kind, "amount", step.claim).Encode())
						require.Equal(t, step.code, served(handler, call), "%s, %d", name, i)
					}
					require.Equal(t, step.told, len(*told) > before, "%s, %d", name, i)
				}
				<-time.After(time.Hour + time.Minute)
				for range 2 {
					require.Equal(t, test.late, served(handler, call), name)
				}
				require.Equal(t, test.decisions, told.decisions(), name)
				require.Equal(t, told.last().Decision == isReview,
					strings.Contains(log.String(), "an order needs a person"), name)
				if test.takenBack == "" {
					require.True(t, told.last().TakenBack.IsZero(), name)
				} else {
					require.Equal(t, test.takenBack, told.last().TakenBack.Decimal(), name)
				}
			})
		}
	}
}

// TestPartsOfSeveralOrders checks that a part of one order says nothing about another order with the same
// ClientOrderID.
func TestPartsOfSeveralOrders(t *testing.T) {
	t.Parallel()
	says := paid
	handler := ordersOf(t, nil, &says).CallbackHandler(nil)
	handler.Order = order1042(t)
	second := func(changes ...string) int { return calledBack(handler, append(changes, "orderid", "6982865")...) }
	require.Equal(t, http.StatusOK, calledBack(handler))
	require.Equal(t, http.StatusOK, second())
	says = partOf("payout", "10.42", "3.00")
	require.Equal(t, http.StatusOK, calledBack(handler, "type", "reversal", "amount", "3.00"))
	require.Equal(t, http.StatusServiceUnavailable, calledBack(handler, "type", "reversal", "amount", "2.00"))
	says = partOf("payout", "10.42", "2.00")
	require.Equal(t, http.StatusServiceUnavailable, second("type", "reversal", "amount", "3.00"), "the other's part")
	require.Equal(t, http.StatusOK, second("type", "reversal", "amount", "2.00"))
	says = partOf("payout", "10.42", "5.00")
	require.Equal(t, http.StatusOK, second("type", "reversal", "amount", "3.00"))
}

// brokenStore has a record that no handler has written.
type brokenStore struct{ record string }

func (s *brokenStore) Begin(context.Context, string) (string, error) { return s.record, nil }

func (s *brokenStore) End(_ context.Context, _, record string) error {
	s.record = record
	return nil
}
