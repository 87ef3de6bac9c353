package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// WaitOptions is how Wait polls. Zero fields take the platform's advice: every 3 to 5 s for five minutes, then every 5
// to 10 minutes, for an hour in all; after that the callback or the gateway's manager tells.
type WaitOptions struct {
	MinInterval time.Duration // between polls: 3 s
	MaxInterval time.Duration // 5 s; each pause is random between the two

	SlowAfter       time.Duration // when to slow down: 5 min
	SlowMinInterval time.Duration // between polls from then on: 5 min
	SlowMaxInterval time.Duration // 10 min

	// MaxWait is how long to wait: 1 h. The last poll begins then; it may take as long as one call, Config.Timeout.
	MaxWait time.Duration

	// OnProgress is called, one call at a time, from the goroutine that called Wait, or several of Recover's, with the first status seen, with each change of
	// status or stage, and when redirect-to first shows up, so that the receiver can be sent there.
	OnProgress func(*Status)
}

func (o WaitOptions) check(faults *faults, prefix string) {
	for _, pause := range []struct {
		name  string
		value time.Duration
	}{
		{"MinInterval", o.MinInterval},
		{"MaxInterval", o.MaxInterval},
		{"SlowAfter", o.SlowAfter},
		{"SlowMinInterval", o.SlowMinInterval},
		{"SlowMaxInterval", o.SlowMaxInterval},
		{"MaxWait", o.MaxWait},
	} {
		if pause.value < 0 {
			faults.add(prefix+pause.name, "is negative")
		}
	}
	if o.MaxInterval != 0 && o.MinInterval > o.MaxInterval {
		faults.add(prefix+"MaxInterval", "is below MinInterval")
	}
	if o.SlowMaxInterval != 0 && o.SlowMinInterval > o.SlowMaxInterval {
		faults.add(prefix+"SlowMaxInterval", "is below SlowMinInterval")
	}
}

// or takes what is not set from other. An interval of which one end is set keeps that end.
func (o WaitOptions) or(other WaitOptions) WaitOptions {
	o.MinInterval, o.MaxInterval = interval(o.MinInterval, o.MaxInterval, other.MinInterval, other.MaxInterval)
	o.SlowMinInterval, o.SlowMaxInterval = interval(o.SlowMinInterval, o.SlowMaxInterval, other.SlowMinInterval, other.SlowMaxInterval)
	o.SlowAfter = cmp.Or(o.SlowAfter, other.SlowAfter)
	o.MaxWait = cmp.Or(o.MaxWait, other.MaxWait)
	if o.OnProgress == nil {
		o.OnProgress = other.OnProgress
	}
	return o
}

func interval(low, high, otherLow, otherHigh time.Duration) (from, to time.Duration) {
	switch {
	case low == 0 && high == 0:
		return otherLow, otherHigh
	case low == 0:
		return min(otherLow, high), high
	case high == 0:
		return low, max(otherHigh, low)
	}
	return low, high
}

var platformAdvice = WaitOptions{
	MinInterval: 3 * time.Second, MaxInterval: 5 * time.Second,
	SlowAfter: 5 * time.Minute, SlowMinInterval: 5 * time.Minute, SlowMaxInterval: 10 * time.Minute,
	MaxWait: time.Hour,
}

// WaitError is why Wait ended without a final status. The order may still be paid: the waiting ended, not the payout.
type WaitError struct {
	Last    *Status // the last status seen, or nil
	Failure error   // the last failed poll if it was the latest, an *Error, or nil
	order   string  // client_orderid, if anything was asked
	Err     error   // ErrWaitTimeout, the context's error, or the failure that made waiting pointless
}

func (e *WaitError) Error() string {
	text := "payneteasy: wait"
	if e.order != "" {
		text = fmt.Sprintf("payneteasy: wait for %q", masking.Cut(e.order))
	}
	if e.Err != nil {
		text += ": " + trimPackage(e.Err)
	}
	if e.Last != nil {
		text += fmt.Sprintf("; the last status was %q", e.Last.Status)
	}
	if e.Failure != nil && !errors.Is(e.Err, e.Failure) {
		text += "; the last poll failed: " + trimPackage(e.Failure)
	}
	if e.order == "" || e.Last != nil && e.Last.Status.Final() {
		return text
	}
	return text + "; the order may still be paid"
}

// Unwrap gives the cause and the last failed poll.
func (e *WaitError) Unwrap() []error {
	if e.Failure == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Failure}
}

