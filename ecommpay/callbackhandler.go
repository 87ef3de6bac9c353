package ecommpay

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// How long a callback may take. That the platform hangs up ends nothing: a booking must not stop half-way.
const (
	storeTimeout   = 30 * time.Second
	confirmTimeout = 30 * time.Second
	handleTimeout  = time.Minute
)

// CallbackHandler serves the callback URL of a project. Set its fields before it serves; it is safe for concurrent use.
// Make one and keep it: it remembers what it has told.
//
// It calls the function for two kinds of callbacks: that a payout is registered, with Callback.Session, and that a
// payment has come to its end. It asks the platform first, since an old callback can be replayed.
// An end is told as the platform gives it, by Callback.Decision; a registration also when the platform cannot be asked, but not
// when the payment has ended since. All callbacks end the Wait and Payout calls for their payment.
//
//   - 200: the function returned nil for it, now or before; or it tells nothing that must be told, or is not about a
//     payout (ErrNoPayment).
//   - 400, 403, 405, 413, 415: not taken, see CallbackError. Nothing was asked, nothing was changed.
//   - 409: Ref says that the payment is not the merchant's.
//   - 500: the function failed or panicked.
//   - 503: the status could not be asked, or is not final yet, or says otherwise than the callback; or another callback
//     of the payment is being handled.
//
// The platform repeats what was not answered 200, for 11 days (likely). Answers hold nothing of the request.
// Config.Logger gets one record a callback, with the reason of what was not answered 200.
type CallbackHandler struct {
	// Ref looks up what was registered under a payment id: a payout of another amount is then not Success. An error
	// that matches ErrMismatch is answered with 409, any other with 503. When nil, the amount is not compared.
	Ref func(ctx context.Context, cb *Callback) (PayoutRef, error)

	// Store remembers what was told: a payneteasy.MemoryCallbackStore of the handler's own when nil. That one has
	// forgotten after a restart: then the same is told again, and a contradiction is not seen.
	Store payneteasy.CallbackStore

	client *Client
	handle func(ctx context.Context, cb *Callback) error
	own    payneteasy.MemoryCallbackStore
}

// CallbackHandler makes a handler. handle books what became of a payment, by cb.Decision, which is "" for a registration. It
// must be idempotent: after a restart the same news comes again. Its context is that of the request, but does not end with it; it ends after a minute.
// handle may be nil: then callbacks only wake.
func (c *Client) CallbackHandler(handle func(ctx context.Context, cb *Callback) error) *CallbackHandler {
	return &CallbackHandler{client: c, handle: handle}
}

var (
	callbackHandled   = webhook.New("handled", http.StatusOK, slog.LevelInfo)
	callbackDuplicate = webhook.New("handled before", http.StatusOK, slog.LevelDebug)
	callbackNothing   = webhook.New("nothing to tell", http.StatusOK, slog.LevelDebug)
	callbackNoPayout  = webhook.New("not a payout", http.StatusOK, slog.LevelWarn)
	callbackNoTime    = webhook.New("uuid_expired_at cannot be read", http.StatusServiceUnavailable, slog.LevelError)
	callbackBusy      = webhook.New("being handled", http.StatusServiceUnavailable, slog.LevelInfo)
	callbackNotStored = webhook.New("the store failed", http.StatusServiceUnavailable, slog.LevelError)
	callbackNoRef     = webhook.New("the payout could not be looked up", http.StatusServiceUnavailable, slog.LevelError)
	callbackUnasked   = webhook.New("the status could not be asked", http.StatusServiceUnavailable, slog.LevelWarn)
	callbackNotFinal  = webhook.New("not final", http.StatusServiceUnavailable, slog.LevelInfo)
	callbackAhead     = webhook.New("not confirmed by the platform", http.StatusServiceUnavailable, slog.LevelWarn)
	callbackMismatch  = webhook.New("not the merchant's", http.StatusConflict, slog.LevelError)
	callbackFailed    = webhook.New("the function failed", http.StatusInternalServerError, slog.LevelWarn)
	callbackPanicked  = webhook.New("panic", http.StatusInternalServerError, slog.LevelError)
)

// ServeHTTP answers one callback.
func (h *CallbackHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	outcome := callbackPanicked
	var cb *Callback
	defer func() {
		panicked := recover()
		h.record(r.Context(), cb, outcome)
		if panicked == http.ErrAbortHandler { //nolint:errorlint // as net/http does: a wrapped one it would log, with what is in it
			panic(panicked)
		}
		header := w.Header()
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(outcome.Code)
		_, _ = fmt.Fprintln(w, http.StatusText(outcome.Code)) // the sender may have gone
	}()
	parsed, err := h.client.ParseCallback(r)
	if err != nil {
		outcome = refusedOutcome(err)
		return
	}
	cb = parsed
	outcome = h.once(context.WithoutCancel(r.Context()), cb)
}

