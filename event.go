package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// Event is what Config.Observe receives after something has happened. It is a CallEvent, QuestionFailedEvent,
// DecisionEvent, ToldEvent, CallbackEvent, BackOffEvent or ParkedEvent. Other types may be added, so give a type switch
// a default, and count by EventLabels. Three more fields have few values, and can be labels. They are the endpoint of
// an event's Order, its decision and its cause. All other fields are for logs and spans. No event holds a key, a card
// number, or what a payout's request says about its destination. What the gateway says is masked as in the errors of
// the calls.
type Event interface {
	labels() (name, outcome string)
}

// EventLabels returns what has happened, and the outcome. Both have few values, never contain an ID, and can be labels
// of a metric.
//
//	event                name              outcome
//	CallEvent            Route             payout: its decision, or duplicate
//	                                       question: answered, not known, or as QuestionFailedEvent
//	QuestionFailedEvent  question failed   access denied, invalid control, another order, invalid, no reply, bad reply
//	DecisionEvent        decision          To
//	ToldEvent            told              Decision
//	CallbackEvent        callback          Result
//	BackOffEvent         back-off          Reason
//	ParkedEvent          parked            Decision
//
// A payout is a duplicate if its ClientOrderID was used before, and nothing was sent. A question is invalid if it was
// refused before it was sent. It is "another order" if the reply is not about the order that was asked about
// (ErrOrderMismatch).
func EventLabels(event Event) (name, outcome string) { return event.labels() }

// CallEvent is one call to the gateway. A payout that was not sent is also a CallEvent, with HTTPStatus 0. If the
// client repeats a question, each call is an event.
type CallEvent struct {
	Route        string        // the documented path: "/api/v4/payout/{endpoint}", "/api/v2/status/{endpoint}"
	Order        OrderRef      // its Endpoint is the one called
	Began        time.Time     // when the call began, after signing
	Duration     time.Duration // until the reply was read, or the call failed
	HTTPStatus   int           // 0 if no reply came
	SerialNumber string        // serial-number, which the gateway's support asks for
	Decision     Decision      // DecisionOf(Err) or DecisionPending for a call that moves money, "" for a question
	Status       StatusCode    // the status, if a question was answered
	Err          error         // why it failed, or nil
}

func (e CallEvent) labels() (name, outcome string) {
	if e.Decision == "" {
		return e.Route, outcomeOfQuestion(e.Err)
	}
	if _, ok := errors.AsType[*DuplicateError](e.Err); ok {
		return e.Route, "duplicate"
	}
	return e.Route, string(e.Decision)
}

// QuestionFailedEvent is a question about an order that the client gave up. It was asked as often as Client.Status
// asks, or it was refused before it was sent. If the gateway does not know the order, that is an answer and not a
// failure. Wait and Resolve ask again later.
type QuestionFailedEvent struct {
	Order    OrderRef
	Began    time.Time
	Duration time.Duration // of all its calls and the pauses between them
	Err      error
}

func (e QuestionFailedEvent) labels() (name, outcome string) {
	return "question failed", outcomeOfQuestion(e.Err)
}

// DecisionEvent is a change of what is known about an order, either its decision or the cause of a DecisionReview. A
// held payout is DecisionReview with CauseHeld. The event comes after the change was written to the journal. Without
// Config.Journal it comes with each call that finds the change.
//
// A payout that was refused before its intent was written has only a CallEvent. So has a duplicate.
type DecisionEvent struct {
	Order OrderRef
	From  Decision // "" for an attempt of which only the intent was known
	To    Decision
	Cause Cause     // of DecisionReview
	Began time.Time // when the intent of the payout was written
}

func (e DecisionEvent) labels() (name, outcome string) { return "decision", string(e.To) }

// ToldEvent is news for which the merchant's function has returned nil. The function is the one of CallbackHandler, or
// riverpayout's OnNews.
type ToldEvent struct {
	Order    OrderRef
	Decision Decision
	Cause    Cause // of DecisionReview
	Seq      int   // News.Seq
}

func (e ToldEvent) labels() (name, outcome string) { return "told", string(e.Decision) }

// CallbackEvent is a callback that was answered.
type CallbackEvent struct {
	Order      OrderRef // with the callback's IDs, or zero if the callback was refused
	Began      time.Time
	Duration   time.Duration
	HTTPStatus int    // the status of the answer
	Result     string // the outcome in the log, such as "handled", "handled before", "not final", "forged" or "panic"
}

func (e CallbackEvent) labels() (name, outcome string) { return "callback", e.Result }

// BackOffEvent is a pause that begins because something went wrong. The usual intervals of Wait are not reported.
type BackOffEvent struct {
	Order  OrderRef
	Reason string        // "retry-after" if the reply asks for it, or "retry" if a failed question is repeated
	Pause  time.Duration // how long, unless the context or the waiting ends first
}

func (e BackOffEvent) labels() (name, outcome string) { return "back-off", e.Reason }

// ParkedEvent is a payout of package riverpayout that an operator should look at. The gateway, the database or a
// function of the merchant has a problem. There is one event for each problem.
type ParkedEvent struct {
	Order    OrderRef
	Decision Decision
	Cause    Cause  // of DecisionReview
	Problem  string // one line in the words of the gateway, PostgreSQL, Load or OnNews, with long runs of digits masked
}

