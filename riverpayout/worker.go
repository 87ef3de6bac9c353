package riverpayout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/payneteasy-go/payneteasy"
)

// defaultRecordTimeout is how long may pass beside a call to the gateway: for Load, for the journal, for OnFinal.
const defaultRecordTimeout = 30 * time.Second

// AddWorkers makes a River client work the payouts of these merchants: it adds the worker and the merchants' queues, and
// lets jobs whose process died be rescued as soon as they have timed out, unless config says otherwise (River's own default
// is an hour). Their Config needs Load and OnFinal.
func AddWorkers(config *river.Config, merchants ...*Merchant) error {
	w := &worker{merchants: map[int32]*Merchant{}}
	for _, m := range merchants {
		switch {
		case m.config.Load == nil:
			return errors.New("riverpayout: workers: Config.Load is required")
		case m.config.OnFinal == nil:
			return errors.New("riverpayout: workers: Config.OnFinal is required")
		}
		if w.merchants[m.journal.merchant] != nil {
			return fmt.Errorf("riverpayout: workers: %s as %s is given twice", m.journal.baseURL, m.journal.login)
		}
		w.merchants[m.journal.merchant] = m
		if config.Queues == nil {
			config.Queues = map[string]river.QueueConfig{}
		}
		if _, there := config.Queues[m.config.Queue]; !there {
			config.Queues[m.config.Queue] = river.QueueConfig{MaxWorkers: m.config.MaxWorkers}
		}
	}
	if config.Workers == nil {
		config.Workers = river.NewWorkers()
	}
	if config.RescueStuckJobsAfter == 0 {
		config.RescueStuckJobsAfter = max(w.timeout(), cmp.Or(config.JobTimeout, river.JobTimeoutDefault))
	}
	if err := river.AddWorkerSafely(config.Workers, w); err != nil {
		return fmt.Errorf("riverpayout: workers: %w", err)
	}
	return nil
}

// worker works the payouts of some merchants. It never fails because of a payout: it parks it, and looks again later.
type worker struct {
	river.WorkerDefaults[OrderArgs]
	merchants map[int32]*Merchant
}

// timeout is the longest that a job of these merchants may run.
func (w *worker) timeout() time.Duration {
	var longest time.Duration
	for _, m := range w.merchants {
		longest = max(longest, m.jobTimeout())
	}
	return longest
}

func (m *Merchant) jobTimeout() time.Duration { return m.timeout + 3*m.recordTimeout }

// Timeout implements river.Worker.
func (w *worker) Timeout(job *river.Job[OrderArgs]) time.Duration {
	if m := w.merchants[job.Args.Merchant]; m != nil {
		return m.jobTimeout()
	}
	return 0
}

// NextRetry implements river.Worker: what failed was the database, or a process that died. It gets slower, so that no job uses up
// its attempts within months.
func (w *worker) NextRetry(job *river.Job[OrderArgs]) time.Time {
	return time.Now().Add(between(time.Second, 5*time.Second) + min(time.Duration(job.Attempt)*time.Second, parkedLast))
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[OrderArgs]) error {
	m := w.merchants[job.Args.Merchant]
	if m == nil {
		return river.JobSnooze(time.Minute) // a process that knows it will come by, if the queue is right
	}
	r := &run{Merchant: m, job: job}
	err := r.safely(ctx)
	var snooze *rivertype.JobSnoozeError
	var cancel *rivertype.JobCancelError
	if err == nil || errors.As(err, &snooze) || errors.As(err, &cancel) {
		return err
	}
	if r.wrong != 0 { // River would retry by this machine's clock
		m.config.Logger.ErrorContext(ctx, "riverpayout: failed", slog.String("client_orderid", job.Args.ClientOrderID), slog.Int64("job", job.ID),
			slog.String("problem", plain(err)))
		if r.again(ctx, parkedFirst) == nil {
			return nil
		}
	}
	return errors.New(plain(err)) // River stores it
}

// safely is step, and makes an error of a panic, as of a caller's transport. What it said may hold anything, where it was does not.
func (r *run) safely(ctx context.Context) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("riverpayout: a panic (%T): see the log", panicked)
			r.config.Logger.ErrorContext(ctx, "riverpayout: panic", slog.String("client_orderid", r.job.Args.ClientOrderID),
				slog.Int64("job", r.job.ID), slog.String("stack", string(debug.Stack())))
		}
	}()
	return r.step(ctx)
}

