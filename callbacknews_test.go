package payneteasy_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// journalOfPayout knows the payout as the gateway says it now, and nothing of that was told.
func journalOfPayout(
	t *testing.T, says *string,
) (*payneteasytest.MemoryJournal, *payneteasy.CallbackHandler, *tellings) {
	journal := &payneteasytest.MemoryJournal{}
	handler, told := saysOf(t, journal, says)
	require.Equal(t, http.StatusOK, calledBack(silent(t, journal, says), "status", "processing"))
	return journal, handler, told
}

// silent journals, and tells nothing.
func silent(t *testing.T, journal payneteasy.Journal, says *string) http.Handler {
	handler := clientOf(t, journal, says).CallbackHandler(nil)
	handler.Order = order1042(t)
	return handler
}

// TestContradictionsAreNotLost when the function fails the first time, or a question comes in between.
func TestContradictionsAreNotLost(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	says = paid
	code := calledBack(silent(t, journal, &says), "status", "declined", "amount", "99")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, http.StatusOK, calledBack(handler))
	require.Equal(t, toldAs{isReview}, told.decisions())
	require.Equal(t, payneteasy.CauseChanged, told.last().Cause)

	for _, journaled := range []bool{false, true} {
		says = paid
		var journal payneteasy.Journal
		if journaled {
			journal = &payneteasytest.MemoryJournal{}
		}
		failing, news := false, new(tellings)
		book := func(ctx context.Context, n payneteasy.News, cb *payneteasy.Callback) error {
			_ = news.add(ctx, n, cb)
			if failing {
				panic("the database is away")
			}
			return nil
		}
		handler = clientOf(t, journal, &says).CallbackHandler(book)
		handler.Order = order1042(t)
		require.Equal(t, http.StatusOK, calledBack(handler))
		says, failing = declined, true
		require.Equal(t, http.StatusInternalServerError, calledBack(handler, "status", "declined"))
		failing = false
		says = paid // again: what was seen in between is not forgotten
		require.Equal(t, http.StatusOK, calledBack(handler))
		require.Equal(t, toldAs{isPaid, isReview, isReview}, news.decisions())
	}
}

// TestSecondOrderHidesNothing: neither of two orders of one id is told as paid, or as free to be paid again.
func TestSecondOrderHidesNothing(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	entry := stored(t, journal)
	entry.Orders = append(entry.Orders, payneteasy.Order{ID: "6982865", End: payneteasy.EndOpen})
	entry.Revision++
	require.NoError(t, journal.Update(t.Context(), entry))
	require.Equal(t, http.StatusOK, calledBack(handler, "status", "declined"))
	require.Equal(t, toldAs{isReview}, told.decisions())
	require.Len(t, told.last().Orders, 2)
}

// ordersOf is a client whose gateway says this of whatever order it is asked about.
func ordersOf(t *testing.T, journal payneteasy.Journal, says *string) *payneteasy.Client {
	transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		require.NoError(t, req.ParseForm())
		return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id="+
			req.PostForm.Get("orderid")+"\n"+*says+"\n"), nil
	})
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
	config.Journal = journal
	return newClient(t, config)
}

// TestCallbackOfASecondOrder of one ClientOrderID is told as what a person must look at: from the first time that it
// was seen, and once for each change. The first order is known by the journal, by the handler's store, or by the
// merchant.
func TestCallbackOfASecondOrder(t *testing.T) {
	t.Parallel()
	second := func(changes ...string) *http.Request {
		return callbackGET(callbackForm(append([]string{"orderid", "6982865"}, changes...)...).Encode())
	}
	for name, test := range map[string]struct{ journal, order bool }{
		"the journal": {true, true}, "the store": {false, false}, "the merchant": {false, true},
	} {
		says := paid
		var told tellings
		var journal payneteasy.Journal
		if test.journal {
			journal = &payneteasytest.MemoryJournal{}
		}
		client := ordersOf(t, journal, &says)
		handler := client.CallbackHandler(told.add)
		if test.order {
			handler.Order = order1042(t)
		}
		require.Equal(t, http.StatusOK, calledBack(handler), name)
		says = "&status=processing\n" + ofPayout
		require.Equal(t, http.StatusOK, served(handler, second("status", "processing")), name)
		require.Equal(t, http.StatusServiceUnavailable, served(handler, second()), "not borne out")
		says = paid
		for range 2 {
			require.Equal(t, http.StatusOK, served(handler, second()), name)
		}
		require.Equal(t, toldAs{isPaid, isReview, isReview}, told.decisions(), name)
		last := told.last()
		require.Equal(t, "6982865", last.cb.Confirmed.OrderID, name)
		require.Equal(t, []string{"6982864", "6982865"}, []string{last.Orders[0].ID, last.Orders[1].ID}, name)
		require.Equal(t, "20.84 USD", last.Paid.String(), name)
		if test.journal {
			claim := payneteasy.Claim{Entry: stored(t, journal), OrderID: "6982865", Status: "approved"}
			entry, err := client.Confirm(t.Context(), claim)
			require.NoError(t, err)
			require.Equal(t, isReview, entry.Decision())
		}
	}
}