func (e ParkedEvent) labels() (name, outcome string) { return "parked", string(e.Decision) }

// observe calls Config.Observe with an event. Callers first check that it is set, so that no event is made in vain.
func (c *Client) observe(ctx context.Context, event Event) {
	if c.config.Observe == nil {
		return
	}
	defer func() {
		if recover() != nil { // the value of the panic may hold anything
			c.panicked.Do(func() {
				c.alarm(ctx, "payneteasy: Config.Observe panicked", slog.String("panicked_at", webhook.PanickedAt()))
			})
		}
	}()
	if ctx == nil {
		ctx = context.Background() //nolint:contextcheck // the caller has given no context
	}
	c.config.Observe(ctx, event)
}

// observeCall reports one call to the gateway.
func (c *Client) observeCall(ctx context.Context, k *call, began time.Time, r *reply, err error) {
	if c.config.Observe == nil {
		return
	}
	event := CallEvent{
		Route: k.path() + "{endpoint}", Began: k.posted, Duration: k.took, Err: err,
		Order: OrderRef{Endpoint: k.endpoint, ClientOrderID: k.clientOrderID, OrderID: k.orderID, Amount: k.amount},
	}
	if failed, ok := errors.AsType[*Error](err); ok { // the caller may still change it
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

// observeQuestion reports a question that failed.
func (c *Client) observeQuestion(ctx context.Context, ref OrderRef, began time.Time, err error) {
	if c.config.Observe == nil || err == nil || errors.Is(err, ErrOrderNotFound) {
		return
	}
	ref.Endpoint = c.endpoint(ref.Endpoint)
	c.observe(ctx, QuestionFailedEvent{Order: ref, Began: began, Duration: time.Since(began), Err: err})
}

// decided reports a change of an entry. It logs an order that needs a person from now on.
func (c *Client) decided(ctx context.Context, before, after Entry) {
	if after.Decision() == DecisionReview && before.Decision() != DecisionReview {
		c.alarm(ctx, "payneteasy: an order needs a person", slog.String("client_orderid", after.ClientOrderID),
			slog.String("order_id", after.OrderID()), slog.String("cause", string(after.Cause())))
	}
	c.observeDecision(ctx, before, after)
}

// observeDecision reports a change of an entry to Config.Observe.
func (c *Client) observeDecision(ctx context.Context, before, after Entry) {
	if c.config.Observe == nil {
		return
	}
	if event, changed := NewDecisionEvent(before, after); changed {
		c.observe(ctx, event)
	}
}

// observeBackOff reports a pause before a question. retryAfter is the pause that the last reply has asked for.
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

// logAndObserve logs one call, and reports it to Config.Observe.
func (c *Client) logAndObserve(ctx context.Context, k *call, began time.Time, r *reply, err error) {
	c.logCall(ctx, k, began, r, err)
	c.observeCall(ctx, k, began, r, err)
}

// logCall writes one log record for a call, with its IDs and its outcome, and never a body.
func (c *Client) logCall(ctx context.Context, k *call, began time.Time, r *reply, err error) {
	if c.config.Logger == nil {
		return
	}
	// A handler that panics must not lose what the call has found out.
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

// alarm logs what a person should see. As in logCall, nothing is lost if the handler panics.
func (c *Client) alarm(ctx context.Context, message string, attrs ...slog.Attr) {
	if c.config.Logger == nil {
		return
	}
	defer func() { _ = recover() }()
	c.config.Logger.LogAttrs(ctx, slog.LevelError, message, attrs...)
}

// NewDecisionEvent returns the event of an entry that was stored as before, and is now stored as after. changed reports
// whether there is such an event. It is for programs that store what Answer.Apply returns, because Config.Observe does
// not receive an event for that.
func NewDecisionEvent(before, after Entry) (event DecisionEvent, changed bool) {
	event = DecisionEvent{
		Order: after.Ref(), From: before.Decision(), To: after.Decision(), Cause: after.Cause(),
		Began: after.Began,
	}
	if before.Send == string(order.Sending) && event.From == DecisionUnknown {
		event.From = "" // only the intent was known
	}
	return event, event.From != event.To || before.Cause() != event.Cause
}

// outcomeOfQuestion returns the outcome of a question, as a label.
func outcomeOfQuestion(err error) string {
	failed, _ := errors.AsType[*Error](err)
	_, invalid := errors.AsType[*ValidationError](err)
	switch {
	case err == nil:
		return "answered"
	case errors.Is(err, ErrOrderNotFound):
		return "not known"
	case errors.Is(err, ErrAccessDenied):
		return "access denied"
	case errors.Is(err, ErrInvalidControl):
		return "invalid control"
	case errors.Is(err, ErrOrderMismatch):
		return "another order"
	case failed == nil, invalid, errors.Is(err, errNilContext):
		return "invalid"
	case failed.HTTPStatus == 0:
		return "no reply"
	}
	return "bad reply"
}

// outcomeOfPayout returns the decision of a call that moves money.
func outcomeOfPayout(err error) Decision { return cmp.Or(DecisionOf(err), DecisionPending) }
