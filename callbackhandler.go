package payneteasy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// How long a callback may take. That the gateway hangs up ends nothing: a booking must not stop half-way.
const (
	confirmTimeout = 30 * time.Second // for the stored order and the status question
	handleTimeout  = time.Minute      // for the merchant's function
)

// CallbackHandler serves notify_url (PayoutRequest.NotifyURL). Set its fields before it serves; it is safe for concurrent use.
//
// A callback with a right control is a hint that something has happened to an order. The handler asks for the
// order's status by both ids and writes it into Config.Journal. It wakes Client.Wait of that order. If the answer is
// new, it calls the function with it in Callback.Confirmed. Callbacks of one order are handled one after the
// other. Make one handler and keep it: it remembers what it has told.
//
//   - 200: what the callback claims, or what has become of it since, was told, now or before.
//   - 400, 403, 405, 413, 415: not taken, see CallbackError. Nothing was asked, nothing was changed.
//   - 409: the stored order has another ClientOrderID or another amount. The function was not called.
//   - 500: the function failed or panicked.
//   - 503: the status could not be asked or journaled, is not final, or does not say what is claimed yet; or another
//     callback of the order is being handled, or Order or Store failed.
//
// A payout that is taken back in parts is told once for each part that changes the gateway's total. Without a total
// (Reference.TotalReversalAmount) two equal parts cannot be told apart.
//
// The gateway repeats whatever was not answered 200, 30 times within 14 days. Answers hold nothing of the request.
// Config.Logger gets one record a callback, with the reason of what was not answered 200.
type CallbackHandler struct {
	// Order looks up the stored order of a callback: its endpoint, which callbacks do not carry, and its amount. Ids
	// that it leaves empty are the callback's. Its error is answered with 503, or 409 if it matches ErrOrderMismatch.
	// When nil, the order is that of the callback's ids at the client's endpoint, or as the journal knows it.
	Order func(ctx context.Context, cb *Callback) (OrderRef, error)

	// Store remembers what was told: a MemoryCallbackStore of the handler's own when nil.
	Store CallbackStore

	// UnsafeSkipConfirm calls the function without asking: Confirmed is nil, and nothing vouches for amount, for type,
	// or for where the order id ends and the merchant's begins.
	UnsafeSkipConfirm bool

	client *Client
	handle func(ctx context.Context, cb *Callback) error
	own    MemoryCallbackStore
}

// CallbackHandler makes a handler for notify_url. handle books what has become of an order: by cb.Approved,
// cb.Reversed and cb.MayPayAgain, never by what the callback claims. If none of the three is true, a person must look:
// the status is error, or another amount was paid (cb.AmountDiffers), or the gateway said otherwise before
// (cb.Contradicts). handle is not called for a status that is not final. It must be idempotent: it may be
// called again for the same news, for example after a restart. Without Config.Journal or Store, the handler forgets at a
// restart what it has told, and then sees no contradiction.
//
// Its context is that of the request, but does not end with it; it ends after a minute. When handle returns an error or
// panics, the gateway calls back again later. The error is logged, without long numbers and what the callback tells of
// a person. handle may be nil: then callbacks are confirmed, journaled, and wake.
func (c *Client) CallbackHandler(handle func(ctx context.Context, cb *Callback) error) *CallbackHandler {
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
	order := callbackOrder(cb)
	begin, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	line, err := store.Begin(begin, order)
	switch {
	case errors.Is(err, ErrCallbackBusy):
		return callbackBusy
	case err != nil:
		return callbackNotStored.Because(cb.masked(err))
	}
	told, known := splitTold(line)
	defer func() { // also when the function panics
		ctx, cancel := context.WithTimeout(ctx, recordTimeout)
		defer cancel()
		if err := store.End(ctx, order, known.join(told)); err != nil { // the worst is that the same news is told again
			outcome = outcome.Unstored(callbackNotStored.Because(cb.masked(err)))
		}
	}()
	return h.news(ctx, cb, &told, &known)
}

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

// callbackOrder names an order by its ids, each with its length, so that nothing can be shifted from one to the other.
func callbackOrder(cb *Callback) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s%d:%s", len(cb.ClientOrderID), cb.ClientOrderID, len(cb.OrderID), cb.OrderID))
	return hex.EncodeToString(sum[:])
}

