package payneteasy

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// CallbackHandler serves notify_url (PayoutRequest.NotifyURL). Make one with Client.CallbackHandler, set its fields
// before it serves, and keep it. It is safe for concurrent use.
//
// A callback with a valid control is a hint that something has happened to an order. The handler asks for the status of
// the order by both IDs. It merges the status into the order's entry in Config.Journal, or in Store if there is no
// journal. It wakes Client.Wait for the order. Then it calls the function if there is news that was not told yet. It
// handles the callbacks of one order one after the other.
//
// The answer to the gateway is one of these:
//
//   - 200: the function was told everything that is known about the order, now or before. The gateway confirms what the
//     callback claims, or has confirmed it before.
//   - 400, 403, 405, 413, 415: the callback was refused, see CallbackError. Nothing was asked, and nothing was changed.
//   - 409: the callback belongs to another order than the stored one. The function was not called.
//   - 500: the function failed or panicked.
//   - 503: the gateway calls again. The decision is DecisionPending, DecisionUnknown or DecisionRefused, or the gateway
//     does not confirm what the callback claims. Or another callback of the order is in progress, or the journal does
//     not know the order. Or the question, Order, Store or Config.Journal failed.
//
// If a payout is taken back in parts, the function is told once for each part that changes the gateway's total. Without
// a total (Reference.TotalReversalAmount), two equal parts cannot be told apart. A callback may also claim that a part
// was taken back while the status shows a later attempt that failed. If the status does not explain the claim within an
// hour, the decision is DecisionReview.
//
// The handler also has its own store in memory, even with a journal. That store accepts no callback while 100,000
// orders are in progress. Its error is then ErrCallbackBusy, as for a second callback of one order, and the answer is
// 503.
//
// The gateway repeats each callback whose answer is not 200, 30 times within 14 days. Answers contain nothing from the
// request. Config.Logger gets one record for each callback, with the reason if the answer is not 200.
type CallbackHandler struct {
	// Order looks up the stored order of a callback. It returns the amount and the endpoint, because callbacks do not
	// carry their endpoint. For an ID that it leaves empty, the handler uses the callback's. A nil error means that the
	// order is the merchant's. An error is answered with 503, or with 409 if it matches ErrOrderMismatch.
	//
	// The handler calls Order only for orders that Config.Journal does not know. Without a journal, it calls Order only
	// for orders that Store does not know.
	//
	// If Order is nil, orders that the journal does not know are answered with 503. Without a journal and without
	// Order, the handler asks about the callback's IDs at the client's endpoint. It cannot compare the amount then, so
	// check News.Paid.
	Order func(ctx context.Context, cb *Callback) (OrderRef, error)

	// Store keeps what is known about the orders of a client without a Config.Journal. It also makes sure that
	// callbacks of one order are handled one after the other. With a journal it is not used.
	//
	// If Store is nil, the handler uses its own store in memory. It keeps the latest 100,000 orders, about 1 KiB each,
	// for 15 days, a day longer than the gateway repeats. After a restart, the same news may be told again.
	Store CallbackStore

	// Transaction, if set, is called instead of the function. Use it if your books are in the database of the journal.
	// Then each news is booked exactly once. In one transaction, lock the order's row, call Entry.Tell, and book the
	// news if its Seq is not zero. Store the entry that Tell has returned, commit, and return that entry.
	Transaction func(ctx context.Context, cb *Callback) (Entry, error)

	client *Client
	handle func(ctx context.Context, news News, cb *Callback) error
	own    webhook.MemoryStore
}

