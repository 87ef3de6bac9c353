package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const waitHelp = `Ask about an order until its decision is final. The tool asks every 3 to 5
seconds, and after five minutes every 5 to 10 minutes. A terminal shows one line
that is updated. Without a terminal, each change is a line. Ctrl-C ends the
wait, but not the payout.

The tool recognises an order by the journal (if this tool has paid it), by
--orderid, or by --amount and --currency. If the payout is in the journal, its
final decision is written there.

Exit status, by the decision: 0 paid; 1 not paid or rejected; 3 reversed or
review, or unknown or refused after --max-wait, or no answer; 4 not sent; 5
still pending; 2 wrong usage or configuration.`

const waitExamples = `  payneteasy wait payout-0001
  payneteasy wait payout-0001 --orderid 6982864
  payneteasy wait payout-0001 --amount 10.42 --currency USD --max-wait 10m`

func addMaxWait(cmd *cobra.Command, maxWait *time.Duration) {
	cmd.Flags().DurationVar(maxWait, "max-wait", time.Hour, "wait at most this `TIME`, such as 90s, 10m or 2h")
	profile.NoFileCompletion(cmd, "max-wait")
}

func checkMaxWait(maxWait time.Duration) error {
	if maxWait <= 0 {
		return exit.Usagef("--max-wait must be longer than 0")
	}
	return nil
}

func (t *tool) waitCommand() *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{
		Use: "wait [flags] CLIENT_ORDERID", Short: "Wait for an order's final status", Long: waitHelp,
		Example:           waitExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := f.ref(cmd, args)
			if err != nil {
				return err
			}
			if err := checkMaxWait(f.maxWait); err != nil {
				return err
			}
			config, err := t.ClientConfig(&f.Settings)
			if err != nil {
				return err
			}
			return t.wait(cmd.Context(), config, ref, f.maxWait)
		},
	}
	f.add(cmd)
	addMaxWait(cmd, &f.maxWait)
	return cmd
}

func (t *tool) wait(
	ctx context.Context, config payneteasy.Config, ref payneteasy.OrderRef, maxWait time.Duration,
) error {
	client, err := profile.NewClient(config)
	if err != nil {
		return err
	}
	entry, known, err := t.known(ctx, config, client, ref)
	switch {
	case err != nil:
		return exit.Failed(err)
	case !known && !proved(ref):
		return exit.Usagef("%s is not in the journal: give --orderid, or --amount and --currency",
			terminal.Line(ref.ClientOrderID))
	case hasOtherOrders(entry, ref):
		return exit.Failed(otherOrder(entry, ref))
	}
	watch, before := t.newWatch(), entry
	if entry, err = watch.wait(ctx, client, entry, maxWait, ""); err != nil {
		return t.reportFailed(entry, watch.last, err)
	}
	if known {
		if entry, err = t.record(ctx, config, entry); err != nil {
			return t.reportFailed(before, watch.last, err)
		}
	}
	watch.gap()
	return t.report(entry, watch.last)
}
