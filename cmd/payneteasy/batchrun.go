package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/batch"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const batchRunHelp = `Pay every line of a CSV once, and wait for the final statuses.

Its header names documented parameters: client_orderid, amount (major units:
10.42) and currency, one that says where the money goes (account_number,
ewallet_wallet, crypto_wallet_address, credit_card_number,
card_recurring_payment_id), and any others. UTF-8; separated by commas,
semicolons or tabs. Rows of separators alone are skipped. A column that is no
parameter is a fault, unless --ignore-column names it.

The whole file is checked before the first payout; each fault is named with
line, column and client_orderid, and while there is one, nothing is sent. Ids,
accounts, cards and other identifiers that a spreadsheet or a program has
damaged are faults: 1.23E+15, 1001.0, ="0987", '0987, 1,234,567, #N/A, ####,
NULL. So are amounts in any other form than 10.42.

What may be right and may be a mistake is a warning: ids that look alike, the
same amount to the same destination in this file or in the last 30 days, a
number that is shorter than the others, a long number that ends in zeros, an id
that looks like a date. --strict makes a fault of each value that a warning is
about. Then the totals are to be confirmed.

It may be interrupted or killed at any moment, and run again: lines that were
sent are only asked about, never sent again; lines that are proved not to have
been sent, or were rejected, are sent. A line whose id was sent before with
another amount, currency or destination is a fault. Before a line is sent, the
gateway is asked whether it knows the id; if it does, nothing is sent, and the
line is a review until a person settles it.

A line that the gateway refuses counts for --max-failures at once. Lines that
are in flight then are finished, so there may be more failures than that. A
refused line is asked about again when the gateway had its time, two minutes
after it was sent; only then is it rejected, and may be sent again. The run
waits for that at its end, unless --no-wait says otherwise. A line without an
answer is unknown, and is asked about for as long, also with --no-wait; refused
lines whose time has come by then are asked about, too.

The results are in FILE.results.csv, a line for each of the file's:
client_orderid, orderid, decision, cause, paid, taken_back, status, error_code,
error_message. The amounts are in the line's currency. A decision is one of
these, the worst first:
  review    a person must look, see the cause; then payneteasy settle
  unknown   it may have been sent
  refused   the gateway refused it, and may have an order all the same
  reversed  it was paid, and money was taken back
  pending   the gateway has it, and it is not final
  not sent  nothing left
  rejected  refused, and there is no order
  not paid  declined or filtered
  paid

