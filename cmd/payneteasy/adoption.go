package main

import (
	"context"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// adopt writes down an order that the gateway has of this payout's id, and that the journal does not have. Nothing is
// sent. A person must look; one question tells what has become of the order.
func (p *payment) adopt(ctx context.Context, orderID string) error {
	entry, err := p.store.Adopt(ctx, p.client, p.req.Ref(), orderID, p.store.Destinations.Of(p.values))
	p.entry = entry
	if err != nil {
		p.quiet = true
		return &exit.Error{
			Status: exit.Unknown,
			Err: fmt.Errorf(
				"nothing was sent: the gateway has %s as order %s already, and that could not be written down: %w",
				terminal.Line(p.req.ClientOrderID), orderID, err),
		}
	}
	p.tool.Note("nothing was sent: the gateway has %s as order %s already, and the journal did not have it",
		terminal.Line(p.req.ClientOrderID), orderID)
	if known, err := p.client.Wait(ctx, entry, &payneteasy.WaitOptions{MaxWait: 1}); err == nil {
		p.entry = known
	}
	return exit.Decided(p.entry.Decision())
}
