package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// Options set how fast a batch is paid, and when it stops.
type Options struct {
	Concurrency int           // payouts sent at the same time
	Rate        int           // payouts sent a second; 0 means no limit
	StatusRate  int           // questions a second, about; 0 means no limit except the platform's pace
	MaxFailures int           // stop sending after this many failures; 0 means never
	MaxWait     time.Duration // for one final status
	NoCheck     bool          // send without asking whether the gateway knows the ID
	NoWait      bool          // end without waiting until refused payouts can be asked about again
}

// askers is how many orders are asked about at the same time.
const askers = 200

// runner pays the rest of a batch. Batch.results holds what is known about each line. The journal has it first.
type runner struct {
	*Batch
	client  *payneteasy.Client
	options Options
	tell    func(string) // a line for the person

	queue    chan int // lines to ask about, each at most once
	open     sync.WaitGroup
	followed atomic.Int64

	mu       sync.Mutex
	since    map[int]time.Time // when a line was first asked about
	tried    map[int]bool      // lines that this run has started
	asked    map[int]int       // how often the last question about a line has failed
	failures int
	noteErr  error
	sent     bool      // sending has ended
	until    time.Time // the end of the last window of the lines that are asked about
}

// Pay pays what is left, and shows the progress.
func (b *Batch) Pay(ctx context.Context, t *profile.Invocation, client *payneteasy.Client, options Options) {
	run := &runner{Batch: b, client: client, options: options}
	bar := startProgress(t, run)
	run.tell = bar.say
	run.run(ctx)
	bar.end()
	if run.noteErr != nil {
		t.Note("%v", run.noteErr)
	}
	switch {
	case ctx.Err() != nil:
		t.Note("interrupted: run it again to go on")
	case run.stopped() && run.left():
		t.Note("stopped after %s that are refused or not paid (--max-failures): look at them, then run it again",
			terminal.Plural(run.failures, "line"))
	}
}

// run sends and asks until everything is final, the context ends, or it is time to stop.
func (r *runner) run(ctx context.Context) {
	r.queue, r.since = make(chan int, len(r.file.lines)), map[int]time.Time{}
	r.tried, r.asked = map[int]bool{}, map[int]int{}
	r.open.Add(1) // the sending as a whole
	for _, i := range r.ask {
		r.enqueue(i)
	}
	var followers sync.WaitGroup
	for range min(askers, len(r.ask)+len(r.send)) {
		followers.Go(func() {
			for i := range r.queue {
				r.follow(ctx, i)
			}
		})
	}
	r.sendAll(ctx)
	r.mu.Lock()
	r.sent = true
	r.mu.Unlock()
	if !r.options.NoWait {
		r.tellRefused(ctx)
	}
	r.open.Done()
	r.open.Wait()
	if r.options.NoWait {
		r.askRefused(ctx)
		r.tellRefused(ctx)
	}
	close(r.queue)
	followers.Wait()
}

func (r *runner) sendAll(ctx context.Context) {
	limiter := rate.NewLimiter(rate.Inf, 1)
	if r.options.Rate > 0 {
		limiter.SetLimit(rate.Limit(r.options.Rate))
	}
	lines := make(chan int)
	var senders sync.WaitGroup
	for range min(r.options.Concurrency, len(r.send)) {
		senders.Go(func() {
			for i := range lines {
				r.pay(ctx, i)
			}
		})
	}
	for _, i := range r.send {
		if r.stopped() || limiter.Wait(ctx) != nil {
			break
		}
		lines <- i
	}
	close(lines)
	senders.Wait()
}

// stopped reports whether too many lines have failed.
func (r *runner) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.options.MaxFailures > 0 && r.failures >= r.options.MaxFailures
}

// left reports whether there are lines that were not tried.
func (r *runner) left() bool {
	return slices.ContainsFunc(r.send, func(i int) bool {
		return r.results[i].decision == payneteasy.DecisionNotSent && r.results[i].message == ""
	})
}

// enqueue puts a line into the queue of lines to ask about.
func (r *runner) enqueue(i int) {
	r.open.Add(1)
	r.queue <- i
}

// follow asks about a line until it is final, or parks it.
func (r *runner) follow(ctx context.Context, i int) {
	defer r.open.Done()
	if ctx.Err() != nil {
		return // the known result stays
	}
	entry, _, err := r.store.Journal.Get(ctx, r.file.lines[i].id)
	if err != nil {
		r.done(i, lineResult{decision: payneteasy.DecisionUnknown, message: err.Error()})
		return
	}
	if left := untilAsked(entry); left > 0 {
		if !r.options.NoWait {
			r.windowOf(entry)
			r.park(ctx, i, left)
		}
		return
	}
	r.windowOf(entry)
	r.followed.Add(1)
	defer r.followed.Add(-1)
	since := r.firstAsked(i)
	known, err := r.wait(ctx, entry, since)
	r.waited(ctx, i, since, known, err)
}

// wait asks about an order until it is final, or its time is over for now.
func (r *runner) wait(ctx context.Context, entry payneteasy.Entry, since time.Time) (lineResult, error) {
	var last *payneteasy.Status
	options := r.optionsFor(entry, since)
	options.OnProgress = func(p payneteasy.Progress) {
		if p.Status != nil {
			last = p.Status
		}
	}
	entry, err := r.client.Wait(ctx, entry, &options)
	known := resultOf(entry)
	if last != nil && known.message == "" {
		known.code, known.message = last.ErrorCode, last.ErrorMessage
	}
	return known, err
}

