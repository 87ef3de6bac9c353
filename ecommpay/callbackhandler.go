package ecommpay

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// CallbackHandler serves the callback URL of a project. Set its fields before it serves requests. It is safe for
// concurrent use. Create one handler and keep it, because it remembers what it has told.
//
// It calls the function for two kinds of callbacks. Either a payout is registered, and Callback.Session has its page,
// or a payment has ended. The handler asks the platform first, because an old callback can be replayed. It tells an end
// as the platform reports it. It tells a registration even if the platform cannot be asked, but not if the payment has
// ended since. Every callback makes the Wait and Payout calls for its payment ask at once.
//
//   - 200: the function returned nil for this callback, now or earlier. Or the callback has nothing to tell, or is not
//     about a payout (ErrNoPayment).
//   - 400, 403, 405, 413, 415: the callback was not accepted (see CallbackError). Nothing was asked or changed.
//   - 409: Ref says that the payment is not the merchant's.
//   - 500: the function failed or panicked.
//   - 503: the status could not be asked, is not final yet, or contradicts the callback. Or another callback for the
//     payment is in progress. Or Ref or Store failed.
//
// The handler's own store accepts no callback while 100,000 payments are in progress. This is
// payneteasy.ErrCallbackBusy, and the answer is 503.
//
// The platform repeats a callback until the answer is 200, for 11 days (likely). Answers contain no part of the
// request. Config.Logger gets one record for each callback, with the reason if the answer is not 200.
type CallbackHandler struct {
	// Ref looks up what was registered under a payment ID. A payout of another amount is then DecisionReview. The
	// handler answers 409 to an error that matches ErrMismatch, and 503 to any other error. If Ref is nil, the amount
	// is not compared.
	Ref func(ctx context.Context, cb *Callback) (PayoutRef, error)

	// Store remembers what was told, in at most 1 KiB per payment. If it is nil, the handler has its own store in
	// memory, for the latest 100,000 payments and 15 days. A restart empties that store. Then the same news is told
	// again, with a higher Seq, and a contradiction is not noticed.
	Store payneteasy.CallbackStore

	client *Client
	handle func(ctx context.Context, news payneteasy.News, cb *Callback) error
	own    webhook.MemoryStore
}

// CallbackHandler returns a new handler. handle must book news.Decision, and never what the callback claims. For a
// registration the decision is payneteasy.DecisionPending, and Callback.Session has the page. Otherwise it is
// payneteasy.DecisionPaid, DecisionNotPaid, DecisionReversed or DecisionReview. News.Orders is empty, because a payment
// is one order.
//
// handle must be idempotent, and book only if news.Seq is higher than the last Seq that you booked for the payment. If
// handle fails, the same news is told again, with News.Again. A Seq is never lower than the Unix time of its news. So
// news that the Store has lost is told again with a higher Seq, and without News.Again.
//
// The context of handle has the values of the request's context, but does not end with it. It ends after a minute.
// handle may be nil. Then callbacks only wake.
func (c *Client) CallbackHandler(
	handle func(ctx context.Context, news payneteasy.News, cb *Callback) error,
) *CallbackHandler {
	return &CallbackHandler{client: c, handle: handle}
}

// ServeHTTP answers one callback.
func (h *CallbackHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler := webhook.Handler{Store: &h.own, Parse: h.parse, Log: h.client.logCallback}
	if h.Store != nil {
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

// logCallback writes one log record for a callback. If the callback was not accepted, the record has no part of it.
func (c *Client) logCallback(ctx context.Context, cb webhook.Callback, end webhook.End) {
	var attrs []slog.Attr
	if handling, ok := cb.(*callbackHandling); ok {
		attrs = []slog.Attr{slog.Any("callback", handling.cb)}
	}
	end.Log(ctx, c.config.Logger, "ecommpay callback", attrs...)
}

// refusedOutcome is the outcome of a callback that was not accepted.
func refusedOutcome(err error) webhook.Outcome {
	code, reason := http.StatusBadRequest, trimPackage(err)
	if refused, ok := errors.AsType[*CallbackError](err); ok {
		code, reason = refused.HTTPStatus, trimPackage(refused.Err)
	}
	if errors.Is(err, ErrNoPayment) {
		return callbackNoPayout.Because(reason)
	}
	return webhook.Refused(code, errors.Is(err, ErrForged) || errors.Is(err, ErrUnsigned), reason)
}