// news tells what the gateway says of the order, if that is another thing than what was told last.
func (h *CallbackHandler) news(ctx context.Context, cb *Callback, told *string, known *claims) webhook.Outcome {
	if h.UnsafeSkipConfirm {
		h.client.Wake(cb.ClientOrderID)
		return h.tellNews(ctx, cb, cb.news(), told)
	}
	if refused := h.confirm(ctx, cb); refused.Kind != nil {
		return refused
	}
	outcome, truth := callbackDuplicate, cb.Confirmed
	unclear, news := h.unclear(cb, *told)
	if truth.decides() || unclear {
		if !unclear {
			cb.Contradicts = cb.Contradicts || contradictsNews(*told, truth)
			if news = truth.news(); cb.Contradicts {
				news += contradicted
			}
		}
		if outcome = h.tellNews(ctx, cb, news, told); unclear || outcome.Code != http.StatusOK {
			return outcome
		}
	}
	if !cb.borneOut(known, outcome == callbackHandled) {
		return callbackAhead
	}
	return outcome
}

// unclear reports whether the end of a payout is unknown: all that the status tells is that an attempt to
// take it back has failed, and of its end nothing was told, or the callback says that another attempt was successful.
// Then a person must look. news is what was told then, and keeps the end that was told before.
func (h *CallbackHandler) unclear(cb *Callback, told string) (unclear bool, news string) {
	const mark = " unclear"
	truth := cb.Confirmed
	switch {
	case truth.decides() || !cb.Status.Final():
		return false, ""
	case told == "", told == truth.news():
		return !takesBack(cb.TransactionType) || cb.Status.is(StatusApproved), truth.news()
	case strings.HasSuffix(told, contradicted):
		return false, ""
	}
	return takesBack(cb.TransactionType) && cb.Status.is(StatusApproved), strings.TrimSuffix(told, mark) + mark
}

// tellNews tells what is another thing than what was told last.
func (h *CallbackHandler) tellNews(ctx context.Context, cb *Callback, news string, told *string) webhook.Outcome {
	if news == *told {
		return callbackDuplicate
	}
	outcome := h.tell(ctx, cb)
	if outcome == callbackHandled {
		*told = news
	}
	return outcome
}

// news is what a callback claims, in a few words.
func (cb *Callback) news() string {
	return masking.Cut(strings.ToLower(word(string(cb.Status))) + " " + lettersOf(word(cb.TransactionType)) + " " + word(cb.AmountText))
}

// news is what a status says, in a few words: of a payout the status, and the amount if it is not what was asked for;
// of what takes it back the type and the amounts too, since it may be a part.
func (s *Status) news() string {
	text := strings.ToLower(word(string(s.Status)))
	if s.AmountDiffers() || takesBack(s.TransactionType) {
		text += " " + s.Amount.String()
	}
	if back := s.takenBack(); !back.IsZero() {
		text += " less " + back.String()
	}
	if takesBack(s.TransactionType) {
		text += " " + lettersOf(word(s.TransactionType))
	}
	return masking.Cut(text)
}

// takenBack is how much of a payout was taken back, if the reply tells (total-reversal-amount).
func (s *Status) takenBack() Amount {
	return replyAmount(s.Reference.TotalReversalAmount, s.Fields.Get("currency"))
}

// contradicted ends what was told of an order that a person must look at: so it stays.
const contradicted = " contradicted"

// contradictsNews reports whether what was told last cannot have led to this: that approved becomes reversed can.
func contradictsNews(told string, truth *Status) bool {
	before, _, _ := strings.Cut(told, " ")
	approved := StatusCode(before).is(StatusApproved)
	switch {
	case strings.HasSuffix(told, contradicted):
		return true
	case told == "", approved && truth.Reversed(), !approved && takesBack(told):
		return false
	}
	return takesBack(told) || !StatusCode(before).is(truth.Status)
}

// borneOut reports whether what a callback claims is what the gateway says, or came before that. If not, the gateway's
// own status may lag behind its callback; or a sender has changed the type, which the control does not cover. fresh
// says that what the gateway says was news just now.
func (cb *Callback) borneOut(known *claims, fresh bool) bool {
	truth := cb.Confirmed
	switch {
	case !cb.Status.Final():
		return true
	case takesBack(cb.TransactionType) && !cb.Status.is(StatusApproved): // an attempt to take it back has failed
		return truth.Status.Final()
	case !cb.Status.is(truth.Status):
		return false
	case !takesBack(cb.TransactionType):
		return true
	case !truth.Reversed() && truth.takenBack().IsZero():
		return false
	}
	return known.covers(cb, fresh, time.Now())
}