// run is one run of a payout's job.
type run struct {
	*Merchant
	job   *river.Job[OrderArgs]
	row   row
	wrong time.Duration // how far this machine's clock is from the database's
	rest  time.Duration // Retry-After of the gateway's last reply
}

// heard notes how long the gateway asks to be left alone.
func (r *run) heard(failure error) {
	if failed, ok := errors.AsType[*payneteasy.Error](failure); ok {
		r.rest = failed.RetryAfter
	}
}

// read reads the payout, and the clock.
func (r *run) read(ctx context.Context, clientOrderID string) (err error) {
	if r.row, err = r.readRow(ctx, r.journal.pool, clientOrderID, ""); err != nil {
		return err
	}
	if r.wrong = r.row.now.Sub(r.now()); r.wrong.Abs() < time.Second { // the answer's own time
		r.wrong = 0
	}
	return nil
}

// step does one thing about a payout, and says when to come back.
func (r *run) step(ctx context.Context) (err error) {
	id := r.job.Args.ClientOrderID
	err = r.read(ctx, id)
	if errors.Is(err, payneteasy.ErrNoEntry) {
		return river.JobCancel(fmt.Errorf("riverpayout: nobody has enqueued %q: nothing was sent", id))
	}
	if err != nil {
		return err
	}
	if r.row.told && !r.row.entry.Closed() && r.row.problem == "" {
		return r.reopened(ctx)
	}
	if r.row.told || r.row.job != nil && *r.row.job != r.job.ID { // or it was woken, and another job has its place
		return nil
	}
	switch r.row.entry.State {
	case stateCreated, payneteasy.StateNotSent:
		return r.send(ctx)
	case payneteasy.StateRejected:
		if r.row.denied {
			return r.ask(ctx) // and send it again, if the gateway lets us in, and knows nothing of it
		}
		return r.finish(ctx, nil, Final{Problem: r.row.refusal})
	case payneteasy.StateSettled:
		return r.finish(ctx, nil, Final{Problem: r.row.refusal})
	default:
		return r.ask(ctx)
	}
}

// send makes the one call that moves money. Only Journal.Begin, in it, decides whether it may.
func (r *run) send(ctx context.Context) error {
	leave, err := r.enter(ctx)
	if leave == nil {
		return err
	}
	defer leave()
	req, err := r.load(ctx)
	if err != nil {
		return r.park(ctx, fmt.Errorf("not sent: %w", err))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A process that is told to stop lets a payout that is being sent come to its end, and writes down what came of it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.timeout+r.recordTimeout)
	defer cancel()
	began := time.Now()
	payout, failed := r.asker.Payout(ctx, req)
	r.heard(failed)
	event := Event{Name: EventSent, Result: string(payneteasy.OutcomeOf(failed)), Took: time.Since(began)}
	leave()
	if failed != nil {
		event.Problem = plain(failed)
	}
	if payout != nil {
		event.OrderID = payout.OrderID
	}
	if !errors.Is(failed, payneteasy.ErrDuplicate) { // another run has sent it, and this one nothing
		r.tell(ctx, event)
	}
	switch payneteasy.OutcomeOf(failed) {
	case payneteasy.OutcomeNotSent:
		if err := r.read(ctx, r.row.entry.ClientOrderID); err != nil {
			return err
		}
		if r.row.told || r.row.entry.State != stateCreated && r.row.entry.State != payneteasy.StateNotSent {
			return r.again(ctx, 0) // another run was faster
		}
		return r.park(ctx, failed)
	case payneteasy.OutcomeRejected:
		return r.refused(ctx, failed)
	case payneteasy.OutcomeAccepted:
		if err := r.unpark(ctx); err != nil {
			return err
		}
	}
	return r.again(ctx, pace(r.config.Gateway.Wait, 0))
}

