package riverpayout

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// observe reports to Config.Observe what the client does not report itself.
func (m *Merchant) observe(ctx context.Context, event payneteasy.Event) {
	if m.config.Observe == nil {
		return
	}
	defer func() {
		if recover() != nil { // a metrics hook must not stop payouts
			m.panicked.Do(func() { m.config.Logger.ErrorContext(ctx, "riverpayout: Config.Observe panicked") })
		}
	}()
	m.config.Observe(ctx, event)
}

// observeTold reports what OnNews has booked, if anything.
func (m *Merchant) observeTold(ctx context.Context, entry payneteasy.Entry, news payneteasy.News) {
	if news.Seq > 0 {
		m.observe(ctx, payneteasy.ToldEvent{
			Order: entry.Ref(), Decision: news.Decision, Cause: news.Cause, Seq: news.Seq,
		})
	}
}

// log logs what happened to the payout. orderID may be an order ID that the entry does not have yet.
func (r *run) log(ctx context.Context, level slog.Level, what, orderID string, attributes ...slog.Attr) {
	entry := r.row.entry
	r.config.Logger.LogAttrs(ctx, level, "riverpayout: "+what, append([]slog.Attr{
		slog.String("client_orderid", entry.ClientOrderID), slog.String("order_id", cmp.Or(orderID, entry.OrderID())),
		slog.String("login", r.journal.login), slog.String("endpoint", entry.Endpoint.String()),
		slog.Int64("job", r.job.ID), slog.Duration("age", r.row.now.Sub(r.row.enqueued)),
	}, attributes...)...)
}

// logSent logs the call of a payout. The client reports the event. If the call found that another run had sent the
// payout, there is nothing to log.
func (r *run) logSent(ctx context.Context, payout *payneteasy.Payout, failed error, took time.Duration) {
	duration := slog.Duration("took", took)
	switch {
	case failed == nil:
		r.log(ctx, slog.LevelInfo, "sent", payout.OrderID, decided(payneteasy.DecisionPending), duration)
	case !errors.Is(failed, payneteasy.ErrDuplicate):
		r.log(ctx, slog.LevelInfo, "sent", "", decided(payneteasy.DecisionOf(failed)), duration,
			slog.String("problem", plain(failed)))
	}
}

// logAsked logs a question. The client reports the event.
func (r *run) logAsked(ctx context.Context, answer payneteasy.Answer, failed error, took time.Duration) {
	outcome, orderID, problem := "not final", "", ""
	switch {
	case failed != nil:
		outcome, problem = "unanswered", plain(failed)
	case answer.NotKnown:
		outcome = "not known"
	default:
		orderID = answer.Status.OrderID
		if answer.Status.Status.Final() {
			outcome = "final"
		}
	}
	attributes := []slog.Attr{slog.String("outcome", outcome), slog.Duration("took", took)}
	if problem != "" {
		attributes = append(attributes, slog.String("problem", problem))
	}
	r.log(ctx, slog.LevelDebug, "asked", orderID, attributes...)
}

// reportTold reports the news that was told, if any.
func (r *run) reportTold(ctx context.Context, news payneteasy.News) {
	if news.Seq > 0 {
		r.log(ctx, slog.LevelInfo, "told", "", decided(news.Decision))
	}
	r.observeTold(ctx, r.row.entry, news)
	if news.Decision == payneteasy.DecisionReview {
		r.reportParked(ctx, news.Decision, "review: "+string(news.Cause))
	}
}

// reportParked reports a problem that an operator should look at.
func (r *run) reportParked(ctx context.Context, decision payneteasy.Decision, problem string) {
	r.log(ctx, slog.LevelWarn, "parked", "", decided(decision), slog.String("problem", problem))
	entry := r.row.entry
	r.observe(ctx, payneteasy.ParkedEvent{
		Order: entry.Ref(), Decision: decision, Cause: entry.Cause(), Problem: problem,
	})
}

// observeDecision reports a decision that this run has changed. The client reports its own changes.
func (r *run) observeDecision(ctx context.Context, before payneteasy.Entry) {
	if event, changed := payneteasy.NewDecisionEvent(before, r.row.entry); changed {
		r.observe(ctx, event)
	}
}

func decided(decision payneteasy.Decision) slog.Attr {
	return slog.String("decision", string(decision))
}
