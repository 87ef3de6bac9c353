package riverpayout

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// callbackStore is the payneteasy.CallbackStore of a merchant's processes.
type callbackStore struct{ journal *Journal }

// Begin implements payneteasy.CallbackStore. Who takes an order on has less than two minutes (payneteasy.CallbackHandler);
// that of a process which died is free after three.
func (s callbackStore) Begin(ctx context.Context, order string) (told string, err error) {
	err = s.journal.pool.QueryRow(ctx, `INSERT INTO riverpayout_callback AS c (merchant, order_hash, busy_until)
		VALUES ($1, $2, clock_timestamp() + interval '3 minutes')
		ON CONFLICT (merchant, order_hash) DO UPDATE SET busy_until = excluded.busy_until
		WHERE c.busy_until IS NULL OR c.busy_until < clock_timestamp() RETURNING told`, s.journal.merchant, order).Scan(&told)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", payneteasy.ErrCallbackBusy
	case err != nil:
		return "", fmt.Errorf("riverpayout: callback: %w", clean(err))
	}
	return told, nil
}

// End implements payneteasy.CallbackStore.
func (s callbackStore) End(ctx context.Context, order, told string) error {
	_, err := s.journal.pool.Exec(ctx, `UPDATE riverpayout_callback SET told = $3, busy_until = NULL, changed = clock_timestamp()
		WHERE merchant = $1 AND order_hash = $2`, s.journal.merchant, order, told)
	if err != nil {
		return fmt.Errorf("riverpayout: callback: %w", clean(err))
	}
	return nil
}
