package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// memory measures the memory of a worker process, idle and with many orders in flight.
func memory(ctx context.Context, b *bench) (err error) {
	f, err := b.newFleet(ctx, -1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.work(ctx, 1, paceLow, paceHigh); err != nil {
		return err
	}
	idle, _, err := f.resident()
	if err != nil {
		return err
	}
	if err := f.enqueue(ctx, b.memory); err != nil {
		return err
	}
	if err := f.until(ctx, func(r workerReport) bool { return r.Sent >= b.memory }); err != nil {
		return err
	}
	took, run, err := f.watch(ctx, b.window)
	if err != nil {
		return err
	}
	current, peak, err := f.resident()
	if err != nil {
		return err
	}
	b.table("Memory of a worker process (resident, MB)", []string{"orders in flight", "MB", "peak", "questions/s"},
		[][]string{
			{"0", quotient(int64(idle), 1<<10, 1), "", "0"},
			{
				strconv.Itoa(b.memory), quotient(int64(current), 1<<10, 1), quotient(int64(peak), 1<<10, 1),
				perSecond(run.counts.Executions, took),
			},
		})
	return nil
}

// resident returns the memory of the first worker, now and at its peak, in kB.
func (f *fleet) resident() (now, peak int, err error) {
	file := fmt.Sprintf("/proc/%d/status", f.workers[0].pid())
	now, err = procKB(file, "VmRSS")
	peak, failed := procKB(file, "VmHWM")
	return now, peak, errors.Join(err, failed)
}