// refused ends a payout that was rejected, unless that is because of who asked: a wrong key, say, must not use up all that is
// enqueued. A process that dies before it has noted which of the two it was leaves it with those that are sent again.
func (r *run) refused(ctx context.Context, failed error) error {
	if errors.Is(failed, payneteasy.ErrAccessDenied) {
		return r.park(ctx, failed)
	}
	_, err := r.journal.pool.Exec(ctx, "UPDATE riverpayout_payout SET denied = false, refusal = $3, revision = revision + 1 WHERE merchant = $1 AND client_orderid = $2 AND state = 'rejected'",
		r.journal.merchant, r.row.entry.ClientOrderID, plain(failed))
	if err != nil {
		return err
	}
	if err := r.read(ctx, r.row.entry.ClientOrderID); err != nil {
		return err
	}
	return r.finish(ctx, nil, Final{Problem: r.row.refusal})
}

// letIn lets a payout be sent again that was refused with the merchant: now the gateway says that it does not know it.
func (r *run) letIn(ctx context.Context) error {
	entry := r.row.entry
	entry.State, entry.Revision, entry.Changed = payneteasy.StateNotSent, entry.Revision+1, r.now()
	if err := r.journal.Update(ctx, entry); err != nil && !errors.Is(err, payneteasy.ErrJournalConflict) {
		return err
	}
	return r.again(ctx, 0)
}

// load gets the request from the merchant, and refuses one that is not the payout that was enqueued.
func (r *run) load(ctx context.Context) (req *payneteasy.PayoutRequest, err error) {
	want := r.row.entry.Ref()
	loading, cancel := context.WithTimeout(ctx, r.recordTimeout)
	defer cancel()
	err = r.guard(ctx, "Load", func() (err error) {
		req, err = r.config.Load(loading, want)
		return err
	})
	if err == nil && loading.Err() != nil { // a place at the limit is free again by the time the call would end
		err = fmt.Errorf("the request was loaded too late: %w", loading.Err())
	}
	switch {
	case err != nil:
		return nil, err
	case req == nil:
		return nil, errors.New("the loaded request is nil")
	case req.ClientOrderID != want.ClientOrderID:
		return nil, errors.New("the loaded request has another client_orderid")
	case req.Amount != want.Amount:
		return nil, fmt.Errorf("the loaded request is of %s, and %s was enqueued", req.Amount, want.Amount)
	case r.endpoint(req.Endpoint) != want.Endpoint:
		return nil, fmt.Errorf("the loaded request is for endpoint %s, and %s was enqueued", r.endpoint(req.Endpoint), want.Endpoint)
	}
	return req, nil
}

// guard makes an error of a panic in the merchant's function, and of runtime.Goexit, as a test's FailNow is, which would end
// River's goroutine. What it panicked with may hold anything, and is not told.
func (m *Merchant) guard(ctx context.Context, name string, call func() error) error {
	ended := make(chan error, 1)
	go func() {
		err := errors.New("it has ended its goroutine")
		defer func() {
			if panicked := recover(); panicked != nil {
				err = fmt.Errorf("a panic (%T): see the log", panicked)
				m.config.Logger.ErrorContext(ctx, "riverpayout: "+name+" panicked", slog.String("stack", string(debug.Stack())))
			}
			ended <- err
		}()
		err = call()
	}()
	if err := <-ended; err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// ask asks once what became of a payout.
func (r *run) ask(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, r.timeout+r.recordTimeout)
	defer cancel()
	var stage stage
	began := time.Now()
	// The claim is the status we know: that it is another by now is what we want to hear.
	status, err := r.asker.Confirm(withStage(asking, &stage), payneteasy.Claim{Ref: r.row.entry.Ref(), Status: r.row.entry.Status, TransactionType: r.row.entry.TransactionType})
	r.heard(err)
	r.asked(ctx, status, err, time.Since(began))
	if _, ok := errors.AsType[*payneteasy.ClaimError](err); ok {
		err = nil
	}
	entry := r.row.entry
	if stage.staged {
		entry = stage.entry
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case status == nil:
		return r.unanswered(ctx, err)
	case err != nil && !errors.Is(err, payneteasy.ErrContradicted):
		if stage.staged {
			if err := r.journal.update(ctx, r.journal.pool, stage.entry, stage.base); err != nil {
				return err
			}
		}
		return r.park(ctx, err)
	case status.Status.Final() && entry.State == payneteasy.StateFinal:
		return r.finish(ctx, &stage, Final{Status: status})
	}
	switch {
	case status.Status.Final():
		if err := r.read(ctx, r.row.entry.ClientOrderID); err != nil {
			return err
		}
		if r.row.entry.State == payneteasy.StateFinal { // by a callback, at the same time
			return r.again(ctx, 0)
		}
		return r.park(ctx, fmt.Errorf("the gateway tells of a %s that is %s, and not what became of the payout", status.TransactionType, status.Status))
	case entry.OtherOrders != "":
		return r.park(ctx, fmt.Errorf("%w: a callback told of another", payneteasy.ErrSeveralOrders))
	}
	if err := r.unpark(ctx); err != nil {
		return err
	}
	return r.again(ctx, pace(r.config.Gateway.Wait, r.row.age))
}

