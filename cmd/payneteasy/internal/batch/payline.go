package batch

import (
	"context"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/duplicate"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// pay sends one line, once.
func (r *runner) pay(ctx context.Context, i int) {
	if ctx.Err() != nil || r.stopped() {
		return
	}
	r.mu.Lock()
	r.tried[i] = true
	r.mu.Unlock()
	req, err := r.file.request(&r.file.lines[i])
	if err != nil {
		r.done(i, lineResult{decision: payneteasy.DecisionNotSent, message: err.Error()})
		return
	}
	if !r.options.NoCheck && !r.check(ctx, i, req) || ctx.Err() != nil {
		return
	}
	// Store it only now. A line that is not sent must not look as if it was sent to this destination.
	line := &r.file.lines[i]
	if err := r.store.Destinations.Remember(line.id, line.sum); err != nil {
		r.done(i, lineResult{decision: payneteasy.DecisionNotSent, message: err.Error()})
		return
	}
	// If the call stopped half-way, the outcome would be unknown.
	payout, err := r.client.Payout(context.WithoutCancel(ctx), req)
	if err == nil {
		r.set(i, resultOf(payout.Entry))
		r.enqueue(i)
		return
	}
	switch became := resultOfError(err); became.decision {
	case payneteasy.DecisionNotSent, payneteasy.DecisionRejected:
		r.done(i, became)
	case payneteasy.DecisionRefused: // it counts as a failure now, and is asked about after its window
		r.set(i, became)
		r.failed(i)
		r.note(i, became)
		r.enqueue(i)
	case payneteasy.DecisionUnknown, payneteasy.DecisionPending, payneteasy.DecisionPaid, payneteasy.DecisionNotPaid,
		payneteasy.DecisionReversed, payneteasy.DecisionReview:
		r.set(i, became)
		r.enqueue(i)
	}
}

// check asks whether the gateway knows a line's ID. If it does, check adopts the order, and the line is not sent.
func (r *runner) check(ctx context.Context, i int, req *payneteasy.PayoutRequest) (ok bool) {
	orderID, err := duplicate.OrderElsewhere(ctx, r.client, req.Ref())
	switch {
	case orderID != "":
		r.adopt(ctx, i, req, orderID)
	case err == nil:
		return true
	case ctx.Err() == nil:
		refused := lineResult{decision: payneteasy.DecisionNotSent}
		refused.code, _ = said(err)
		refused.message = "not sent, because it could not be checked: " + terminal.MessageWithoutSerial(err)
		r.done(i, refused)
	}
	return false
}

// adopt records that the gateway already has an order for a line.
func (r *runner) adopt(ctx context.Context, i int, req *payneteasy.PayoutRequest, orderID string) {
	entry, err := r.store.Adopt(ctx, r.client, req.Ref(), orderID, r.file.lines[i].sum)
	known := resultOf(entry)
	if err != nil {
		known.message = err.Error()
		r.done(i, known)
		return
	}
	r.set(i, known)
	r.enqueue(i)
}
