package payneteasy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// resolveWindow is how long Resolve asks unless Config.ResolveWindow says otherwise: the gateway may be slow to know its
// own order.
const resolveWindow = 2 * time.Minute

// lastRetries is how long the last question may be asked again: an order is held only by its answer.
const lastRetries = (statusAttempts - 1) * retryLimit

// ErrHeld says that the gateway was asked, and does not know a payout that may have been sent. It may still turn up. Do
// not send it again; ask the gateway's manager, with client_orderid, amount and time, and then close it with Client.Settle.
var ErrHeld = errors.New("payneteasy: held: it may have been sent, and the gateway does not know it")

// Resolve finds out what became of a payout whose outcome is unknown: it asks for the status, every few seconds, until
// the gateway knows the order or Config.ResolveWindow has passed. An order found by ClientOrderID alone counts only if
// its amount and currency are the payout's.
//
// Found, it returns the order's ids and, in Payout.Status, its status: nil means that the order exists, not that it is
// paid. Otherwise the error matches ErrOutcomeUnknown still, never ErrNotSent: that the gateway does not know an order
// does not mean that none is on its way. After the whole window, if the gateway itself says that it does not know the
// order, it matches ErrHeld too, and the journal's entry is held. If nobody could be asked it stays as it was.
func (c *Client) Resolve(ctx context.Context, ref OrderRef) (*Payout, error) {
	return c.resolve(ctx, ref, nil)
}

func (c *Client) resolve(ctx context.Context, ref OrderRef, questions gate) (*Payout, error) {
	k := &call{command: "resolve", endpoint: c.endpoint(ref.Endpoint), clientOrderID: ref.ClientOrderID}
	if ctx == nil {
		return nil, c.failure(k, nil, OutcomeUnknown, errNilContext)
	}
	entry, err := c.journaled(ctx, &ref)
	if err != nil {
		return nil, c.failure(k, nil, OutcomeUnknown, err)
	}
	options, err := c.config.Wait.checked(ref)
	if err != nil {
		return nil, c.failure(k, nil, OutcomeUnknown, err)
	}
	window := c.config.ResolveWindow
	if window == 0 {
		window = resolveWindow
	}
	until := time.Now().Add(window + lastRetries)
	var found *Status
	var failure error
	hopeless := false
	err = poll.Run(ctx, poll.Schedule{
		Min: options.MinInterval, Max: options.MaxInterval, SlowAfter: options.SlowAfter,
		SlowMin: options.SlowMinInterval, SlowMax: options.SlowMaxInterval, MaxWait: window,
		RetryAfter: func() time.Duration { return c.rests.Left(ref.ClientOrderID) },
	}, func(ctx context.Context) bool {
		questions.enter()
		found, failure = c.status(ctx, ref, until)
		questions.leave()
		hopeless = failure != nil && isHopeless(failure)
		return failure == nil || hopeless
	})
	if found != nil {
		if found, _, err = c.journalStatus(ctx, found); err != nil {
			failed := c.failure(k, nil, OutcomeUnknown, err)
			failed.OrderID = found.OrderID
			return nil, failed
		}
		return &Payout{
			Endpoint: found.Endpoint, ClientOrderID: found.ClientOrderID, OrderID: found.OrderID,
			SerialNumber: found.SerialNumber, Amount: ref.Amount, Status: found, Fields: found.Fields,
		}, nil
	}
	return nil, c.unresolved(ctx, k, ref, entry, err, failure)
}

// unresolved is the error of a Resolve that found nothing, with the last answer.
func (c *Client) unresolved(ctx context.Context, k *call, ref OrderRef, entry Entry, err, failure error) error {
	failed := c.failure(k, nil, OutcomeUnknown, nil)
	failed.OrderID = ref.OrderID
	cause := failure
	var last *Error
	if errors.As(failure, &last) {
		failed.HTTPStatus, failed.SerialNumber, failed.ReplyType = last.HTTPStatus, last.SerialNumber, last.ReplyType
		failed.Code, failed.Message, failed.Reply, failed.Hint = last.Code, last.Message, last.Reply, last.Hint
		failed.RetryAfter = last.RetryAfter
		cause = last.Err
	}
	if errors.Is(cause, errNoStatus) {
		cause = nil // the gateway's own words say it
	}
	switch {
	case !errors.Is(err, poll.ErrMaxWait): // the context ended, or asking again is hopeless
		failed.Err = errors.Join(err, cause)
	case last == nil || !last.notKnown, errors.Is(err, poll.ErrRetryLater): // an order is never held without a last question
		failed.Err = errors.Join(errors.New("the gateway could not be asked, or did not answer the question: try again later"), cause)
	case entry.exists():
		failed.Err = errors.Join(fmt.Errorf("the gateway does not find order %s, which is %s in the journal: ask its manager", entry.OrderID, entry.State), cause)
	case entry.ClientOrderID != "" && entry.Closed():
		failed.Err = errors.Join(fmt.Errorf("in the journal it is closed: %s %s", entry.State, entry.Verdict), cause)
	case c.sending.Has(k.clientOrderID):
		failed.Err = errors.Join(errors.New("it is being sent at this moment"), cause)
	default:
		state, err := c.hold(ctx, k, ref, entry)
		if state == StateHeld {
			failed.Err = errors.Join(ErrHeld, err, cause)
		} else {
			failed.Err = errors.Join(fmt.Errorf("its journal entry has changed meanwhile: it is %s", state), err, cause)
		}
	}
	return failed
}