// TestSecondOrderElsewhere: it is asked about at the endpoint that the journal knows, not at the client's.
func TestSecondOrderElsewhere(t *testing.T) {
	t.Parallel()
	transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		require.NoError(t, req.ParseForm())
		if !strings.HasSuffix(req.URL.Path, "/40000") {
			return saying(req, 200, form, "type=validation-error\n&error-message=Order not found\n&error-code=1\n"), nil
		}
		return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id="+
			req.PostForm.Get("orderid")+"\n"+paid+"\n"), nil
	})
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
	journal := &payneteasytest.MemoryJournal{}
	config.Journal = journal
	client := newClient(t, config)
	_, err := journal.Begin(t.Context(), client.NewEntry(payneteasy.OrderRef{
		Endpoint:      payneteasy.EndpointID(40000),
		ClientOrderID: "payout-0001", OrderID: "6982864", Amount: request(t).Amount,
	}))
	require.NoError(t, err)
	var told tellings
	require.Equal(t, http.StatusOK, calledBack(client.CallbackHandler(told.add), "orderid", "6982865"))
	require.Equal(t, toldAs{isReview}, told.decisions())
	require.Equal(t, payneteasy.CauseSeveral, told.last().Cause)
	require.Equal(t, "6982865", stored(t, journal).Orders[1].ID)
}

// TestOrderIDOfNoOrder: the control covers status and ids without separators, so digits may move between status and
// order id. That the gateway knows no order by the two ids then says nothing of the payout.
func TestOrderIDOfNoOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		moved := callbackForm("status", "approved6", "orderid", "982864")
		require.Equal(t, callbackForm().Get("control"), moved.Get("control"), "the control does not tell them apart")
		transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 200, form, "type=validation-error\n&error-message=Order not found\n&error-code=1\n"), nil
		})
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
		for _, send := range []payneteasy.Send{
			payneteasy.SendUnknown, payneteasy.SendRefused, payneteasy.SendDenied, payneteasy.SendRefusedParameter,
		} {
			journal := &payneteasytest.MemoryJournal{}
			config.Journal = journal
			client := newClient(t, config)
			entry := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001", Amount: request(t).Amount})
			entry.Send = send
			_, err := journal.Begin(t.Context(), entry)
			require.NoError(t, err)
			<-time.After(entry.Window)
			before := stored(t, journal)
			var told tellings
			code := served(client.CallbackHandler(told.add), callbackGET(moved.Encode()))
			require.Equal(t, http.StatusServiceUnavailable, code, send)
			require.Empty(t, told)
			require.Equal(t, before, stored(t, journal), send)
			_, err = client.Confirm(t.Context(), payneteasy.Claim{Entry: before, OrderID: "982864", Status: "approved"})
			require.ErrorContains(t, err, "the gateway does not know it by these ids")
			require.Equal(t, before, stored(t, journal), send)

			// Asked about the ClientOrderID alone, it does.
			entry, err = client.Confirm(t.Context(), payneteasy.Claim{Entry: before, Status: "approved"})
			require.Equal(t, entry.Decision(), payneteasy.DecisionOf(err), send)
			require.Equal(t, send == payneteasy.SendUnknown, entry.Decision() == isReview, send)
			require.Equal(t, send != payneteasy.SendUnknown, entry.Decision() == payneteasy.DecisionRejected, send)
			require.Equal(t, entry, stored(t, journal), send)
		}
	})
}

