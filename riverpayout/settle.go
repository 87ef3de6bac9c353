package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Settle closes a payout with a person's decision, and wakes its job, which tells OnNews. It closes every review, and
// payouts that are pending, unknown or refused. Settle asks the gateway again first, with the rules and errors of
// payneteasy.Client.Settle. If the answer brings an order or an end, or can be booked, nothing is settled, and the
// error matches payneteasy.ErrConflict. Look at the row again in this case. Use Cancel for a payout that was not sent.
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
		return fmt.Errorf("%w: the payout was not sent yet: cancel it instead", payneteasy.ErrNoEntry)
	}
	_, err = m.client.Settle(ctx, payout.entry, s)
	if payout.enqueued.IsZero() || err != nil && !errors.Is(err, payneteasy.ErrConflict) {
		return err
	}
	return errors.Join(err, m.Wake(ctx, clientOrderID)) // the question may have found an end to tell
}
