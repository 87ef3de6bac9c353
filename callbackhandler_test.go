package payneteasy_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestCallbacksOfTheGateway checks callbacks over HTTP. The function is told once that the payout is paid, and once
// that it was reversed.
func TestCallbacksOfTheGateway(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	told := make(chan telling, 10)
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
		told <- telling{news, cb}
		return nil
	})
	server := httptest.NewServer(handler)
	defer server.Close()
	req := request(t)
	req.NotifyURL = server.URL + "/callback?shop=7"
	_, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	gateway.Finish(req.ClientOrderID)
	gateway.WaitCallbacks()
	one := <-told
	require.Equal(t, isPaid, one.Decision)
	require.Equal(t, req.Amount, one.Paid)
	require.Equal(t, req.Amount, one.cb.Amount)
	require.Equal(t, req.Amount, one.cb.Confirmed.Amount)
	require.Equal(t, "7", one.cb.Fields.Get("shop"))
	require.Empty(t, one.cb.Fields.Get("control"), "only a forger has a use for it")

	require.True(t, gateway.CallBack(req.ClientOrderID, nil))
	gateway.WaitCallbacks()
	require.Empty(t, told, "a duplicate")

	for kind, part := range map[string]string{"reversal": "3.00", "chargeback": "7.42"} {
		require.True(t, gateway.TakeBackPart(req.ClientOrderID, kind, part))
		gateway.WaitCallbacks()
		before := one
		one = <-told
		require.Equal(t, payneteasy.StatusApproved, one.cb.Status)
		require.Equal(t, kind, one.cb.TransactionType)
		require.Equal(t, isReversed, one.Decision)
		require.Equal(t, payneteasy.PayAgainNo, one.Decision.PayAgain())
		require.Greater(t, one.Seq, before.Seq)
	}
	require.Equal(t, req.Amount, one.TakenBack)
	for _, delivery := range gateway.CallbackAttempts() {
		require.Equal(t, http.StatusOK, delivery.HTTPStatus, delivery.URL)
	}
	require.Len(t, gateway.CallbackAttempts(), 4)
}

// TestCallbackURLs checks which URLs the gateway calls. It calls notify_url about the payout and its reversal, and
// server_callback_url about the payout only. A payout form is the same as a payout.
func TestCallbackURLs(t *testing.T) {
	t.Parallel()
	notify := func(r *payneteasy.PayoutRequest, url string) { r.NotifyURL = url }
	callback := func(r *payneteasy.PayoutRequest, url string) { r.CallbackURL = url }
	all := []string{"payout", "reversal", "chargeback"}
	for _, test := range []struct {
		name string
		set  func(r *payneteasy.PayoutRequest, url string)
		form bool
		want []string // types of the callbacks that arrived
	}{
		{"notify_url", notify, false, all},
		{"notify_url of a form", notify, true, all},
		{"server_callback_url", callback, false, all[:1]},
		{"server_callback_url of a form", callback, true, all[:1]},
		{"none", func(*payneteasy.PayoutRequest, string) {}, false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			gateway := payneteasytest.NewGateway(t)
			client := newClient(t, gateway.Config())
			var told []string
			book := func(_ context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
				told = append(told, cb.TransactionType)
				want := isReversed
				if cb.TransactionType == "payout" {
					want = isPaid
				}
				if news.Decision != want {
					return fmt.Errorf("told as %s", news.Decision)
				}
				return nil
			}
			server := httptest.NewServer(client.CallbackHandler(book))
			defer server.Close()
			req := request(t)
			test.set(req, server.URL+"/callback?shop=7")
			var err error
			if test.form {
				_, err = client.PayoutForm(t.Context(), req)
				require.True(t, gateway.SubmitForm(req.ClientOrderID, "1234567890", "Jane Doe"))
			} else {
				_, err = client.Payout(t.Context(), req)
			}
			require.NoError(t, err)
			require.True(t, gateway.Finish(req.ClientOrderID))
			gateway.WaitCallbacks()
			for i, kind := range all[1:] {
				require.True(t, gateway.TakeBackPart(req.ClientOrderID, kind, []string{"3.00", "7.42"}[i]))
				gateway.WaitCallbacks()
				require.Equal(t, len(test.want) == len(all), gateway.CallBack(req.ClientOrderID, nil),
					"is there a URL to call?")
				gateway.WaitCallbacks()
			}
			require.Equal(t, test.want, told)
			for _, delivery := range gateway.CallbackAttempts() {
				require.Equal(t, http.StatusOK, delivery.HTTPStatus, delivery.URL)
			}
		})
	}
}

