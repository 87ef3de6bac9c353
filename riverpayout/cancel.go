package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// ErrTooLate says that a payout cannot be cancelled any more: it was sent, or may have been, or has ended. Nothing was changed.
var ErrTooLate = errors.New("riverpayout: it is too late")

// Cancel gives a payout up that was not sent, in the merchant's own transaction: once that is committed it is never sent. Its
// id is used up. OnFinal is not told: book it in the same transaction. A payout that may have been sent is left alone, and
// the error matches ErrTooLate; for one that was not enqueued it matches payneteasy.ErrNoEntry.
func (m *Merchant) Cancel(ctx context.Context, tx pgx.Tx, clientOrderID, reason string) error {
	if err := m.cancel(ctx, tx, clientOrderID, reason); err != nil {
		return fmt.Errorf("riverpayout: cancel %q: %w", clientOrderID, err)
	}
	return nil
}

func (m *Merchant) cancel(ctx context.Context, tx pgx.Tx, clientOrderID, reason string) error {
	switch {
	case tx == nil:
		return errors.New("the transaction is nil")
	case reason == "":
		return errors.New("a reason is required: who cancelled it, and why")
	case !storable(clientOrderID), !storable(reason):
		return errors.New("client_orderid or reason is not UTF-8, or has a NUL") // PostgreSQL's own refusal would end the transaction
	}
	payout, err := m.readRow(ctx, tx, clientOrderID, forUpdate) // so it cannot begin meanwhile
	state := payout.entry.State
	switch {
	case err != nil:
		return clean(err)
	case payout.enqueued.IsZero():
		return fmt.Errorf("%w: it was not enqueued", payneteasy.ErrNoEntry)
	case payout.told:
		return fmt.Errorf("%w: it has ended: %s", ErrTooLate, payout.toldAs)
	case state != stateCreated && state != payneteasy.StateNotSent && (!payout.denied || state != payneteasy.StateRejected):
		return fmt.Errorf("%w: it may have been sent: it is %s", ErrTooLate, state)
	}
	// That it was told keeps Journal.Begin from ever giving the licence to send.
	_, err = tx.Exec(ctx, `UPDATE riverpayout_payout SET state = 'settled', verdict = 'not sent', reason = $3, revision = revision + 1,
			began = coalesce(began, clock_timestamp()), changed = clock_timestamp(),
			told = clock_timestamp(), told_as = 'not sent', problem = '', problem_since = NULL, turn = NULL
		WHERE merchant = $1 AND client_orderid = $2`, m.journal.merchant, clientOrderID, reason)
	return clean(err)
}
