package ecommpaytest

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// CallbackAttempt is one attempt to call the merchant back.
type CallbackAttempt struct {
	PaymentID  string
	URL        string
	Body       []byte
	HTTPStatus int // 0 when there was no answer
	Err        error
}

// registered returns the callback about a registration. Its numbers are strings, and its signature is in general.
func (p *payment) registered() map[string]any {
	operation := map[string]any{"id": number(p.operations[0].id), "type": "payout", "status": p.Status}
	message := map[string]any{
		"general":    map[string]any{"project_id": number(ProjectID), "payment_id": p.PaymentID},
		"request_id": p.requestID,
		"payment":    map[string]any{"id": p.PaymentID, "type": "payout", "status": p.Status},
		"operation":  operation,
		"customer":   map[string]any{"id": p.CustomerID},

		"sum_request": map[string]any{"amount": number(p.Amount), "currency": p.Currency},
		"transaction": map[string]any{"type": "payout"},
	}
	if p.UUID != "" {
		message["uuid"], message["uuid_expired_at"] = p.UUID, p.ExpiresAt.UTC().Format(wireTime)
	}
	if p.Code != "" {
		operation["code"], operation["message"] = p.Code, p.operations[0].message
		message["errors"] = p.faults()
	}
	return message
}

// ended returns the callback about a result, in the basic format. It has the last operation, and the signature at the
// root.
func (g *Gateway) ended(p *payment) map[string]any {
	message := map[string]any{
		"project_id": ProjectID,
		"payment":    p.describe(),
		"operation":  p.tell(p.operations[len(p.operations)-1]),
		"customer":   map[string]any{"id": p.CustomerID, "phone": p.phone},
	}
	if faults := p.faults(); len(faults) > 0 {
		message["errors"] = faults
	}
	g.addAccount(message, p)
	return message
}

// CallBack calls the merchant back about the current state of a payment. Call it twice for a duplicate, or before the
// end for a callback out of order. change, if not nil, changes the message before it is signed. If change sets a
// signature, at the root or in general, the message keeps that one and is forged. CallBack reports whether there is
// such a payment with a callback URL.
func (g *Gateway) CallBack(paymentID string, change func(message map[string]any)) bool {
	return g.with(paymentID, func(p *payment) bool {
		g.callBackWith(p, change, nil, func() {})
		return p.callbackURL != ""
	})
}

// callBack reports a payment's state to the merchant, after all earlier callbacks about it. It arrives too early only
// if the merchant did not accept those. The caller holds the lock.
func (g *Gateway) callBack(p *payment) {
	after, done := p.told, make(chan struct{})
	p.told = done
	g.callBackWith(p, nil, after, sync.OnceFunc(func() { close(done) }))
}

// callBackWith begins after the channel after is closed, unless that is nil. It calls attempted after each attempt.
func (g *Gateway) callBackWith(p *payment, change func(map[string]any), after <-chan struct{}, attempted func()) {
	if p.callbackURL == "" || g.closed {
		attempted()
		return
	}
	made := CallbackAttempt{PaymentID: p.PaymentID, URL: p.callbackURL}
	if made.Body, made.Err = g.compose(p, change); made.Err != nil {
		g.deliveries = append(g.deliveries, made)
		attempted()
		return
	}
	delivery := fakewire.Delivery{
		Client: g.settings.callbackClient, Attempts: g.settings.callbackAttempts,
		Pause: pauses(g.settings.callbackPause),
	}
	g.due++
	go func() {
		defer g.delivered()
		defer attempted()
		if after != nil {
			select {
			case <-after:
			case <-g.ctx.Done():
				return
			}
		}
		delivery.Run(g.ctx, func(ctx context.Context) (*http.Request, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, made.URL, bytes.NewReader(made.Body))
			if err == nil {
				req.Header.Set("Content-Type", jsonType)
			}
			return req, err
		}, func(status int, err error) {
			defer attempted()
			g.mu.Lock()
			defer g.mu.Unlock()
			attempt := made
			attempt.HTTPStatus, attempt.Err = status, err
			g.deliveries = append(g.deliveries, attempt)
		})
	}()
}

func (g *Gateway) delivered() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done()
}

// compose writes the callback about a payment. The caller holds the lock.
func (g *Gateway) compose(p *payment, change func(map[string]any)) ([]byte, error) {
	message := g.ended(p)
	if p.UUID == "" || p.Status == statusAwaiting {
		message = p.registered()
	}
	if change != nil {
		change(message)
	}
	into, general := message, field(message, "general")
	if object, ok := general.(map[string]any); ok {
		into = object
	}
	if message["signature"] != nil || into["signature"] != nil {
		return encode(message)
	}
	return withSignature(message, into)
}

// pauses returns the pauses of an older page of the documentation. For a pause of 10 s there are six of them, then 80
// s, 81 s and longer, up to 4 hours.
func pauses(pause time.Duration) func(int) time.Duration {
	return func(attempt int) time.Duration {
		if attempt <= 6 {
			return pause
		}
		grown := pause
		for range attempt - 7 {
			grown = min(grown*112/100, 1440*pause)
		}
		return min(7*pause+grown, 1440*pause)
	}
}

// WaitCallbacks waits until every step that happens by itself has happened, and every callback was delivered or given
// up. It does not wait for the end of a receiver's time.
func (g *Gateway) WaitCallbacks() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.due > 0 {
		g.idle.Wait()
	}
}

// CallbackAttempts returns all attempts so far to call merchants back.
func (g *Gateway) CallbackAttempts() []CallbackAttempt {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.deliveries)
}
