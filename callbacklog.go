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

// logCallback writes one log record for a callback, and tells Config.Observe. Nothing of one that was not taken is in it.
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
	if c.config.Logger == nil {
		return
	}
	defer func() { _ = recover() }()
	c.config.Logger.LogAttrs(ctx, end.Level, message, append(end.Attrs(), more...)...)
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
