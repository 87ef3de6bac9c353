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

const batchRunHelp = `Pay every line of a CSV file once, and wait for the final statuses.

The header must name client_orderid, amount (in major units: 10.42), currency,
and a parameter that says where the money goes: account_number, ewallet_wallet,
crypto_wallet_address, credit_card_number or card_recurring_payment_id. It can
name any other documented parameter. A column that is not a parameter is a
fault, unless --ignore-column names it. The file is UTF-8, separated by commas,
semicolons or tabs. Rows that hold only separators are skipped.

The tool checks the whole file before the first payout. It shows each fault with
line, column and client_orderid. While there is a fault, nothing is sent. IDs,
accounts, cards and other identifiers that a spreadsheet or a program has
damaged are faults: 1.23E+15, 1001.0, ="0987", '0987, 1,234,567, #N/A, ####,
NULL. An amount in another form than 10.42 is a fault too.

A value that may be right or may be a mistake is a warning: IDs that look alike,
the same amount to the same destination in this file or in the last 30 days, a
number that is shorter than the others, a long number that ends in zeros, an ID
that looks like a date. --strict makes each of these values a fault. After the
check you confirm the totals.

You can interrupt or kill a run at any moment, and run the file again. Lines
that were sent are never sent again; the tool only asks about them. Lines that
were certainly not sent, or were rejected, are sent. A line is a fault if its ID
was sent before with another amount, currency or destination. Before a line is
sent, the tool asks whether the gateway knows the ID. If it does, nothing is
sent, and the line is a review until a person settles it.

A refused line counts for --max-failures at once. Lines in flight are finished,
so there may be more failures. Two minutes after a refused line was sent, the
tool asks about it again. Only then can it be rejected, and be sent again. The
run waits for this at its end, unless you give --no-wait.

A line without an answer is unknown. The tool asks about it for two minutes too,
also with --no-wait. It then also asks about refused lines that are two minutes
old by that time.

The results are in FILE.results.csv, with one line for each line of the file:
client_orderid, orderid, decision, cause, paid, taken_back, status, error_code,
error_message. Amounts are in the currency of the line. These are the decisions,
the worst first:
  review    a person must look at the cause, then use payneteasy settle
  unknown   it may have been sent
  refused   the gateway refused it, and may have an order anyway
  reversed  it was paid, and money was taken back
  pending   the gateway has it, and it is not final
  not sent  nothing was sent
  rejected  the gateway refused it, and has no order
  not paid  declined or filtered
  paid

Exit status: 0 all paid; 2 wrong usage or configuration, or a fault in the file;
otherwise the status of the worst line: 3 review, unknown, refused or reversed;
5 pending; 4 not sent; 1 rejected or not paid.`

func (t *tool) batchRunCommand() *cobra.Command {
	var f batchFlags
	cmd := &cobra.Command{
		Use: "run [flags] FILE.csv", Short: "Pay every line of a CSV file once", Long: batchRunHelp,
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
	flags.BoolVar(&f.dryRun, "dry-run", false, "check the file and show what would be sent; do not call the gateway")
	flags.BoolVarP(&f.yes, "yes", "y", false, "pay without asking for confirmation")
	flags.StringVar(&f.results, "results", "", "write the results to `FILE` (FILE.results.csv)")
	flags.IntVar(&f.Concurrency, "concurrency", 8, "send at most `N` payouts at the same time")
	flags.IntVar(&f.Rate, "rate", 10, "send at most `N` payouts a second; 0 for no limit")
	flags.IntVar(&f.StatusRate, "status-rate", 25, "ask about `N` orders a second, approximately; 0 for no limit")
	flags.IntVar(&f.MaxFailures, "max-failures", 20,
		"stop after `N` lines of this run are refused or not paid; lines in flight are finished; 0 for no limit")
	flags.DurationVar(&f.MaxWait, "max-wait", time.Hour, "wait at most this `TIME` for one final status, such as 10m")
	addNoCheck(cmd, &f.NoCheck)
	flags.BoolVar(&f.NoWait, "no-wait", false, "do not wait for refused lines, only for unknown and pending ones")
	profile.NoFileCompletion(cmd, "concurrency", "rate", "status-rate", "max-failures", "max-wait")
	return cmd
}

func (f *batchFlags) check() error {
	switch {
	case f.Concurrency < 1 || f.Concurrency > 1000:
		return exit.Usagef("--concurrency must be from 1 to 1000")
	case f.Rate < 0, f.StatusRate < 0, f.MaxFailures < 0:
		return exit.Usagef("--rate, --status-rate and --max-failures must not be negative")
	case f.MaxWait <= 0:
		return exit.Usagef("--max-wait must be longer than 0")
	}
	return f.checkIgnored()
}

func (t *tool) batchRun(ctx context.Context, path string, f *batchFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	debug.SetGCPercent(25) // a big file and its journal are in memory only once
	results := cmp.Or(f.results, batch.ResultsPath(path))
	if path == "-" && f.results == "" {
		return exit.Usagef("the file comes from stdin: name a file for the results with --results")
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

// openBatch reads a file, opens its journal, and compares the two. If there are faults, it shows all of them and
// returns an error.
func (t *tool) openBatch(ctx context.Context, path string, f *batchFlags) (*batch.Batch, *payneteasy.Client, error) {
	content, err := t.Read(path)
	if err != nil {
		return nil, nil, exit.Usagef("%s: %w", terminal.Line(path), err)
	}
	config, err := t.ClientConfig(&f.Settings)
	if err != nil {
		return nil, nil, err
	}
	if _, err := profile.NewClient(config); err != nil { // before it makes a directory
		return nil, nil, err
	}
	open := store.Open
	if f.dryRun {
		open = store.OpenCopy
	}
	opened, err := open(t.Invocation, config)
	if err != nil {
		return nil, nil, exit.Otherwise(exit.Unknown, "nothing was sent now; earlier payouts are not known: ", err)
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
			t.Print("\nThe gateway was not called, and nothing was sent.\n")
		}
		return nil
	}
	if b.Sends() && !f.yes {
		if err := t.confirm(ctx, b); err != nil {
			return err
		}
	}
	// The old results are out of date now, and this run may be killed.
	if err := batch.RemoveResults(results); err != nil {
		return &exit.Error{
			Status: exit.NotSent,
			Err:    fmt.Errorf("nothing was sent: cannot remove the old results: %w", err),
		}
	}
	b.Pay(ctx, t.Invocation, client, f.Options)
	err := b.WriteResults(results)
	b.Summary(t.Output, results)
	if err != nil {
		return &exit.Error{
			Status: exit.Unknown,
			Err:    fmt.Errorf("cannot write the results: %w: get them with payneteasy batch status", err),
		}
	}
	if status := b.Exit(); status != exit.Done {
		return &exit.Error{Status: status}
	}
	return nil
}

// confirm asks a person to confirm the totals.
func (t *tool) confirm(ctx context.Context, b *batch.Batch) error {
	if !t.IsTerminal(t.Stdin) {
		return exit.Usagef("nothing was sent: confirm the totals at a terminal, or give --yes")
	}
	err := t.ask(ctx, b.Question(), "yes")
	if err != nil {
		return &exit.Error{Status: exit.NotSent, Err: fmt.Errorf("nothing was sent: %w", err)}
	}
	return nil
}
