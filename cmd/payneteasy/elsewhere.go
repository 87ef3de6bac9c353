package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// orderElsewhere asks the gateway once whether it has an order of an id that the journal does not have: the journal may be
// another, or lost. Without an error, no order id means that the gateway does not know the id: only then may it be sent.
func orderElsewhere(ctx context.Context, client *payneteasy.Client, ref payneteasy.OrderRef) (orderID string, err error) {
	status, err := client.Status(ctx, ref)
	switch {
	case errors.Is(err, payneteasy.ErrOrderNotFound):
		return "", nil
	case err == nil:
		return status.OrderID, nil
	case errors.Is(err, payneteasy.ErrOrderMismatch): // of another amount, or of none that can be read
		failed, ok := errors.AsType[*payneteasy.Error](err)
		if ok && failed.OrderID != "" && failed.Reply.Get("merchant-order-id") == ref.ClientOrderID {
			return failed.OrderID, nil
		}
	}
	return "", err
}

// adopt writes down an order that the gateway has of this payout's id, and that the journal does not have. Nothing is sent.
// A person must look; one question tells what has become of the order.
func (p *payment) adopt(ctx context.Context, orderID string) error {
	ref := p.req.Ref()
	ref.OrderID = orderID
	// It is the destination as far as is known: a payout to another one is another payout then.
	unnoted := p.store.destinations.remember(p.req.ClientOrderID, p.store.destinations.of(p.values))
	entry, err := p.client.AdoptElsewhere(context.WithoutCancel(ctx), ref)
	p.entry = entry
	if err = errors.Join(unnoted, err); err != nil {
		p.quiet = true
		return &exit.Error{Status: exit.Unknown, Err: fmt.Errorf("nothing was sent: the gateway has %s as order %s already, and that could not be written down: %w",
			terminal.Line(p.req.ClientOrderID), orderID, err)}
	}
	p.tool.Note("nothing was sent: the gateway has %s as order %s already, and the journal did not have it",
		terminal.Line(p.req.ClientOrderID), orderID)
	if known, err := p.client.Wait(ctx, entry, &payneteasy.WaitOptions{MaxWait: 1}); err == nil {
		p.entry = known
	}
	return exit.Decided(p.entry.Decision())
}

func addNoCheck(cmd *cobra.Command, noCheck *bool) {
	cmd.Flags().BoolVar(noCheck, "no-check", false, "send without asking whether the gateway knows the id")
}
