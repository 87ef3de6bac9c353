package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/payneteasy-go/payneteasy"
)

// batchOptions are how fast a batch is paid, and when it stops.
type batchOptions struct {
	concurrency int           // payouts sent at the same time
	rate        int           // payouts sent a second; 0 for as fast as it goes
	statusRate  int           // questions asked a second, about; 0 for as many as the platform's pace makes
	maxFailures int           // after so many nothing is sent any more; 0 for never
	maxWait     time.Duration // for one final status
	noCheck     bool          // send without asking whether the gateway knows the id
}

// askers is how many orders are asked about at the same time.
const askers = 200

// The platform's advice: 3 to 5 s for five minutes, then 5 to 10 minutes. An order is followed closely for the first; after
// that it is parked, and asked about now and then, so that slow orders do not hold up the others.
const (
	closely    = 5 * time.Minute
	parkedFrom = 5 * time.Minute
	parkedTo   = 10 * time.Minute
	leastPause = 3 * time.Second
)

// batchRun pays what is left of a batch. What is known of each line is in batch.results; the journal has it first.
type batchRun struct {
	*batch
	client  *payneteasy.Client
	options batchOptions

	queue    chan int // lines to ask about; each stands there once at most
	open     sync.WaitGroup
	followed atomic.Int64

	mu       sync.Mutex
	since    map[int]time.Time // when a line was first asked about
	tried    map[int]bool      // lines that this run began with
	failures int
	noteErr  error
}

// run sends and asks until everything is final, the context ends, or it is time to stop.
func (r *batchRun) run(ctx context.Context) {
	r.queue, r.since, r.tried = make(chan int, len(r.file.lines)), map[int]time.Time{}, map[int]bool{}
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
	r.open.Done()
	r.open.Wait()
	close(r.queue)
	followers.Wait()
}