// waited records the result of a wait, and lets the line be asked about again if that helps.
func (r *runner) waited(ctx context.Context, i int, since time.Time, known lineResult, err error) {
	switch {
	case err == nil:
		r.done(i, known)
	case ctx.Err() != nil:
		r.set(i, known)
	case errors.Is(err, payneteasy.ErrWaitTimeout) && known.decision == payneteasy.DecisionPending:
		r.set(i, known)
		pause := poll.Platform.Interval(poll.Platform.SlowAfter)
		if time.Since(since)+pause <= r.options.MaxWait {
			r.park(ctx, i, pause)
		}
	case errors.Is(err, payneteasy.ErrWaitTimeout) && r.asksLast(i, err):
		r.set(i, known)
		r.park(ctx, i, lastPause)
	default: // such as access denied: asking again is pointless
		if known.decision.Final() && known.decision != payneteasy.DecisionReview {
			known.decision = payneteasy.DecisionUnknown // it is not stored
		}
		known.code, known.message = said(err)
		r.done(i, known)
	}
}

// lastQuestions is how often the deciding question about an unknown or refused line is repeated while it fails.
const (
	lastQuestions = 3
	lastPause     = time.Second
)

// asksLast reports whether the last question about a line failed and must be repeated.
func (r *runner) asksLast(i int, err error) bool {
	waited, ok := errors.AsType[*payneteasy.WaitError](err)
	if !ok || waited.Failure == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[i]++
	return r.asked[i] < lastQuestions
}

// optionsFor returns how to ask about an order now.
func (r *runner) optionsFor(e payneteasy.Entry, since time.Time) payneteasy.WaitOptions {
	options := r.pace()
	// Follow an order while the platform allows frequent questions. After that, park it, so that slow orders do not
	// hold up the others. When the time is over, ask once.
	options.MaxWait = max(min(poll.Platform.SlowAfter, r.options.MaxWait)-time.Since(since), time.Millisecond)
	switch e.Decision() {
	case payneteasy.DecisionUnknown, payneteasy.DecisionRefused:
		// The last question must begin at the end of the window.
		options.MaxWait = max(time.Until(e.Began.Add(e.Window)), 1)
		options.SlowAfter = e.Window + time.Hour
	case payneteasy.DecisionReview:
		options.MaxWait = 1 // one question
	case payneteasy.DecisionPending, payneteasy.DecisionPaid, payneteasy.DecisionNotPaid, payneteasy.DecisionReversed,
		payneteasy.DecisionRejected, payneteasy.DecisionNotSent:
	}
	return options
}

// pace slows questions down when many orders are asked about.
func (r *runner) pace() (o payneteasy.WaitOptions) {
	if r.options.StatusRate <= 0 {
		return o
	}
	pause := time.Duration(r.followed.Load()) * time.Second / time.Duration(r.options.StatusRate)
	if pause > poll.Platform.Min {
		o.MinInterval, o.MaxInterval = pause, pause*5/3
	}
	return o
}

func (r *runner) firstAsked(i int) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since[i].IsZero() {
		r.since[i] = time.Now()
	}
	return r.since[i]
}

// park puts a line back into the queue after a pause, or when the context ends.
func (r *runner) park(ctx context.Context, i int, pause time.Duration) {
	r.open.Add(1)
	back := func() { r.queue <- i }
	stop := context.AfterFunc(ctx, back)
	time.AfterFunc(pause, func() {
		if stop() {
			back()
		}
	})
}

// set records what is known about a line. The gateway's words about a refusal stay until there are new ones.
func (r *runner) set(i int, known lineResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results[i] = known.or(r.results[i]).detached()
}

// done records the outcome of a line.
func (r *runner) done(i int, became lineResult) {
	r.mu.Lock()
	became = became.or(r.results[i]).detached()
	r.results[i] = became
	delete(r.since, i)
	r.mu.Unlock()
	switch became.decision {
	case payneteasy.DecisionPaid, payneteasy.DecisionPending:
		r.mu.Lock()
		delete(r.tried, i)
		r.mu.Unlock()
	case payneteasy.DecisionReview, payneteasy.DecisionNotPaid, payneteasy.DecisionRejected,
		payneteasy.DecisionReversed:
		r.failed(i)
		r.note(i, became)
	case payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionNotSent:
		r.failed(i)
	}
}

// failed counts a line that this run has tried, once.
func (r *runner) failed(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tried[i] {
		r.failures++
	}
	delete(r.tried, i)
}

// note stores what the gateway said for a later run.
func (r *runner) note(i int, became lineResult) {
	err := r.store.Notes.Add(store.Note{
		ClientOrderID: r.file.lines[i].id, OrderID: became.orderID, Code: became.code, Message: became.message,
	})
	if err != nil {
		r.mu.Lock()
		r.noteErr = fmt.Errorf("the reason for the outcome of %s could not be stored for a later run: %w",
			quotedID(r.file.lines[i].id), err)
		r.mu.Unlock()
	}
}
