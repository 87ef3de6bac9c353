package main

import (
	"github.com/spf13/cobra"
)

const payoutFormHelp = `Make an order whose receiver fills in, on a page of the gateway, where the money
is to go, and print the link to that page. Anyone with the link decides where
the money goes: give it to the receiver alone. It cannot be printed a second
time.

Nothing is paid before the receiver has filled it in. It ends with the link;
--wait waits for the final status. Journal, confirmation, the question before it
is sent, --data and Ctrl-C are as with payneteasy payout.

Exit status, by the decision:
  0  with --wait: paid
  1  not paid (declined or filtered): if it is paid again, then under a new
     CLIENT_ORDERID; or rejected: there is no order
  2  usage or configuration: nothing was sent
  3  unknown, refused, reversed or review: do not make another order before
     payneteasy resolve CLIENT_ORDERID has told what became of this one
  4  not sent, and that is sure: the same command may be run again
  5  pending: without --wait, the link is printed and nothing is paid yet; or it
     is not final in time. payneteasy wait goes on waiting. Or the link is lost:
     do not make another order before this one is declined`

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
