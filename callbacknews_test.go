package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// What a callback that is genuine must not lose, and what is told must not hide. Each was lost or hidden once.

const (
	ofPayout = "&transaction-type=payout\n&amount=10.42\n&initial-amount=10.42\n&currency=USD"
	paid     = "&status=approved\n" + ofPayout
	declined = "&status=declined\n" + ofPayout
)

// journalOfPayout knows the payout as the gateway says it now.
func journalOfPayout(t *testing.T, says *string) (*payneteasytest.MemoryJournal, *payneteasy.CallbackHandler, *[]*payneteasy.Callback) {
	journal := &payneteasytest.MemoryJournal{}
	handler, told := saysOf(t, journal, says)
	require.Equal(t, http.StatusOK, served(callbacksOnly(t, journal, says), callbackGET(callbackForm("status", "processing").Encode())))
	return journal, handler, told
}

// callbacksOnly journals, and tells nobody.
func callbacksOnly(t *testing.T, journal payneteasy.Journal, says *string) http.Handler {
	handler, _ := saysOf(t, journal, says)
	return handler
}

// TestContradictionsAreNotLost when the function fails the first time, or somebody asks in between.
func TestContradictionsAreNotLost(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	says = paid
	require.Equal(t, http.StatusServiceUnavailable, served(callbacksOnly(t, journal, &says), callbackGET(callbackForm("status", "declined", "amount", "99").Encode())))
	require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm().Encode())))
	require.Len(t, *told, 1)
	require.True(t, (*told)[0].Contradicts)
	require.False(t, (*told)[0].Approved())

	says = paid
	journal, _, _ = journalOfPayout(t, &says)
	says = declined
	failing, news := true, []*payneteasy.Callback{}
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n"+says+"\n"), nil
	})})
	config.Journal = journal
	handler = newClient(t, config).CallbackHandler(func(_ context.Context, cb *payneteasy.Callback) error {
		news = append(news, cb)
		if failing {
			return errors.New("the database is away")
		}
		return nil
	})
	require.Equal(t, http.StatusInternalServerError, served(handler, callbackGET(callbackForm("status", "declined").Encode())))
	failing = false
	require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("status", "declined").Encode())))
	for _, cb := range news {
		require.True(t, cb.Contradicts)
		require.False(t, cb.MayPayAgain())
	}
}

// TestSecondOrderHidesNothing: neither of two orders of one id is told as paid, or as free to be paid again.
func TestSecondOrderHidesNothing(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	entry := stateOf(t, journal)
	entry.OtherOrders, entry.State, entry.Revision = "6982865", payneteasy.StateHeld, entry.Revision+1
	require.NoError(t, journal.Update(t.Context(), entry))
	require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("status", "declined").Encode())))
	require.True(t, (*told)[0].Contradicts)
	require.False(t, (*told)[0].MayPayAgain())
}

// TestCallbackOfASecondOrder of one ClientOrderID is told once, as what a person must look at: whether the journal knows the
// first, or the merchant's own store.
func TestCallbackOfASecondOrder(t *testing.T) {
	t.Parallel()
	second := func(changes ...string) *http.Request {
		return callbackGET(callbackForm(append([]string{"orderid", "6982865"}, changes...)...).Encode())
	}
	for name, test := range map[string]struct{ journal, store bool }{"the journal": {true, false}, "the store": {false, true}, "both": {true, true}} {
		status := "approved"
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			require.NoError(t, req.ParseForm())
			return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id="+req.PostForm.Get("orderid")+
				"\n&status="+status+"\n"+ofPayout+"\n"), nil
		})})
		var told []*payneteasy.Callback
		var journal *payneteasytest.MemoryJournal
		if test.journal {
			journal = &payneteasytest.MemoryJournal{}
			config.Journal = journal
		}
		client := newClient(t, config)
		handler := client.CallbackHandler(func(_ context.Context, cb *payneteasy.Callback) error {
			told = append(told, cb)
			return nil
		})
		if test.store {
			handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
				return payneteasy.OrderRef{OrderID: "6982864", Amount: request(t).Amount}, nil
			}
		}
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm().Encode())), name)
		require.True(t, told[0].Approved(), name)
		status = "processing"
		require.Equal(t, http.StatusServiceUnavailable, served(handler, second("status", "processing")), name)
		status = "approved"
		for range 2 {
			require.Equal(t, http.StatusOK, served(handler, second()), name)
			require.Len(t, told, 2, name)
		}
		require.True(t, told[1].Contradicts, name)
		require.Equal(t, "6982865", told[1].Confirmed.OrderID, name)
		require.False(t, told[1].Approved() || told[1].MayPayAgain() || told[1].Reversed(), name)
		if !test.journal {
			continue
		}
		require.Equal(t, "6982865", stateOf(t, journal).OtherOrders, name)
		_, err := client.Confirm(t.Context(), payneteasy.Claim{Ref: payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "6982865"}, Status: "approved"})
		require.ErrorIs(t, err, payneteasy.ErrSeveralOrders, name)
	}
}

