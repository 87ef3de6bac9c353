// Command figures measures what a fleet of workers does on this machine, and prints it as Markdown:
//
//	cd riverpayout && go run ./internal/figures
//
// It runs a PostgreSQL of its own, which syncs as production does, a fake gateway and worker processes, all on this
// machine: they share its cores, so the CPU that each took is told. It needs Linux, for /proc.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if order := os.Getenv(childOrder); order != "" {
		childProcess(order)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Args[1:])
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case interrupted:
		fmt.Fprintln(os.Stderr, "figures: interrupted")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

// parts are what can be measured, in this order.
var parts = []struct {
	name    string
	measure func(context.Context, *bench) error
}{
	{"payouts", payouts},
	{"statements", statements},
	{"polls", polls},
	{"memory", memory},
	{"rows", rows},
}

// options say what to measure, and how much of it.
type options struct {
	only     []string
	payouts  int
	orders   int // in flight while polls are measured
	memory   int // in flight while memory is measured
	fleets   []int
	rows     []int
	window   time.Duration
	pace     time.Duration
	conns    int
	slots    int
	cooldown time.Duration
	fetch    time.Duration
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("figures", flag.ContinueOnError)
	flags.SetOutput(stderr)
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = part.name
	}
	only := flags.String("only", strings.Join(names, ","), "what to measure")
	flags.IntVar(&o.payouts, "payouts", 4000, "payouts of a run")
	flags.IntVar(&o.orders, "orders", 2000, "orders in flight while polls are measured")
	flags.IntVar(&o.memory, "inflight", 10000, "orders in flight while memory is measured")
	fleets := flags.String("workers", "1,2,4", "worker processes")
	finished := flags.String("rows", "1000000,10000000", "finished rows")
	flags.DurationVar(&o.window, "window", 20*time.Second, "how long polls and memory are measured")
	flags.DurationVar(&o.pace, "pace", time.Minute, "how long orders are polled at the real pace")
	flags.IntVar(&o.conns, "conns", 10, "connections of a worker process, at most")
	flags.IntVar(&o.slots, "slots", 50,
		"jobs that a worker process works at the same time, at most (Config.MaxWorkers)")
	flags.DurationVar(&o.cooldown, "cooldown", 100*time.Millisecond, "River's FetchCooldown")
	flags.DurationVar(&o.fetch, "fetch", time.Second, "River's FetchPollInterval")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	for name := range strings.SplitSeq(*only, ",") {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("-only: there is no %q, but %s", name, strings.Join(names, ", "))
		}
		o.only = append(o.only, name)
	}
	if o.fleets, err = numbers(*fleets); err != nil {
		return o, fmt.Errorf("-workers: %w", err)
	}
	if o.rows, err = numbers(*finished); err != nil {
		return o, fmt.Errorf("-rows: %w", err)
	}
	if min(o.payouts, o.orders, o.memory, o.conns, o.slots) < 1 || min(o.window, o.pace, o.cooldown, o.fetch) <= 0 {
		return o, errors.New("all sizes and times must be positive")
	}
	return o, nil
}

func numbers(text string) (found []int, err error) {
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a positive number", word)
		}
		found = append(found, n)
	}
	return found, nil
}

func run(ctx context.Context, out io.Writer, args []string) (err error) {
	o, err := parse(args, os.Stderr)
	if err != nil {
		return err
	}
	b := newBench(out, o)
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.start(ctx); err != nil {
		return err
	}
	if err := b.machine(ctx, args); err != nil {
		return err
	}
	for _, part := range parts {
		if !slices.Contains(o.only, part.name) {
			continue
		}
		_, _ = fmt.Fprintf(os.Stderr, "figures: %s …\n", part.name) // each takes minutes
		if err := part.measure(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
