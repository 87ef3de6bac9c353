package store

import (
	"context"
	"errors"

	"github.com/payneteasy-go/payneteasy"
)

// Adopt records that the gateway has an order with a payout's ID that the journal does not have. From now on each run
// finds it. client must use the store's journal. Adopt stores the destination as far as it is known, so that a later
// payout to another destination is recognized as a different one.
func (s *Store) Adopt(
	ctx context.Context, client *payneteasy.Client, ref payneteasy.OrderRef, orderID string, to DestinationSum,
) (payneteasy.Entry, error) {
	ref.OrderID = orderID
	unnoted := s.Destinations.Remember(ref.ClientOrderID, to)
	entry, err := client.AdoptElsewhere(context.WithoutCancel(ctx), ref)
	return entry, errors.Join(unnoted, err)
}
