package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// observe tells Config.Observe of an event. Check first that there is one: without it no event is made.
func (c *Client) observe(ctx context.Context, event Event) {
	if c.config.Observe == nil {
		return
	}
	defer func() {
		if recover() != nil { // what it said may hold anything
			c.panicked.Do(func() {
				c.alarm(ctx, "payneteasy: Config.Observe panicked", slog.String("panicked_at", webhook.PanickedAt()))
			})
		}
	}()
	if ctx == nil {
		ctx = context.Background() //nolint:contextcheck // the caller has given none
	}
	c.config.Observe(ctx, event)
}

// observeCall tells of one call to the gateway.
func (c *Client) observeCall(ctx context.Context, k *call, began time.Time, r *reply, err error) {
	if c.config.Observe == nil {
		return
	}
	event := CallEvent{
		Route: k.path() + "{endpoint}", Began: k.posted, Duration: k.took, Err: err,
		Order: OrderRef{Endpoint: k.endpoint, ClientOrderID: k.clientOrderID, OrderID: k.orderID, Amount: k.amount},
	}
	if failed, ok := errors.AsType[*Error](err); ok { // the call may go on to change it
		kept := *failed
		event.Err = &kept
	}
	if k.posted.Before(began) { // nothing was posted
		event.Began, event.Duration = began, time.Since(began)
	}
	if k.money {
		event.Decision = outcomeOfPayout(err)
	}
	if r != nil {
		event.HTTPStatus, event.SerialNumber = r.status, k.mask.Serial(r.fields.Get("serial-number"))
		event.Order.OrderID = cmp.Or(r.orderID(k), k.orderID)
		if !k.money && err == nil {
			event.Status = StatusCode(k.mask.Text(r.fields.Get("status")))
		}
	}
	c.observe(ctx, event)
}

// observeQuestion tells of a question that failed.
func (c *Client) observeQuestion(ctx context.Context, ref OrderRef, began time.Time, err error) {
	if c.config.Observe == nil || err == nil || errors.Is(err, ErrOrderNotFound) {
		return
	}
	ref.Endpoint = c.endpoint(ref.Endpoint)
	c.observe(ctx, QuestionFailedEvent{Order: ref, Began: began, Duration: time.Since(began), Err: err})
}

// decided tells of a change of an entry that is known now: it logs an order that needs a person from now on.
func (c *Client) decided(ctx context.Context, before, after Entry) {
	if after.Decision() == DecisionReview && before.Decision() != DecisionReview {
		c.alarm(ctx, "payneteasy: an order needs a person", slog.String("client_orderid", after.ClientOrderID),
			slog.String("order_id", after.OrderID()), slog.String("cause", string(after.Cause())))
	}
	c.observeDecision(ctx, before, after)
}

// observeDecision tells Config.Observe of a change of an entry.
func (c *Client) observeDecision(ctx context.Context, before, after Entry) {
	if c.config.Observe == nil {
		return
	}
	if event, changed := NewDecisionEvent(before, after); changed {
		c.observe(ctx, event)
	}
}

// observeBackOff tells of a pause before a question. retryAfter is what the last reply has asked for.
func (c *Client) observeBackOff(ctx context.Context, ref OrderRef, pause, retryAfter time.Duration) {
	if c.config.Observe == nil {
		return
	}
	reason := "retry"
	if pause == retryAfter {
		reason = "retry-after"
	}
	ref.Endpoint = c.endpoint(ref.Endpoint)
	c.observe(ctx, BackOffEvent{Order: ref, Reason: reason, Pause: pause})
}

// record logs one call, and tells Config.Observe of it.
func (c *Client) record(ctx context.Context, k *call, began time.Time, r *reply, err error) {
	c.logCall(ctx, k, began, r, err)
	c.observeCall(ctx, k, began, r, err)
}

// logCall writes one log record for a call: ids and outcome, never a body.
func (c *Client) logCall(ctx context.Context, k *call, began time.Time, r *reply, err error) {
	if c.config.Logger == nil {
		return
	}
	// A handler that panics must not take away what the call has found out.
	defer func() { _ = recover() }()
	level, outcome := slog.LevelDebug, slog.String("outcome", outcomeOfQuestion(err))
	if k.money {
		level, outcome = slog.LevelInfo, slog.String("decision", string(outcomeOfPayout(err)))
	}
	if err != nil {
		level = slog.LevelWarn
		if k.money && errors.Is(err, ErrOutcomeUnknown) {
			level = slog.LevelError
		}
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("command", k.command),
		slog.String("endpoint", k.endpoint.String()),
		slog.String("client_orderid", k.clientOrderID),
		slog.Duration("duration", time.Since(began)),
		outcome,
	)
	if r != nil {
		attrs = append(attrs,
			slog.Int("http_status", r.status),
			slog.String("serial_number", k.mask.Serial(r.fields.Get("serial-number"))),
			slog.String("order_id", r.orderID(k)),
		)
		if !k.money && err == nil {
			attrs = append(attrs,
				slog.String("status", k.mask.Text(r.fields.Get("status"))),
				slog.String("order_stage", k.mask.Text(r.fields.Get("order-stage"))),
			)
		}
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	c.config.Logger.LogAttrs(ctx, level, "payneteasy call", attrs...)
}

// alarm logs what a person should see. As in logCall, a handler that panics takes nothing away.
func (c *Client) alarm(ctx context.Context, message string, attrs ...slog.Attr) {
	if c.config.Logger == nil {
		return
	}
	defer func() { _ = recover() }()
	c.config.Logger.LogAttrs(ctx, slog.LevelError, message, attrs...)
}
