package riverpayout

import (
	"context"
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
	EventTold   EventName = "told"   // OnFinal has booked its end: Result
)

// Event is what Config.Observe is told, after it happened.
type Event struct {
	Name EventName

	// Result is few words, fit for a label: of EventSent "accepted", "rejected", "not sent" or "unknown"; of EventAsked
	// "final", "not final" or "unanswered"; of EventTold Final.Outcome; of EventParked the payout's state.
	Result string

	// Endpoint is where the payout goes.
	Endpoint payneteasy.Endpoint

	// Took is how long the call took: of EventSent and EventAsked.
	Took time.Duration

	// Age is how long ago the payout was enqueued.
	Age time.Duration

	// Problem is why a person should look, or why a call failed: one line, with long runs of digits masked. The words are the
	// gateway's, PostgreSQL's, and those of Load and OnFinal.
	Problem string

	ClientOrderID, OrderID string // for a log or a span, not for a label
}

var eventLevels = map[EventName]slog.Level{EventSent: slog.LevelInfo, EventAsked: slog.LevelDebug, EventParked: slog.LevelWarn, EventTold: slog.LevelInfo}

// tell logs an event, and lets the merchant count it.
func (r *run) tell(ctx context.Context, event Event) {
	entry := r.row.entry
	event.Endpoint, event.ClientOrderID, event.Age = entry.Endpoint, entry.ClientOrderID, r.row.now.Sub(r.row.enqueued)
	if event.OrderID == "" {
		event.OrderID = entry.OrderID
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