// hold writes down that the gateway does not know a payout, also one that the journal did not know: nobody may send it.
// It returns the state of the entry.
func (c *Client) hold(ctx context.Context, k *call, ref OrderRef, entry Entry) (state State, err error) {
	if c.config.Journal == nil {
		return StateHeld, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	state = StateHeld
	if entry.ClientOrderID == "" {
		now := time.Now().Truncate(time.Microsecond)
		_, err = c.config.Journal.Begin(ctx, Entry{
			ClientOrderID: k.clientOrderID, Attempt: newAttempt(), State: StateHeld, Command: "payout", BaseURL: c.config.BaseURL, Login: c.config.Login,
			Endpoint: k.endpoint, Amount: ref.Amount, OrderID: ref.OrderID, Began: now, Changed: now,
		})
	} else {
		err = c.amend(ctx, entry, func(e *Entry) bool {
			changed := hold(e)
			state = e.State
			return changed
		})
	}
	var duplicate *DuplicateError
	switch {
	case errors.As(err, &duplicate): // somebody else has begun meanwhile
		return duplicate.Entry.State, nil
	case err != nil:
		err = journalError(err, k.mask)
	}
	return state, err
}

// adopt makes an entry for an order that the gateway has and the journal did not know: nobody may send it again.
func (c *Client) adopt(ctx context.Context, found *Status) (Entry, error) {
	now := time.Now().Truncate(time.Microsecond)
	entry, err := c.config.Journal.Begin(ctx, Entry{
		ClientOrderID: found.ClientOrderID, Attempt: newAttempt(), State: StateAccepted, Command: "payout", BaseURL: c.config.BaseURL, Login: c.config.Login,
		Endpoint: found.Endpoint, Amount: found.requested(), OrderID: found.OrderID, Began: now, Changed: now,
	})
	if duplicate, ok := errors.AsType[*DuplicateError](err); ok { // another process was first
		return duplicate.Entry, nil
	}
	return entry, err
}

// hold marks an entry that the gateway does not know.
func hold(e *Entry) bool {
	if e.State != StateSending && e.State != StateUnknown {
		return false
	}
	e.State = StateHeld
	return true
}

// isHopeless reports whether asking again will not get better.
func isHopeless(err error) bool {
	return errors.Is(err, ErrAccessDenied) || errors.Is(err, ErrInvalidControl)
}

// journaled completes a reference from the journal, if there is one and it has the entry.
func (c *Client) journaled(ctx context.Context, ref *OrderRef) (Entry, error) {
	if c.config.Journal == nil {
		return Entry{}, nil
	}
	entry, err := c.config.Journal.Get(ctx, ref.ClientOrderID)
	if errors.Is(err, ErrNoEntry) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, fmt.Errorf("the journal could not be read: %w", newCause(err, showing(ref.ClientOrderID, ref.OrderID)))
	}
	if err := c.ownEntry(entry); err != nil {
		return Entry{}, err
	}
	if !ref.Endpoint.IsZero() && ref.Endpoint != entry.Endpoint || ref.OrderID != "" && entry.OrderID != "" && ref.OrderID != entry.OrderID ||
		!ref.Amount.IsZero() && !entry.Amount.IsZero() && ref.Amount != entry.Amount {
		return entry, fmt.Errorf("%w: the journal has %q as order %q of %s at endpoint %s", ErrOrderMismatch,
			entry.ClientOrderID, entry.OrderID, entry.Amount, entry.Endpoint)
	}
	if ref.Endpoint.IsZero() {
		ref.Endpoint = entry.Endpoint
	}
	if ref.OrderID == "" {
		ref.OrderID = entry.OrderID
	}
	if ref.Amount.IsZero() {
		ref.Amount = entry.Amount
	}
	return entry, nil
}

// ownEntry refuses an entry that was made at another gateway or for another merchant.
func (c *Client) ownEntry(entry Entry) error {
	if entry.BaseURL != c.config.BaseURL || entry.Login != c.config.Login {
		return fmt.Errorf("payneteasy: the journal's entry of %q belongs to %s as %s, not to %s as %s",
			entry.ClientOrderID, entry.BaseURL, entry.Login, c.config.BaseURL, c.config.Login)
	}
	return nil
}
