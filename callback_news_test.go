package payneteasy_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// These tests check that a genuine callback is not lost, and that news already told does not hide it. Each of them was
// a bug once.

// journalOfPayout returns a journal that has the payout as the gateway reports it now. Nothing about it was told yet.
func journalOfPayout(
	t *testing.T, says *string,
) (*payneteasytest.MemoryJournal, *payneteasy.CallbackHandler, *tellings) {
	journal := &payneteasytest.MemoryJournal{}
	handler, told := saysOf(t, journal, says)
	require.Equal(t, http.StatusOK, calledBack(storingHandler(t, journal, says), "status", "processing"))
	return journal, handler, told
}

// TestContradictionsAreNotLost checks that a contradiction is told even if the function failed first or a question was
// asked in between.
func TestContradictionsAreNotLost(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	says = paid
	code := calledBack(storingHandler(t, journal, &says), "status", "declined", "amount", "99")
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
		says = paid // the contradiction in between is not forgotten
		require.Equal(t, http.StatusOK, calledBack(handler))
		require.Equal(t, toldAs{isPaid, isReview, isReview}, news.decisions())
	}
}

// TestUnseenFailedReversal checks a status that shows a failed reversal, when the result of the payout was never told.
// A person must look then. A later status is told normally.
func TestUnseenFailedReversal(t *testing.T) {
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

// TestPayoutBehindAFailedReversal checks a late or repeated callback about the payout while the status is a failed
// reversal. The handler answers it from what it knows about the payout.
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

// TestClocksThatDiffer checks that an entry can be changed even if the clock of another machine has dated it in the
// future.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	entry := stored(t, journal)
	entry.Changed, entry.Revision = entry.Changed.AddDate(1, 0, 0), entry.Revision+1
	require.NoError(t, journal.Put(t.Context(), entry))
	says = paid
	require.Equal(t, http.StatusOK, calledBack(handler))
	require.Equal(t, payneteasy.CauseChanged, told.last().Cause)
	entry = stored(t, journal)
	require.Equal(t, payneteasy.StatusApproved, entry.Status)
	require.Equal(t, isReview, entry.Decision())
}

// TestNewsWhileTelling checks news that another process stores while the function runs. It is told before the callback
// is answered with 200.
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

// TestSeqOfForgottenOrders checks that Seq still increases after a store without a journal has forgotten the order, or
// after a restart.
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

// TestNewsOfOneOrder checks the HTTP status of several callbacks about one order, and which of them are told.
func TestNewsOfOneOrder(t *testing.T) {
	t.Parallel()
	type step struct {
		says  string
		claim []string
		code  int
		told  bool
	}
	part := func(amount, total string) string {
		return "&status=approved\n&transaction-type=reversal\n&amount=" + amount +
			"\n&initial-amount=10.42\n&total-reversal-amount=" + total + "\n&currency=USD"
	}
	reversal := func(amount string) []string { return []string{"type", "reversal", "amount", amount} }
	for name, steps := range map[string]struct {
		steps     []step
		decisions toldAs
	}{
		"an unknown type": {[]step{
			{paid, nil, 200, true},
			{part("10.42", "10.42"), []string{"type", ""}, 200, true},
			{part("10.42", "10.42"), []string{"type", "storno"}, 200, false},
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
			{paid, nil, 200, true},
			{
				"&status=approved\n&transaction-type=payout\n&amount=5.00\n&initial-amount=10.42\n&currency=USD",
				[]string{"amount", "5.00"},
				200, true,
			},
		}, toldAs{isPaid, isReview}},
		"no amount, and not paid": {
			[]step{{"&status=declined", []string{"status", "declined"}, 200, true}}, toldAs{isNotPaid},
		},
		"a reversal that is declined": {[]step{
			{paid, nil, 200, true},
			{paid, []string{"status", "declined", "type", "reversal"}, 200, false},
			{
				"&status=declined\n&transaction-type=reversal\n&amount=10.42\n&currency=USD",
				[]string{"status", "declined", "type", "reversal"},
				200, false,
			},
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

// TestTakenBackAfterASettlement checks a reversal or a dispute after a person settled the order. A reversal contradicts
// "not paid", but not "paid". A dispute always needs a person. The amount taken back is told in each case.
func TestTakenBackAfterASettlement(t *testing.T) {
	t.Parallel()
	open := payneteasy.Order{ID: "6982864", End: "open"}
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

// TestContradictionsOfASettlement checks orders that were settled, rejected or not sent, and that the gateway
// contradicts later. The contradiction comes at once, or after the status processing. The journal knew the order, or
// did not.
func TestContradictionsOfASettlement(t *testing.T) {
	t.Parallel()
	open := payneteasy.Order{ID: "6982864", End: "open"}
	refused := func(send string) func(*payneteasy.Entry) {
		return func(e *payneteasy.Entry) { e.Send, e.Booked, e.NotKnown = send, payneteasy.DecisionRejected, true }
	}
	notSent := func(e *payneteasy.Entry) { e.Send, e.Booked = "not sent", isNotSent }
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
		"rejected":                        {refused("refused"), paid, payneteasy.CauseFreed},
		"rejected for its parameter":      {refused("refused parameter"), paid, payneteasy.CauseFreed},
		"rejected by the page of the 403": {refused("denied"), paid, payneteasy.CauseFreed},
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

// TestAmountsThatCannotBeRead checks that an amount that cannot be read is a mismatch. A status without any amount is
// accepted for its order IDs.
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
