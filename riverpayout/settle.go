package riverpayout

import (
	"context"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
)

// Settle closes a payout as a person has found it to be, and wakes its job, which tells OnFinal. verdict is
// payneteasy.VerdictPaid or VerdictNotPaid, or, for a held payout only, VerdictNotSent; reason says who confirmed it, and how. Whatever the
// verdict, the client_orderid is used up. The gateway is asked once more: see payneteasy.Client.Settle, whose errors these are.
func (m *Merchant) Settle(ctx context.Context, clientOrderID string, verdict payneteasy.Verdict, reason string) error {
	payout, err := m.readRow(ctx, m.journal.pool, clientOrderID, "")
	if err == nil && payout.entry.State == stateCreated {
		err = fmt.Errorf("%w: it was not sent yet, and can be cancelled", payneteasy.ErrNoEntry)
	}
	if err != nil {
		return fmt.Errorf("riverpayout: settle %q: %w", clientOrderID, clean(err))
	}
	if err := m.client.Settle(ctx, payout.entry.Ref(), verdict, reason); err != nil {
		return fmt.Errorf("riverpayout: %w", err)
	}
	return m.Wake(ctx, clientOrderID)
}