// TestOrdersOfNoMerchant: an order that neither journal nor Order vouches for is not written down. Without a journal
// one that the gateway does not know is not kept either, and so never comes to be told.
func TestOrdersOfNoMerchant(t *testing.T) {
	t.Parallel()
	says := paid
	journal := &payneteasytest.MemoryJournal{}
	handler, told := saysOf(t, journal, &says)
	handler.Order = nil
	require.Equal(t, http.StatusServiceUnavailable, calledBack(handler))
	require.Empty(t, *told)
	_, err := journal.Get(t.Context(), "payout-0001")
	require.ErrorIs(t, err, payneteasy.ErrNoEntry)

	synctest.Test(t, func(t *testing.T) {
		transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 200, form, "type=validation-error\n&error-message=Order not found\n&error-code=1\n"), nil
		})
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
		store := &recordStore{}
		var told tellings
		handler := newClient(t, config).CallbackHandler(told.add)
		handler.Store = store
		for range 2 {
			require.Equal(t, http.StatusServiceUnavailable, calledBack(handler))
			<-time.After(24 * time.Hour)
		}
		require.Empty(t, told)
		require.Empty(t, store.record)
	})
}

// TestOrdersOfAnotherMerchant: an entry of another login or gateway cannot be asked about.
func TestOrdersOfAnotherMerchant(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*payneteasy.Entry){
		"login":   func(e *payneteasy.Entry) { e.Login = "another" },
		"gateway": func(e *payneteasy.Entry) { e.BaseURL = "https://another.example/paynet" },
	} {
		journal := &payneteasytest.MemoryJournal{}
		asked := false
		var log bytes.Buffer
		transport := roundTripFunc(func(*http.Request) (*http.Response, error) {
			asked = true
			return nil, errors.New("asked")
		})
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
		config.Journal, config.Logger = journal, slog.New(slog.NewTextHandler(&log, nil))
		client := newClient(t, config)
		journalWith(t, client, journal, change)
		require.Equal(t, http.StatusServiceUnavailable, calledBack(client.CallbackHandler(nil)), name)
		require.False(t, asked, name)
		require.Contains(t, log.String(), `outcome="the order could not be looked up" http_status=503`, name)
	}
}

// TestOrderOfTheJournal is the one that counts: Order is not asked about it.
func TestOrderOfTheJournal(t *testing.T) {
	t.Parallel()
	says := declined
	_, handler, told := journalOfPayout(t, &says)
	handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
		return payneteasy.OrderRef{}, errors.New("asked")
	}
	require.Equal(t, http.StatusOK, calledBack(handler, "status", "declined"))
	says = paid
	require.Equal(t, http.StatusOK, calledBack(handler))
	require.Equal(t, toldAs{isNotPaid, isReview}, told.decisions())
	require.Equal(t, payneteasy.CauseChanged, told.last().Cause)
}

// TestDecisionOfAnotherOrder, which ended a context, is not this order's.
func TestDecisionOfAnotherOrder(t *testing.T) {
	t.Parallel()
	client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		return nil, context.Cause(req.Context())
	})}))
	other := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0002", OrderID: "2"})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&payneteasy.WaitError{Entry: other, Err: payneteasy.ErrWaitTimeout})
	entry := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "1"})
	_, err := client.Confirm(ctx, payneteasy.Claim{Entry: entry, Status: "approved"})
	require.ErrorContains(t, err, `payneteasy: status "payout-0001": failed: `+
		`wait for "payout-0002", which is unknown: no final status yet`)
	require.Empty(t, payneteasy.DecisionOf(err))
	require.NotErrorAs(t, err, new(*payneteasy.WaitError))
}

// TestReversalThatFailedUnseen: the status of the order is that of a failed attempt to take it back, and what became of
// the payout was never told. Now a person must look; what comes after that is told as it is.
func TestReversalThatFailedUnseen(t *testing.T) {
	t.Parallel()
	for _, claim := range [][]string{nil, {"status", "declined"}} {
		says := "&status=declined\n&transaction-type=reversal\n&amount=10.42\n&initial-amount=10.42\n&currency=USD"
		handler, told := saysOf(t, nil, &says)
		require.Equal(t, http.StatusOK, calledBack(handler, "status", "declined", "type", "reversal"))
		for range 2 {
			require.Equal(t, http.StatusOK, calledBack(handler, claim...))
		}
		require.Equal(t, toldAs{isReview}, told.decisions())
		require.Equal(t, payneteasy.CauseUnclear, told.last().Cause)
		says = paid
		require.Equal(t, claim == nil, calledBack(handler, claim...) == http.StatusOK)
		require.Equal(t, toldAs{isReview, isPaid}, told.decisions())
	}
}

