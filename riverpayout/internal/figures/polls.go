package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// pace is the mean time between two questions about an order. The limits are 3 s and 5 s.
const (
	paceLow  = 3 * time.Second
	paceHigh = 5 * time.Second
	pace     = (paceLow + paceHigh) / 2
)

// polls measures questions about orders that stay in flight. It measures the maximum rate, and then the rate for half
// as many orders at the real pace.
func polls(ctx context.Context, b *bench) error {
	var body [][]string
	best, fleets := 0, b.fleets[0]
	for _, count := range b.fleets {
		took, run, err := b.poll(ctx, count, b.orders, hurry, 2*hurry, b.window)
		if err != nil {
			return err
		}
		most := rate(run.counts.Executions, took)
		if most > best {
			best, fleets = most, count
		}
		body = append(body, append([]string{
			strconv.Itoa(count), strconv.Itoa(most), strconv.Itoa(most * int(pace/time.Second)),
			each(run.workers, run.counts.Executions), each(run.postgres, run.counts.Executions),
		}, run.cpuCells(took)...))
	}
	b.table(fmt.Sprintf("%d orders in flight, asked about without a pause", b.orders), append([]string{
		"worker processes", "questions/s", "orders in flight that is at " + pace.String(),
		"CPU ms a question: workers", "PostgreSQL",
	}, cpuHead...), body)

	orders := max(best*int(pace/time.Second)/2, 1)
	took, run, err := b.poll(ctx, fleets, orders, paceLow, paceHigh, b.pace)
	if err != nil {
		return err
	}
	b.table(fmt.Sprintf("Half as many orders at the real pace, %s to %s, for %s", paceLow, paceHigh, b.pace),
		append([]string{
			"orders in flight", "worker processes", "questions/s", "late ms: mean", "median", "95 of 100", "99 of 100",
		}, cpuHead...), [][]string{append([]string{
			strconv.Itoa(orders), strconv.Itoa(fleets), perSecond(run.counts.Executions, took),
			each(run.counts.Late, run.counts.Executions),
			run.counts.lateness(50), run.counts.lateness(95), run.counts.lateness(99),
		}, run.cpuCells(took)...)})

	const lasts = time.Minute
	polled, woken := 1+int(lasts/pace), 2
	b.printf("\nAn order that takes %s needs %d executions at this pace, its sending among them, and %d if its "+
		"callback wakes it and the pace is slower. "+
		"%d executions/s then carry %d orders in flight, and %d.\n", lasts, polled, woken,
		best, best*int(lasts/time.Second)/polled, best*int(lasts/time.Second)/woken)
	return nil
}

// poll lets workers ask about orders that stay in flight.
func (b *bench) poll(
	ctx context.Context, workers, orders int, low, high, window time.Duration,
) (took time.Duration, run sample, err error) {
	f, err := b.newFleet(ctx, -1)
	if err != nil {
		return 0, run, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.inFlight(ctx, workers, orders, low, high); err != nil {
		return 0, run, err
	}
	took, run, err = f.watch(ctx, window)
	if err == nil {
		err = f.parked(ctx)
	}
	return took, run, err
}

// inFlight sends orders, and waits until the workers ask about them at their pace.
func (f *fleet) inFlight(ctx context.Context, workers, orders int, low, high time.Duration) error {
	if err := f.enqueue(ctx, orders); err != nil {
		return err
	}
	if err := f.work(ctx, workers, low, high); err != nil {
		return err
	}
	// So each order was sent, and asked about once or so.
	return f.until(ctx, func(r workerReport) bool { return r.Sent >= orders && r.Executions >= 2*orders })
}

func (f *fleet) watch(ctx context.Context, window time.Duration) (took time.Duration, run sample, err error) {
	if err := f.checkpoint(ctx); err != nil {
		return 0, run, err
	}
	before, err := f.sample()
	if err != nil {
		return 0, run, err
	}
	if err := rest(ctx, window); err != nil {
		return 0, run, err
	}
	after, err := f.sample()
	if err != nil {
		return 0, run, err
	}
	took, run = after.since(before)
	return took, run, nil
}

// lateness returns the maximum lateness, in ms, of this percentage of the executions.
func (r workerReport) lateness(of100 int) string {
	seen := 0
	for i, n := range r.LateBy {
		if seen += n; seen*100 >= r.Executions*of100 {
			return "≤ " + strconv.FormatInt((time.Duration(i+1)*lateStep).Milliseconds(), 10)
		}
	}
	return "?"
}
