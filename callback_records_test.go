package payneteasy_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/stretchr/testify/require"
)

// TestCallbackRecord checks the record that a handler without a journal stores. It is an entry of limited size for any
// number of partial reversals, and holds no personal data. Another handler can read it.
func TestCallbackRecord(t *testing.T) {
	t.Parallel()
	says := partOf("payout", "10.42", "0.01")
	first, _ := saysOf(t, nil, &says)
	second, told := saysOf(t, nil, &says)
	store := &recordStore{}
	first.Store, second.Store = store, store
	kinds := []string{"reversal", "chargeback", "arbitration refund of a cardholder"}
	for i := range 60 {
		amount := must(payneteasy.AmountFromMinor(int64(i+1)*(int64(i)+2)/2, "USD"))
		says = partOf("payout", "99.99", amount.Decimal())
		part := must(payneteasy.AmountFromMinor(int64(i+1), "USD"))
		for _, handler := range []*payneteasy.CallbackHandler{first, second} {
			code := calledBack(handler, "type", kinds[i%3], "amount", part.Decimal(), "name", "Jane Doe")
			require.Equal(t, http.StatusOK, code, i)
		}
		require.LessOrEqual(t, len(store.record), 4<<10)
		require.NotContains(t, strings.ToLower(store.record), "jane")
	}
	require.Empty(t, *told, "the first handler has told them")
	var entry payneteasy.Entry
	require.NoError(t, json.Unmarshal([]byte(store.record), &entry))
	require.Equal(t, isReversed, entry.Decision())
	require.Len(t, entry.Told.Claims, 20)
	require.Equal(t, entry.Seq, entry.Told.Seq)
}

// TestCallbackRecordsThatCannotBeKept checks that a record that is too large or cannot be read is a failure of the
// store. The function is not called.
func TestCallbackRecordsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	says := paid
	var told tellings
	handler := ordersOf(t, nil, &says).CallbackHandler(told.add)
	kept := &recordStore{}
	handler.Store = kept
	last := 0
	for i := range 100 {
		last = calledBack(handler, "orderid", strconv.Itoa(6982864+i))
		if last != http.StatusOK {
			break
		}
	}
	require.Equal(t, http.StatusServiceUnavailable, last)
	require.Greater(t, len(told), 10)
	var entry payneteasy.Entry
	require.NoError(t, json.Unmarshal([]byte(kept.record), &entry), "the stored record is complete")
	require.Equal(t, isReview, entry.Decision())

	for _, record := range []string{"approved", "{}", `{"version":2}`} {
		store := &brokenStore{record: record}
		book := func(context.Context, payneteasy.News, *payneteasy.Callback) error {
			t.Error("called")
			return nil
		}
		other := ordersOf(t, nil, &says).CallbackHandler(book)
		other.Store = store
		require.Equal(t, http.StatusServiceUnavailable, calledBack(other), record)
		require.Equal(t, record, store.record, "the record is unchanged")
	}
}

// TestCallbackRecords checks that each callback makes one log record. It has IDs, status and outcome, and nothing else
// from the callback.
func TestCallbackRecords(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		for _, test := range []struct {
			changes []string
			says    string
		}{
			{
				[]string{"email", "jane@example.com"},
				`level=INFO msg="payneteasy callback" outcome=handled http_status=200`,
			},
			{nil, `level=DEBUG msg="payneteasy callback" outcome="handled before" http_status=200`},
			{[]string{"control", "x"}, `level=WARN msg="payneteasy callback" outcome=forged http_status=403`},
			{[]string{"orderid", "x"}, `level=WARN msg="payneteasy callback" outcome=refused http_status=400`},
			{[]string{"status", "x"}, `level=DEBUG msg="payneteasy callback" outcome="handled before" http_status=200`},
			{
				[]string{"orderid", "6982865"},
				`level=ERROR msg="payneteasy callback" outcome="not the same order" http_status=409`,
			},
			{
				[]string{"status", "declined"},
				`level=WARN msg="payneteasy callback" outcome="not confirmed" http_status=503`,
			},
		} {
			r.log.Reset()
			r.call(test.changes...)
			require.Equal(t, 1, strings.Count(r.log.String(), "payneteasy callback"), r.log.String())
			require.Contains(t, r.log.String(), test.says)
			require.NotContains(t, r.log.String(), callbackForm().Get("control"))
			require.NotContains(t, r.log.String(), "jane@")
			known := !strings.Contains(test.says, "http_status=40") || strings.Contains(test.says, "409")
			require.Equal(t, known,
				strings.Contains(r.log.String(), "callback.client_orderid=payout-0001 callback.order_id=698286"))
		}
	})
}

// TestRecordsThatCannotBeStored checks that a callback gets 200 only if the news that was told is stored. Otherwise a
// contradiction would not be seen.
func TestRecordsThatCannotBeStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		var merchant books
		handler := clientOf(t, nil, &says).CallbackHandler(merchant.book)
		store := &losingStore{loses: true, err: errors.New("no space")}
		handler.Store = store
		require.Equal(t, http.StatusServiceUnavailable, calledBack(handler))
		*store = losingStore{}
		<-time.After(time.Minute)
		require.Equal(t, http.StatusOK, calledBack(handler))
		says = "&status=declined\n" + ofPayout
		require.Equal(t, http.StatusOK, calledBack(handler, "status", "declined"))
		require.Equal(t, []payneteasy.Decision{isPaid, isPaid, isReview}, decisionsOf(merchant.told))
		require.Equal(t, isReview, merchant.booked.Decision)
	})
}