// TestPayoutBehindAFailedReversal: a callback about the payout itself that comes late, or again, is answered by what is
// known of the payout, also while the status is that of a reversal that failed.
func TestPayoutBehindAFailedReversal(t *testing.T) {
	t.Parallel()
	failed := "&status=declined\n&transaction-type=reversal\n&amount=10.42\n&initial-amount=10.42\n&currency=USD"
	for first, codes := range map[string]map[string]int{
		"approved": {"approved": 200, "declined": 503, "filtered": 503, "error": 503, "processing": 200},
		"declined": {"approved": 503, "declined": 200, "filtered": 200, "error": 503, "processing": 200},
		"filtered": {"approved": 503, "declined": 200, "filtered": 200, "error": 503, "processing": 200},
		"error":    {"approved": 503, "declined": 503, "filtered": 503, "error": 200, "processing": 200},
	} {
		says := "&status=" + first + "\n" + ofPayout
		handler, told := saysOf(t, nil, &says)
		require.Equal(t, http.StatusOK, calledBack(handler, "status", "processing"))
		says = failed
		for status, code := range codes {
			require.Equal(t, code, calledBack(handler, "status", status), "%s after %s", status, first)
		}
		require.Len(t, *told, 1)
	}
}

// TestClocksThatDiffer: an entry changed "later" than now by another machine's clock is changed all the same.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	entry := stored(t, journal)
	entry.Changed, entry.Revision = entry.Changed.AddDate(1, 0, 0), entry.Revision+1
	require.NoError(t, journal.Update(t.Context(), entry))
	says = paid
	require.Equal(t, http.StatusOK, calledBack(handler))
	require.Equal(t, payneteasy.CauseChanged, told.last().Cause)
	entry = stored(t, journal)
	require.Equal(t, payneteasy.StatusApproved, entry.Status)
	require.Equal(t, isReview, entry.Decision())
}

// TestNewsWhileTelling: what another process has learned while the function ran is told before the callback is answered
// 200.
func TestNewsWhileTelling(t *testing.T) {
	t.Parallel()
	says := paid
	journal, _, told := journalOfPayout(t, &says)
	before, other, client := stored(t, journal), clientOf(t, journal, &says), clientOf(t, journal, &says)
	handler := client.CallbackHandler(func(ctx context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
		if len(*told) == 0 {
			says = partOf("reversal", "3.00", "3.00")
			entry, err := other.Wait(ctx, before, nil)
			require.NoError(t, err)
			require.Equal(t, isReversed, entry.Decision())
		}
		return told.add(ctx, news, cb)
	})
	require.Equal(t, http.StatusOK, calledBack(handler))
	require.Equal(t, toldAs{isPaid, isReversed}, told.decisions())
	require.Equal(t, stored(t, journal).Seq, stored(t, journal).Told.Seq)
	require.Equal(t, told.last().Seq, stored(t, journal).Told.Seq)
}

