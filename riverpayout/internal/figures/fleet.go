package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// fleet is a merchant with a database, a gateway and worker processes.
type fleet struct {
	bench    *bench
	url      string
	drop     func() error
	pool     *pgxpool.Pool // to enqueue with
	merchant *riverpayout.Merchant
	gateway  *child
	origin   gatewayReport
	workers  []*child
	number   int // number of payouts so far
}

// newFleet returns a fleet without workers. For processing see gatewayOrder.
func (b *bench) newFleet(ctx context.Context, processing int) (*fleet, error) {
	f := &fleet{bench: b}
	if err := f.start(ctx, processing); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (f *fleet) start(ctx context.Context, processing int) (err error) {
	if f.url, f.drop, err = f.bench.database(ctx); err != nil {
		return err
	}
	if f.gateway, err = startChild(ctx, order{Gateway: &gatewayOrder{Processing: processing}}); err != nil {
		return err
	}
	if err := f.gateway.ask(&f.origin); err != nil {
		return err
	}
	if f.pool, err = openPool(ctx, f.url, enqueuers); err != nil {
		return err
	}
	var config riverpayout.Config // this merchant only enqueues
	if config.Gateway, err = gatewayConfig(f.origin.Origin, nil); err != nil {
		return err
	}
	f.merchant, err = riverpayout.NewMerchant(ctx, f.pool, config)
	return err
}

// close ends everything. First it checks the gateway's report, because figures are invalid if payouts were paid twice.
func (f *fleet) close() (err error) {
	f.disconnect()
	if f.gateway != nil {
		var saw gatewayReport
		if f.gateway.ask(&saw) == nil && len(saw.Doubles) > 0 {
			err = errors.New(saw.Doubles[0])
		}
		f.gateway.stop()
	}
	if f.drop != nil {
		err = errors.Join(err, f.drop())
	}
	return err
}

// disconnect ends everything that uses the database.
func (f *fleet) disconnect() {
	for _, w := range f.workers {
		w.stop()
	}
	f.workers = nil
	if f.pool != nil {
		f.pool.Close() // may be called several times
	}
}

// work starts worker processes that ask at intervals between low and high.
func (f *fleet) work(ctx context.Context, count int, low, high time.Duration) error {
	o := f.bench.options
	for range count {
		w, err := startChild(ctx, order{Worker: &workerOrder{
			Database: f.url, Origin: f.origin.Origin, CA: f.origin.CA, Min: low, Max: high,
			Slots: o.slots, Conns: o.conns, Cooldown: o.cooldown, Fetch: o.fetch,
		}})
		if err != nil {
			return err
		}
		f.workers = append(f.workers, w)
	}
	_, err := f.counts() // waits until they are ready
	return err
}

// counts returns the sum of the workers' reports.
func (f *fleet) counts() (sum workerReport, err error) {
	sum.LateBy = make([]int, lateSteps)
	for _, w := range f.workers {
		var r workerReport
		if err := w.ask(&r); err != nil {
			return sum, err
		}
		sum.Executions += r.Executions
		sum.Sent += r.Sent
		sum.Told += r.Told
		sum.Late += r.Late
		for i, n := range r.LateBy {
			sum.LateBy[i] += n
		}
	}
	return sum, nil
}

// enqueuers is how many payouts are enqueued at the same time.
const enqueuers = 8

// enqueue enqueues payouts, each in a transaction of its own together with the merchant's debt.
func (f *fleet) enqueue(ctx context.Context, count int) error {
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	if err != nil {
		return err
	}
	ids := make(chan string, count)
	for range count {
		f.number++
		ids <- fmt.Sprintf("payout-%09d", f.number)
	}
	close(ids)
	failed := make([]error, enqueuers)
	var done sync.WaitGroup
	for i := range enqueuers {
		done.Go(func() {
			for id := range ids {
				ref := payneteasy.OrderRef{ClientOrderID: id, Amount: amount}
				if failed[i] = f.enqueueOne(ctx, ref); failed[i] != nil {
					return
				}
			}
		})
	}
	done.Wait()
	return errors.Join(failed...)
}

func (f *fleet) enqueueOne(ctx context.Context, ref payneteasy.OrderRef) error {
	return pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		const insert = "INSERT INTO debts (id, account) VALUES ($1, $2)"
		if _, err := tx.Exec(ctx, insert, ref.ClientOrderID, account); err != nil {
			return err
		}
		return f.merchant.Enqueue(ctx, tx, ref)
	})
}

