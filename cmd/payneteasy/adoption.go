package main

import (
	"context"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// adopt writes an order into the journal that the gateway already has under this payout's ID. Nothing is sent, and the
// payout is a review. adopt asks once for the order's status.
func (p *payment) adopt(ctx context.Context, orderID string) error {
	entry, err := p.store.Adopt(ctx, p.client, p.req.Ref(), orderID, p.store.Destinations.Of(p.values))
	p.entry = entry
	if err != nil {
		p.quiet = true
		return &exit.Error{
			Status: exit.Unknown,
			Err: fmt.Errorf(
				"nothing was sent: the gateway already has %s as order %s, and the journal could not be written: %w",
				terminal.Line(p.req.ClientOrderID), orderID, err),
		}
	}
	p.tool.Note("nothing was sent: the gateway already has %s as order %s, which was not in the journal",
		terminal.Line(p.req.ClientOrderID), orderID)
	if known, err := p.client.Wait(ctx, entry, &payneteasy.WaitOptions{MaxWait: 1}); err == nil {
		p.entry = known
	}
	return exit.Decided(p.entry.Decision())
}
