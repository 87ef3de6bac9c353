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

// defaultRecordTimeout is how long may pass beside a call to the gateway: for Load, for the journal, for OnNews.
const defaultRecordTimeout = 30 * time.Second

// AddWorkers makes a River client work the payouts of these merchants: it adds the worker and the merchants' queues,
// and lets jobs whose process died be rescued as soon as they have timed out, unless config says otherwise (River's own
// default is an hour). Their Config needs Load and OnNews.
func AddWorkers(config *river.Config, merchants ...*Merchant) error {
	w := &worker{merchants: map[int32]*Merchant{}}
	for _, m := range merchants {
		switch {
		case m.config.Load == nil:
			return errors.New("riverpayout: workers: Config.Load is required")
		case m.config.OnNews == nil:
			return errors.New("riverpayout: workers: Config.OnNews is required")
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

// NextRetry implements river.Worker: what failed was the database, or a process that died. It gets slower, so that no
// job uses up its attempts within months.
func (w *worker) NextRetry(job *river.Job[OrderArgs]) time.Time {
	return time.Now().Add(time.Second + rand.N(4*time.Second) + min(time.Duration(job.Attempt)*time.Second, parkedLast)) //nolint:gosec // when to try is no secret
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[OrderArgs]) error {
	m := w.merchants[job.Args.Merchant]
	if m == nil {
		return river.JobSnooze(time.Minute) // another process knows it, if the queue is right
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

// safely is step, and makes an error of a panic, as of a caller's transport. What it said may hold anything, where it
// was does not.
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
	job        *river.Job[OrderArgs]
	row        row
	wrong      time.Duration // how far this machine's clock is from the database's
	retryAfter time.Duration // of the gateway's last reply
}

// heard notes how long the gateway asks to be left alone.
func (r *run) heard(failure error) {
	if failed, ok := errors.AsType[*payneteasy.Error](failure); ok {
		r.retryAfter = failed.RetryAfter
	}
}

// read reads the payout, and the clock. An intent of this process that sent nothing is given back first.
func (r *run) read(ctx context.Context, clientOrderID string) (err error) {
	if r.row, err = r.readRow(ctx, r.journal.pool, clientOrderID, ""); err == nil && r.unsent.has(r.row.entry) {
		err = r.giveBack(ctx)
	}
	if err != nil {
		return err
	}
	if r.wrong = r.row.now.Sub(r.now()); r.wrong.Abs() < time.Second { // the answer's own time
		r.wrong = 0
	}
	return nil
}

// isOurs reports whether no other job has taken the place of this one.
func (r *run) isOurs() bool { return r.row.job == nil || *r.row.job == r.job.ID }

// step does one thing about a payout, and says when to come back.
func (r *run) step(ctx context.Context) (err error) {
	id := r.job.Args.ClientOrderID
	err = r.read(ctx, id)
	if errors.Is(err, payneteasy.ErrNoEntry) {
		return river.JobCancel(fmt.Errorf("riverpayout: %q was not enqueued: nothing was sent", id))
	}
	if err != nil {
		return err
	}
	switch next := stepOf(r.row.entry); {
	case next == stepTell: // by any job: what has come after the end has no other
		return r.conclude(ctx, nil)
	case next == stepDone, !r.isOurs(): // it was woken, and another job has its place
		return nil
	case next == stepSend:
		return r.send(ctx)
	default:
		return r.ask(ctx)
	}
}

// again lets the job come back after a while, by the database's clock, and no sooner than the gateway wants to be asked. River's snooze counts by that of this machine;
// if it is wrong, another job takes the place of this one, which is done: it must not come back at once, and so over
// and over, nor an hour late.
func (r *run) again(ctx context.Context, after time.Duration) error {
	if r.retryAfter > after {
		after = r.retryAfter
		r.observe(ctx, payneteasy.BackOffEvent{Order: r.row.entry.Ref(), Reason: "retry-after", Pause: after})
	}
	if r.wrong == 0 {
		return river.JobSnooze(after)
	}
	return pgx.BeginFunc(ctx, r.journal.pool, func(tx pgx.Tx) error {
		now, err := r.readRow(ctx, tx, r.row.entry.ClientOrderID, forUpdate)
		if err != nil || now.job != nil && *now.job != r.job.ID { // it was woken
			return err
		}
		return r.insertJob(ctx, tx, now, after)
	})
}

// slowAfter is the age from which an order is asked about slowly.
func slowAfter(wait payneteasy.WaitOptions) time.Duration {
	return cmp.Or(wait.SlowAfter, 5*time.Minute)
}

// slowly is a pause before a question about an order that needs no haste.
func slowly(wait payneteasy.WaitOptions) time.Duration { return wait.Interval(slowAfter(wait)) }
