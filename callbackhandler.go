package payneteasy

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// How long a callback may take. That the gateway hangs up ends nothing: a booking must not stop half-way.
const (
	confirmTimeout = 30 * time.Second // for the stored order and the status question
	handleTimeout  = time.Minute      // for the merchant's function
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
//     gateway does not confirm what is claimed; or another callback of the order is being handled; or the question,
//     Order, Store or Config.Journal failed, or the journal does not know the order.
//
// A payout that is taken back in parts is told once for each part that changes the gateway's total. Without a total
// (Reference.TotalReversalAmount) two equal parts cannot be told apart. A callback may claim that a part was taken back
// while the status is that of a later attempt that failed. If the status does not explain the claim within an hour, the
// decision is DecisionReview.
//
// The gateway repeats whatever was not answered 200, 30 times within 14 days. Answers hold nothing of the request.
// Config.Logger gets one record a callback, with the reason of what was not answered 200.
type CallbackHandler struct {
	// Order looks up the stored order of a callback: its endpoint, which callbacks do not carry, and its amount. Ids
	// that it leaves empty are the callback's. Its error is answered with 503, or 409 if it matches ErrOrderMismatch.
	// It is asked only about orders that Config.Journal, or without one Store, does not know; a nil error means that
	// the order is the merchant's. When nil, orders that the journal does not know are answered with 503. Without a
	// journal and without Order, the order is that of the callback's ids at the client's endpoint.
	Order func(ctx context.Context, cb *Callback) (OrderRef, error)

	// Store lets the callbacks of one order be handled one after the other. Without a Config.Journal it also keeps what
	// is known of the orders: a MemoryCallbackStore of the handler's own when nil.
	Store CallbackStore

	client *Client
	handle func(ctx context.Context, news News, cb *Callback) error
	own    MemoryCallbackStore
}

// CallbackHandler makes a handler for notify_url. handle books news.Decision, never what the callback claims: it is
// called for DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionRejected, DecisionNotSent and DecisionReview,
// with all that is known of the order. News.Seq grows with each change of that; numbers may be left out.
//
// handle must be idempotent, and book only if news.Seq is above the last Seq that you have booked for the order. The
// same news is told again if handle fails, or if what it was told cannot be stored. Two processes that share a journal
// but no Store may call it for the same Seq at the same time.
//
// Without Config.Journal, Seq begins at the Unix time of an order's first callback. What the Store has forgotten, for
// example after a restart, is told again with a higher Seq; contradictions of what was forgotten are not seen.
//
// Its context is that of the request, but does not end with it; it ends after a minute. When handle returns an error or
// panics, the gateway calls back again later. The error is logged, without long numbers and what the callback tells of
// a person. handle may be nil: then callbacks are confirmed, journaled, and wake, and nothing counts as told.
func (c *Client) CallbackHandler(handle func(ctx context.Context, news News, cb *Callback) error) *CallbackHandler {
	return &CallbackHandler{client: c, handle: handle}
}

var (
	callbackHandled   = webhook.New("handled", http.StatusOK, slog.LevelInfo)
	callbackDuplicate = webhook.New("handled before", http.StatusOK, slog.LevelDebug)
	callbackBusy      = webhook.New("being handled", http.StatusServiceUnavailable, slog.LevelInfo)
	callbackNotStored = webhook.New("the store failed", http.StatusServiceUnavailable, slog.LevelError)
	callbackNoOrder   = webhook.New("the order could not be looked up", http.StatusServiceUnavailable, slog.LevelError)
	callbackUnasked   = webhook.New("the status could not be asked", http.StatusServiceUnavailable, slog.LevelWarn)
	callbackNoJournal = webhook.New("the journal failed", http.StatusServiceUnavailable, slog.LevelError)
	callbackStale     = webhook.New("the order keeps changing", http.StatusServiceUnavailable, slog.LevelWarn)
	callbackNotFinal  = webhook.New("not final", http.StatusServiceUnavailable, slog.LevelInfo)
	callbackAhead     = webhook.New("not confirmed by the gateway", http.StatusServiceUnavailable, slog.LevelWarn)
	callbackMismatch  = webhook.New("not the same order", http.StatusConflict, slog.LevelError)
	callbackFailed    = webhook.New("the function failed", http.StatusInternalServerError, slog.LevelWarn)
	callbackPanicked  = webhook.New("panic", http.StatusInternalServerError, slog.LevelError)
)

// ServeHTTP answers one callback.
func (h *CallbackHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, outcome := time.Now(), callbackPanicked
	var cb *Callback
	defer func() {
		panicked := recover()
		h.record(r.Context(), cb, outcome, began, panicked != nil)
		if panicked == http.ErrAbortHandler { //nolint:errorlint // as net/http does: a wrapped one it would log, with what is in it
			panic(panicked)
		}
		answer(w, outcome.Code)
	}()
	parsed, err := h.client.ParseCallback(r)
	if err != nil {
		outcome = refusedOutcome(err)
		return
	}
	cb = parsed
	outcome = h.once(context.WithoutCancel(r.Context()), cb)
}

// once handles a callback while no other of its order is.
func (h *CallbackHandler) once(ctx context.Context, cb *Callback) (outcome webhook.Outcome) {
	store := h.Store
	if store == nil {
		store = &h.own
	}
	id := callbackOrder(cb)
	begin, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	record, err := store.Begin(begin, id)
	switch {
	case errors.Is(err, ErrCallbackBusy):
		return callbackBusy
	case err != nil:
		return callbackNotStored.Because(cb.masked(err))
	}
	defer func() { // also when the function panics
		ctx, cancel := context.WithTimeout(ctx, recordTimeout)
		defer cancel()
		if err := store.End(ctx, id, record); err != nil { // the worst is that the same news is told again
			outcome = outcome.Unstored(callbackNotStored.Because(cb.masked(err)))
		}
	}()
	entry, refused := h.entry(ctx, cb, record)
	if refused.Kind != nil {
		return refused
	}
	if err := h.client.ownEntry(entry); err != nil {
		return callbackNoOrder.Because(trimPackage(err))
	}
	keep := func(e Entry) (err error) {
		if h.client.config.Journal == nil {
			record, err = e.callbackRecord()
		}
		return err
	}
	return h.news(ctx, cb, entry, keep)
}

// entry is what is known of a callback's order: by the journal, or else by the store's record, or else by Order.
func (h *CallbackHandler) entry(ctx context.Context, cb *Callback, record string) (entry Entry, refused webhook.Outcome) {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	if journal := h.client.config.Journal; journal != nil {
		entry, err := journal.Get(ctx, cb.ClientOrderID)
		switch {
		case err == nil:
			return entry, webhook.Outcome{}
		case !errors.Is(err, ErrNoEntry):
			return entry, callbackNoJournal.Because("the journal could not be read: " + cb.masked(err))
		case h.Order == nil:
			return entry, callbackNoOrder.Because("the journal does not know it, and CallbackHandler.Order is nil")
		}
	} else if record != "" {
		if err := json.Unmarshal([]byte(record), &entry); err != nil {
			return entry, callbackNotStored.Because("its record cannot be read: " + cb.masked(err))
		}
		return entry, webhook.Outcome{}
	}
	return h.storedOrder(ctx, cb)
}

// storedOrder is an entry for the merchant's stored order.
func (h *CallbackHandler) storedOrder(ctx context.Context, cb *Callback) (entry Entry, refused webhook.Outcome) {
	var ref OrderRef
	if h.Order != nil {
		var err error
		if ref, err = h.Order(ctx, cb); errors.Is(err, ErrOrderMismatch) {
			return entry, callbackMismatch.Because(cb.masked(err))
		} else if err != nil {
			return entry, callbackNoOrder.Because(cb.masked(err))
		}
	}
	ref.ClientOrderID = cmp.Or(ref.ClientOrderID, cb.ClientOrderID)
	if ref.ClientOrderID != cb.ClientOrderID {
		return entry, callbackMismatch.Because("the stored client_orderid is not the callback's")
	}
	if err := ref.check(); err != nil {
		return entry, callbackNoOrder.Because(trimPackage(err))
	}
	entry = h.client.NewEntry(ref)
	if h.client.config.Journal == nil { // a store may have forgotten the order: Seq must not fall below what was told
		entry.Seq = int(time.Now().Unix())
		entry.Told.Seq = entry.Seq
	}
	return entry, webhook.Outcome{}
}

// callbackOrder names an order for a store.
func callbackOrder(cb *Callback) string {
	sum := sha256.Sum256([]byte(cb.ClientOrderID))
	return hex.EncodeToString(sum[:])
}

// news asks the gateway about the order, and tells what has not been told. Without a journal, keep stores the entry.
func (h *CallbackHandler) news(ctx context.Context, cb *Callback, entry Entry, keep func(Entry) error) webhook.Outcome {
	entry, refused := h.confirm(ctx, cb, entry)
	if refused.Kind != nil {
		return refused
	}
	outcome, borneOut := callbackDuplicate, false
	if h.handle == nil {
		outcome = callbackHandled
	}
	const maxTellings = 3 // of news that came while the function ran
	for range maxTellings {
		if err := keep(entry); err != nil { // before the function is called: it may panic
			return callbackNotStored.Because(cb.masked(err))
		}
		news := entry.News()
		if !news.Decision.Final() {
			return callbackNotFinal
		}
		fresh := h.handle != nil && news.Seq > entry.Told.Seq
		if fresh {
			if outcome = h.tell(ctx, news, cb); outcome.Code != http.StatusOK {
				return outcome
			}
		}
		var err error
		if entry, borneOut, err = h.note(ctx, cb, entry, news.Seq, fresh, borneOut); err != nil {
			return callbackNoJournal.Because(cb.masked(err))
		}
		if h.handle != nil && entry.Seq > entry.Told.Seq {
			continue
		}
		if err := keep(entry); err != nil {
			return callbackNotStored.Because(cb.masked(err))
		}
		if !borneOut {
			return callbackAhead
		}
		return outcome
	}
	return callbackStale
}

// confirm asks the gateway about the order, and writes down the answer.
func (h *CallbackHandler) confirm(ctx context.Context, cb *Callback, entry Entry) (Entry, webhook.Outcome) {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	entry, status, err := h.client.confirm(ctx, entry, cb.OrderID)
	var failed *Error
	switch {
	case errors.As(err, &failed) && errors.Is(err, ErrOrderMismatch):
		return entry, callbackMismatch.Because(cb.masked(err))
	case errors.As(err, &failed): // which is masked, and has the serial number that the support asks for
		return entry, callbackUnasked.Because(trimPackage(err))
	case errors.Is(err, ErrStale):
		return entry, callbackStale
	case err != nil:
		return entry, callbackNoJournal.Because(cb.masked(err))
	case status == nil && entry.OrderID() != "" && !entry.has(cb.OrderID):
		return entry, callbackMismatch.Because("the order has another id, and the gateway does not know this one")
	case status == nil:
		return entry, callbackAhead.Because("the gateway does not know the order")
	}
	cb.Confirmed = status
	h.client.Wake(cb.ClientOrderID)
	return entry, webhook.Outcome{}
}

// note writes down what was told, and what the callback claims. fresh says that the news of seq was told just now.
func (h *CallbackHandler) note(
	ctx context.Context, cb *Callback, entry Entry, seq int, fresh, borneOut bool,
) (after Entry, isBorneOut bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	after, err = h.client.change(ctx, entry, func(e Entry) Entry {
		told := e.Told.clone()
		if fresh {
			told.Seq = max(told.Seq, seq)
		}
		hidden := false
		if isBorneOut = borneOut; !borneOut {
			isBorneOut, hidden = cb.isBorneOut(&told, e.order(cb.OrderID), fresh)
		}
		changed := e.withTold(told)
		if hidden {
			changed = changed.merge(cb.Confirmed.unclear())
		}
		if changed.Revision != e.Revision {
			changed.Revision = e.Revision + 1
		}
		return changed
	})
	if err != nil {
		err = journalError(err, showing(cb.ClientOrderID, cb.OrderID))
	}
	return after, isBorneOut, err
}

// tell calls the merchant's function.
func (h *CallbackHandler) tell(ctx context.Context, news News, cb *Callback) webhook.Outcome {
	ctx, cancel := context.WithTimeout(ctx, handleTimeout)
	defer cancel()
	if err := h.handle(ctx, news, cb); err != nil {
		return callbackFailed.Because(cb.masked(err))
	}
	return callbackHandled
}
