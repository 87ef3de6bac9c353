package payneteasytest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// CallbackAttempt is one attempt to call the merchant back.
type CallbackAttempt struct {
	ClientOrderID string
	URL           string // with all parameters
	HTTPStatus    int    // 0 if there was no answer
	Err           error
}

// callBack delivers the state of an order to its CalledURL by GET, and retries until the answer is 200. The caller
// holds the lock.
func (g *Gateway) callBack(o *order) { g.callBackWith(o, func(url.Values) {}) }

// CallBack calls the merchant back about an order as it is now. Call it twice for a duplicate, or before the end for a
// callback out of order. If change is not nil, it changes the parameters. Afterwards the control is made to match them.
// If change also sets the control, it is kept, which makes a forged callback. CallBack reports whether there is such an
// order with a URL to call (see Order.CalledURL).
func (g *Gateway) CallBack(clientOrderID string, change func(parameters url.Values)) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || o.CalledURL() == "" {
		return false
	}
	if change == nil {
		change = func(url.Values) {}
	}
	g.callBackWith(o, change)
	return true
}

func (g *Gateway) callBackWith(o *order, change func(url.Values)) {
	if o.CalledURL() == "" || g.closed {
		return
	}
	target, err := callbackURL(o, change)
	if err != nil {
		g.delivery(o, CallbackAttempt{ClientOrderID: o.ClientOrderID, URL: o.CalledURL(), Err: err})
		return
	}
	id, s := o.ClientOrderID, g.settings
	g.callbacks++
	delivery := fakewire.Delivery{
		Client: s.callbackClient, Attempts: s.callbackAttempts,
		Pause: func(attempt int) time.Duration { return s.callbackPause << (attempt - 1) },
	}
	go func() {
		defer g.callbackDone()
		delivery.Run(g.ctx, func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		}, func(status int, err error) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.delivery(o, CallbackAttempt{ClientOrderID: id, URL: target, HTTPStatus: status, Err: err})
		})
	}()
}

// delivery records an attempt. The caller holds the lock.
func (g *Gateway) delivery(o *order, d CallbackAttempt) {
	g.deliveries = append(g.deliveries, d)
	g.happened(o, Event{Kind: EventCallback, Callback: d})
}

func (g *Gateway) callbackDone() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.callbacks--
	g.delivered.Broadcast()
}

// callbackURL appends the documented parameters to the query of the merchant's URL.
func callbackURL(o *order, change func(url.Values)) (string, error) {
	u, err := url.Parse(o.CalledURL())
	if err != nil {
		return "", fmt.Errorf("the callback URL: %w", err)
	}
	q := url.Values{}
	for _, p := range o.told() {
		if p.value != "" {
			q.Set(p.name, p.value)
		}
	}
	q.Del("control")
	change(q)
	if !q.Has("control") {
		q.Set("control", checksum(q.Get("status"), q.Get("orderid"), q.Get("client_orderid")))
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += q.Encode()
	return u.String(), nil
}

// told returns what callbacks and the receiver's browser tell the merchant. A value may be empty.
func (o *order) told() fields {
	return fields{
		{"status", o.Status},
		{"merchant_order", o.ClientOrderID},
		{"client_orderid", o.ClientOrderID},
		{"orderid", o.OrderID},
		{"type", o.TransactionType},
		{"amount", o.amount()},
		{"currency", o.Currency},
		{"descriptor", "Test gate " + o.Currency},
		{"error_message", o.now().ErrorMessage},
		{"error_code", o.now().ErrorCode},
		{"merchantdata", o.merchData},
	}
}

// WaitCallbacks waits until every callback that is due has been delivered or given up.
func (g *Gateway) WaitCallbacks() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.callbacks > 0 {
		g.delivered.Wait()
	}
}

// CallbackAttempts returns all attempts to call merchants back so far.
func (g *Gateway) CallbackAttempts() []CallbackAttempt {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]CallbackAttempt(nil), g.deliveries...)
}
