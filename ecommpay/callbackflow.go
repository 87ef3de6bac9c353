package ecommpay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/order"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// callbackHandling is one callback and its payment while it is handled. It holds what internal/webhook does not know.
type callbackHandling struct {
	h       *CallbackHandler
	cb      *Callback
	known   callbackRecord
	record  string // known, as the store keeps it
	opening bool   // there is a page to tell about, and no end
}

var (
	callbackNothing  = webhook.NewOutcome("nothing to tell", http.StatusOK, slog.LevelDebug)
	callbackNoPayout = webhook.NewOutcome("not a payout", http.StatusOK, slog.LevelWarn)
	callbackNoTime   = webhook.NewOutcome("uuid_expired_at cannot be read",
		http.StatusServiceUnavailable, slog.LevelError)
)

// Key names the payment for a store.
func (p *callbackHandling) Key() string {
	return webhook.Key(p.h.client.config.describe(), fold(p.cb.PaymentID))
}

// Masked returns the text of a foreign error without the token and without numbers that look like a card or an account.
func (p *callbackHandling) Masked(err error) string {
	mask := masking.Masker{IDs: []string{p.cb.PaymentID}, Question: true}
	if token := p.cb.AccountToken.Reveal(); token != "" {
		mask.Secrets = []string{token}
	}
	return mask.Text(trimPackage(err))
}

// Record returns the record that a store keeps.
func (p *callbackHandling) Record() string { return p.record }

// Order reads what is known about the payment.
func (p *callbackHandling) Order(_ context.Context, record string) (webhook.Order, webhook.Outcome) {
	known, err := readCallbackRecord(record)
	if err != nil {
		return nil, webhook.NotStored.Because("its record cannot be read: " + p.Masked(err))
	}
	p.known, p.record = known, record
	if session, ok := p.cb.Session(); ok {
		p.h.client.sessions.put(session)
	}
	p.h.client.Wake(p.cb.PaymentID)
	return p, webhook.Outcome{}
}

// Confirm asks the platform about the payment, if the callback can be news.
func (p *callbackHandling) Confirm(ctx context.Context) webhook.Outcome {
	cb := p.cb
	_, registered := cb.Session()
	switch {
	case registered && p.mayBegin():
		return p.register(ctx)
	case cb.UUID != "" && !registered && cb.Status.Is(StatusAwaitingPayoutCompletion):
		return callbackNoTime
	case !cb.isOfPayout():
		return callbackNoPayout
	case !cb.Status.Final() && !cb.takenBack(): // also a registration whose end was told already
		return callbackNothing
	}
	return p.ask(ctx)
}

// uuidSum returns the SHA-256 of a registration's uuid, as the record has it.
func (p *callbackHandling) uuidSum() string { return webhook.Key(p.cb.UUID) }

// mayBegin reports whether a registration can be news. A payment ID whose request ended in error may be registered
// again (likely). Then it has another uuid.
func (p *callbackHandling) mayBegin() bool {
	return len(p.known.Order.Orders) == 0 || p.known.hasFailed() && p.uuidSum() != p.known.Registered
}

// register handles a registration. It cannot wait for a final status, because the page expires soon. But it asks once.
// If the status is already final, the callback is old, and the end is told instead. After an error the status must
// prove that there is another request, because a repeated registration looks the same.
func (p *callbackHandling) register(ctx context.Context) webhook.Outcome {
	uuid, failed := p.uuidSum(), p.known.hasFailed()
	if uuid == p.known.Registered && p.known.Told >= p.known.Seq {
		return webhook.Duplicate
	}
	refused := p.ask(ctx)
	switch {
	case refused.Kind == nil && failed && p.cb.Confirmed.Status.Is(StatusError):
		return webhook.Ahead // the callback is ahead of the status, or old
	case refused.Kind == nil:
		p.known.Registered = uuid
		return p.keep()
	case refused.Kind == webhook.NotFinal.Kind, refused.Kind == webhook.Unasked.Kind && !failed:
	default:
		return refused
	}
	p.opening = true
	if uuid != p.known.Registered {
		p.known.Registered, p.known.Order = uuid, order.Record{Send: order.Accepted}
		p.known.next()
	}
	return p.keep()
}