// TestConfirmedStatusIsTold checks that the gateway's status is told instead of the claim. Each status is told once.
func TestConfirmedStatusIsTold(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		require.Equal(t, http.StatusOK, r.call("status", "processing"), "it lags behind")
		require.Len(t, r.told, 1)
		require.Equal(t, payneteasy.StatusProcessing, r.told[0].cb.Status)
		require.Equal(t, isPaid, r.told[0].Decision)
		require.Equal(t, http.StatusOK, r.call(), "told before")
		require.Len(t, r.told, 1)

		// The callback of the reversal arrives before the callback of the payout.
		r.gateway.TakeBack("payout-0001", "reversal")
		require.Equal(t, http.StatusOK, r.call("type", "reversal"))
		require.Len(t, r.told, 2)
		require.Equal(t, isReversed, r.told[1].Decision, "that is what becomes of payouts")
		for _, kind := range []string{"payment", "payout", "reversal"} {
			require.Equal(t, http.StatusOK, r.call("type", kind), kind)
		}
		require.Len(t, r.told, 2)
	})
}

// TestStatusLagsBehind checks a status that is older than its callback. The gateway calls again, and the news is told
// then.
func TestStatusLagsBehind(t *testing.T) {
	t.Parallel()
	const paid, declined = "&status=approved\n&transaction-type=payout\n&amount=10.42\n&currency=USD",
		"&status=declined\n&transaction-type=payout\n&amount=10.42\n&currency=USD"
	const reversed = "&status=approved\n&transaction-type=reversal\n&amount=10.42\n&currency=USD"
	for name, test := range map[string]struct {
		before, after string
		claim         []string
		decision      payneteasy.Decision
		cause         payneteasy.Cause
	}{
		"a reversal":          {paid, reversed, []string{"type", "reversal"}, isReversed, ""},
		"approved, after all": {declined, paid, nil, isReview, payneteasy.CauseChanged},
		"declined, after all": {paid, declined, []string{"status", "declined"}, isReview, payneteasy.CauseChanged},
		"a reversal taken back": {
			reversed, declined,
			[]string{"status", "declined"},
			isReview,
			payneteasy.CauseChanged,
		},
	} {
		says := test.before
		handler, told := saysOf(t, nil, &says)
		require.Equal(t, http.StatusServiceUnavailable, calledBack(handler, test.claim...), name)
		require.Len(t, *told, 1, name)
		says = test.after
		for range 2 {
			require.Equal(t, http.StatusOK, calledBack(handler, test.claim...), name)
		}
		require.Len(t, *told, 2, name)
		last := told.last()
		require.Equal(t, test.decision, last.Decision, name)
		require.Equal(t, test.cause, last.Cause, name)
	}
}

// TestApprovedAgain checks that approved, declined and approved again are told as three pieces of news.
func TestApprovedAgain(t *testing.T) {
	t.Parallel()
	var says string
	handler, told := saysOf(t, nil, &says)
	for i, status := range []string{"approved", "declined", "approved"} {
		says = "&status=" + status + "\n&amount=10.42\n&currency=USD"
		require.Equal(t, http.StatusOK, calledBack(handler, "status", status))
		require.Len(t, *told, i+1)
	}
	require.Equal(t, toldAs{isPaid, isReview, isReview}, told.decisions())
}

// TestCallbacksAtOnce checks that one of several concurrent callbacks about one order is handled. The gateway must
// repeat the others.
func TestCallbacksAtOnce(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		entered, leave := make(chan bool), make(chan bool)
		r.handle = func(context.Context) error { entered <- true; <-leave; return nil }
		first := make(chan int)
		go func() { first <- r.call() }()
		<-entered
		for _, changes := range [][]string{{}, {"status", "processing"}, {"type", "sale"}} {
			require.Equal(t, http.StatusServiceUnavailable, r.call(changes...), "%v is of the same order", changes)
		}
		leave <- true
		require.Equal(t, http.StatusOK, <-first)
		require.Equal(t, http.StatusOK, r.call())
		require.Len(t, r.told, 1)
	})
}

// TestManyCallbacksAtOnce checks that each order is told once, for any order of its callbacks.
func TestManyCallbacksAtOnce(t *testing.T) {
	t.Parallel()
	client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: constantly(answer{
		200, form, statusReply, byLength,
	})}))
	var told atomic.Int64
	handler := client.CallbackHandler(func(context.Context, payneteasy.News, *payneteasy.Callback) error {
		told.Add(1)
		return nil
	})
	codes := make([]int, 64)
	var group sync.WaitGroup
	for i := range codes {
		group.Go(func() { codes[i] = calledBack(handler) })
	}
	group.Wait()
	require.EqualValues(t, 1, told.Load())
	require.Contains(t, codes, http.StatusOK)
	for _, code := range codes {
		require.Contains(t, []int{http.StatusOK, http.StatusServiceUnavailable}, code)
	}
}

