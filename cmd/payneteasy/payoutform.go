package main

import (
	"github.com/spf13/cobra"
)

const payoutFormHelp = `Make an order and print a link to a page of the gateway. On this page the
receiver fills in where the money goes. Anyone who has the link can decide where
the money goes, so give it only to the receiver. The link cannot be printed a
second time.

Nothing is paid before the receiver has filled in the page. The command ends
when it has printed the link. With --wait it waits for the final status. The
journal, the confirmation, the question before sending, --data and Ctrl-C work
as in payneteasy payout.

Exit status, by the decision:
  0  paid (with --wait)
  1  not paid (declined or filtered): to pay again, use a new CLIENT_ORDERID; or
     rejected: there is no order
  2  wrong usage or configuration: nothing was sent
  3  unknown, refused, reversed or review: do not make another order. First ask
     about this one with payneteasy resolve CLIENT_ORDERID
  4  certainly not sent: you can run the same command again
  5  pending: the link is printed and nothing is paid yet; or, with --wait, the
     order is not final in time: continue with payneteasy wait; or the link is
     lost: do not make another order before this one is declined`

const payoutFormExamples = `  payneteasy payout-form payout-0001 --amount 10.42 --currency USD \
      --order-desc 'Refund 0001' --redirect-url https://merchant.example/thanks
  payneteasy payout-form payout-0002 --amount 10.42 --currency USD --yes \
      -o json | jq -r .redirect_url`

func (t *tool) payoutFormCommand() *cobra.Command {
	var f payoutFlags
	cmd := &cobra.Command{
		Use: "payout-form [flags] CLIENT_ORDERID", Short: "Let the receiver fill in where a payout goes",
		Long: payoutFormHelp, Example: payoutFormExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return t.payout(cmd, args, &f, true) },
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait for the final status")
	return cmd
}