// TestSecondOrderElsewhere: it is asked about at the endpoint that the journal knows, not at the client's.
func TestSecondOrderElsewhere(t *testing.T) {
	t.Parallel()
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		require.NoError(t, req.ParseForm())
		if !strings.HasSuffix(req.URL.Path, "/40000") {
			return saying(req, 200, form, "type=validation-error\n&error-message=Order not found\n&error-code=1\n"), nil
		}
		return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id="+req.PostForm.Get("orderid")+"\n"+paid+"\n"), nil
	})})
	journal := &payneteasytest.MemoryJournal{}
	config.Journal = journal
	_, err := journal.Begin(t.Context(), payneteasy.Entry{
		ClientOrderID: "payout-0001", Revision: 1, State: payneteasy.StateAccepted, OrderID: "6982864", Amount: request(t).Amount,
		BaseURL: "http://localhost/paynet", Login: "TestMerchant", Endpoint: payneteasy.EndpointID(40000),
	})
	require.NoError(t, err)
	var told []*payneteasy.Callback
	handler := newClient(t, config).CallbackHandler(func(_ context.Context, cb *payneteasy.Callback) error { told = append(told, cb); return nil })
	require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("orderid", "6982865").Encode())))
	require.True(t, told[0].Contradicts)
	require.Equal(t, "6982865", stateOf(t, journal).OtherOrders)
}

// TestContradictionOfAnotherAmount is not the stored order's to tell, and no panic.
func TestContradictionOfAnotherAmount(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("status", "declined").Encode())))
	says = paid
	handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
		amount, err := payneteasy.ParseAmount("1", "USD")
		return payneteasy.OrderRef{Amount: amount}, err
	}
	require.Equal(t, http.StatusConflict, served(handler, callbackGET(callbackForm().Encode())))
	require.Len(t, *told, 1)
	require.Equal(t, payneteasy.StatusDeclined, stateOf(t, journal).Was)
}

// TestAnotherOrdersContradiction ends a context, and is not this order's.
func TestAnotherOrdersContradiction(t *testing.T) {
	t.Parallel()
	client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		return nil, context.Cause(req.Context())
	})}))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&payneteasy.WaitError{Err: payneteasy.ErrContradicted})
	_, err := client.Confirm(ctx, payneteasy.Claim{Ref: payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "1"}, Status: "approved"})
	require.EqualError(t, err, `payneteasy: status "payout-0001": failed: wait: the final status was another before`)
	require.NotErrorIs(t, err, payneteasy.ErrContradicted)
}

// TestReversalThatFailedUnseen: the status of the order is that of a failed attempt to take it back, and what became of
// the payout was never told. Now a person must look; what comes after that is told as it is.
func TestReversalThatFailedUnseen(t *testing.T) {
	t.Parallel()
	for _, claim := range [][]string{nil, {"status", "declined"}} {
		says := "&status=declined\n&transaction-type=reversal\n&amount=10.42\n&initial-amount=10.42\n&currency=USD"
		handler, told := saysOf(t, nil, &says)
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("status", "declined", "type", "reversal").Encode())))
		require.Empty(t, *told) // the attempt itself is no news
		for range 2 {
			require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm(claim...).Encode())))
			require.Len(t, *told, 1)
		}
		first := (*told)[0]
		require.False(t, first.Approved() || first.Reversed() || first.MayPayAgain() || first.Contradicts)
		says = paid
		require.Equal(t, claim == nil, served(handler, callbackGET(callbackForm(claim...).Encode())) == http.StatusOK)
		require.Len(t, *told, 2)
		require.True(t, (*told)[1].Approved())
	}
}

