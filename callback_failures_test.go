package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/stretchr/testify/require"
)

// TestStaleAnswers checks that the client asks again if another client has changed the entry while it waited for the
// answer.
func TestStaleAnswers(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		gateway.Finish("payout-0001")
		base, late, slow := config.HTTPClient.Transport, make(chan struct{}), false
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := base.RoundTrip(req)
			if !slow {
				slow = true
				<-late
			}
			return resp, err
		})}
		waits, ended := newClient(t, config), make(chan payneteasy.Entry)
		go func() {
			entry, err := waits.Wait(context.Background(), payout.Entry, nil)
			require.NoError(t, err)
			ended <- entry
		}()
		<-time.After(time.Second)
		gateway.TakeBack("payout-0001", "reversal")
		_, err = client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		close(late)
		require.Equal(t, isReversed, (<-ended).Decision(), "asked again")
		require.Equal(t, "reversal", stored(t, journal).TransactionType)
	})
}

// TestOrdersThatAreNotFinal checks that an order which is not final is not told. The callback gets 503, so that the
// gateway calls again.
func TestOrdersThatAreNotFinal(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		r.gateway.SetAccount("1234567890", payneteasytest.Stuck())
		req := request(t)
		req.ClientOrderID = "payout-0002"
		payout, err := r.client.Payout(t.Context(), req)
		require.NoError(t, err)
		ids := []string{"client_orderid", "payout-0002", "merchant_order", "payout-0002", "orderid", payout.OrderID}
		for _, status := range []string{"approved", "declined", "processing", "unknown"} {
			require.Equal(t, http.StatusServiceUnavailable, r.call(append(ids, "status", status)...), status)
		}
		require.Empty(t, r.told)
	})
}

// TestFunctionsThatFail checks that a function that failed is called again with the next callback, until it succeeds.
func TestFunctionsThatFail(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		const secret = "a secret of the merchant"
		for _, handle := range []func(context.Context) error{
			func(context.Context) error { return errors.New("the books are closed") },
			func(context.Context) error { panic(secret) },
			func(context.Context) error { panic(errors.New(secret)) },
			func(context.Context) error { runtime.Goexit(); return nil },
		} {
			r.handle = handle
			done := make(chan int)
			go func() {
				code := 0
				defer func() { done <- code }()
				w := httptest.NewRecorder()
				defer func() { code = w.Code }()
				r.handler.ServeHTTP(w, callbackGET(callbackForm().Encode()))
			}()
			require.Equal(t, http.StatusInternalServerError, <-done)
		}
		require.Len(t, r.told, 4)
		r.handle = func(context.Context) error { panic(http.ErrAbortHandler) }
		require.PanicsWithValue(t, http.ErrAbortHandler, func() { r.call() })
		r.handle = nil
		require.Equal(t, http.StatusOK, r.call())
		require.Len(t, r.told, 6)
		require.Equal(t, http.StatusOK, r.call())
		require.Len(t, r.told, 6)
		for i, one := range r.told {
			news := r.told[0].News
			news.Again = i > 0
			require.Equal(t, news, one.News, "the same news has the same Seq")
		}
		require.NotContains(t, r.log.String(), secret)
		require.Contains(t, r.log.String(),
			`outcome="the function failed" http_status=500 reason="the books are closed"`)
		require.Equal(t, 4, strings.Count(r.log.String(), "outcome=panic"), r.log.String())
		require.Equal(t, 3,
			strings.Count(r.log.String(), "panicked_at=github.com/payneteasy-go/payneteasy_test.TestFunctionsThatFail"),
			r.log.String())
	})
}

// TestUnreachableGateway checks that nothing is told if the gateway does not know the order, or cannot be reached.
func TestUnreachableGateway(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		r.gateway.Hide("payout-0001", true)
		require.Equal(t, http.StatusServiceUnavailable, r.call())
		r.gateway.Hide("payout-0001", false)
		r.gateway.RefuseConnections(true)
		r.client.CloseIdleConnections()
		require.Equal(t, http.StatusServiceUnavailable, r.call())
		require.Empty(t, r.told)
		r.gateway.RefuseConnections(false)
		require.Equal(t, http.StatusOK, r.call())
		require.Len(t, r.told, 1)
	})
}

// TestStoresThatFail checks that a client without a journal needs its store. It answers 200 only if the store has
// recorded the news that was told. A client with a journal does not use the store.
func TestStoresThatFail(t *testing.T) {
	t.Parallel()
	says := paid
	store := &failingStore{begin: errors.New("away")}
	handler, told := saysOf(t, nil, &says)
	handler.Store = store
	require.Equal(t, http.StatusServiceUnavailable, calledBack(handler))
	require.Empty(t, *told)
	store.begin, store.end = nil, errors.New("away")
	require.Equal(t, http.StatusServiceUnavailable, calledBack(handler))
	require.Len(t, *told, 1)
	require.Equal(t, http.StatusServiceUnavailable, calledBack(handler), "the store has not released the order")

	journaled, told := saysOf(t, &payneteasytest.MemoryJournal{}, &says)
	journaled.Store = &failingStore{begin: errors.New("away")}
	require.Equal(t, http.StatusOK, calledBack(journaled))
	require.Len(t, *told, 1)
}