// ask asks for the payment's status, and merges it into what is known.
func (p *callbackHandling) ask(ctx context.Context) webhook.Outcome {
	ref := PayoutRef{PaymentID: p.cb.PaymentID}
	if p.h.Ref != nil {
		stored, err := p.h.Ref(ctx, p.cb)
		switch {
		case errors.Is(err, ErrMismatch),
			err == nil && stored.PaymentID != "" && !sameID(stored.PaymentID, p.cb.PaymentID):
			return webhook.Mismatch.Because(p.Masked(cmp.Or(err, ErrMismatch)))
		case err != nil:
			return webhook.NoOrder.Because(p.Masked(err))
		}
		ref.Amount = stored.Amount
	}
	asked := time.Now()
	status, err := p.h.client.Status(ctx, ref)
	switch {
	case err != nil: // err is masked
		return webhook.Unasked.Because(trimPackage(err))
	case p.cb.Type == "" && !status.isPayout() && !takesBack(status.Type):
		return callbackNoPayout
	case !status.decision().Final():
		return webhook.NotFinal
	}
	p.cb.Confirmed = status
	p.known.merge(status,
		order.Seen{Order: status.seen(), Asked: asked, Interval: p.h.client.config.Wait.or(usualWait).MinInterval})
	if p.h.handle == nil {
		p.known.Told = p.known.Seq
	}
	return p.keep()
}

// keep prepares what is known for the store.
func (p *callbackHandling) keep() webhook.Outcome {
	p.known.Decision = order.Decide(p.known.Order)
	record, err := json.Marshal(p.known)
	if err != nil {
		return webhook.NotStored.Because(p.Masked(err))
	}
	p.record = string(record)
	return webhook.Outcome{}
}

// Due says whether there is something to tell.
func (p *callbackHandling) Due() webhook.Due {
	switch {
	case p.h.handle != nil && p.known.Seq > p.known.Told:
		return webhook.DueNews
	case p.opening || payneteasy.Decision(p.known.Decision).Final():
		return webhook.DueNothing
	}
	return webhook.DueLater
}

// BeginTelling always allows telling, because the store handles one callback of a payment at a time.
func (p *callbackHandling) BeginTelling(context.Context) (begun bool, refused webhook.Outcome) {
	return true, webhook.Outcome{}
}

// Tell records that telling has begun, and calls the merchant's function.
func (p *callbackHandling) Tell(ctx context.Context) error {
	known := p.known
	news := payneteasy.News{Seq: known.Seq, Again: known.Telling >= known.Seq, Decision: payneteasy.DecisionPending}
	if !p.opening {
		paid, _ := known.Order.Amounts(minorUnits(p.cb.Confirmed.expectedAmount))
		news.Decision, news.Cause = payneteasy.Decision(known.Decision), payneteasy.Cause(order.Why(known.Order))
		news.Paid = amountOf(paid)
	}
	p.known.Telling = known.Seq
	p.keep()
	return p.h.handle(ctx, news, p.cb)
}

// EndTelling notes what was told.
func (p *callbackHandling) EndTelling(_ context.Context, told bool) webhook.Outcome {
	if told {
		p.known.Told, p.known.Telling = p.known.Seq, 0
	}
	return p.keep()
}

// Claim says whether the platform confirms the callback.
func (p *callbackHandling) Claim(context.Context) webhook.Outcome {
	orders := p.known.Order.Orders
	switch {
	case p.opening:
	case ahead(p.cb, p.cb.Confirmed):
		return webhook.Ahead
	case len(orders) > 0 && !orders[0].Doubt.IsZero():
		return webhook.Ahead.Because("it succeeded after money came back: a later question must confirm that")
	}
	return webhook.Outcome{}
}

// ahead reports whether a callback says more than the platform's own answer. It may claim another end, or another part
// of the money that came back.
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
