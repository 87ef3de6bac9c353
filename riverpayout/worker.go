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

// defaultRecordTimeout limits each of Load, the journal and OnNews. Calls to the gateway have their own timeout.
const defaultRecordTimeout = 30 * time.Second

// AddWorkers makes a River client work the payouts of these merchants. It adds the worker and the merchants' queues to
// config. It also lets River rescue the jobs of a dead process as soon as they have timed out, unless config says
// otherwise. River's own default is an hour. The merchants' Config needs Load and OnNews.
func AddWorkers(config *river.Config, merchants ...*Merchant) error {
	w := &worker{merchants: map[int32]*Merchant{}}
	longest := cmp.Or(config.JobTimeout, river.JobTimeoutDefault)
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
		longest = max(longest, m.jobTimeout())
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
		config.RescueStuckJobsAfter = longest
	}
	if err := river.AddWorkerSafely(config.Workers, w); err != nil {
		return fmt.Errorf("riverpayout: workers: %w", err)
	}
	return nil
}

// worker works the payouts of some merchants. It never fails because of a payout. It parks the payout, and tries again
// later.
type worker struct {
	river.WorkerDefaults[OrderArgs]
	merchants map[int32]*Merchant
}

func (m *Merchant) jobTimeout() time.Duration { return m.timeout + 3*m.recordTimeout }

// Timeout implements river.Worker.
func (w *worker) Timeout(job *river.Job[OrderArgs]) time.Duration {
	if m := w.merchants[job.Args.Merchant]; m != nil {
		return m.jobTimeout()
	}
	return 0
}

// NextRetry implements river.Worker. A job fails only if the database failed or a process died. The pause grows, so
// that no job uses up its attempts within months.
func (w *worker) NextRetry(job *river.Job[OrderArgs]) time.Time {
	pause := time.Second + rand.N(4*time.Second) //nolint:gosec // when to try is no secret
	return time.Now().Add(pause + min(time.Duration(job.Attempt)*time.Second, parkedLast))
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[OrderArgs]) error {
	m := w.merchants[job.Args.Merchant]
	if m == nil {
		return river.JobSnooze(time.Minute) // another process of this queue should serve it
	}
	log := m.config.Logger.With(slog.String("client_orderid", job.Args.ClientOrderID), slog.Int64("job", job.ID))
	r := &run{Merchant: m, job: job}
	err := catchPanic(ctx, log, "riverpayout", func() error { return r.work(ctx) })
	if err == nil || errors.Is(err, &rivertype.JobSnoozeError{}) || errors.Is(err, &rivertype.JobCancelError{}) {
		return err
	}
	if r.skew != 0 { // River would retry by this machine's clock
		log.ErrorContext(ctx, "riverpayout: failed", slog.String("problem", plain(err)))
		if r.snooze(ctx, parkedFirst) == nil {
			return nil
		}
	}
	return errors.New(plain(err)) // River stores the text
}

// catchPanic turns a panic into an error. The panic may come from the caller's transport or from the merchant's
// function. Its value may hold anything, so only its type is reported. The place is logged.
func catchPanic(ctx context.Context, log *slog.Logger, name string, call func() error) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%s: panicked (%T): see the log", name, panicked)
			log.ErrorContext(ctx, "riverpayout: panic", slog.String("in", name),
				slog.String("stack", string(debug.Stack())))
		}
	}()
	return call()
}

// callMerchant calls the merchant's function. It turns a panic into an error, and also a call of runtime.Goexit, as in
// a test's FailNow, which would end River's goroutine.
func (m *Merchant) callMerchant(ctx context.Context, name string, call func() error) error {
	ended := make(chan error, 1)
	go func() {
		err := errors.New(name + ": it called runtime.Goexit")
		defer func() { ended <- err }()
		err = catchPanic(ctx, m.config.Logger, name, func() error {
			if err := call(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}()
	return <-ended
}
