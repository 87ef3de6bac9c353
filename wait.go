package payneteasy

import (
	"context"
	"errors"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// Interval returns a random pause before the next question about an order that was sent that long ago. It is for
// programs that have a queue of their own and call Client.Ask.
func (o WaitOptions) Interval(age time.Duration) time.Duration {
	return o.or(platformAdvice).schedule().Interval(age)
}

func (o WaitOptions) schedule() poll.Schedule {
	return poll.Schedule{
		Min: o.MinInterval, Max: o.MaxInterval, SlowAfter: o.SlowAfter,
		SlowMin: o.SlowMinInterval, SlowMax: o.SlowMaxInterval, MaxWait: o.MaxWait,
	}
}

// Wait asks about an order until its decision is final. It asks at once, and then at random intervals. It waits for at
// most an hour, unless opts or Config.Wait set another limit. If opts is nil, Config.Wait applies. Wake, and so a
// callback, makes it ask at once. about is the entry from Payout, from an error, from the journal, or from NewEntry.
// After a failed question Wait obeys the reply's Retry-After, up to a minute, even if it is woken.
//
// A nil error means that the decision is final, not that the order is paid. Switch on Entry.Decision. Failed questions
// do not end the waiting. Only access denied and an invalid control code do, because asking again would not help.
//
// Otherwise the error is a *WaitError. It matches ErrWaitTimeout after MaxWait, or the error of the context. It also
// matches the error of the last question, if that failed. With a Config.Journal each answer is written down before Wait
// goes on. If the last answer could not be written, the error matches the journal's error too. Then the entry holds
// what was found, and DecisionOf(err) is not a decision that can be booked.
func (c *Client) Wait(ctx context.Context, about Entry, opts *WaitOptions) (Entry, error) {
	if opts == nil {
		opts = &WaitOptions{}
	}
	return c.follow(ctx, about, opts.or(c.config.Wait), nil, func(e Entry) bool { return e.Decision().Final() })
}

// follow asks about an order, and writes down what it learns, until enough returns true.
func (c *Client) follow(
	ctx context.Context, about Entry, options WaitOptions, questions slots, enough func(Entry) bool,
) (Entry, error) {
	options, err := options.checked()
	if err == nil {
		about, err = c.load(ctx, about)
	}
	if err == nil {
		err = about.provable(about.Ref().OrderID)
	}
	if err != nil {
		return about, &WaitError{Entry: about, Err: err}
	}
	began := time.Now()
	w := waiter{
		client: c, entry: about, enough: enough, questions: questions, progress: options.OnProgress,
		until: began.Add(options.MaxWait + options.lastRetries),
	}
	wakes, stop := c.waiting.Register(about.ClientOrderID)
	defer stop()
	schedule := options.schedule()
	schedule.Wake, schedule.RetryAfter = wakes, func() time.Duration { return c.rests.Left(about.ClientOrderID) }
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

// checked refuses invalid options, and fills the unset ones with the platform's advice.
func (o WaitOptions) checked() (WaitOptions, error) {
	var faults faults
	o.check(&faults, "WaitOptions.")
	if len(faults) > 0 {
		return o, &ValidationError{Faults: faults}
	}
	return o.or(platformAdvice), nil
}

// waiter is one Wait in progress.
type waiter struct {
	client    *Client
	entry     Entry
	enough    func(Entry) bool
	questions slots
	progress  func(Progress)
	until     time.Time // when the last question may begin
	last      *Status   // the latest status
	failure   error     // the error of the latest question
	unwritten error     // why the latest answer could not be written down
	hopeless  bool
}

func (w *waiter) poll(ctx context.Context) (done bool) {
	if entry, err := w.client.stored(ctx, w.entry); err == nil { // the payout's own call may have changed it
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
	return w.hopeless || err == nil && !errors.Is(w.unwritten, ErrConflict) && w.enough(w.entry)
}

// isNew reports whether a status differs from the last one, or is the first with a page for the receiver.
func (w *waiter) isNew(status *Status) bool {
	if status == nil {
		return false
	}
	last := w.last
	w.last = status
	return last == nil || last.Status != status.Status || last.OrderStage != status.OrderStage ||
		last.RedirectTo == "" && status.RedirectTo != ""
}

// isHopeless reports whether asking again would not help.
func isHopeless(err error) bool {
	return errors.Is(err, ErrAccessDenied) || errors.Is(err, ErrInvalidControl)
}

// Wake makes every Wait of this client for that order ask at once instead of at its next time. If the status is not
// final then, they go on as before. CallbackHandler calls it. Call it yourself when you learn about the order from
// another source. However often it is called, a Wait asks at most five times a second. It never asks sooner than a
// failed reply's Retry-After says.
func (c *Client) Wake(clientOrderID string) { c.waiting.Wake(clientOrderID) }
