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

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/stretchr/testify/require"
)

// TestDecisionOfTwoOrders checks that neither of two orders of one ID is told as paid, or as free to be paid again.
func TestDecisionOfTwoOrders(t *testing.T) {
	t.Parallel()
	says := declined
	journal, handler, told := journalOfPayout(t, &says)
	entry := stored(t, journal)
	entry.Orders = append(entry.Orders, payneteasy.Order{ID: "6982865", End: "open"})
	entry.Revision++
	require.NoError(t, journal.Put(t.Context(), entry))
	require.Equal(t, http.StatusOK, calledBack(handler, "status", "declined"))
	require.Equal(t, toldAs{isReview}, told.decisions())
	require.Len(t, told.last().Orders, 2)
}

// TestCallbackOfASecondOrder checks that a second order of one ClientOrderID is told as a review, at the first callback
// and after each change. The first order is known from the journal, from the handler's store or from the merchant.
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
		require.Equal(t, http.StatusServiceUnavailable, served(handler, second()), "not confirmed")
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
			entry, err := refreshed(t.Context(), client, stored(t, journal), "6982865")
			require.NoError(t, err)
			require.Equal(t, isReview, entry.Decision())
		}
	}
}

// TestSecondOrderElsewhere checks that the question about a second order goes to the endpoint of the journal, not of
// the client.
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
	known := client.NewEntry(payneteasy.OrderRef{
		Endpoint:      payneteasy.EndpointID(40000),
		ClientOrderID: "payout-0001", OrderID: "6982864", Amount: request(t).Amount,
	})
	known.Revision = 1
	err := journal.Put(t.Context(), known)
	require.NoError(t, err)
	var told tellings
	require.Equal(t, http.StatusOK, calledBack(client.CallbackHandler(told.add), "orderid", "6982865"))
	require.Equal(t, toldAs{isReview}, told.decisions())
	require.Equal(t, payneteasy.CauseSeveral, told.last().Cause)
	require.Equal(t, "6982865", stored(t, journal).Orders[1].ID)
}

// TestOrderIDOfNoOrder checks a forged callback that moves digits between status and order ID. The control covers both
// without a separator. If the gateway knows no order by the two IDs, that says nothing about the payout.
func TestOrderIDOfNoOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		moved := callbackForm("status", "approved6", "orderid", "982864")
		require.Equal(t, callbackForm().Get("control"), moved.Get("control"), "the control does not tell them apart")
		transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 200, form, "type=validation-error\n&error-message=Order not found\n&error-code=1\n"), nil
		})
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
		for _, send := range []string{
			"unknown", "refused", "denied", "refused parameter",
		} {
			journal := &payneteasytest.MemoryJournal{}
			config.Journal = journal
			client := newClient(t, config)
			entry := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001", Amount: request(t).Amount})
			entry.Revision, entry.Send = 1, send
			err := journal.Put(t.Context(), entry)
			require.NoError(t, err)
			<-time.After(entry.Window)
			before := stored(t, journal)
			var told tellings
			code := served(client.CallbackHandler(told.add), callbackGET(moved.Encode()))
			require.Equal(t, http.StatusServiceUnavailable, code, send)
			require.Empty(t, told)
			require.Equal(t, before, stored(t, journal), send)
			_, err = refreshed(t.Context(), client, before, "982864")
			require.ErrorContains(t, err, "the gateway does not know the order")
			require.Equal(t, before, stored(t, journal), send)

			// A question with the ClientOrderID alone does say something about it.
			entry, err = refreshed(t.Context(), client, before, "")
			require.ErrorIs(t, err, payneteasy.ErrOrderNotFound, send)
			require.Equal(t, send == "unknown", entry.Decision() == isReview, send)
			require.Equal(t, send != "unknown", entry.Decision() == payneteasy.DecisionRejected, send)
			require.Equal(t, entry, stored(t, journal), send)
		}
	})
}

// TestOrdersUnknownToTheMerchant checks that an order is not stored if neither the journal nor Order knows it. Without
// a journal, an order that the gateway does not know is not stored either, so it is never told.
func TestOrdersUnknownToTheMerchant(t *testing.T) {
	t.Parallel()
	says := paid
	journal := &payneteasytest.MemoryJournal{}
	handler, told := saysOf(t, journal, &says)
	handler.Order = nil
	require.Equal(t, http.StatusServiceUnavailable, calledBack(handler))
	require.Empty(t, *told)
	_, _, err := journal.Get(t.Context(), "payout-0001")
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

// TestOrdersOfAnotherMerchant checks that the client does not ask about an entry of another login or gateway.
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

// TestOrderOfTheJournal checks that Order is not called for an order that the journal has.
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

// TestDecisionOfAnotherOrder checks that the decision of another order, in the cause of a context, is not taken for
// this order's.
func TestDecisionOfAnotherOrder(t *testing.T) {
	t.Parallel()
	client := newClient(t,
		configFor(t, "http://localhost/paynet",
			&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
				return nil, context.Cause(req.Context())
			})}))
	other := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0002", OrderID: "2"})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&payneteasy.WaitError{Entry: other, Err: payneteasy.ErrWaitTimeout})
	entry := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "1"})
	_, err := refreshed(ctx, client, entry, "")
	require.ErrorContains(t, err, `payneteasy: status "payout-0001": failed: `+
		`wait for "payout-0002", which is unknown: no final status yet`)
	require.Empty(t, payneteasy.DecisionOf(err))
	require.NotErrorAs(t, err, new(*payneteasy.WaitError))
}
