package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
)

const batchSettleHelp = `Close a payout by a person's word, when the gateway cannot tell, and write
verdict, reason and time into the journal.

  paid      the money has moved
  not-paid  there was an order, and it is certain that it pays nothing
  not-sent  there never was an order, and there will be none: its id is free
            again, and the next run of a file that has it SENDS IT

Give not-sent only when the gateway's manager has confirmed it: that the gateway
does not find an order does not prove it. The gateway is asked once more, and
may refuse.

Exit status: 0 settled; 3 refused: it stays as it was; 2 usage or configuration.`

func (t *tool) batchSettleCommand() *cobra.Command {
	var f settings
	var reason string
	verdict := choice{among: []string{"paid", "not-paid", "not-sent"}}
	cmd := &cobra.Command{
		Use: "settle [flags] CLIENT_ORDERID", Short: "Close a held payout by a person's word", Long: batchSettleHelp,
		Example:           "  payneteasy batch settle payout-0007 --verdict not-sent \\\n      --reason 'the manager, by mail, 2 May'",
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("batch settle takes one CLIENT_ORDERID; see payneteasy batch settle --help")
			}
			if verdict.value == "" || strings.TrimSpace(reason) == "" {
				return usage("batch settle wants --verdict and --reason: who confirmed it, and how")
			}
			return t.settle(cmd.Context(), &f, args[0], payneteasy.Verdict(strings.ReplaceAll(verdict.value, "-", " ")), reason)
		},
	}
	f.addAll(cmd)
	cmd.Flags().Var(&verdict, "verdict", "what is certain")
	cmd.Flags().StringVar(&reason, "reason", "", "who confirmed it, and how, a `TEXT`")
	_ = cmd.RegisterFlagCompletionFunc("verdict", cobra.FixedCompletions(verdict.among, cobra.ShellCompDirectiveNoFileComp))
	noCompletion(cmd, "reason")
	return cmd
}

func (t *tool) settle(ctx context.Context, f *settings, id string, verdict payneteasy.Verdict, reason string) error {
	config, err := t.clientConfig(f)
	if err != nil {
		return err
	}
	if _, err := newClient(config); err != nil { // before a directory is made for it
		return err
	}
	s, err := t.openStore(config)
	if err != nil {
		if _, ok := errors.AsType[*exitError](err); ok {
			return err
		}
		return &exitError{exitUnknown, storeError(err)}
	}
	config.Journal = s.journal
	client, err := newClient(config)
	if err == nil {
		err = client.Settle(ctx, payneteasy.OrderRef{ClientOrderID: id}, verdict, reason)
	}
	var entry payneteasy.Entry
	if err == nil {
		entry, err = s.journal.Get(ctx, id)
	}
	if err = errors.Join(err, s.close()); err != nil {
		if _, ok := errors.AsType[*exitError](err); ok {
			return err
		}
		return &exitError{exitUnknown, err}
	}
	if t.json() {
		t.printJSON(map[string]string{"client_orderid": id, "state": string(entry.State), "verdict": string(entry.Verdict), "reason": entry.Reason})
	} else {
		t.print("%s is settled as %s\n", line(id), verdict)
		if verdict == payneteasy.VerdictNotSent {
			t.note("its id is free: the next run of a file that has %s sends it", line(id))
		}
	}
	return nil
}
