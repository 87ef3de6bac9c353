package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// Settle closes a payout as a person has found it to be, and wakes its job, which tells OnFinal. verdict is
// payneteasy.VerdictPaid or VerdictNotPaid, or, for a held payout only, VerdictNotSent; reason says who confirmed it, and how. Whatever the
// verdict, the client_orderid is used up. The gateway is asked once more: see payneteasy.Client.Settle, whose errors these are. A
// payout whose end the journal knows already, and which is not told since the gateway does not answer any more, is closed as that
// end, and not otherwise. For one that has come to something else after its end was told, it takes the problem away: nobody is told.
func (m *Merchant) Settle(ctx context.Context, clientOrderID string, verdict payneteasy.Verdict, reason string) error {
	payout, err := m.readRow(ctx, m.journal.pool, clientOrderID, "")
	if err == nil && payout.entry.State == stateCreated {
		err = fmt.Errorf("%w: it was not sent yet, and can be cancelled", payneteasy.ErrNoEntry)
	}
	if err != nil {
		return fmt.Errorf("riverpayout: settle %q: %w", clientOrderID, clean(err))
	}
	if payout.entry.Closed() && !payout.told && !payout.enqueued.IsZero() {
		if err := m.settleAsKnown(ctx, clientOrderID, verdict, reason); err != nil {
			return fmt.Errorf("riverpayout: settle %q: %w", clientOrderID, clean(err))
		}
		return m.Wake(ctx, clientOrderID)
	}
	err = m.client.Settle(ctx, payout.entry.Ref(), verdict, reason)
	if payout.told && payout.problem != "" { // a person has seen it: see run.reopened
		if now, unread := m.journal.Get(ctx, clientOrderID); unread == nil && now.Closed() {
			return clean(m.setProblem(ctx, clientOrderID, ""))
		}
	}
	if err != nil {
		return fmt.Errorf("riverpayout: %w", err)
	}
	return m.Wake(ctx, clientOrderID)
}

// settleAsKnown lets the end be told without the gateway's answer.
func (m *Merchant) settleAsKnown(ctx context.Context, clientOrderID string, verdict payneteasy.Verdict, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errors.New("a reason is required: who confirmed it, and how")
	}
	return pgx.BeginFunc(ctx, m.journal.pool, func(tx pgx.Tx) error {
		payout, err := m.readRow(ctx, tx, clientOrderID, forUpdate)
		if err != nil {
			return err
		}
		entry := payout.entry
		known := verdictOf(entry)
		switch {
		case payout.told || entry.State == payneteasy.StateSettled || known == "":
			return fmt.Errorf("it is %s: it is closed", strings.TrimSpace(string(entry.State)+" "+string(entry.Status)))
		case verdict != known:
			return fmt.Errorf("the gateway has said that it is %q", known)
		}
		entry.State, entry.Verdict, entry.Reason = payneteasy.StateSettled, verdict, reason
		entry.Revision, entry.Changed = entry.Revision+1, m.now()
		return m.journal.update(ctx, tx, entry, payout.entry.Revision)
	})
}

// verdictOf is what the journal knows from the gateway, or nothing if that is not plain.
func verdictOf(entry payneteasy.Entry) payneteasy.Verdict {
	status := payneteasy.Status{Status: entry.Status, TransactionType: entry.TransactionType}
	switch {
	case entry.Was != "" || entry.OtherOrders != "" || entry.AmountDiffers:
		return ""
	case entry.State == payneteasy.StateRejected:
		return payneteasy.VerdictNotSent
	case entry.State == payneteasy.StateFinal && status.Approved():
		return payneteasy.VerdictPaid
	case entry.State == payneteasy.StateFinal && status.MayPayAgain():
		return payneteasy.VerdictNotPaid
	}
	return ""
}