// confirm asks what has become of the order, into cb.Confirmed. It returns no outcome if that is to be told.
func (h *CallbackHandler) confirm(ctx context.Context, cb *Callback) webhook.Outcome {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	ref, several, err := h.order(ctx, cb)
	switch {
	case errors.Is(err, ErrOrderMismatch):
		return callbackMismatch.Because(cb.masked(err))
	case err != nil:
		return callbackNoOrder.Because(cb.masked(err))
	}
	status, entry, err := h.client.ask(ctx, &ref)
	if status != nil {
		cb.Confirmed = status
		h.client.Wake(cb.ClientOrderID)
	}
	var failed *Error // of the question: what the journal says is none
	switch {
	case errors.Is(err, ErrSeveralOrders) && status != nil:
		several = true
	case errors.Is(err, ErrContradicted) && status != nil:
	case errors.Is(err, ErrOrderMismatch):
		return callbackMismatch.Because(cb.masked(err))
	case errors.As(err, &failed): // which is masked, and has the serial number that the support asks for
		return callbackUnasked.Because(trimPackage(err))
	case err != nil:
		return callbackNoJournal.Because(cb.masked(err))
	}
	requested := status.requested()
	switch {
	case !status.Status.Final():
		return callbackNotFinal
	case status.paid() && !several && !ref.Amount.IsZero() && !requested.IsZero() && requested != ref.Amount:
		return callbackMismatch.Because(fmt.Sprintf("the stored order is of %s, the gateway's of %s", ref.Amount, requested))
	}
	cb.AmountDiffers = status.AmountDiffers() || status.paid() && requested.IsZero() && !ref.Amount.IsZero()
	cb.Contradicts = several || entry.Was != "" || entry.OtherOrders != ""
	return webhook.Outcome{}
}

// order is the stored order that a callback is about, or another one of its ClientOrderID.
func (h *CallbackHandler) order(ctx context.Context, cb *Callback) (ref OrderRef, several bool, err error) {
	if h.Order != nil {
		if ref, err = h.Order(ctx, cb); err != nil {
			return ref, false, err
		}
	}
	if ref.ClientOrderID == "" {
		ref.ClientOrderID = cb.ClientOrderID
	}
	if ref.ClientOrderID != cb.ClientOrderID {
		return ref, false, fmt.Errorf("%w: the stored client_orderid is not the callback's", ErrOrderMismatch)
	}
	several = ref.OrderID != "" && ref.OrderID != cb.OrderID
	ref.OrderID = cb.OrderID
	return ref, several, nil
}

// tell calls the merchant's function.
func (h *CallbackHandler) tell(ctx context.Context, cb *Callback) webhook.Outcome {
	if h.handle == nil {
		return callbackHandled
	}
	ctx, cancel := context.WithTimeout(ctx, handleTimeout)
	defer cancel()
	if err := h.handle(ctx, cb); err != nil {
		return callbackFailed.Because(cb.masked(err))
	}
	return callbackHandled
}

// record writes one log record for a callback. Nothing of one that was not taken is in it.
func (h *CallbackHandler) record(ctx context.Context, cb *Callback, outcome webhook.Outcome, began time.Time, panicked bool) {
	var attrs []slog.Attr
	if cb != nil {
		attrs = append(attrs, slog.Any("callback", cb))
	}
	if panicked {
		attrs = append(attrs, slog.String("panicked_at", panickedAt()))
	}
	h.client.recordOutcome(ctx, "payneteasy callback", outcome, began, attrs...)
}

// recordOutcome writes one log record for a callback or a redirect.
func (c *Client) recordOutcome(
	ctx context.Context, message string, outcome webhook.Outcome, began time.Time, more ...slog.Attr,
) {
	if c.config.Logger == nil {
		return
	}
	defer func() { _ = recover() }()
	attrs := append(outcome.Attrs(), slog.Duration("duration", time.Since(began)))
	c.config.Logger.LogAttrs(ctx, outcome.Level, message, append(attrs, more...)...)
}

// panickedAt is the place of the panic that is being recovered from: what it said may hold anything, where it was does
// not.
func panickedAt() string {
	var calls [64]uintptr
	frames := runtime.CallersFrames(calls[:runtime.Callers(0, calls[:])])
	for found := false; ; {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if found && !inRuntime || !more {
			return frame.Function + ":" + strconv.Itoa(frame.Line)
		}
		found = found || frame.Function == "runtime.gopanic"
	}
}

// refusedOutcome is that of what was not taken.
func refusedOutcome(err error) webhook.Outcome {
	code, reason := http.StatusBadRequest, trimPackage(err)
	if refused, ok := errors.AsType[*CallbackError](err); ok {
		code, reason = refused.HTTPStatus, refused.why()
	}
	word := "refused"
	if errors.Is(err, ErrForged) {
		word = "forged"
	}
	return webhook.New(word, code, slog.LevelWarn).Because(reason)
}

// answer writes a status and its name, and nothing of what was asked.
func answer(w http.ResponseWriter, code int) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if code == http.StatusMethodNotAllowed {
		header.Set("Allow", "GET, POST")
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, http.StatusText(code)+"\n")
}
