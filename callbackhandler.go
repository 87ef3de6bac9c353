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

// CallbackHandler serves notify_url (PayoutRequest.NotifyURL). Set its fields before it serves; it is safe for
// concurrent use.
//
// A callback with a right control is a hint that something has happened to an order. The handler asks for the order's
// status by both ids and merges it into the order's entry, in Config.Journal or, without one, in Store. It wakes
// Client.Wait of that order. It calls the function with news that were not told yet. Callbacks of one order are handled
// one after the other. Make one handler and keep it.
//
//   - 200: the function was told all that is known of the order, now or before, and the gateway confirms what the
//     callback claims, or has confirmed it before.
//   - 400, 403, 405, 413, 415: not taken, see CallbackError. Nothing was asked, nothing was changed.
//   - 409: the callback belongs to another order than the stored one. The function was not called.
//   - 500: the function failed or panicked.
//   - 503: the gateway calls again. The decision is DecisionPending, DecisionUnknown or DecisionRefused; or the
//     gateway does not confirm what is claimed; or another callback of the order is in progress; or the question,
//     Order, Store or Config.Journal failed, or the journal does not know the order.
//
// A payout that is taken back in parts is told once for each part that changes the gateway's total. Without a total
// (Reference.TotalReversalAmount) two equal parts cannot be told apart. A callback may claim that a part was taken back
// while the status is that of a later attempt that failed. If the status does not explain the claim within an hour, the
// decision is DecisionReview.
//
// The handler's own store, which it also has with a journal, takes no callback while 100,000 orders are in progress.
// That is ErrCallbackBusy, as another callback of the same order is, and is answered with 503.
//
// The gateway repeats whatever was not answered 200, 30 times within 14 days. Answers hold nothing of the request.
// Config.Logger gets one record a callback, with the reason of what was not answered 200.
type CallbackHandler struct {
	// Order looks up the stored order of a callback: its endpoint, which callbacks do not carry, and its amount. Ids
	// that it leaves empty are the callback's. Its error is answered with 503, or 409 if it matches ErrOrderMismatch.
	// It is asked only about orders that Config.Journal, or without one Store, does not know; a nil error means that
	// the order is the merchant's. When nil, orders that the journal does not know are answered with 503. Without a
	// journal and without Order, the order is that of the callback's ids at the client's endpoint. Its amount is then
	// compared with nothing: check News.Paid.
	Order func(ctx context.Context, cb *Callback) (OrderRef, error)

	// Store keeps what is known of the orders of a client without a Config.Journal, and lets the callbacks of one order
	// be handled one after the other. With a journal it is not used. When nil, the handler has a store in memory of its
	// own: the latest 100,000 orders, about 1 KiB each, for 15 days, a day longer than the gateway repeats. After a
	// restart the same news may then be told a second time.
	Store CallbackStore

	// Transaction, if set, is called in place of the function. It is for merchants whose books are in the database of
	// the journal: each news is booked exactly once. In one transaction it locks the order's row, calls Entry.Tell,
	// books the news if its Seq is not zero, stores the entry that Tell has returned, and commits. It returns that
	// entry.
	Transaction func(ctx context.Context, cb *Callback) (Entry, error)

	client *Client
	handle func(ctx context.Context, news News, cb *Callback) error
	own    webhook.MemoryStore
}

// CallbackHandler makes a handler for notify_url. handle books news.Decision, never what the callback claims: it is
// called for DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionRejected, DecisionNotSent and DecisionReview,
// with all that is known of the order. News.Seq grows with each change of that; numbers may be left out.
//
// handle must be idempotent, and book only if news.Seq is above the last Seq that you have booked for the order. The
// same news is told again, with News.Again, if handle fails, if what it was told cannot be stored, or if the process
// dies. Of all processes that share a journal one calls handle for an order at a time. If it has not ended after three
// minutes, a later callback calls it again, in this process or another: compare Seq in the same transaction that books.
//
// Seq of an order that neither Config.Journal nor Store knows begins at the Unix time. Without Config.Journal no Seq is
// below the Unix time of its news. What the Store has forgotten, for example after a restart, is told again with a
// higher Seq and without News.Again. Contradictions of what was forgotten are not seen.
//
// Its context is that of the request, but does not end with it; it ends after a minute. When handle returns an error or
// panics, the gateway calls back again later. The error is logged, without long numbers and what the callback tells of
// a person. handle may be nil: then callbacks are confirmed, journaled, and wake, and nothing counts as told.
func (c *Client) CallbackHandler(handle func(ctx context.Context, news News, cb *Callback) error) *CallbackHandler {
	h := &CallbackHandler{client: c, handle: handle}
	if c.config.Journal != nil { // whose lease expires too: a function that hangs is not waited for
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

// tells reports whether there is something to call.
func (h *CallbackHandler) tells() bool { return h.handle != nil || h.Transaction != nil }

// masked is a foreign error without what looks like the number of a card or an account, and without what the callback
// tells of a person.
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

// logCallback writes one log record for a callback, and tells Config.Observe. Nothing of one that was not taken is in
// it.
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

// refusedOutcome is that of what was not taken.
func refusedOutcome(err error) webhook.Outcome {
	code, reason := http.StatusBadRequest, trimPackage(err)
	if refused, ok := errors.AsType[*CallbackError](err); ok {
		code, reason = refused.HTTPStatus, refused.why()
	}
	return webhook.Refused(code, errors.Is(err, ErrForged), reason)
}

// maxCallbackRecord bounds a record, in bytes.
const maxCallbackRecord = 4 << 10
