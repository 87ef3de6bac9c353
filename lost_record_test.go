package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// losingStore loses records while loses is set, as a database does if the process dies before the end of a callback. It
// returns err.
type losingStore struct {
	record string
	loses  bool
	err    error
}

func (s *losingStore) Begin(context.Context, string) (string, error) { return s.record, nil }

func (s *losingStore) End(_ context.Context, _, record string) error {
	if !s.loses {
		s.record = record
	}
	return s.err
}

// TestSeqOfLostRecords checks that news which was told but not stored is told again. The next news has a higher Seq.
func TestSeqOfLostRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		var merchant books
		handler := clientOf(t, nil, &says).CallbackHandler(merchant.book)
		store := &losingStore{}
		handler.Store = store
		require.Equal(t, http.StatusOK, calledBack(handler))
		<-time.After(time.Minute)
		says, store.loses = partOf("reversal", "3.00", "3.00"), true
		calledBack(handler, "type", "reversal", "amount", "3.00")
		<-time.After(time.Minute)
		says, store.loses = partOf("reversal", "4.00", "7.00"), false
		require.Equal(t, http.StatusOK, calledBack(handler, "type", "reversal", "amount", "4.00"))
		require.Len(t, merchant.told, 3)
		require.Equal(t, "7.00", merchant.told[2].TakenBack.Decimal())
		require.Equal(t, "7.00", merchant.booked.TakenBack.Decimal(), "it has a Seq of its own")
	})
}

// TestSeqOfAdoptedOrders checks an order that a handler without a journal has told, and that a journal adopts. Its
// later news has a higher Seq.
func TestSeqOfAdoptedOrders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		var merchant books
		require.Equal(t, http.StatusOK, calledBack(clientOf(t, nil, &says).CallbackHandler(merchant.book)))
		<-time.After(time.Minute)
		journaled := clientOf(t, &payneteasytest.MemoryJournal{}, &says).CallbackHandler(merchant.book)
		journaled.Order = order1042(t)
		says = partOf("chargeback", "10.42", "10.42")
		require.Equal(t, http.StatusOK, calledBack(journaled, "type", "chargeback"))
		require.Equal(t, isReversed, merchant.booked.Decision)
	})
}

// TestPanicsBeforeAStoreThatFails checks that a panic ends the callback even if the store returns an error.
func TestPanicsBeforeAStoreThatFails(t *testing.T) {
	t.Parallel()
	says := paid
	client := clientOf(t, nil, &says)
	handler := client.CallbackHandler(func(context.Context, payneteasy.News, *payneteasy.Callback) error {
		panic(http.ErrAbortHandler)
	})
	handler.Store = &losingStore{err: errors.New("no space")}
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { calledBack(handler) })
}

// TestTransactionOfAnotherOrder checks that an entry of another order, returned by Transaction, is an error.
func TestTransactionOfAnotherOrder(t *testing.T) {
	t.Parallel()
	says := partOf("reversal", "3.00", "3.00")
	journal := &payneteasytest.MemoryJournal{}
	client := clientOf(t, journal, &says)
	journalWith(t, client, journal, func(*payneteasy.Entry) {})
	handler := client.CallbackHandler(nil)
	handler.Transaction = func(context.Context, *payneteasy.Callback) (
		payneteasy.Entry, error,
	) {
		return payneteasy.Entry{}, nil
	}
	require.Equal(t, http.StatusInternalServerError, calledBack(handler, "type", "reversal", "amount", "3.00"))
	_, _, err := journal.Get(t.Context(), "")
	require.ErrorIs(t, err, payneteasy.ErrNoEntry)
}

// TestStoreOfTwoMerchants checks that two merchants with one store may use the same ClientOrderID.
func TestStoreOfTwoMerchants(t *testing.T) {
	t.Parallel()
	says := paid
	var store webhook.MemoryStore
	for _, login := range []string{"merchant-1", "merchant-2"} {
		config := configOf(t, nil, &says)
		config.Login = login
		var merchant books
		handler := newClient(t, config).CallbackHandler(merchant.book)
		handler.Store = &store
		require.Equal(t, http.StatusOK, calledBack(handler), login)
		require.Equal(t, isPaid, merchant.booked.Decision, login)
	}
}