// asked tells of a question.
func (r *run) asked(ctx context.Context, status *payneteasy.Status, err error, took time.Duration) {
	event := Event{Name: EventAsked, Result: "not final", Took: took}
	switch {
	case status == nil:
		event.Result, event.Problem = "unanswered", plain(err)
	case status.Status.Final():
		event.Result = "final"
	}
	if status != nil {
		event.OrderID = status.OrderID
	}
	r.tell(ctx, event)
}

// unanswered goes on after a question that got no status.
func (r *run) unanswered(ctx context.Context, err error) error {
	window := max(cmp.Or(r.config.Gateway.ResolveWindow, 2*time.Minute), r.timeout)
	state := r.row.entry.State
	switch {
	case state == payneteasy.StateRejected && errors.Is(err, payneteasy.ErrOrderNotFound) && r.row.age > window:
		return r.letIn(ctx)
	case state == payneteasy.StateRejected:
		return r.park(ctx, err)
	case state == payneteasy.StateHeld:
		return r.parkSlowly(ctx, fmt.Errorf("%w: %w", payneteasy.ErrHeld, err))
	case (state == payneteasy.StateSending || state == payneteasy.StateUnknown) && errors.Is(err, payneteasy.ErrOrderNotFound) && r.row.age > window:
		_, err := r.asker.Resolve(ctx, r.row.entry.Ref())
		r.heard(err)
		if errors.Is(err, payneteasy.ErrHeld) {
			return r.parkSlowly(ctx, err)
		}
	case errors.Is(err, payneteasy.ErrAccessDenied), errors.Is(err, payneteasy.ErrInvalidControl), errors.Is(err, payneteasy.ErrOrderMismatch):
		return r.park(ctx, err)
	case r.row.age >= slowAfter(r.config.Gateway.Wait):
		return r.parkSlowly(ctx, err)
	}
	return r.again(ctx, pace(r.config.Gateway.Wait, r.row.age))
}

// again lets the job come back after a while, by the database's clock, and no sooner than the gateway wants to be asked. River's snooze counts by that of this machine; if it is
// wrong, another job takes the place of this one, which is done: it must not come back at once, and so over and over, nor an hour late.
func (r *run) again(ctx context.Context, after time.Duration) error {
	after = max(after, r.rest)
	if r.wrong == 0 {
		return river.JobSnooze(after)
	}
	return pgx.BeginFunc(ctx, r.journal.pool, func(tx pgx.Tx) error {
		now, err := r.readRow(ctx, tx, r.row.entry.ClientOrderID, forUpdate)
		if err != nil || now.job != nil && *now.job != r.job.ID { // it was woken meanwhile
			return err
		}
		return r.insertJob(ctx, tx, now, after)
	})
}

// pace is how long to wait before the next question about an order that was sent so long ago.
func pace(wait payneteasy.WaitOptions, age time.Duration) time.Duration {
	if age >= slowAfter(wait) {
		return slowly(wait)
	}
	low := cmp.Or(wait.MinInterval, min(3*time.Second, cmp.Or(wait.MaxInterval, time.Hour)))
	return between(low, max(low, cmp.Or(wait.MaxInterval, 5*time.Second)))
}

func slowAfter(wait payneteasy.WaitOptions) time.Duration {
	return cmp.Or(wait.SlowAfter, 5*time.Minute)
}

func slowly(wait payneteasy.WaitOptions) time.Duration {
	low := cmp.Or(wait.SlowMinInterval, min(5*time.Minute, cmp.Or(wait.SlowMaxInterval, time.Hour)))
	return between(low, max(low, cmp.Or(wait.SlowMaxInterval, 10*time.Minute)))
}

func between(low, high time.Duration) time.Duration {
	return low + rand.N(high-low+1) //nolint:gosec // when to ask is no secret
}