// CallbackHandler makes a handler for notify_url. handle must book news.Decision, never what the callback claims. The
// handler calls it for DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionRejected, DecisionNotSent and
// DecisionReview. news has everything that is known about the order.
//
// handle must be idempotent. News.Seq grows with each change of what is known, and may skip numbers. Book only if
// news.Seq is above the last Seq that you have booked for the order. The same news is told again, with News.Again, if
// handle fails, if the result cannot be stored, or if the process dies.
//
// Of all processes that share a journal, only one calls handle for an order at a time. If handle has not returned after
// three minutes, a later callback calls it again, in this process or another. So compare Seq in the same transaction
// that books.
//
// If neither Config.Journal nor Store knows an order, its Seq begins at the Unix time. Without Config.Journal, no Seq
// is below the Unix time of its news. What Store has forgotten, for example after a restart, is told again with a
// higher Seq and without News.Again. The handler does not see contradictions of what was forgotten.
//
// ctx has the values of the request's context, but does not end with it. It ends after a minute. If handle returns an
// error or panics, the gateway calls again later. The error is logged without long numbers, and without the callback's
// personal data.
//
// handle may be nil. The handler then confirms and stores callbacks and wakes Client.Wait, but nothing counts as told.
func (c *Client) CallbackHandler(handle func(ctx context.Context, news News, cb *Callback) error) *CallbackHandler {
	h := &CallbackHandler{client: c, handle: handle}
	if c.config.Journal != nil { // its lease expires too, so nothing waits for a function that hangs
		h.own.BusyExpiry = tellingExpiry
	}
	return h
}

// ServeHTTP answers one callback.
func (h *CallbackHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler := webhook.Handler{Store: &h.own, Parse: h.parse, Log: h.client.logCallback}
	if h.Store != nil && h.client.config.Journal == nil {
		handler.Store = h.Store
	}
	handler.ServeHTTP(w, r)
}

func (h *CallbackHandler) parse(r *http.Request) (webhook.Callback, webhook.Outcome) {
	cb, err := h.client.ParseCallback(r)
	if err != nil {
		return nil, refusedOutcome(err)
	}
	return &callbackHandling{h: h, cb: cb}, webhook.Outcome{}
}

// tells reports whether there is a function to call.
func (h *CallbackHandler) tells() bool { return h.handle != nil || h.Transaction != nil }

// masked returns the text of another package's error. It hides what looks like the number of a card or an account, and
// the callback's personal data.
func (cb *Callback) masked(err error) string {
	const shortest, longest = 4, 128
	mask := masking.Masker{IDs: []string{cb.ClientOrderID, cb.OrderID}, Question: true}
	for _, value := range []string{cb.Name, cb.CardholderName, cb.Email, cb.Phone, cb.MerchantData} {
		if len(value) >= shortest && len(value) <= longest {
			mask.Secrets = append(mask.Secrets, value)
		}
	}
	return mask.Text(trimPackage(err))
}

// logCallback writes one log record for a callback, and calls Config.Observe. The record of a refused callback has no
// content of the request.
func (c *Client) logCallback(ctx context.Context, cb webhook.Callback, end webhook.End) {
	var attrs []slog.Attr
	var ref OrderRef
	if handling, ok := cb.(*callbackHandling); ok {
		attrs = []slog.Attr{slog.Any("callback", handling.cb)}
		ref = handling.entry.Ref()
		ref.ClientOrderID, ref.OrderID = handling.cb.ClientOrderID, handling.cb.OrderID
	}
	c.logEnd(ctx, "payneteasy callback", end, attrs...)
	if c.config.Observe != nil {
		c.observe(ctx, CallbackEvent{
			Order: ref, Began: end.Began, Duration: time.Since(end.Began), HTTPStatus: end.Code, Result: end.Word,
		})
	}
}

// logEnd writes one log record for a callback or a redirect.
func (c *Client) logEnd(ctx context.Context, message string, end webhook.End, more ...slog.Attr) {
	end.Log(ctx, c.config.Logger, message, more...)
}

// refusedOutcome is the outcome of a refused callback.
func refusedOutcome(err error) webhook.Outcome {
	code, reason := http.StatusBadRequest, trimPackage(err)
	if refused, ok := errors.AsType[*CallbackError](err); ok {
		code, reason = refused.HTTPStatus, refused.why()
	}
	return webhook.Refused(code, errors.Is(err, ErrForged), reason)
}

// maxCallbackRecord bounds a record, in bytes.
const maxCallbackRecord = 4 << 10
