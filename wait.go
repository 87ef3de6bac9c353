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

	// OnProgress is called, one call at a time, from the goroutine that called Wait, or several of Recover's: with each change
	// of the entry, of the status or of its stage, when redirect-to first shows up, so that the receiver can be sent there,
	// with each failed question, and with the first answer after one.
	OnProgress func(Progress)

	lastRetries time.Duration // how long the last question may be asked again after it failed
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

// Interval is a random pause before the next question about an order that was sent so long ago, for programs that ask by a
// queue of their own, with Client.Ask.
func (o WaitOptions) Interval(age time.Duration) time.Duration {
	return o.or(platformAdvice).schedule().Interval(age)
}

func (o WaitOptions) schedule() poll.Schedule {
	return poll.Schedule{
		Min: o.MinInterval, Max: o.MaxInterval, SlowAfter: o.SlowAfter,
		SlowMin: o.SlowMinInterval, SlowMax: o.SlowMaxInterval, MaxWait: o.MaxWait,
	}
}

var platformAdvice = WaitOptions{
	MinInterval: 3 * time.Second, MaxInterval: 5 * time.Second,
	SlowAfter: 5 * time.Minute, SlowMinInterval: 5 * time.Minute, SlowMaxInterval: 10 * time.Minute,
	MaxWait: time.Hour,
}

// WaitError is why Wait or Resolve ended without a decision. The order may still be paid: the waiting ended, not the payout.
type WaitError struct {
	Entry   Entry // what is known of the order
	Failure error // the last question if it failed, an *Error, or nil
	Err     error // ErrWaitTimeout, the context's error, the failure that made waiting pointless, or the journal's error

	unwritten bool // Entry has what the journal does not have
}

// decision is the entry's. What is not written down must not be booked.
func (e *WaitError) decision() Decision {
	d := e.Entry.Decision()
	if e.unwritten && d.bookable() {
		return DecisionUnknown
	}
	return d
}

func (e *WaitError) Error() string {
	text := "payneteasy: wait"
	if e.Entry.ClientOrderID != "" {
		text = fmt.Sprintf("payneteasy: wait for %q, which is %s", masking.Cut(e.Entry.ClientOrderID), e.Entry.Decision())
	}
	if e.Err != nil {
		text += ": " + trimPackage(e.Err)
	}
	if e.Failure != nil && !errors.Is(e.Err, e.Failure) {
		text += "; the last question failed: " + trimPackage(e.Failure)
	}
	return text
}

// Unwrap gives the cause and the last failed question.
func (e *WaitError) Unwrap() []error {
	if e.Failure == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Failure}
}

// Wait asks about an order until its decision is final: at once, then at random intervals, at most an hour unless opts or
// Config.Wait say otherwise (nil opts: Config.Wait). Wake, and so a callback, makes it ask at once. about is the entry from
// Payout, from an error, from the journal, or from NewEntry. After a failed question Wait asks no sooner than the reply's
// Retry-After says, at most a minute later, also when it is woken.
//
// A nil error means that the decision is final, not that the order is paid: switch on Entry.Decision. Failed questions do not
// end the waiting. Access denied and an invalid control code do, since they will not get better.
//
// Otherwise the error is a *WaitError. It matches ErrWaitTimeout after MaxWait, or the context's error, and the last
// question's if that failed. With a Config.Journal each answer is written down before Wait goes on. If the last one could
// not be, the error matches the journal's, too: the entry has what was found, and DecisionOf the error is nothing that can
// be booked.
func (c *Client) Wait(ctx context.Context, about Entry, opts *WaitOptions) (Entry, error) {
	if opts == nil {
		opts = &WaitOptions{}
	}
	return c.follow(ctx, about, opts.or(c.config.Wait), nil, func(e Entry) bool { return e.Decision().Final() })
}

