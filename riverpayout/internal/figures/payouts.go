package main

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// hurry is a pace that does not limit the workers.
const hurry = time.Millisecond

// payouts measures payouts from Enqueue to OnNews. The gateway has paid when it is first asked.
func payouts(ctx context.Context, b *bench) error {
	var body [][]string
	for _, count := range b.fleets {
		taken, took, run, err := b.payOut(ctx, count)
		if err != nil {
			return err
		}
		body = append(body, append([]string{
			strconv.Itoa(count), perSecond(run.counts.Told, took), perSecond(run.counts.Executions, took),
			perSecond(b.payouts, taken),
			each(run.workers, b.payouts), each(run.postgres, b.payouts),
		}, run.cpuCells(took)...))
	}
	b.table(strconv.Itoa(b.payouts)+" payouts, from Enqueue to OnNews; final when first asked about", append([]string{
		"worker processes", "payouts/s", "executions/s", "enqueued/s", "CPU ms a payout: workers", "PostgreSQL",
	}, cpuHead...), body)
	return nil
}

// payOut measures one run. taken is how long it took to enqueue all payouts.
func (b *bench) payOut(ctx context.Context, workers int) (taken, took time.Duration, run sample, err error) {
	f, err := b.newFleet(ctx, 0)
	if err != nil {
		return 0, 0, run, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.work(ctx, workers, hurry, 2*hurry); err != nil {
		return 0, 0, run, err
	}
	if err := f.checkpoint(ctx); err != nil {
		return 0, 0, run, err
	}
	before, err := f.sample()
	if err != nil {
		return 0, 0, run, err
	}
	if err := f.enqueue(ctx, b.payouts); err != nil {
		return 0, 0, run, err
	}
	taken = time.Since(before.at)
	if err := f.told(ctx); err != nil {
		return 0, 0, run, err
	}
	after, err := f.sample()
	if err != nil {
		return 0, 0, run, err
	}
	took, run = after.since(before)
	return taken, took, run, f.paid(ctx)
}

// told waits until the end of each payout of a run was told.
func (f *fleet) told(ctx context.Context) error {
	return f.until(ctx, func(r workerReport) bool { return r.Told >= f.bench.payouts })
}

// paid waits until the bookings are committed, because the workers count them before the commit.
func (f *fleet) paid(ctx context.Context) error {
	for paid := 0; paid < f.bench.payouts; {
		if err := f.pool.QueryRow(ctx, "SELECT count(*) FROM debts WHERE paid").Scan(&paid); err != nil {
			return err
		}
		if err := f.parked(ctx); err != nil {
			return err
		}
		if err := rest(ctx, hurry); err != nil {
			return err
		}
	}
	return nil
}
