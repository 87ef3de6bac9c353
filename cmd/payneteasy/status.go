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

const statusHelp = `Ask the gateway what became of an order. The end of a payout that the journal
has is written into it, and so is a second order of its client_orderid: name it
by --orderid. If the gateway confirms both ids, the payout is a review.

An order is recognised by the journal, if this tool has paid it, or by
--orderid, or by --amount and --currency. What the journal knows counts: a
person's word, other orders, what was booked before. By its client_orderid alone
an order is shown, and may be another merchant's: then its decision is unknown.

Exit status, by the decision: 0 paid; 1 not paid or rejected; 3 unknown,
refused, reversed, review, or the gateway did not tell; 4 not sent; 5 pending;
2 usage or configuration.`

const statusExamples = `  payneteasy status payout-0001
  payneteasy status payout-0001 --orderid 6982864
  payneteasy status payout-0001 --amount 10.42 --currency USD --output json`

func (t *tool) statusCommand() *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{
		Use: "status [flags] CLIENT_ORDERID", Short: "Ask what became of an order", Long: statusHelp,
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
	case answer.NotKnown && (!known || isAnother(entry, ref)):
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

// recordStatus writes down how a payout has ended, and an order that only the command line names.
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

// showUnproved shows what the gateway has by a client_orderid alone. That may be another merchant's order.
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
	out.Advice = "it was found by its id alone: ask with --orderid, or --amount and --currency, before it is booked"
	t.printOrder(out)
	return exit.Decided(out.Decision)
}
