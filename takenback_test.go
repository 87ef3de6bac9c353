package payneteasy_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPartialReversals of the fake gateway, over HTTP: each is told once, and answered 200 at once.
func TestPartialReversals(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	var told []*payneteasy.Callback
	handler := client.CallbackHandler(func(_ context.Context, cb *payneteasy.Callback) error { told = append(told, cb); return nil })
	server := httptest.NewServer(handler)
	defer server.Close()
	req := request(t)
	req.NotifyURL = server.URL
	_, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	gateway.Finish(req.ClientOrderID)
	gateway.WaitCallbacks()
	require.False(t, gateway.TakeBackPart(req.ClientOrderID, "reversal", "10.43"), "more than there is")
	for i, part := range []struct{ amount, total string }{{"3.00", "3.00"}, {"4.00", "7.00"}, {"1.42", "8.42"}, {"2.00", "10.42"}} {
		require.True(t, gateway.TakeBackPart(req.ClientOrderID, "reversal", part.amount))
		gateway.WaitCallbacks()
		require.Len(t, told, i+2, part.amount)
		require.True(t, told[i+1].Reversed())
		require.False(t, told[i+1].Contradicts)
		require.Equal(t, part.total, told[i+1].Confirmed.Reference.TotalReversalAmount)
		require.True(t, gateway.CallBack(req.ClientOrderID, nil), "a duplicate")
		gateway.WaitCallbacks()
		require.Len(t, told, i+2, part.amount)
	}
	require.False(t, gateway.TakeBackPart(req.ClientOrderID, "reversal", "0.01"), "nothing is left")
	for _, delivery := range gateway.Callbacks() {
		require.Equal(t, http.StatusOK, delivery.HTTPStatus, delivery.URL)
	}
	require.Len(t, gateway.Callbacks(), 9)
}

// backStep is a status of the gateway, the amount that a callback of a type claims to be taken back, and what comes of
// it.
type backStep struct {
	says, kind, claim string
	code              int
	told              bool
}

// partOf is a status with the amount, the type and the total that a part leads to.
func partOf(kind, amount, total string) string {
	says := "&status=approved\n&transaction-type=" + kind + "\n&amount=" + amount + "\n&initial-amount=10.42\n&currency=USD"
	if total != "" {
		says += "\n&total-reversal-amount=" + total
	}
	return says
}

