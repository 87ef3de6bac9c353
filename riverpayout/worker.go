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

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
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
	if r.skew != 0 { // River would retry by this machine's clock
		m.config.Logger.ErrorContext(ctx, "riverpayout: failed", slog.String("client_orderid", job.Args.ClientOrderID), slog.Int64("job", job.ID),
			slog.String("problem", plain(err)))
		if r.snooze(ctx, parkedFirst) == nil {
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
