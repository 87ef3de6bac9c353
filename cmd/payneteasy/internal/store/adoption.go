package store

import (
	"context"
	"errors"

	"github.com/payneteasy-go/payneteasy"
)

// Adopt writes down that the gateway has an order of a payout's id, which the journal does not have: from now on each
// run finds it. client has the store's journal. The destination is kept as far as is known: a payout to another one is
// another payout then.
func (s *Store) Adopt(
	ctx context.Context, client *payneteasy.Client, ref payneteasy.OrderRef, orderID string, to DestinationSum,
) (payneteasy.Entry, error) {
	ref.OrderID = orderID
	unnoted := s.Destinations.Remember(ref.ClientOrderID, to)
	entry, err := client.AdoptElsewhere(context.WithoutCancel(ctx), ref)
	return entry, errors.Join(unnoted, err)
}
