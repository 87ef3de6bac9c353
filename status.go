package payneteasy

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// StatusCode is an order's status, as the gateway wrote it. Codes that are not listed here may come; they are not final.
type StatusCode string

// The documented statuses (P-STAT: doc.payneteasy.com, reference, statuses).
const (
	StatusApproved      StatusCode = "approved"       // final: paid
	StatusDeclined      StatusCode = "declined"       // final: not paid
	StatusFiltered      StatusCode = "filtered"       // final: declined by fraud control
	StatusError         StatusCode = "error"          // final: "declined but something went wrong": ask the manager
	StatusProcessing    StatusCode = "processing"     // not final
	StatusUnknown       StatusCode = "unknown"        // not final: the gateway itself does not know; ask the manager
	StatusChainDeclined StatusCode = "chain_declined" // not final: one leg of a cascade declined, it goes on
)

// is compares without regard to case: live replies are in lower case, some documents print capitals.
//
//go:noinline
func (s StatusCode) is(code StatusCode) bool { return strings.EqualFold(string(s), string(code)) }

// Final reports whether polling may end: approved, declined, error or filtered. Even then the gateway may change it
// after a reconciliation.
func (s StatusCode) Final() bool {
	return s.is(StatusApproved) || s.is(StatusDeclined) || s.is(StatusError) || s.is(StatusFiltered)
}

// Status is what the gateway says of an order: the reply of /api/v2/status or /api/v4/status. The same reply serves
// every kind of order, so all but the first five fields may be empty. Names of persons and cards are as sent; print a
// Status with care.
type Status struct {
	Endpoint      Endpoint
	ClientOrderID string     // merchant-order-id
	OrderID       string     // paynet-order-id
	Status        StatusCode // status
	SerialNumber  string     // serial-number of this question

	Amount          Amount // amount with currency: the actual one, which may differ; zero when absent or unreadable
	InitialAmount   Amount // initial-amount with currency: the requested one
	OrderStage      string // order-stage: for information only, never for a decision
	TransactionType string // transaction-type: "payout" is likely for a payout, not documented
	ErrorMessage    string // error-message: why it was declined; long runs of digits are masked
	ErrorCode       string // error-code
	RedirectTo      string // redirect-to: where to send the receiver's browser for a confirmation
	HTML            string // html: a page to hand to the receiver's browser unchanged
	Reference       Reference
	Person          Person
	Card            CardInfo
	Destination     CardInfo // dest-…: the destination card, as far as the gateway tells (likely, not documented)
	MerchantData    string   // merchantdata or merchant_data

	Fields Fields // all of the reply, those without a place above included

	asked time.Time // when the question began
}

// Ref is how to ask about this order again.
func (s *Status) Ref() OrderRef {
	return OrderRef{Endpoint: s.Endpoint, ClientOrderID: s.ClientOrderID, OrderID: s.OrderID, Amount: s.InitialAmount}
}

const statusCommand = "status"

// Retries of a question: a transport error, a 5xx or a 429 is asked again, with a fresh signature, and not before the
// reply's Retry-After is over.
const (
	statusAttempts = 3
	retryBase      = 500 * time.Millisecond
	retryLimit     = 5 * time.Second
)

// Status asks what became of an order. A failed question is asked up to three times, not before the reply's Retry-After
// is over (Error.RetryAfter), and not if that is after the deadline of ctx. Its errors are *Error without a Decision:
// they say nothing about the order. An error reply of the gateway, "not found" included, is a failed
// question, never a status. See https://doc.connpay.com/ (/api/v2/status).
//
// Unlike Resolve, Wait and Refresh it writes nothing into the journal.
func (c *Client) Status(ctx context.Context, ref OrderRef) (*Status, error) {
	began := time.Now()
	status, err := c.status(ctx, ref, time.Time{})
	c.observeQuestion(ctx, ref, began, err)
	return status, err
}

// status asks; no retry begins later than until, if that is set.
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
			c.record(ctx, k, began, r, nil)
			return status, nil
		}
		c.record(ctx, k, began, r, failed)
		if attempt+1 == statusAttempts || !askAgain(r) || ctx.Err() != nil {
			return nil, failed
		}
		pause := max(poll.Backoff(attempt, retryBase, retryLimit), failed.RetryAfter)
		if !until.IsZero() && time.Now().Add(pause).After(until) {
			return nil, failed
		}
		if deadline, ok := ctx.Deadline(); ok && failed.RetryAfter > time.Until(deadline) {
			failed.Err = errors.Join(failed.Err, errRetryTooLate) // a callback's handler must not wait for nothing
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

// askAgain reports whether a failed question is worth asking again at once: nothing came, or the gateway was busy.
func askAgain(r *reply) bool {
	return r == nil || r.status >= 500 || r.status == http.StatusTooManyRequests || r.readErr != nil
}

// readStatus turns a reply into a status, if it is one, is whole, and is about the order that was asked about.
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

// statusFault returns why a reply is no status of the order that was asked about, or nil.
func (r *reply) statusFault(k *call, ref OrderRef) error {
	switch {
	case r.isCached():
		return errors.New("a cache has answered, and not the gateway: the reply has an Age")
	case r.status != http.StatusOK:
		return errors.New("the gateway did not answer 200")
	case r.decodeErr != nil:
		return r.decodeErr
	case r.readErr != nil:
		return errors.Join(errCut, newCause(r.readErr, k.mask))
	case !r.whole, r.mayLackFields():
		return errCut
	case r.fields.duplicate() != "":
		return errorf("the reply has %.40q twice", k.mask.Text(r.fields.duplicate()))
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

// isCached reports whether a cache says how old its reply is.
func (r *reply) isCached() bool { return strings.Trim(r.header.Get("Age"), "0 ") != "" }

// mayLackFields reports whether a proxy may have cut a status without a length where that would change its meaning: in
// the order id, or before the type, without which a declined reversal looks like a declined payout.
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

	errCut      = errors.New("the reply may have been cut")
	errNoStatus = errors.New("the reply is not a status")
)

// isAbout checks that a reply is about the order asked about: by both ids, or by the merchant's and the amount.
func isAbout(f Fields, ref OrderRef) error {
	switch id := f.Get("paynet-order-id"); {
	case f.Get("merchant-order-id") != ref.ClientOrderID:
		return errorf("%w: its merchant-order-id is not the one asked for", ErrOrderMismatch)
	case !isOrderID(id):
		return errorf("%w: it has no order id", ErrOrderMismatch)
	case ref.OrderID != "" && id != ref.OrderID:
		return errorf("%w: its order id is not the one asked for", ErrOrderMismatch)
	case ref.OrderID != "" || ref.Amount.IsZero():
		return nil
	}
	text, named := f.Lookup("initial-amount")
	if !named {
		text = f.Get("amount")
	}
	switch found := replyAmount(text, f.Get("currency")); {
	case found.IsZero():
		return errorf("%w: it has no readable amount and currency, not %s", ErrOrderMismatch, ref.Amount)
	case found != ref.Amount:
		return errorf("%w: it is of %s, not of %s", ErrOrderMismatch, found, ref.Amount)
	}
	return nil
}
