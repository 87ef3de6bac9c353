package main

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// hurry is a pace that is not the limit.
const hurry = time.Millisecond

// payouts measures payouts from Enqueue to OnFinal, at a gateway that has paid when it is asked first.
func payouts(ctx context.Context, b *bench) error {
	var body [][]string
	for _, count := range b.fleets {
		took, run, err := b.payOut(ctx, count)
		if err != nil {
			return err
		}
		body = append(body, append([]string{
			strconv.Itoa(count), perSecond(run.counts.Told, took), perSecond(run.counts.Executions, took),
			each(run.workers, b.payouts), each(run.postgres, b.payouts),
		}, run.cpuCells(took)...))
	}
	b.table(strconv.Itoa(b.payouts)+" payouts, from Enqueue to OnFinal; final when first asked about", append([]string{
		"worker processes", "payouts/s", "executions/s", "CPU ms a payout: workers", "PostgreSQL",
	}, cpuHead...), body)
	return nil
}

func (b *bench) payOut(ctx context.Context, workers int) (took time.Duration, run sample, err error) {
	f, err := b.newFleet(ctx, 0)
	if err != nil {
		return 0, run, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.work(ctx, workers, hurry, 2*hurry); err != nil {
		return 0, run, err
	}
	before, after, err := f.payAll(ctx)
	if err != nil {
		return 0, run, err
	}
	took, run = after.since(before)
	return took, run, nil
}

// payAll enqueues the payouts of a run, and waits until the merchant was told how each ended.
func (f *fleet) payAll(ctx context.Context) (before, after sample, err error) {
	if err := f.checkpoint(ctx); err != nil {
		return before, after, err
	}
	if before, err = f.sample(); err != nil {
		return before, after, err
	}
	if err := f.enqueue(ctx, f.bench.payouts); err != nil {
		return before, after, err
	}
	if err := f.until(ctx, func(r workerReport) bool { return r.Told >= f.bench.payouts }); err != nil {
		return before, after, err
	}
	if after, err = f.sample(); err != nil {
		return before, after, err
	}
	// Told is counted before its transaction is committed.
	var paid int
	for paid < f.bench.payouts {
		if err := f.pool.QueryRow(ctx, "SELECT count(*) FROM debts WHERE paid").Scan(&paid); err != nil {
			return before, after, err
		}
		if err := f.parked(ctx); err != nil {
			return before, after, err
		}
		if err := rest(ctx, hurry); err != nil {
			return before, after, err
		}
	}
	return before, after, nil
}