// TestSeqOfForgottenOrders: without a journal a store forgets, and a restart does. What is told then still has a higher
// Seq than what was told before.
func TestSeqOfForgottenOrders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		var told tellings
		client := clientOf(t, nil, &says)
		handler := client.CallbackHandler(told.add)
		require.Equal(t, http.StatusOK, calledBack(handler))
		<-time.After(16 * 24 * time.Hour) // longer than the store remembers
		says = partOf("chargeback", "3.00", "3.00")
		require.Equal(t, http.StatusOK, calledBack(handler, "type", "chargeback", "amount", "3.00"))
		<-time.After(time.Second)
		says = partOf("chargeback", "7.42", "10.42")
		restarted := client.CallbackHandler(told.add)
		require.Equal(t, http.StatusOK, calledBack(restarted, "type", "chargeback", "amount", "7.42"))
		require.Equal(t, toldAs{isPaid, isReversed, isReversed}, told.decisions())
		require.Greater(t, told[1].Seq, told[0].Seq)
		require.Greater(t, told[2].Seq, told[1].Seq)
	})
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
	for name, steps := range map[string]struct {
		steps     []step
		decisions toldAs
	}{
		"an unknown type": {[]step{
			{paid, nil, 200, true}, {part("10.42", "10.42"), []string{"type", ""}, 200, true}, {part("10.42", "10.42"), []string{"type", "storno"}, 200, false},
		}, toldAs{isPaid, isReversed}},
		"parts": {[]step{
			{paid, nil, 200, true},
			{part("3.00", "3.00"), reversal("3.00"), 200, true},
			{part("3.00", "3.00"), reversal("3.00"), 200, false},
			{part("3.00", "6.00"), reversal("3.00"), 200, true},
			{part("3.00", "6.00"), reversal("4.42"), 503, false},
			{part("4.42", "10.42"), reversal("4.42"), 200, true},
			{part("4.42", "10.42"), []string{"type", "chargeback", "amount", "4.42"}, 503, false},
		}, toldAs{isPaid, isReversed, isReversed, isReversed}},
		"another amount later": {[]step{
			{paid, nil, 200, true}, {"&status=approved\n&transaction-type=payout\n&amount=5.00\n&initial-amount=10.42\n&currency=USD", []string{"amount", "5.00"}, 200, true},
		}, toldAs{isPaid, isReview}},
		"no amount, and not paid": {
			[]step{{"&status=declined", []string{"status", "declined"}, 200, true}}, toldAs{isNotPaid},
		},
		"a reversal that is declined": {[]step{
			{paid, nil, 200, true},
			{paid, []string{"status", "declined", "type", "reversal"}, 200, false},
			{"&status=declined\n&transaction-type=reversal\n&amount=10.42\n&currency=USD", []string{"status", "declined", "type", "reversal"}, 200, false},
			{paid, nil, 200, false},
		}, toldAs{isPaid}},
		"reversed, and the type stays": {
			[]step{{paid, nil, 200, true}, {paid + "\n&total-reversal-amount=10.42", reversal("10.42"), 200, true}},
			toldAs{isPaid, isReversed},
		},
		"a dispute that has taken back": {
			[]step{
				{paid, nil, 200, true},
				{part("3.00", "3.00"), reversal("3.00"), 200, true},
				{partOf("dispute", "7.42", "10.42"), []string{"type", "dispute", "amount", "7.42"}, 200, true},
			},
			toldAs{isPaid, isReversed, isReview},
		},
	} {
		var says string
		handler, told := saysOf(t, nil, &says)
		for i, step := range steps.steps {
			says = step.says
			before := len(*told)
			require.Equal(t, step.code, calledBack(handler, step.claim...), "%s, %d", name, i)
			require.Equal(t, step.told, len(*told) > before, "%s, %d", name, i)
		}
		require.Equal(t, steps.decisions, told.decisions(), name)
	}
}

// journalWith has the payout of 10.42 USD, with changes.
func journalWith(t *testing.T, client *payneteasy.Client, journal payneteasy.Journal, change func(*payneteasy.Entry)) {
	t.Helper()
	entry := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001", Amount: request(t).Amount})
	entry.Revision = 1
	change(&entry)
	_, err := journal.Begin(t.Context(), entry)
	require.NoError(t, err)
}

// settledAs is an entry that a person has settled.
func settledAs(decision payneteasy.Decision, orders ...payneteasy.Order) func(*payneteasy.Entry) {
	return func(e *payneteasy.Entry) {
		e.Orders, e.Booked, e.NotKnown = orders, decision, len(orders) == 0
		e.Settlement = payneteasy.Settlement{Decision: decision, Reason: "the manager's word", Orders: orders}
		if decision == isPaid {
			e.Settlement.Paid = e.Amount
		}
	}
}

// TestTakenBackAfterASettlement: what is taken back was paid. That contradicts "not paid", and follows from "paid". A
// dispute is for a person, whatever was settled. How much was taken back is told in each case.
func TestTakenBackAfterASettlement(t *testing.T) {
	t.Parallel()
	open := payneteasy.Order{ID: "6982864", End: payneteasy.EndOpen}
	for _, test := range []struct {
		word, told payneteasy.Decision
		orders     []payneteasy.Order
		kind       string
	}{
		{isPaid, isReversed, []payneteasy.Order{open}, "chargeback"},
		{isPaid, isReview, []payneteasy.Order{open}, "dispute"},
		{isNotPaid, isReview, []payneteasy.Order{open}, "chargeback"},
		{isNotPaid, isReview, []payneteasy.Order{open}, "dispute"},
		{isNotSent, isReview, nil, "chargeback"},
		{isNotSent, isReview, nil, "dispute"},
	} {
		says := partOf(test.kind, "3.00", "3.00")
		journal := &payneteasytest.MemoryJournal{}
		handler, told := saysOf(t, journal, &says)
		journalWith(t, clientOf(t, journal, &says), journal, settledAs(test.word, test.orders...))
		require.Equal(t, http.StatusOK, calledBack(handler, "type", test.kind, "amount", "3.00"))
		require.Equal(t, toldAs{test.told}, told.decisions(), test)
		require.Equal(t, "3.00 USD", told.last().TakenBack.String(), test)
	}
}