// Wait polls an order to its final status: at once, then at random intervals, at most an hour unless opts or
// Config.Wait say otherwise (nil opts: Config.Wait). Wake, and so a callback, makes it ask at once.
// A nil error means that the status is final, not that the order is paid: look at Approved. Failed polls, "not found" among them, do not end the waiting; access denied and an invalid
// control code do, since they will not get better. After a failed poll Wait asks no sooner than the reply's Retry-After
// says, at most a minute later, also when it is woken.
//
// Without a final status the error is a *WaitError that holds the last status and the last failure. It matches
// ErrWaitTimeout after MaxWait, or the context's error. With a Config.Journal the final status is written down before
// Wait returns; if it cannot be, the error says so and comes with the status. So it does when the journal knows
// several orders of the id (ErrSeveralOrders), or another final status before (ErrContradicted).
func (c *Client) Wait(ctx context.Context, ref OrderRef, opts *WaitOptions) (*Status, error) {
	if opts == nil {
		opts = &WaitOptions{}
	}
	return c.wait(ctx, ref, *opts, nil)
}

func (c *Client) wait(ctx context.Context, ref OrderRef, opts WaitOptions, questions gate) (*Status, error) {
	options, err := opts.or(c.config.Wait).checked(ref)
	if err == nil && ctx == nil {
		err = errNilContext
	}
	if err != nil {
		return nil, &WaitError{Err: err}
	}
	began := time.Now()
	w := waiter{client: c, ref: ref, questions: questions, progress: options.OnProgress, until: began.Add(options.MaxWait)}
	rings, stop := c.waiting.Set(ref.ClientOrderID)
	defer stop()
	err = poll.Run(ctx, poll.Schedule{
		Min: options.MinInterval, Max: options.MaxInterval, SlowAfter: options.SlowAfter,
		SlowMin: options.SlowMinInterval, SlowMax: options.SlowMaxInterval, MaxWait: options.MaxWait,
		Wake: rings, RetryAfter: func() time.Duration { return c.rests.Left(ref.ClientOrderID) },
	}, w.poll)
	switch {
	case w.hopeless:
		err = w.failure
	case err == nil:
		if w.last, _, err = c.journalStatus(ctx, w.last); err != nil {
			return w.last, &WaitError{order: ref.ClientOrderID, Last: w.last, Err: err}
		}
		if !w.last.Status.Final() { // it was asked once more, and is not final any more
			return w.last, &WaitError{order: ref.ClientOrderID, Last: w.last, Err: errors.New("the final status has been taken back: wait again")}
		}
		return w.last, nil
	case errors.Is(err, poll.ErrMaxWait):
		err = fmt.Errorf("%w after %v", ErrWaitTimeout, time.Since(began).Round(time.Millisecond))
	}
	return w.last, &WaitError{order: ref.ClientOrderID, Last: w.last, Failure: w.failure, Err: err}
}

// checked fills the rest with the platform's advice, and refuses what cannot be waited with or for.
func (o WaitOptions) checked(ref OrderRef) (WaitOptions, error) {
	var faults faults
	o.check(&faults, "WaitOptions.")
	if len(faults) > 0 {
		return o, &ValidationError{Faults: faults}
	}
	if err := ref.check(); err != nil {
		return o, err
	}
	if ref.OrderID == "" && ref.Amount.IsZero() {
		return o, errNotProvable
	}
	return o.or(platformAdvice), nil
}

// waiter is one Wait under way.
type waiter struct {
	client    *Client
	ref       OrderRef
	questions gate
	progress  func(*Status)
	until     time.Time // when the last poll begins
	last      *Status
	failure   error // of the latest poll
	hopeless  bool
}

func (w *waiter) poll(ctx context.Context) (done bool) {
	w.questions.enter()
	status, err := w.client.status(ctx, w.ref, w.until)
	w.questions.leave()
	w.failure = err
	if err != nil {
		w.hopeless = isHopeless(err)
		return w.hopeless
	}
	changed := w.last == nil || w.last.Status != status.Status || w.last.OrderStage != status.OrderStage ||
		w.last.RedirectTo == "" && status.RedirectTo != ""
	w.last = status
	if changed && !status.Status.Final() {
		// That the order exists must not be forgotten. If it cannot be written now, it will be with the final status.
		_, _, _ = w.client.journalStatus(ctx, status)
	}
	if changed && w.progress != nil {
		w.progress(status)
	}
	return status.Status.Final()
}