// TestPartsTakenBack, one after the other: whatever the amounts of status and callback are about, each part is told,
// and each true callback is answered 200. One that is ahead of the status is not.
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
			{reversal("3.00", "3.00"), back, "3.00", 200, true}, {reversal("4.00", "7.00"), back, "4.00", 200, true}, {reversal("4.00", "7.00"), back, "3.00", 200, false},
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
			{reversal("10.42", "3.00"), back, "10.42", 200, true}, {reversal("10.42", "7.00"), back, "10.42", 200, true}, {reversal("10.42", "10.42"), back, "10.42", 200, true},
		},
		"no amount": {{reversal("10.42", "3.00"), back, "", 200, true}, {reversal("10.42", "7.00"), back, "", 200, true}},
		"no total": {
			{reversal("3.00", ""), back, "3.00", 200, true}, {reversal("4.00", ""), back, "4.00", 200, true}, {reversal("4.00", ""), back, "3.00", 200, false},
		},
		"no total, the order's amount": {{reversal("10.42", ""), back, "3.00", 200, true}, {reversal("10.42", ""), back, "4.00", 200, false}},
		"parts in another order":       {{reversal("10.42", "7.00"), back, "4.00", 200, true}, {reversal("10.42", "7.00"), back, "3.00", 200, false}},
		"parts in another order, last first": {
			{reversal("2.00", "9.00"), back, "2.00", 200, true}, {reversal("2.00", "9.00"), back, "3.00", 200, false}, {reversal("2.00", "9.00"), back, "4.00", 200, false},
		},
		"totals in another order": {{reversal("4.00", "7.00"), back, "7.00", 200, true}, {reversal("4.00", "7.00"), back, "3.00", 200, false}},
		"equal parts":             {{payout("3.00"), back, "3.00", 200, true}, {payout("6.00"), back, "3.00", 200, true}, {payout("9.00"), back, "3.00", 200, true}},
		"a part, then all":        {{reversal("3.00", "3.00"), back, "3.00", 200, true}, {reversal("10.42", "10.42"), back, "10.42", 200, true}, {reversal("10.42", "10.42"), back, "3.00", 200, false}},
		"a part, then the rest":   {{reversal("3.00", "3.00"), back, "3.00", 200, true}, {reversal("7.42", "10.42"), back, "7.42", 200, true}, {reversal("7.42", "10.42"), back, "3.00", 200, false}},
		"all, the part late":      {{reversal("10.42", "10.42"), back, "7.42", 200, true}, {reversal("10.42", "10.42"), back, "3.00", 200, false}},
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
		"all, and the status lags": {{reversal("3.00", "3.00"), back, "3.00", 200, true}, {reversal("3.00", "3.00"), back, "10.42", 503, false}, {reversal("10.42", "10.42"), back, "10.42", 200, true}},
		"a false amount":           {{payout("3.00"), back, "9999.00", 503, true}, {payout("3.00"), back, "3.00", 200, false}},
		"a false type":             {{paid, "chargeback", "3.00", 503, false}, {payout("3.00"), back, "3.00", 200, true}},
	} {
		says := paid
		handler, told := saysOf(t, nil, &says)
		require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm().Encode())))
		for i, step := range steps {
			says = step.says
			before := len(*told)
			require.Equal(t, step.code, served(handler, callbackGET(callbackForm("type", step.kind, "amount", step.claim).Encode())), "%s, %d", name, i)
			require.Equal(t, step.told, len(*told) > before, "%s, %d", name, i)
			require.False(t, (*told)[len(*told)-1].Contradicts, "%s, %d", name, i)
		}
	}
}

// TestDoubtedParts: a claim that the status does not explain is no news after an hour, but an old one.
func TestDoubtedParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := partOf("payout", "10.42", "7.00")
		handler, told := saysOf(t, nil, &says)
		call := func(kind, amount string) int {
			return served(handler, callbackGET(callbackForm("type", kind, "amount", amount).Encode()))
		}
		require.Equal(t, http.StatusOK, call("reversal", "7.00"))
		for range 3 {
			require.Equal(t, http.StatusServiceUnavailable, call("reversal", "3.00"), "the part before, or one that the status does not know yet")
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

// lineStore shows what a store keeps.
type lineStore struct {
	payneteasy.MemoryCallbackStore
	line string
}

func (s *lineStore) End(ctx context.Context, order, told string) error {
	s.line = told
	return s.MemoryCallbackStore.End(ctx, order, told)
}

// TestPartsInAStore: what is remembered fits into a store's line, however many parts there are, and is read by another
// handler.
func TestPartsInAStore(t *testing.T) {
	t.Parallel()
	says := partOf("payout", "10.42", "0.01")
	first, _ := saysOf(t, nil, &says)
	second, told := saysOf(t, nil, &says)
	store := &lineStore{}
	first.Store, second.Store = store, store
	for i := range 60 {
		amount := must(payneteasy.AmountFromMinor(int64(i+1)*(int64(i)+2)/2, "USD"))
		says = partOf("payout", "99.99", amount.Decimal())
		part := must(payneteasy.AmountFromMinor(int64(i+1), "USD"))
		for _, handler := range []*payneteasy.CallbackHandler{first, second} {
			require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm("type", "reversal", "amount", part.Decimal()).Encode())), i)
		}
		require.LessOrEqual(t, len(store.line), 200)
	}
	require.Empty(t, *told, "the first handler told them")
}