// refusedOutcome is that of what was not taken.
func refusedOutcome(err error) webhook.Outcome {
	word, code, reason := "refused", http.StatusBadRequest, trimPackage(err)
	if refused, ok := errors.AsType[*CallbackError](err); ok {
		code, reason = refused.HTTPStatus, trimPackage(refused.Err)
	}
	switch {
	case errors.Is(err, ErrNoPayment):
		word = callbackNoPayout.Word
	case errors.Is(err, ErrForged), errors.Is(err, ErrUnsigned):
		word = "forged"
	}
	return webhook.New(word, code, slog.LevelWarn).Because(reason)
}

// masked is a foreign error without what looks like the number of a card or an account, and without the token.
func masked(err error, cb *Callback) string {
	mask := masking.Masker{IDs: []string{cb.PaymentID}, Question: true}
	if token := cb.AccountToken.Reveal(); token != "" {
		mask.Secrets = []string{token}
	}
	return mask.Text(trimPackage(err))
}

// once handles a callback while no other of its payment is.
func (h *CallbackHandler) once(ctx context.Context, cb *Callback) (outcome webhook.Outcome) {
	store := h.Store
	if store == nil {
		store = &h.own
	}
	id := fold(cb.PaymentID)
	sum := sha256.Sum256([]byte(h.client.config.describe() + "\n" + id))
	key := hex.EncodeToString(sum[:])
	begin, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	told, err := store.Begin(begin, key)
	switch {
	case errors.Is(err, payneteasy.ErrCallbackBusy):
		return callbackBusy
	case err != nil:
		return callbackNotStored.Because(masked(err, cb))
	}
	defer func() { // also when the function panics
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		if err := store.End(ctx, key, told); err != nil { // the worst is that the same news is told again
			outcome = outcome.Unstored(callbackNotStored.Because(masked(err, cb)))
		}
	}()
	if session, ok := cb.Session(); ok {
		h.client.sessions.put(session)
	}
	defer h.client.Wake(cb.PaymentID)
	return h.news(ctx, cb, &told)
}

// news tells what is another thing than what was told last: that the payout is registered, or its end.
func (h *CallbackHandler) news(ctx context.Context, cb *Callback, told *string) webhook.Outcome {
	_, registered := cb.Session()
	switch {
	case registered && mayBegin(*told):
		return h.registration(ctx, cb, told)
	case cb.UUID != "" && !registered && cb.Status.Is(StatusAwaitingPayoutCompletion):
		return callbackNoTime
	case !cb.isOfPayout():
		return callbackNoPayout
	case !cb.Status.Final() && !cb.takenBack(): // also a registration whose end was told already
		return callbackNothing
	}
	if refused := h.confirm(ctx, cb); refused.Kind != nil {
		return refused
	}
	return h.end(ctx, cb, told)
}

// registration tells that there is a page. It cannot wait for the status, since its time is short; but if the status
// can be asked, and is final already, the callback is an old one, and the end is told instead.
func (h *CallbackHandler) registration(ctx context.Context, cb *Callback, told *string) webhook.Outcome {
	sum := sha256.Sum256([]byte(cb.UUID))
	news := registeredNews + hex.EncodeToString(sum[:])
	if news == *told {
		return h.tellNews(ctx, cb, news, told)
	}
	switch refused := h.confirm(ctx, cb); refused.Kind {
	case nil:
		if wasError(*told) && cb.Confirmed.Status.Is(StatusError) {
			return callbackAhead // of the status, or an old one
		}
		return h.end(ctx, cb, told)
	case callbackNotFinal.Kind, callbackUnasked.Kind:
		return h.tellNews(ctx, cb, news, told)
	default:
		return refused
	}
}

// end tells the end of a payment as the platform gives it.
func (h *CallbackHandler) end(ctx context.Context, cb *Callback, told *string) webhook.Outcome {
	truth := cb.Confirmed
	cb.Contradicts = contradictsNews(*told, truth)
	news := truth.news()
	if cb.Contradicts {
		news += contradicted
	}
	outcome := h.tellNews(ctx, cb, news, told)
	if outcome.Code == http.StatusOK && ahead(cb, truth) {
		return callbackAhead
	}
	return outcome
}

