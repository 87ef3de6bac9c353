package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Settle closes a payout by a person's word, and wakes its job, which tells OnNews. It closes every review, and what is
// pending, unknown or refused. The gateway is asked once more: see payneteasy.Client.Settle, whose rules and errors
// these are. If the answer brings an order or an end, or can be booked, nothing is settled and the error matches
// payneteasy.ErrConflict: look at the row again. A payout that was not sent is cancelled instead: see Cancel.
func (m *Merchant) Settle(ctx context.Context, clientOrderID string, s payneteasy.Settlement) error {
	if err := m.settle(ctx, clientOrderID, s); err != nil {
		return fmt.Errorf("riverpayout: settle %q: %w", clientOrderID, clean(err))
	}
	return nil
}

func (m *Merchant) settle(ctx context.Context, clientOrderID string, s payneteasy.Settlement) error {
	if !storable(clientOrderID, s.Reason) {
		return errNotStorable
	}
	payout, err := m.readRow(ctx, m.journal.pool, clientOrderID, "")
	switch {
	case err != nil:
		return err
	case payout.entry.Send == string(order.Created):
		return fmt.Errorf("%w: it was not sent yet, and can be cancelled", payneteasy.ErrNoEntry)
	}
	_, err = m.client.Settle(ctx, payout.entry, s)
	if payout.enqueued.IsZero() || err != nil && !errors.Is(err, payneteasy.ErrConflict) {
		return err
	}
	return errors.Join(err, m.Wake(ctx, clientOrderID)) // its question may have found an end that is to be told
}
