package ecommpay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// WaitOptions says how Wait polls. A zero field uses Config.Wait. If that is zero too, Wait polls every 3 to 5 s for
// five minutes, then every 20 to 30 s, for an hour. No limit on polling is documented, but Wait respects a Retry-After.
type WaitOptions struct {
	MinInterval, MaxInterval time.Duration // between the first polls, at random
	MaxWait                  time.Duration // no poll begins later than this

	// OnProgress, if not nil, is called with the first status and with each status that differs from the one before.
	OnProgress func(*Status)
}

func (o WaitOptions) faults(prefix string) []payneteasy.Fault {
	var faults faults
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"MinInterval", o.MinInterval}, {"MaxInterval", o.MaxInterval}, {"MaxWait", o.MaxWait}} {
		if d.value < 0 {
			faults.add(prefix+d.name, "is negative")
		}
	}
	if o.MinInterval > o.MaxInterval && o.MaxInterval > 0 {
		faults.add(prefix+"MinInterval", "is above MaxInterval")
	}
	return faults
}

func (o WaitOptions) or(other WaitOptions) WaitOptions {
	if o.MinInterval == 0 && o.MaxInterval == 0 {
		o.MinInterval, o.MaxInterval = other.MinInterval, other.MaxInterval
	}
	o.MaxWait = cmp.Or(o.MaxWait, other.MaxWait)
	if o.OnProgress == nil {
		o.OnProgress = other.OnProgress
	}
	return o
}

var usualWait = WaitOptions{MinInterval: 3 * time.Second, MaxInterval: 5 * time.Second, MaxWait: time.Hour}

// schedule returns when to poll. After five minutes the polls are less frequent, but never more frequent than the
// options say.
func (o WaitOptions) schedule() poll.Schedule {
	return poll.Schedule{
		Min: o.MinInterval, Max: o.MaxInterval, SlowAfter: 5 * time.Minute,
		SlowMin: max(o.MinInterval, 20*time.Second), SlowMax: max(o.MaxInterval, 30*time.Second), MaxWait: o.MaxWait,
	}
}

// WaitError says why waiting ended without a result. The payout may still be paid.
type WaitError struct {
	PaymentID string
	Decision  payneteasy.Decision // from Last, and from what is known about the registration
	Last      *Status             // the last status seen, or nil
	Failure   error               // the last failed poll if it was the latest, or nil
	Err       error               // ErrWaitTimeout, the context's error, or the failure that made waiting pointless
}

func (e *WaitError) Error() string {
	text := fmt.Sprintf("ecommpay: wait for %q", masking.Cut(e.PaymentID))
	if e.Err != nil {
		text += ": " + trimPackage(e.Err)
	}
	if e.Last != nil {
		text += fmt.Sprintf("; the last status was %q", e.Last.Status)
	}
	if e.Failure != nil && !errors.Is(e.Err, e.Failure) {
		text += "; the last poll failed: " + trimPackage(e.Failure)
	}
	if e.Last == nil || !e.Last.Status.Final() {
		text += "; it may still be paid"
	}
	return strings.ReplaceAll(text, "\n", ": ") // errors.Join writes each error on its own line
}

// Decided returns Decision, for payneteasy.DecisionOf.
func (e *WaitError) Decided() payneteasy.Decision { return e.Decision }

// Unwrap returns the cause and the last failed poll.
func (e *WaitError) Unwrap() []error {
	if e.Failure == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Failure}
}

// Wait polls a payment until it ends, at once and then at random intervals. Nil opts mean Config.Wait. A callback makes
// it ask at once. A nil error means that nothing is left to ask, not that the payout is paid. Payout.Wait also gives
// the decision. A failed poll does not end the waiting, not even "not found". But a refused signature or address ends
// it, because a retry cannot help. After a failed call about the payment, including RegisterPayout, Wait respects the
// reply's Retry-After, up to a minute. That also holds when a callback arrives.
//
// Without an end the error is a *WaitError with the last status. It matches ErrWaitTimeout after MaxWait, or the
// context's error.
func (c *Client) Wait(ctx context.Context, ref PayoutRef, opts *WaitOptions) (*Status, error) {
	return c.waitUntil(ctx, ref, opts, func(status *Status) bool { return status.decision().Final() })
}

// waitUntil polls until done returns true for a status. Before each poll and after each wake-up it also calls done with
// nil.
func (c *Client) waitUntil(
	ctx context.Context, ref PayoutRef, opts *WaitOptions, done func(*Status) bool,
) (*Status, error) {
	if opts == nil {
		opts = &WaitOptions{}
	}
	if faults := opts.faults("WaitOptions."); len(faults) > 0 {
		return nil, &WaitError{
			PaymentID: ref.PaymentID, Decision: payneteasy.DecisionUnknown,
			Err: &payneteasy.ValidationError{Faults: faults},
		}
	}
	if ctx == nil {
		return nil, &WaitError{PaymentID: ref.PaymentID, Decision: payneteasy.DecisionUnknown, Err: errNilContext}
	}
	options := opts.or(c.config.Wait).or(usualWait)
	schedule := options.schedule()
	var stop func()
	schedule.Wake, stop = c.waiting.Register(fold(ref.PaymentID))
	defer stop()
	began := time.Now()
	failed := &WaitError{PaymentID: ref.PaymentID, Decision: payneteasy.DecisionUnknown}
	hopeless := false
	schedule.RetryAfter = func() time.Duration { return c.rests.Left(fold(ref.PaymentID)) }
	schedule.Done = func() bool { return done(nil) }
	err := poll.Run(ctx, schedule, func(ctx context.Context) bool {
		status, err := c.Status(ctx, ref)
		if failed.Failure = err; err != nil {
			var invalid *payneteasy.ValidationError
			hopeless = errors.Is(err, ErrInvalidSignature) || errors.Is(err, ErrIPNotAllowed) ||
				errors.As(err, &invalid)
			return hopeless
		}
		changed := failed.Last == nil || failed.Last.Status != status.Status ||
			failed.Last.Operation.Status != status.Operation.Status
		failed.Last, failed.Decision = status, status.decision()
		if changed && options.OnProgress != nil {
			options.OnProgress(status)
		}
		return done(status)
	})
	switch {
	case hopeless:
		failed.Err = failed.Failure
	case err == nil:
		return failed.Last, nil
	case errors.Is(err, poll.ErrMaxWait):
		failed.Err = fmt.Errorf("%w after %v", ErrWaitTimeout, time.Since(began).Round(time.Millisecond))
	default:
		failed.Err = newCause(err, masking.Masker{IDs: []string{ref.PaymentID}})
	}
	return failed.Last, failed
}

// Wake makes every Wait of this client for that payment ask now instead of at its next poll. Call it when the
// receiver's browser returns, for example. CallbackHandler calls it. No matter how often you call it, a Wait asks at
// most five times a second. It also respects the Retry-After of a failed reply.
func (c *Client) Wake(paymentID string) { c.waiting.Wake(fold(paymentID)) }
