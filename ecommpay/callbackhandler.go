package ecommpay

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// CallbackHandler serves the callback URL of a project. Set its fields before it serves; it is safe for concurrent use.
// Make one and keep it: it remembers what it has told.
//
// It calls the function for two kinds of callbacks: that a payout is registered, with Callback.Session, and that a
// payment has come to its end. It asks the platform first, since an old callback can be replayed. An end is told as the
// platform gives it; a registration also when the platform cannot be asked, but not when the payment has ended since.
// All callbacks end the Wait and Payout calls for their payment.
//
//   - 200: the function returned nil for it, now or before; or it tells nothing that must be told, or is not about a
//     payout (ErrNoPayment).
//   - 400, 403, 405, 413, 415: not taken, see CallbackError. Nothing was asked, nothing was changed.
//   - 409: Ref says that the payment is not the merchant's.
//   - 500: the function failed or panicked.
//   - 503: the status could not be asked, or is not final yet, or says otherwise than the callback; or another callback
//     of the payment is in progress; or Ref or Store failed.
//
// The handler's own store takes no callback while 100,000 payments are in progress. That is payneteasy.ErrCallbackBusy,
// and is answered with 503.
//
// The platform repeats what was not answered 200, for 11 days (likely). Answers hold nothing of the request.
// Config.Logger gets one record a callback, with the reason of what was not answered 200.
type CallbackHandler struct {
	// Ref looks up what was registered under a payment id: a payout of another amount is then DecisionReview. An error
	// that matches ErrMismatch is answered with 409, any other with 503. When nil, the amount is not compared.
	Ref func(ctx context.Context, cb *Callback) (PayoutRef, error)

	// Store remembers what was told, in at most 1 KiB a payment. When nil, the handler has a store in memory of its
	// own: the latest 100,000 payments, for 15 days. That one has forgotten after a restart: then the same is told
	// again, with a higher Seq, and a contradiction is not seen.
	Store payneteasy.CallbackStore

	client *Client
	handle func(ctx context.Context, news payneteasy.News, cb *Callback) error
	own    webhook.MemoryStore
}

// CallbackHandler makes a handler. handle books news.Decision, never what the callback claims. For a registration that
// is payneteasy.DecisionPending, and Callback.Session is its page; else payneteasy.DecisionPaid, DecisionNotPaid,
// DecisionReversed or DecisionReview. News.Orders is empty: a payment is one order.
//
// handle must be idempotent, and book only if news.Seq is above the last Seq that you have booked for the payment. The
// same news is told again, with News.Again, if handle fails. No Seq is below the Unix time of its news:
// what the Store has lost is told again with a higher Seq, and without News.Again.
//
// Its context is that of the request, but does not end with it; it ends after a minute. handle may be nil: then
// callbacks only wake.
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

// logCallback writes one log record for a callback. Nothing of one that was not taken is in it.
func (c *Client) logCallback(ctx context.Context, cb webhook.Callback, end webhook.End) {
	var attrs []slog.Attr
	if handling, ok := cb.(*callbackHandling); ok {
		attrs = []slog.Attr{slog.Any("callback", handling.cb)}
	}
	end.Log(ctx, c.config.Logger, "ecommpay callback", attrs...)
}

// refusedOutcome is that of what was not taken.
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