func (r *batchRun) sendAll(ctx context.Context) {
	limiter := rate.NewLimiter(rate.Inf, 1)
	if r.options.rate > 0 {
		limiter.SetLimit(rate.Limit(r.options.rate))
	}
	lines := make(chan int)
	var senders sync.WaitGroup
	for range min(r.options.concurrency, len(r.send)) {
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

// stopped reports whether too much has failed.
func (r *batchRun) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.options.maxFailures > 0 && r.failures >= r.options.maxFailures
}

// left reports whether there are lines that were not tried.
func (r *batchRun) left() bool {
	return slices.ContainsFunc(r.send, func(i int) bool { return r.results[i].result == resultNotSent && r.results[i].message == "" })
}

// pay sends one line, once.
func (r *batchRun) pay(ctx context.Context, i int) {
	if ctx.Err() != nil || r.stopped() {
		return
	}
	r.mu.Lock()
	r.tried[i] = true
	r.mu.Unlock()
	req, err := r.file.request(&r.file.lines[i])
	if err != nil {
		r.done(i, lineResult{result: resultNotSent, message: err.Error()})
		return
	}
	if !r.options.noCheck {
		if refused, ok := r.check(ctx, req); !ok {
			if ctx.Err() == nil {
				r.done(i, refused)
			}
			return
		}
	}
	// Only now: a line that is not sent must not be taken for one that was, to this destination.
	if err := r.store.destinations.remember(r.file.lines[i].id, r.file.lines[i].sum); err != nil {
		r.done(i, lineResult{result: resultNotSent, message: "its destination could not be written down: " + err.Error()})
		return
	}
	payout, err := r.client.Payout(context.WithoutCancel(ctx), req) // to end it half-way would leave the outcome unknown
	switch payneteasy.OutcomeOf(err) {
	case payneteasy.OutcomeAccepted:
		r.set(i, lineResult{result: resultProcessing, orderID: payout.OrderID})
		r.enqueue(i)
	case payneteasy.OutcomeUnknown:
		r.set(i, resultOfError(err))
		r.enqueue(i)
	default:
		r.done(i, resultOfError(err))
	}
}

// check asks whether the gateway knows an id that the journal does not: the journal may be another, or lost. Only its own
// answer that it does not lets the line be sent.
func (r *batchRun) check(ctx context.Context, req *payneteasy.PayoutRequest) (refused lineResult, ok bool) {
	status, err := r.client.Status(ctx, req.Ref())
	switch {
	case errors.Is(err, payneteasy.ErrOrderNotFound):
		return refused, true
	case err == nil:
		return lineResult{
			result: resultFound, orderID: status.OrderID, status: string(status.Status), code: status.ErrorCode,
			message: "the gateway has this order already, of the same amount, and the journal does not know it",
		}, false
	case errors.Is(err, payneteasy.ErrOrderMismatch):
		refused = resultOfError(err)
		refused.result, refused.message = resultFound, err.Error()
		return refused, false
	}
	refused = resultOfError(err)
	refused.result, refused.message = resultNotSent, "not sent, since it could not be checked: "+strings.TrimPrefix(err.Error(), "payneteasy: ")
	return refused, false
}

// enqueue lets a line be asked about.
func (r *batchRun) enqueue(i int) {
	r.open.Add(1)
	r.queue <- i
}

// follow asks about a line until it is final, or parks it.
func (r *batchRun) follow(ctx context.Context, i int) {
	defer r.open.Done()
	if ctx.Err() != nil {
		return // what is known of it stays
	}
	r.followed.Add(1)
	defer r.followed.Add(-1)
	entry, err := r.store.journal.Get(ctx, r.file.lines[i].id)
	if err != nil {
		r.done(i, lineResult{result: resultUnknown, message: err.Error()})
		return
	}
	ref := entry.Ref()
	if entry.State != payneteasy.StateAccepted {
		found := r.resolve(ctx, i, entry)
		if found == nil {
			return
		}
		ref = found.Ref()
		r.set(i, resultOf(found.Status))
	}
	since := r.firstAsked(i)
	options := r.pace()
	options.MaxWait = max(time.Millisecond, min(closely, r.options.maxWait)-time.Since(since)) // when it is over: one question
	status, err := r.client.Wait(ctx, ref, &options)
	switch {
	case err == nil:
		r.done(i, resultOf(status))
	case errors.Is(err, payneteasy.ErrContradicted), errors.Is(err, payneteasy.ErrSeveralOrders):
		r.done(i, resultOfError(err))
	case ctx.Err() != nil:
	case errors.Is(err, payneteasy.ErrWaitTimeout):
		pause := parkedFrom + rand.N(parkedTo-parkedFrom) //nolint:gosec // no secret
		if time.Since(since)+pause > r.options.maxWait {
			return // it stays what it is: processing
		}
		r.park(ctx, i, pause)
	default: // access denied, say: asking again is pointless
		r.done(i, lineResult{result: resultProcessing, orderID: ref.OrderID, message: err.Error()})
	}
}

// resolve finds the order of a line that may have been sent; or it tells that it did not, and returns nil.
func (r *batchRun) resolve(ctx context.Context, i int, entry payneteasy.Entry) *payneteasy.Payout {
	if entry.State == payneteasy.StateHeld { // it was looked for long enough: one question
		if _, err := r.client.Status(ctx, entry.Ref()); err != nil {
			if ctx.Err() == nil {
				failed := resultOfError(err)
				failed.result = resultHeld
				r.done(i, failed)
			}
			return nil
		}
	}
	found, err := r.client.Resolve(ctx, entry.Ref())
	if err != nil {
		if ctx.Err() == nil {
			r.done(i, resultOfError(err))
		}
		return nil
	}
	return found
}

// pace slows questions down when many orders are asked about.
func (r *batchRun) pace() (o payneteasy.WaitOptions) {
	if r.options.statusRate <= 0 {
		return o
	}
	pause := time.Duration(r.followed.Load()) * time.Second / time.Duration(r.options.statusRate)
	if pause > leastPause {
		o.MinInterval, o.MaxInterval = pause, pause*5/3
	}
	return o
}

func (r *batchRun) firstAsked(i int) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since[i].IsZero() {
		r.since[i] = time.Now()
	}
	return r.since[i]
}

// park puts a line back into the queue after a while, or when the context ends.
func (r *batchRun) park(ctx context.Context, i int, pause time.Duration) {
	r.open.Add(1)
	back := func() { r.queue <- i }
	stop := context.AfterFunc(ctx, back)
	time.AfterFunc(pause, func() {
		if stop() {
			back()
		}
	})
}

// set notes what is known of a line by now.
func (r *batchRun) set(i int, known lineResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results[i] = known.detached()
}

// done notes what has become of a line.
func (r *batchRun) done(i int, became lineResult) {
	r.mu.Lock()
	became.orderID, became.status = cmp.Or(became.orderID, r.results[i].orderID), cmp.Or(became.status, r.results[i].status)
	r.results[i] = became.detached()
	delete(r.since, i)
	if became.result != resultPaid && became.result != resultProcessing && r.tried[i] {
		r.failures++
	}
	delete(r.tried, i)
	r.mu.Unlock()
	switch became.result {
	case resultLook, resultNotPaid, resultRejected:
		err := r.store.notes.add(note{
			ClientOrderID: r.file.lines[i].id, OrderID: became.orderID, Code: became.code, Message: became.message,
		})
		if err != nil {
			r.mu.Lock()
			r.noteErr = fmt.Errorf("why %s ended so is not noted for a later run: %w", quotedID(r.file.lines[i].id), err)
			r.mu.Unlock()
		}
	}
}
