package main

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const settleHelp = `Close a payout with a person's decision, when the gateway cannot decide. The
journal stores the decision, amounts, reason and time. You can settle every
review, and every pending, unknown or refused payout.

  paid      the money has moved; give --paid AMOUNT if it is not the requested
            amount
  not-paid  there was an order, and it certainly pays nothing
  reversed  it was paid, and money was taken back; give --taken-back AMOUNT
  not-sent  there never was an order, and there will be none: the ID is free
            again, and the next run of a file that has it SENDS THE PAYOUT

Use not-sent only when the gateway manager has confirmed it. A gateway that does
not find the order does not prove it.

The command asks the gateway again and stores the answer. If the answer brings
an order or a final status, or a decision that can be booked, nothing is
settled. Then look at the payout again.

Exit status: 0 settled; 3 nothing is settled; 2 wrong usage or configuration.`

// settlements are the decisions that a person can make.
var settlements = map[string]payneteasy.Decision{
	"paid": payneteasy.DecisionPaid, "not-paid": payneteasy.DecisionNotPaid,
	"reversed": payneteasy.DecisionReversed, "not-sent": payneteasy.DecisionNotSent,
}

// settleExamples are the examples of settle and batch settle. NAME stands for the command.
const settleExamples = `  payneteasy NAME payout-0007 --as not-sent \
      --reason 'the manager, by mail, 2 May'
  payneteasy NAME payout-0008 --as reversed --taken-back 3.00 \
      --reason 'bank statement of 2 May'`

type settleFlags struct {
	profile.Settings
	as              choice
	paid, takenBack string
	reason          string
}

// settleCommand makes settle and batch settle, which do the same.
func (t *tool) settleCommand(name string) *cobra.Command {
	f := settleFlags{as: choice{among: []string{"paid", "not-paid", "reversed", "not-sent"}}}
	cmd := &cobra.Command{
		Use: "settle [flags] CLIENT_ORDERID", Short: "Close a payout with a person's decision", Long: settleHelp,
		Example:           strings.ReplaceAll(settleExamples, "NAME", name),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return exit.Usagef("%s takes one CLIENT_ORDERID; see payneteasy %[1]s --help", name)
			}
			if err := f.check(name); err != nil {
				return err
			}
			return t.settle(cmd.Context(), &f, args[0])
		},
	}
	flags := cmd.Flags()
	flags.Var(&f.as, "as", "the decision")
	flags.StringVar(&f.paid, "paid", "", "the `AMOUNT` that was paid, if it is not the requested amount")
	flags.StringVar(&f.takenBack, "taken-back", "", "the total `AMOUNT` that was taken back")
	flags.StringVar(&f.reason, "reason", "", "a `TEXT` that says who confirmed the decision, and how")
	f.AddAll(cmd)
	_ = cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(f.as.among, cobra.ShellCompDirectiveNoFileComp))
	profile.NoFileCompletion(cmd, "paid", "taken-back", "reason")
	return cmd
}

func (f *settleFlags) check(name string) error {
	var missing []string
	if f.as.value == "" {
		missing = append(missing, "--as "+strings.Join(f.as.among, "|"))
	}
	if strings.TrimSpace(f.reason) == "" {
		missing = append(missing, "--reason TEXT (who confirmed it, and how)")
	}
	if missing != nil {
		return exit.Usagef("%s needs %s", name, strings.Join(missing, " and "))
	}
	return nil
}

// settlement returns the person's decision from the flags. The amounts are in the payout's currency.
func (f *settleFlags) settlement(e payneteasy.Entry) (s payneteasy.Settlement, err error) {
	s = payneteasy.Settlement{Decision: settlements[f.as.value], Reason: f.reason}
	for _, amount := range []struct {
		flag, text string
		to         *payneteasy.Amount
	}{{"--paid", f.paid, &s.Paid}, {"--taken-back", f.takenBack, &s.TakenBack}} {
		if amount.text == "" {
			continue
		}
		if *amount.to, err = payneteasy.ParseAmount(amount.text, e.Amount.Currency()); err != nil {
			return s, exit.Usagef("%s: %w", amount.flag, err)
		}
	}
	return s, nil
}

func (t *tool) settle(ctx context.Context, f *settleFlags, id string) error {
	config, err := t.ClientConfig(&f.Settings)
	if err != nil {
		return err
	}
	s, err := store.Open(t.Invocation, config)
	if err != nil {
		return exit.Otherwise(exit.Unknown, "", err)
	}
	config.Journal = s.Journal
	entry, err := settleIn(ctx, config, f, id)
	if err = errors.Join(err, s.Close()); err != nil {
		return exit.Otherwise(exit.Unknown, "", err)
	}
	if t.JSON() {
		t.printOrder(newOrderOutput(entry, nil))
	} else {
		t.Print("%s is settled as %s\n", terminal.Line(id), entry.Decision())
	}
	if entry.Decision().PayAgain() == payneteasy.PayAgainSameID {
		t.Note("its ID is free again: the next run of a file that has %s sends it", terminal.Line(id))
	}
	return nil
}

func settleIn(
	ctx context.Context, config payneteasy.Config, f *settleFlags, id string,
) (entry payneteasy.Entry, err error) {
	client, err := profile.NewClient(config)
	if err != nil {
		return entry, err
	}
	if entry, _, err = config.Journal.Get(ctx, id); err != nil {
		return entry, err
	}
	settlement, err := f.settlement(entry)
	if err != nil {
		return entry, err
	}
	settled, err := client.Settle(ctx, entry, settlement)
	if invalid, ok := errors.AsType[*payneteasy.ValidationError](err); ok {
		return entry, f.invalid(invalid)
	}
	return settled, err
}

// invalid returns an error that names the wrong flags.
func (f *settleFlags) invalid(err *payneteasy.ValidationError) error {
	flags := map[string]string{
		"Settlement.Paid": "--paid", "Settlement.TakenBack": "--taken-back", "Settlement.Reason": "--reason",
	}
	texts := make([]string, len(err.Faults))
	for i, fault := range err.Faults {
		texts[i] = cmp.Or(flags[fault.Field], fault.Field) + " " + fault.Rule
	}
	return exit.Usagef("%s", strings.Join(texts, "; "))
}