type contextKey struct{}

// TestCallbackContext checks that the function's context continues if the gateway disconnects, and ends after a minute.
func TestCallbackContext(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		ctx, hangUp := context.WithCancel(context.WithValue(t.Context(), contextKey{}, "the request's"))
		r.handle = func(ctx context.Context) error {
			hangUp()
			require.NoError(t, ctx.Err())
			require.Equal(t, "the request's", ctx.Value(contextKey{}))
			began := time.Now()
			<-ctx.Done()
			require.Equal(t, time.Minute, time.Since(began))
			return ctx.Err()
		}
		require.Equal(t, http.StatusInternalServerError,
			served(r.handler, callbackGET(callbackForm().Encode()).WithContext(ctx)))
		r.handle = nil
		require.Equal(t, http.StatusOK, served(r.handler, callbackGET(callbackForm().Encode()).WithContext(ctx)),
			"disconnected before it began")
	})
}

// TestCallbackWithoutAFunction checks that a handler without a function confirms and stores the order. The news does
// not count as told.
func TestCallbackWithoutAFunction(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		handler := r.client.CallbackHandler(nil)
		require.Equal(t, http.StatusOK, calledBack(handler))
		require.Equal(t, http.StatusServiceUnavailable, calledBack(handler, "type", "reversal"), "not confirmed")
		entry := stored(t, r.journal)
		require.Equal(t, isPaid, entry.Decision())
		require.Equal(t, payneteasy.StatusApproved, entry.Status)
		require.Zero(t, entry.Told.Seq)
		require.Equal(t, http.StatusOK, r.call())
		require.Len(t, r.told, 1)
		require.Equal(t, r.told[0].Seq, stored(t, r.journal).Told.Seq)
	})
}

// TestStoredOrders checks the values that an Order function returns, such as the endpoint and the amount.
func TestStoredOrders(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	req := request(t)
	req.Endpoint = payneteasy.EndpointGroupID(1144)
	payout, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	gateway.Finish("payout-0001")
	cheap := must(payneteasy.ParseAmount("1", "USD"))
	order := func(id string, amount payneteasy.Amount) payneteasy.OrderRef {
		return payneteasy.OrderRef{Endpoint: req.Endpoint, OrderID: id, Amount: amount}
	}
	for name, test := range map[string]struct {
		ref      payneteasy.OrderRef
		err      error
		status   int
		decision payneteasy.Decision // the decision that was told
	}{
		"not at the client's endpoint": {payneteasy.OrderRef{}, nil, 503, ""},
		"at its own":                   {payneteasy.OrderRef{Endpoint: req.Endpoint}, nil, 200, isPaid},
		"whole":                        {payout.Entry.Ref(), nil, 200, isPaid},
		"of another amount":            {order("", cheap), nil, 200, isReview},
		"another order's ID":           {order("1", req.Amount), nil, 200, isReview},
		"with another merchant's id":   {payneteasy.OrderRef{ClientOrderID: "payout-0002"}, nil, 409, ""},
		"not the merchant's order":     {payneteasy.OrderRef{}, payneteasy.ErrOrderMismatch, 409, ""},
		"temporarily unavailable":      {payneteasy.OrderRef{}, errors.New("the database is away"), 503, ""},
		"impossible":                   {payneteasy.OrderRef{Endpoint: payneteasy.EndpointID(-1)}, nil, 503, ""},
		"of an impossible order ID":    {order("none", req.Amount), nil, 503, ""},
	} {
		var told tellings
		handler := client.CallbackHandler(told.add)
		handler.Order = func(_ context.Context, cb *payneteasy.Callback) (payneteasy.OrderRef, error) {
			require.Equal(t, "6982864", cb.OrderID)
			return test.ref, test.err
		}
		require.Equal(t, test.status, calledBack(handler), name)
		require.Equal(t, test.decision != "", len(told) == 1, name)
		if len(told) == 1 {
			require.Equal(t, test.decision, told[0].Decision, name)
		}
	}
}

// TestCallbackHeaders checks that no answer is cached or read as HTML, and that 405 lists the methods.
func TestCallbackHeaders(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	receiver(t).CallbackHandler(nil).ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "/", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "GET, POST", w.Header().Get("Allow"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
}
