package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
)

const statusHelp = `Ask the gateway for the status of an order. If the payout is in the journal, its
final decision is written there. To add a second order of its client_orderid to
the journal, name the order with --orderid. If the gateway confirms both IDs,
the payout is a review.

The tool recognises an order by the journal (if this tool has paid it), by
--orderid, or by --amount and --currency. The decision takes into account what
the journal knows: a person's decision, other orders, what was booked before.
Without these, the order is found by its client_orderid alone and may belong to
another merchant. It is shown, and its decision is unknown.

Exit status, by the decision: 0 paid; 1 not paid or rejected; 3 unknown,
refused, reversed, review, or no answer; 4 not sent; 5 pending; 2 wrong usage or
configuration.`

const statusExamples = `  payneteasy status payout-0001
  payneteasy status payout-0001 --orderid 6982864
  payneteasy status payout-0001 --amount 10.42 --currency USD --output json`

func (t *tool) statusCommand() *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{
		Use: "status [flags] CLIENT_ORDERID", Short: "Ask for the status of an order", Long: statusHelp,
		Example:           statusExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := f.ref(cmd, args)
			if err != nil {
				return err
			}
			config, err := t.ClientConfig(&f.Settings)
			if err != nil {
				return err
			}
			return t.status(cmd.Context(), config, ref)
		},
	}
	f.add(cmd)
	return cmd
}

func (t *tool) status(ctx context.Context, config payneteasy.Config, ref payneteasy.OrderRef) error {
	client, err := profile.NewClient(config)
	if err != nil {
		return err
	}
	entry, known, err := t.known(ctx, config, client, ref)
	if err != nil {
		return exit.Failed(err)
	}
	if !known && !proved(ref) {
		return t.showUnproved(ctx, client, entry)
	}
	asked := entry
	asked.ClaimedOrderID = ref.OrderID
	age := time.Since(asked.Began)
	answer, err := client.Ask(ctx, asked)
	switch {
	case err != nil:
		return t.reportFailed(entry, nil, err)
	case answer.NotKnown && (!known || hasOtherOrders(entry, ref)):
		return t.reportFailed(entry, nil, notFound(ref))
	}
	if entry, _, err = answer.Apply(asked, age); err != nil {
		return t.reportFailed(entry, answer.Status, err)
	}
	if known && entry.Revision != asked.Revision {
		if entry, err = t.recordStatus(ctx, config, asked, entry, ref.OrderID); err != nil {
			return t.reportFailed(asked, answer.Status, err)
		}
	}
	if answer.NotKnown {
		t.Note("%s", notFound(ref))
	}
	return t.report(entry, answer.Status)
}

// recordStatus writes a final decision into the journal, and also an order that only the command line names.
func (t *tool) recordStatus(
	ctx context.Context, config payneteasy.Config, before, entry payneteasy.Entry, orderID string,
) (payneteasy.Entry, error) {
	if !hasOrder(before, orderID) {
		entry.ClaimedOrderID = orderID
	}
	if !entry.Decision().Final() && entry.ClaimedOrderID == "" {
		return entry, nil
	}
	return t.record(ctx, config, entry)
}

// showUnproved shows the order that the gateway has for a client_orderid alone. It may be another merchant's order.
func (t *tool) showUnproved(ctx context.Context, client *payneteasy.Client, e payneteasy.Entry) error {
	status, err := client.Status(ctx, e.Ref())
	switch {
	case errors.Is(err, payneteasy.ErrOrderNotFound):
		return t.reportFailed(e, nil, notFound(e.Ref()))
	case err != nil:
		return t.reportFailed(e, nil, err)
	}
	out := newOrderOutput(e, status)
	out.OrderID = status.OrderID
	out.Advice = "the order was found by its client_orderid alone: " +
		"ask with --orderid, or with --amount and --currency, before you book it"
	t.printOrder(out)
	return exit.Decided(out.Decision)
}