Exit status: 0 all paid; 2 usage, configuration, or a fault in the file;
otherwise that of the worst line: 3 review, unknown, refused or reversed; 5
pending; 4 not sent; 1 rejected or not paid.`

func (t *tool) batchRunCommand() *cobra.Command {
	var f batchFlags
	cmd := &cobra.Command{
		Use: "run [flags] FILE.csv", Short: "Pay every line of a CSV once", Long: batchRunHelp,
		Example: "  payneteasy batch run payouts.csv --dry-run\n" +
			"  payneteasy batch run payouts.csv --yes --max-failures 5 --output json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return exit.Usagef("batch run takes one FILE.csv; see payneteasy batch run --help")
			}
			return t.batchRun(cmd.Context(), args[0], &f)
		},
	}
	f.AddAll(cmd)
	f.addIgnored(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.strict, "strict", false, "treat warnings about the file as faults")
	flags.BoolVar(&f.dryRun, "dry-run", false, "check the file and show what would be sent; ask and send nothing")
	flags.BoolVarP(&f.yes, "yes", "y", false, "pay without asking for a confirmation")
	flags.StringVar(&f.results, "results", "", "the results' `FILE` (FILE.results.csv)")
	flags.IntVar(&f.Concurrency, "concurrency", 8, "payouts sent at the same time, `N`")
	flags.IntVar(&f.Rate, "rate", 10, "payouts sent a second, at most `N`; 0 for no limit")
	flags.IntVar(&f.StatusRate, "status-rate", 25, "orders asked about a second, about `N`; 0 for no limit")
	flags.IntVar(&f.MaxFailures, "max-failures", 20,
		"begin no line after `N` of this run are refused or not paid; lines in flight are finished; 0 for never")
	flags.DurationVar(&f.MaxWait, "max-wait", time.Hour, "how long to wait for one final status, a `TIME` like 10m")
	addNoCheck(cmd, &f.NoCheck)
	flags.BoolVar(&f.NoWait, "no-wait", false, "do not wait for refused lines; unknown and pending ones are waited for")
	profile.NoFileCompletion(cmd, "concurrency", "rate", "status-rate", "max-failures", "max-wait")
	return cmd
}

func (f *batchFlags) check() error {
	switch {
	case f.Concurrency < 1 || f.Concurrency > 1000:
		return exit.Usagef("--concurrency is 1 to 1000")
	case f.Rate < 0, f.StatusRate < 0, f.MaxFailures < 0:
		return exit.Usagef("--rate, --status-rate and --max-failures are not negative")
	case f.MaxWait <= 0:
		return exit.Usagef("--max-wait is not a positive time")
	}
	return f.checkIgnored()
}

func (t *tool) batchRun(ctx context.Context, path string, f *batchFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	debug.SetGCPercent(25) // a big file and its journal are kept in memory, once
	results := cmp.Or(f.results, batch.ResultsPath(path))
	if path == "-" && f.results == "" {
		return exit.Usagef("the results of a file from stdin need a name: --results")
	}
	if !f.dryRun {
		if err := batch.CheckResultsPath(results); err != nil {
			return err
		}
	}
	b, client, err := t.openBatch(ctx, path, f)
	if err != nil {
		return err
	}
	err = t.payBatch(ctx, b, client, f, results)
	if closed := b.Close(); closed != nil && err == nil {
		err = &exit.Error{Status: exit.Unknown, Err: closed}
	}
	return err
}

// openBatch reads a file, opens the journal it belongs to, and compares. Every fault is told, and is the end of it.
func (t *tool) openBatch(ctx context.Context, path string, f *batchFlags) (*batch.Batch, *payneteasy.Client, error) {
	content, err := t.Read(path)
	if err != nil {
		return nil, nil, exit.Usagef("%s: %w", terminal.Line(path), err)
	}
	config, err := t.ClientConfig(&f.Settings)
	if err != nil {
		return nil, nil, err
	}
	if _, err := profile.NewClient(config); err != nil { // before a directory is made for it
		return nil, nil, err
	}
	open := store.Open
	if f.dryRun {
		open = store.OpenCopy
	}
	opened, err := open(t.Invocation, config)
	if err != nil {
		return nil, nil, exit.Otherwise(exit.Unknown, "nothing was sent now, and what was before is not known: ", err)
	}
	b, client, err := t.planBatch(ctx, path, content, config, f, opened)
	if err != nil {
		return nil, nil, errors.Join(err, opened.Close())
	}
	return b, client, nil
}

func (t *tool) payBatch(
	ctx context.Context, b *batch.Batch, client *payneteasy.Client, f *batchFlags, results string,
) error {
	if f.dryRun || !t.JSON() {
		b.ShowPlan(t.Output)
	}
	b.ShowWarnings(t.Output)
	if f.dryRun {
		if !t.JSON() {
			t.Print("\nNothing was asked, and nothing was sent.\n")
		}
		return nil
	}
	if b.Sends() && !f.yes {
		if err := t.confirm(ctx, b); err != nil {
			return err
		}
	}
	// what it says is not true any more, and this run may be killed
	if err := batch.RemoveResults(results); err != nil {
		return &exit.Error{
			Status: exit.NotSent,
			Err:    fmt.Errorf("nothing was sent: the old results cannot be removed: %w", err),
		}
	}
	b.Pay(ctx, t.Invocation, client, f.Options)
	err := b.WriteResults(results)
	b.Summary(t.Output, results)
	if err != nil {
		return &exit.Error{
			Status: exit.Unknown,
			Err:    fmt.Errorf("the results could not be written, ask for them by payneteasy batch status: %w", err),
		}
	}
	if status := b.Exit(); status != exit.Done {
		return &exit.Error{Status: status}
	}
	return nil
}

// confirm lets a person say yes to the totals.
func (t *tool) confirm(ctx context.Context, b *batch.Batch) error {
	if !t.IsTerminal(t.Stdin) {
		return exit.Usagef("nothing was sent: confirm the totals on a terminal, or by --yes")
	}
	err := t.ask(ctx, b.Question(), "yes")
	if err != nil {
		return &exit.Error{Status: exit.NotSent, Err: fmt.Errorf("nothing was sent: %w", err)}
	}
	return nil
}
