package riverpayout

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// EventName says what happened to a payout. There are few, so that it may be a metric's label.
type EventName string

// What happens to payouts.
const (
	EventSent   EventName = "sent"   // the call that sends it has ended, with Result
	EventAsked  EventName = "asked"  // a question about its status has ended, with Result
	EventParked EventName = "parked" // a person should look: Problem. Once for each problem
	EventTold   EventName = "told"   // OnNews has booked: Result
)

// Event is what Config.Observe is told, after it happened.
type Event struct {
	Name EventName

	// Result is few words, fit for a label: of EventSent, EventTold and EventParked a payneteasy.Decision; of EventAsked
	// "final", "not final", "not known" or "unanswered".
	Result string

	// Endpoint is where the payout goes.
	Endpoint payneteasy.Endpoint

	// Took is how long the call took: of EventSent and EventAsked.
	Took time.Duration

	// Age is how long ago the payout was enqueued.
	Age time.Duration

	// Problem is why a person should look, or why a call failed: one line, with long runs of digits masked. The words are
	// the gateway's, PostgreSQL's, and those of Load and OnNews.
	Problem string

	ClientOrderID, OrderID string // for a log or a span, not for a label
}

var eventLevels = map[EventName]slog.Level{EventSent: slog.LevelInfo, EventAsked: slog.LevelDebug, EventParked: slog.LevelWarn, EventTold: slog.LevelInfo}

// report logs an event, and lets the merchant count it.
func (r *run) report(ctx context.Context, event Event) {
	entry := r.row.entry
	event.Endpoint, event.ClientOrderID, event.Age = entry.Endpoint, entry.ClientOrderID, r.row.now.Sub(r.row.enqueued)
	if event.OrderID == "" {
		event.OrderID = entry.OrderID()
	}
	attributes := []slog.Attr{
		slog.String("client_orderid", event.ClientOrderID), slog.String("order_id", event.OrderID), slog.String("login", r.journal.login),
		slog.String("endpoint", event.Endpoint.String()), slog.String("result", event.Result), slog.Int64("job", r.job.ID),
	}
	if event.Took > 0 {
		attributes = append(attributes, slog.Duration("took", event.Took))
	}
	if event.Problem != "" {
		attributes = append(attributes, slog.String("problem", event.Problem))
	}
	r.config.Logger.LogAttrs(ctx, eventLevels[event.Name], "riverpayout: "+string(event.Name), attributes...)
	if r.config.Observe == nil {
		return
	}
	defer func() {
		if recover() != nil { // what counts must not stop what pays
			r.config.Logger.ErrorContext(ctx, "riverpayout: Config.Observe panicked")
		}
	}()
	r.config.Observe(ctx, event)
}

// reportSent reports a payout's call. One that found that another run has sent the payout is no call.
func (r *run) reportSent(ctx context.Context, payout *payneteasy.Payout, failed error, took time.Duration) {
	switch {
	case failed == nil:
		r.report(ctx, Event{Name: EventSent, Result: string(payneteasy.DecisionPending), Took: took, OrderID: payout.OrderID})
	case !errors.Is(failed, payneteasy.ErrDuplicate):
		decision := payneteasy.DecisionOf(failed)
		r.report(ctx, Event{Name: EventSent, Result: string(decision), Took: took, Problem: plain(failed)})
	}
}

// reportAsked reports a question.
func (r *run) reportAsked(ctx context.Context, answer payneteasy.Answer, failed error, took time.Duration) {
	event := Event{Name: EventAsked, Result: "not final", Took: took}
	switch {
	case failed != nil:
		event.Result, event.Problem = "unanswered", plain(failed)
	case answer.NotKnown:
		event.Result = "not known"
	default:
		event.OrderID = answer.Status.OrderID
		if answer.Status.Status.Final() {
			event.Result = "final"
		}
	}
	r.report(ctx, event)
}

// reportTold reports what was told, if anything was.
func (r *run) reportTold(ctx context.Context, news payneteasy.News) {
	if news.Seq > 0 {
		r.report(ctx, Event{Name: EventTold, Result: string(news.Decision)})
	}
	if news.Decision == payneteasy.DecisionReview {
		r.report(ctx, Event{Name: EventParked, Result: string(news.Decision), Problem: "review: " + string(news.Cause)})
	}
}