// ahead reports whether a callback tells what the platform itself does not say yet: another end, or another part of the
// money that came back.
func ahead(cb *Callback, truth *Status) bool {
	known := truth.all()
	switch {
	case cb.takenBack() && truth.decision() != payneteasy.DecisionReversed:
		return true
	case cb.takenBack() && takesBack(cb.Operation.Type) && cb.Operation.ID != "" && len(known) > 0:
		return !slices.ContainsFunc(known, func(o Operation) bool {
			return o.ID == cb.Operation.ID || len(truth.Operations) == 0 && isLater(o.ID, cb.Operation.ID)
		})
	case truth.decision() == payneteasy.DecisionReversed:
		return false
	}
	return cb.Status.Final() && !cb.Status.Is(truth.Status)
}

// isLater reports whether an operation's number is above another's: a status that tells only the last operation leaves
// out those before it.
func isLater(id, than string) bool {
	a, err := strconv.ParseUint(id, 10, 64)
	b, thanErr := strconv.ParseUint(than, 10, 64)
	return err == nil && thanErr == nil && a > b
}

// mayBegin reports whether a registration can be news after what was told last: a payment id whose request ended in
// error may be registered again (likely).
func mayBegin(told string) bool {
	return told == "" || strings.HasPrefix(told, registeredNews) || wasError(told)
}

func wasError(told string) bool {
	before, _, _ := strings.Cut(told, " ")
	return StatusCode(before).Is(StatusError) && !strings.HasSuffix(told, contradicted)
}

// What is told of a payment, in a few words.
const (
	registeredNews = "registered "
	contradicted   = " contradicted"
)

func newsOf(status StatusCode) string { return strings.ReplaceAll(status.plain(), " ", "_") }

// news has the operation that takes something back: parts may come back one after the other.
func (p *Payment) news() string {
	text := newsOf(p.Status)
	if p.takenBack() && plainID.MatchString(p.Operation.ID) {
		text += " " + p.Operation.ID
	}
	if !p.Amount.IsZero() {
		text += " " + p.Amount.String()
	}
	if p.takenBack() {
		text += " reversed"
	}
	return text
}

// contradictsNews reports whether what was told last cannot have led to this: success can to what is reversed.
func contradictsNews(told string, truth *Status) bool {
	before, _, _ := strings.Cut(told, " ")
	switch {
	case strings.HasSuffix(told, contradicted):
		return true
	case told == "", strings.HasPrefix(told, registeredNews):
		return false
	case truth.decision() == payneteasy.DecisionReversed:
		return before != newsOf(StatusSuccess) && !strings.HasSuffix(told, " reversed")
	}
	return before != newsOf(truth.Status) || strings.HasSuffix(told, " reversed")
}

// tellNews calls the merchant's function for what is another thing than what was told last.
func (h *CallbackHandler) tellNews(ctx context.Context, cb *Callback, news string, told *string) webhook.Outcome {
	if news == *told {
		return callbackDuplicate
	}
	if h.handle != nil {
		ctx, cancel := context.WithTimeout(ctx, handleTimeout)
		defer cancel()
		if err := h.handle(ctx, cb); err != nil {
			return callbackFailed.Because(masked(err, cb))
		}
	}
	*told = news
	return callbackHandled
}

// confirm asks what has become of the payment, into cb.Confirmed. It returns no outcome if that is to be told.
func (h *CallbackHandler) confirm(ctx context.Context, cb *Callback) webhook.Outcome {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	ref := PayoutRef{PaymentID: cb.PaymentID}
	if h.Ref != nil {
		stored, err := h.Ref(ctx, cb)
		switch {
		case errors.Is(err, ErrMismatch), err == nil && stored.PaymentID != "" && !sameID(stored.PaymentID, cb.PaymentID):
			return callbackMismatch.Because(masked(cmp.Or(err, ErrMismatch), cb))
		case err != nil:
			return callbackNoRef.Because(masked(err, cb))
		}
		ref.Amount = stored.Amount
	}
	status, err := h.client.Status(ctx, ref)
	switch {
	case err != nil: // which is masked
		return callbackUnasked.Because(trimPackage(err))
	case cb.Type == "" && !status.isPayout() && !takesBack(status.Type):
		return callbackNoPayout
	case !status.decision().Final():
		return callbackNotFinal
	}
	cb.Confirmed = status
	return webhook.Outcome{}
}

// record writes one log record for a callback. Nothing of one that was not taken is in it.
func (h *CallbackHandler) record(ctx context.Context, cb *Callback, outcome webhook.Outcome) {
	if h.client.config.Logger == nil {
		return
	}
	defer func() { _ = recover() }()
	attrs := outcome.Attrs()
	if cb != nil {
		attrs = append(attrs, slog.Any("callback", cb))
	}
	h.client.config.Logger.LogAttrs(ctx, outcome.Level, "ecommpay callback", attrs...)
}
