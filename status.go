package payneteasy

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// A question is retried after a transport error, a 5xx or a 429. Each retry has a fresh signature, and does not begin
// before the reply's Retry-After is over.
const (
	statusAttempts = 3
	retryBase      = 500 * time.Millisecond
	retryLimit     = 5 * time.Second
)

// Status asks what happened to an order. If a question fails, it asks again, up to three times in all. It does not ask
// again before the reply's Retry-After (Error.RetryAfter) is over, and gives up if that is after the deadline of ctx.
// Its errors are *Error without a Decision, because they say nothing about the order. An error reply of the gateway is
// a failed question and never a status. That includes "not found". See https://doc.connpay.com/ (/api/v2/status).
//
// Unlike Resolve, Wait and Refresh, Status writes nothing to the journal.
func (c *Client) Status(ctx context.Context, ref OrderRef) (*Status, error) {
	began := time.Now()
	status, err := c.status(ctx, ref, time.Time{})
	c.observeQuestion(ctx, ref, began, err)
	return status, err
}

// status asks. No retry begins later than until, if that is set.
func (c *Client) status(ctx context.Context, ref OrderRef, until time.Time) (*Status, error) {
	k, err := c.statusCall(ref)
	if err == nil && ctx == nil {
		err = errNilContext
	}
	if err != nil {
		return nil, c.failure(k, nil, Entry{}, err)
	}
	for attempt := 0; ; attempt++ {
		began := time.Now()
		r, err := c.do(ctx, k)
		status, failed := c.readStatus(k, ref, r, err)
		if failed == nil {
			status.asked = began
			c.logAndObserve(ctx, k, began, r, nil)
			return status, nil
		}
		c.logAndObserve(ctx, k, began, r, failed)
		if attempt+1 == statusAttempts || !askAgain(r) || ctx.Err() != nil {
			return nil, failed
		}
		pause := max(poll.Backoff(attempt, retryBase, retryLimit), failed.RetryAfter)
		if !until.IsZero() && time.Now().Add(pause).After(until) {
			return nil, failed
		}
		if deadline, ok := ctx.Deadline(); ok && failed.RetryAfter > time.Until(deadline) {
			failed.Err = errors.Join(failed.Err, errRetryTooLate) // a callback's handler must not wait in vain
			return nil, failed
		}
		c.observeBackOff(ctx, ref, pause, failed.RetryAfter)
		if err := poll.Pause(ctx, pause); err != nil {
			failed.Err = errors.Join(failed.Err, err)
			return nil, failed
		}
	}
}

func (c *Client) statusCall(ref OrderRef) (*call, error) {
	k := &call{
		command: statusCommand, version: "v2", endpoint: c.endpoint(ref.Endpoint), clientOrderID: ref.ClientOrderID,
		orderID: ref.OrderID, amount: ref.Amount,
		mask: masking.Masker{IDs: []string{ref.ClientOrderID, ref.OrderID}, Question: true},
	}
	if err := ref.check(); err != nil {
		return k, err
	}
	k.form = url.Values{"login": {c.config.Login}, "client_orderid": {ref.ClientOrderID}}
	if ref.OrderID != "" {
		k.form.Set("orderid", ref.OrderID)
	}
	if c.config.StatusV4 {
		k.version, k.signed = "v4", true
	} else {
		k.form.Set("control", statusControl(c.config.ControlKey, c.config.Login, ref.ClientOrderID, ref.OrderID))
	}
	return k, nil
}

// askAgain reports whether a failed question is worth a retry, because no reply came or the gateway was busy.
func askAgain(r *reply) bool {
	return r == nil || r.status >= 500 || r.status == http.StatusTooManyRequests || r.readErr != nil
}

// readStatus turns a reply into a status. The reply must be a status, be whole, and be about the order that was asked
// about.
func (c *Client) readStatus(k *call, ref OrderRef, r *reply, err error) (*Status, *Error) {
	if err != nil {
		return nil, c.failure(k, nil, Entry{}, newCause(err, k.mask))
	}
	if err := r.statusFault(k, ref); err != nil {
		return nil, c.failure(k, r, Entry{}, err)
	}
	status := newStatus(k, r.fields)
	return status, nil
}

// statusFault returns why a reply is not a status of the order that was asked about, or nil.
func (r *reply) statusFault(k *call, ref OrderRef) error {
	switch {
	case r.isCached():
		return errors.New("the reply comes from a cache, not from the gateway: it has an Age header")
	case r.status != http.StatusOK:
		return errors.New("the gateway did not answer 200")
	case r.decodeErr != nil:
		return r.decodeErr
	case r.readErr != nil:
		return errors.Join(errCut, newCause(r.readErr, k.mask))
	case !r.whole, r.mayLackFields():
		return errCut
	case r.fields.duplicate() != "":
		return errorf("the reply's %.40q is duplicated", k.mask.Text(r.fields.duplicate()))
	case r.fields.Get("type") != "status-response" && (r.has("type") || !r.isJSON):
		if kind := r.fields.Get("type"); kind != "error" && kind != "validation-error" {
			return errorf("%w (type %.40q)", errNoStatus, k.mask.Text(kind))
		}
		return errNoStatus
	case r.fields.Get("status") == "":
		return errors.New("the reply has no status")
	}
	return isAbout(r.fields, ref)
}

// mayLackFields reports whether a proxy may have cut a status without a length where that would change its meaning.
// That is in the order ID, or before the type. Without the type a declined reversal looks like a declined payout.
func (r *reply) mayLackFields() bool {
	if r.counted || r.isJSON {
		return false
	}
	_, wholeID := r.sound("paynet-order-id")
	_, wholeType := r.sound("transaction-type")
	return !wholeID && r.has("paynet-order-id") || !wholeType && StatusCode(r.fields.Get("status")).Final()
}

var (
	errRetryTooLate = errorf("the reply asks to retry after the deadline of the context: %w", context.DeadlineExceeded)

	errCut      = errors.New("the reply may be incomplete")
	errNoStatus = errors.New("the reply is not a status")
)

// isAbout checks that a reply is about the order that was asked about. It compares both IDs, or the merchant's ID and
// the amount.
func isAbout(f Fields, ref OrderRef) error {
	switch id := f.Get("paynet-order-id"); {
	case f.Get("merchant-order-id") != ref.ClientOrderID:
		return errorf("%w: the reply's merchant-order-id is not the one asked for", ErrOrderMismatch)
	case !isOrderID(id):
		return errorf("%w: the reply has no order id", ErrOrderMismatch)
	case ref.OrderID != "" && id != ref.OrderID:
		return errorf("%w: the reply's order id is not the one asked for", ErrOrderMismatch)
	case ref.OrderID != "" || ref.Amount.IsZero():
		return nil
	}
	text, named := f.lookup("initial-amount")
	if !named {
		text = f.Get("amount")
	}
	switch found := replyAmount(text, f.Get("currency")); {
	case found.IsZero():
		return errorf("%w: the reply has no readable amount and currency, want %s", ErrOrderMismatch, ref.Amount)
	case found != ref.Amount:
		return errorf("%w: the amount is %s, not %s", ErrOrderMismatch, found, ref.Amount)
	}
	return nil
}