// patience is how long a run may make no progress.
const patience = time.Minute

// until waits until the workers' counts are enough.
func (f *fleet) until(ctx context.Context, enough func(workerReport) bool) error {
	moved, last := time.Now(), 0
	for {
		counts, err := f.counts()
		switch {
		case err != nil:
			return err
		case enough(counts):
			return nil
		case counts.Executions > last:
			moved, last = time.Now(), counts.Executions
		case time.Since(moved) > patience:
			return fmt.Errorf("no progress after %d executions, %d sent, %d told",
				counts.Executions, counts.Sent, counts.Told)
		}
		if err := rest(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// rest waits for d.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// sample holds the CPU times and the counts of one moment.
type sample struct {
	at                               time.Time
	main, workers, gateway, postgres time.Duration // CPU time
	counts                           workerReport
}

func (f *fleet) sample() (s sample, err error) {
	if s.counts, err = f.counts(); err != nil {
		return s, err
	}
	s.at = time.Now()
	add := func(sum *time.Duration, cpu time.Duration, failed error) {
		*sum += cpu
		err = errors.Join(err, failed)
	}
	cpu, failed := cpuOf(os.Getpid())
	add(&s.main, cpu, failed)
	for _, w := range f.workers {
		cpu, failed = cpuOf(w.pid())
		add(&s.workers, cpu, failed)
	}
	cpu, failed = cpuOf(f.gateway.pid())
	add(&s.gateway, cpu, failed)
	cpu, failed = cpuWithChildren(f.bench.server.PID())
	add(&s.postgres, cpu, failed)
	return s, err
}

// since returns what happened after an earlier sample.
func (s sample) since(before sample) (took time.Duration, d sample) {
	d = s
	d.main, d.workers = s.main-before.main, s.workers-before.workers
	d.gateway, d.postgres = s.gateway-before.gateway, s.postgres-before.postgres
	d.counts.Executions -= before.counts.Executions
	d.counts.Sent -= before.counts.Sent
	d.counts.Told -= before.counts.Told
	d.counts.Late -= before.counts.Late
	d.counts.LateBy = append([]int(nil), s.counts.LateBy...)
	for i, n := range before.counts.LateBy {
		d.counts.LateBy[i] -= n
	}
	return s.at.Sub(before.at), d
}

func (s sample) cpu() time.Duration { return s.main + s.workers + s.gateway + s.postgres }

// cpuHead and cpuCells are the columns of CPU seconds. main is this process, which enqueues the payouts and measures.
var cpuHead = []string{"CPU s: enqueuing", "workers", "fake gateway", "PostgreSQL", "cores busy"}

func (s sample) cpuCells(took time.Duration) []string {
	return []string{
		seconds(s.main), seconds(s.workers), seconds(s.gateway), seconds(s.postgres),
		quotient(s.cpu().Milliseconds(), took.Milliseconds(), 2),
	}
}

// checkpoint gives all runs the same start.
func (f *fleet) checkpoint(ctx context.Context) error {
	return f.bench.server.Exec(ctx, "CHECKPOINT")
}

// parked returns an error if a payout is parked, because the figures would then measure something else.
func (f *fleet) parked(ctx context.Context) error {
	var count int
	var problems string
	err := f.pool.QueryRow(ctx, "SELECT count(*), coalesce(min(problem), '') FROM riverpayout_parked").
		Scan(&count, &problems)
	if err == nil && count > 0 {
		err = fmt.Errorf("%d payouts are parked: %s", count, strings.TrimSpace(problems))
	}
	return err
}
