// Command figures measures what a fleet of workers does on this machine, and prints the figures as Markdown.
//
//	cd riverpayout && go run ./internal/figures
//
// It runs its own PostgreSQL, which syncs as in production, a fake gateway and worker processes. They all share the
// cores of this machine, so the CPU time of each is printed. It needs Linux, for /proc.
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

// parts are the measurements, in this order.
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

// options say what to measure, and how much.
type options struct {
	only     []string
	payouts  int
	orders   int // in flight during the measurement of polls
	memory   int // in flight during the measurement of memory
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
	flags.IntVar(&o.orders, "orders", 2000, "orders in flight during the measurement of polls")
	flags.IntVar(&o.memory, "inflight", 10000, "orders in flight during the measurement of memory")
	fleets := flags.String("workers", "1,2,4", "worker processes")
	finished := flags.String("rows", "1000000,10000000", "finished rows")
	flags.DurationVar(&o.window, "window", 20*time.Second, "how long to measure polls and memory")
	flags.DurationVar(&o.pace, "pace", time.Minute, "how long to measure polls at the real pace")
	flags.IntVar(&o.conns, "conns", 10, "maximum number of connections of a worker process")
	flags.IntVar(&o.slots, "slots", 50,
		"maximum number of jobs that a worker process works at the same time (Config.MaxWorkers)")
	flags.DurationVar(&o.cooldown, "cooldown", 100*time.Millisecond, "River's FetchCooldown")
	flags.DurationVar(&o.fetch, "fetch", time.Second, "River's FetchPollInterval")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag", flags.Arg(0))
	}
	for name := range strings.SplitSeq(*only, ",") {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("-only: unknown %q: use one of %s", name, strings.Join(names, ", "))
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
		_, _ = fmt.Fprintf(os.Stderr, "figures: %s …\n", part.name) // each part takes minutes
		if err := part.measure(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