// TestContradictionsOfASettlement: a person has settled it, or the gateway had rejected it, or nothing was sent, and
// the gateway says otherwise, at once or after it was seen processing. The order was known before, or was not.
func TestContradictionsOfASettlement(t *testing.T) {
	t.Parallel()
	open := payneteasy.Order{ID: "6982864", End: payneteasy.EndOpen}
	refused := func(send payneteasy.Send) func(*payneteasy.Entry) {
		return func(e *payneteasy.Entry) { e.Send, e.Booked, e.NotKnown = send, payneteasy.DecisionRejected, true }
	}
	notSent := func(e *payneteasy.Entry) { e.Send, e.Booked = payneteasy.SendNotSent, isNotSent }
	for name, test := range map[string]struct {
		change func(*payneteasy.Entry)
		says   string
		cause  payneteasy.Cause
	}{
		"settled as paid":                 {settledAs(isPaid, open), declined, payneteasy.CauseChanged},
		"settled as paid, no order":       {settledAs(isPaid), declined, payneteasy.CauseChanged},
		"settled as not paid":             {settledAs(isNotPaid, open), paid, payneteasy.CauseChanged},
		"settled as not paid, no order":   {settledAs(isNotPaid), paid, payneteasy.CauseChanged},
		"settled as not sent":             {settledAs(isNotSent), paid, payneteasy.CauseFreed},
		"rejected":                        {refused(payneteasy.SendRefused), paid, payneteasy.CauseFreed},
		"rejected for its parameter":      {refused(payneteasy.SendRefusedParameter), paid, payneteasy.CauseFreed},
		"rejected by the page of the 403": {refused(payneteasy.SendDenied), paid, payneteasy.CauseFreed},
		"not sent":                        {notSent, paid, payneteasy.CauseFreed},
	} {
		for _, seen := range []bool{false, true} {
			journal := &payneteasytest.MemoryJournal{}
			says := strings.NewReplacer("approved", "processing", "declined", "processing").Replace(test.says)
			handler, told := saysOf(t, journal, &says)
			journalWith(t, clientOf(t, journal, &says), journal, test.change)
			status := "approved"
			if test.says == declined {
				status = "declined"
			}
			if seen {
				require.Equal(t, http.StatusServiceUnavailable, calledBack(handler, "status", status), name)
			}
			says = test.says
			require.Equal(t, http.StatusOK, calledBack(handler, "status", status), name)
			require.Equal(t, isReview, told.last().Decision, "%s, %t", name, seen)
			require.Equal(t, test.cause, told.last().Cause, "%s, %t", name, seen)
			require.Equal(t, stored(t, journal).Seq, told.last().Seq, name)
		}
	}
}

// TestAmountsThatCannotBeRead are not the one that was asked for. Without any amount the order ids say whose it is.
func TestAmountsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const usd = "\n&currency=USD"
	for amounts, want := range map[string]struct {
		decision payneteasy.Decision
		cause    payneteasy.Cause
	}{
		"&amount=5.00\n&initial-amount=" + usd:                                 {isReview, payneteasy.CauseAmount},
		"&amount=0.00\n&initial-amount=10.42" + usd:                            {isReview, payneteasy.CauseNoAmount},
		"&amount=1,000.00\n&initial-amount=10.42" + usd:                        {isReview, payneteasy.CauseNoAmount},
		"&amount=10.42\n&initial-amount=1,000.00" + usd:                        {isReview, payneteasy.CauseNoAmount},
		"&amount=5.00\n&initial-amount=10.42":                                  {isReview, payneteasy.CauseNoAmount},
		"&amount=10.42\n&initial-amount=10.42":                                 {isReview, payneteasy.CauseNoAmount},
		"&amount=10.42\n&initial-amount=10.42\n&total-reversal-amount=5.00":    {isReversed, ""},
		"&amount=10.42\n&initial-amount=10.42\n&total-reversal-amount=?" + usd: {isReversed, ""},
		"&x=y": {isPaid, ""},
	} {
		says := "&status=approved\n" + amounts
		handler, told := saysOf(t, nil, &says)
		require.Equal(t, http.StatusOK, calledBack(handler), amounts)
		require.Equal(t, want.decision, told.last().Decision, amounts)
		require.Equal(t, want.cause, told.last().Cause, amounts)
		require.True(t, told.last().TakenBack.IsZero(), "how much is not known")
	}
}