// follow asks about an order, and writes down what it learns, until that is enough.
func (c *Client) follow(ctx context.Context, about Entry, options WaitOptions, questions gate, enough func(Entry) bool) (Entry, error) {
	options, err := options.checked()
	if err == nil {
		err = about.Ref().check()
	}
	if err == nil && ctx == nil {
		err = errNilContext
	}
	if err == nil {
		about, err = c.stored(ctx, about)
	}
	if err == nil {
		err = about.provable(about.Ref().OrderID)
	}
	if err != nil {
		return about, &WaitError{Entry: about, Err: err}
	}
	began := time.Now()
	w := waiter{
		client: c, entry: about, enough: enough, questions: questions, progress: options.OnProgress, until: began.Add(options.MaxWait + options.lastRetries),
	}
	rings, stop := c.waiting.Set(about.ClientOrderID)
	defer stop()
	schedule := options.schedule()
	schedule.Wake, schedule.RetryAfter = rings, func() time.Duration { return c.rests.Left(about.ClientOrderID) }
	schedule.Resting = func(rest time.Duration) { c.observeBackOff(ctx, about.Ref(), rest, rest) }
	err = poll.Run(ctx, schedule, w.poll)
	switch {
	case w.hopeless:
		err = w.failure
	case err == nil && w.unwritten == nil:
		return w.entry, nil
	case err == nil:
		err = ctx.Err()
	case errors.Is(err, poll.ErrMaxWait):
		err = errorf("%w after %v", ErrWaitTimeout, time.Since(began).Round(time.Millisecond))
	}
	switch {
	case err == nil:
		err = w.unwritten
	case w.unwritten != nil:
		err = errorf("%w; %w", err, within{err: w.unwritten})
	}
	return w.entry, &WaitError{Entry: w.entry, Failure: w.failure, Err: err, unwritten: w.unwritten != nil}
}

// checked fills the rest with the platform's advice, and refuses what cannot be waited with.
func (o WaitOptions) checked() (WaitOptions, error) {
	var faults faults
	o.check(&faults, "WaitOptions.")
	if len(faults) > 0 {
		return o, &ValidationError{Faults: faults}
	}
	return o.or(platformAdvice), nil
}

// waiter is one Wait under way.
type waiter struct {
	client    *Client
	entry     Entry
	enough    func(Entry) bool
	questions gate
	progress  func(Progress)
	until     time.Time // when the last question begins
	last      *Status   // the latest
	failure   error     // of the latest question
	unwritten error     // why the latest answer could not be written down
	hopeless  bool
}

// Progress is what one question of Wait has come to.
type Progress struct {
	Entry  Entry
	Status *Status // nil if the question failed, or the gateway does not know the order
	Err    error   // why the question failed
}

func (w *waiter) poll(ctx context.Context) (done bool) {
	if entry, err := w.client.stored(ctx, w.entry); err == nil { // it may have learned of the payout's own call
		w.entry = entry
	}
	w.questions.enter()
	answer, err := w.client.ask(ctx, w.entry, w.entry.Ref().OrderID, w.until)
	w.questions.leave()
	changed := err != nil || w.failure != nil
	w.failure = err
	if err == nil {
		before := w.entry
		w.entry, w.unwritten = w.client.learn(ctx, w.entry, answer)
		changed = w.isNew(answer.Status) || before.Revision != w.entry.Revision || changed
	}
	if changed && w.progress != nil {
		w.progress(Progress{Entry: w.entry, Status: answer.Status, Err: err})
	}
	w.hopeless = err != nil && isHopeless(err)
	return w.hopeless || err == nil && !errors.Is(w.unwritten, ErrStale) && w.enough(w.entry)
}

// isNew reports whether a status is another than the last one, or is the first with a page for the receiver.
func (w *waiter) isNew(status *Status) bool {
	if status == nil {
		return false
	}
	last := w.last
	w.last = status
	return last == nil || last.Status != status.Status || last.OrderStage != status.OrderStage ||
		last.RedirectTo == "" && status.RedirectTo != ""
}

// isHopeless reports whether asking again will not get better.
func isHopeless(err error) bool {
	return errors.Is(err, ErrAccessDenied) || errors.Is(err, ErrInvalidControl)
}

// Wake lets every Wait of this client for that order ask at once instead of at its next time. If the status is not final
// then, they go on as before. CallbackHandler calls it. Call it yourself when you learn about the order from another source.
// However often it is called, a Wait asks at most five times a second, and no sooner than a failed reply's Retry-After says.
func (c *Client) Wake(clientOrderID string) { c.waiting.Wake(clientOrderID) }