// TestClocksThatDiffer: an entry changed "later" than now by another machine's clock is overwritten after one more question.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	entry := stateOf(t, journal)
	entry.Changed, entry.Revision = entry.Changed.AddDate(1, 0, 0), entry.Revision+1
	require.NoError(t, journal.Update(t.Context(), entry))
	says = paid
	require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm().Encode())))
	require.True(t, (*told)[0].Contradicts)
	entry = stateOf(t, journal)
	require.Equal(t, payneteasy.StatusApproved, entry.Status)
	require.Equal(t, payneteasy.StatusDeclined, entry.Was)
}

// TestNewsOfOneOrder, one after the other: what is answered, and whether it is told.
func TestNewsOfOneOrder(t *testing.T) {
	t.Parallel()
	type step struct {
		says  string
		claim []string
		code  int
		told  bool
	}
	part := func(amount, total string) string {
		return "&status=approved\n&transaction-type=reversal\n&amount=" + amount + "\n&initial-amount=10.42\n&total-reversal-amount=" + total + "\n&currency=USD"
	}
	reversal := func(amount string) []string { return []string{"type", "reversal", "amount", amount} }
	for name, steps := range map[string][]step{
		"a type that nobody knows": {
			{paid, nil, 200, true}, {part("10.42", "10.42"), []string{"type", ""}, 200, true}, {part("10.42", "10.42"), []string{"type", "storno"}, 200, false},
		},
		"parts": {
			{paid, nil, 200, true},
			{part("3.00", "3.00"), reversal("3.00"), 200, true},
			{part("3.00", "3.00"), reversal("3.00"), 200, false},
			{part("3.00", "6.00"), reversal("3.00"), 200, true},
			{part("3.00", "6.00"), reversal("4.42"), 503, false},
			{part("4.42", "10.42"), reversal("4.42"), 200, true},
			{part("4.42", "10.42"), []string{"type", "chargeback", "amount", "4.42"}, 503, false},
		},
		"another amount later": {
			{paid, nil, 200, true}, {"&status=approved\n&transaction-type=payout\n&amount=5.00\n&initial-amount=10.42\n&currency=USD", []string{"amount", "5.00"}, 200, true},
		},
		"no amount, and not paid": {{"&status=declined", []string{"status", "declined"}, 200, true}},
		"a reversal that is declined": {
			{paid, nil, 200, true},
			{paid, []string{"status", "declined", "type", "reversal"}, 200, false},
			{"&status=declined\n&transaction-type=reversal\n&amount=10.42\n&currency=USD", []string{"status", "declined", "type", "reversal"}, 200, false},
			{paid, nil, 200, false},
		},
		"reversed, and the type stays": {{paid, nil, 200, true}, {paid + "\n&total-reversal-amount=10.42", reversal("10.42"), 200, true}},
	} {
		var says string
		handler, told := saysOf(t, nil, &says)
		handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
			return payneteasy.OrderRef{Amount: request(t).Amount}, nil
		}
		for i, step := range steps {
			says = step.says
			before := len(*told)
			require.Equal(t, step.code, served(handler, callbackGET(callbackForm(step.claim...).Encode())), "%s, %d", name, i)
			require.Equal(t, step.told, len(*told) > before, "%s, %d", name, i)
			for _, cb := range *told {
				require.False(t, cb.Contradicts, "%s, %d", name, i)
			}
		}
		first, last := (*told)[0], (*told)[len(*told)-1]
		require.Equal(t, name != "no amount, and not paid", first.Approved(), name)
		require.Equal(t, len(*told) == 1 && first.Approved(), last.Approved(), name)
	}
}

