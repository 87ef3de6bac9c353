package payneteasy

import (
	"context"
	"errors"
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

// record writes one log record for a callback. Nothing of one that was not taken is in it.
func (h *CallbackHandler) record(
	ctx context.Context, cb *Callback, outcome webhook.Outcome, began time.Time, panicked bool,
) {
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