// TestVerdictsAndWhatIsTakenBack: what is taken back was paid. That contradicts "not paid", and follows on from "paid".
func TestVerdictsAndWhatIsTakenBack(t *testing.T) {
	t.Parallel()
	says := "&status=approved\n&transaction-type=dispute\n&amount=3.00\n&initial-amount=10.42\n&total-reversal-amount=3.00\n&currency=USD"
	for verdict, contradicts := range map[payneteasy.Verdict]bool{
		payneteasy.VerdictPaid: false, payneteasy.VerdictNotPaid: true, payneteasy.VerdictNotSent: true,
	} {
		journal := &payneteasytest.MemoryJournal{}
		_, err := journal.Begin(t.Context(), payneteasy.Entry{
			ClientOrderID: "payout-0001", Revision: 1, State: payneteasy.StateSettled, Verdict: verdict, Amount: request(t).Amount,
			BaseURL: "http://localhost/paynet", Login: "TestMerchant", Endpoint: payneteasy.EndpointID(39915),
		})
		require.NoError(t, err)
		handler, told := saysOf(t, journal, &says)
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("type", "dispute", "amount", "3.00").Encode())))
		require.Equal(t, contradicts, (*told)[0].Contradicts, verdict)
		require.Equal(t, !contradicts, (*told)[0].Reversed(), verdict)
	}
}

// TestVerdictsAreContradicted: a person has settled it, or the gateway had rejected it, and the gateway says otherwise, at once or after it
// was seen processing.
func TestVerdictsAreContradicted(t *testing.T) {
	t.Parallel()
	for _, known := range []string{"6982864", ""} {
		for _, test := range []struct {
			state   payneteasy.State
			verdict payneteasy.Verdict
			says    string
		}{
			{payneteasy.StateSettled, payneteasy.VerdictPaid, declined},
			{payneteasy.StateSettled, payneteasy.VerdictNotPaid, paid},
			{payneteasy.StateSettled, payneteasy.VerdictNotSent, paid},
			{payneteasy.StateRejected, "", paid},
			{payneteasy.StateNotSent, "", paid},
		} {
			for _, seen := range []bool{false, true} {
				journal := &payneteasytest.MemoryJournal{}
				entry := payneteasy.Entry{
					ClientOrderID: "payout-0001", Revision: 1, State: test.state, Verdict: test.verdict, OrderID: known, Amount: request(t).Amount,
					BaseURL: "http://localhost/paynet", Login: "TestMerchant", Endpoint: payneteasy.EndpointID(39915),
				}
				_, err := journal.Begin(t.Context(), entry)
				require.NoError(t, err)
				says := strings.NewReplacer("approved", "processing", "declined", "processing").Replace(test.says)
				handler, told := saysOf(t, journal, &says)
				status := "approved"
				if test.says == declined {
					status = "declined"
				}
				if seen {
					require.Equal(t, http.StatusServiceUnavailable, served(handler, callbackGET(callbackForm("status", status).Encode())))
				}
				says = test.says
				require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("status", status).Encode())))
				require.True(t, (*told)[0].Contradicts, "%s %s %s %t", test.state, test.verdict, known, seen)
				require.False(t, (*told)[0].Approved() || (*told)[0].MayPayAgain())
			}
		}
	}
}

// TestAmountsThatCannotBeRead are not the one that was asked for.
func TestAmountsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, amounts := range []string{
		"&amount=5.00\n&initial-amount=\n&currency=USD", "&amount=0.00\n&initial-amount=10.42\n&currency=USD", "&amount=1,000.00\n&initial-amount=10.42\n&currency=USD",
		"&amount=5.00\n&initial-amount=10.42", "&amount=10.42\n&initial-amount=10.42\n&total-reversal-amount=5.00", "&x=y",
	} {
		says := "&status=approved\n" + amounts
		handler, told := saysOf(t, nil, &says)
		handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
			return payneteasy.OrderRef{Amount: request(t).Amount}, nil
		}
		if code := served(handler, callbackGET(callbackForm().Encode())); code == http.StatusConflict {
			require.Empty(t, *told)
			continue
		}
		require.True(t, (*told)[0].AmountDiffers, amounts)
		require.False(t, (*told)[0].Approved(), amounts)
	}
}
