package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// ErrEnqueued says that a ClientOrderID was enqueued or paid before. Nothing was changed, and the transaction is still
// usable.
var ErrEnqueued = errors.New("riverpayout: this client_orderid was enqueued before")

var errNotEnqueued = fmt.Errorf("%w: the payout was not enqueued", payneteasy.ErrNoEntry)

// nextAttemptSQL is the entry of the next attempt. Its revision and its news continue from the entry before it. News is
// counted over all attempts of a ClientOrderID, as in payneteasy.Client.
const nextAttemptSQL = `excluded.entry - 'told' - 'telling' || jsonb_strip_nulls(jsonb_build_object(
		'revision', p.revision + 1, 'told', p.entry->'told', 'telling', p.entry->'telling',
		'seq', nullif(coalesce((p.entry->>'seq')::bigint, 0) + coalesce((excluded.entry->>'seq')::bigint, 0), 0)))`

// Enqueue accepts a payout in your own transaction. The payout is sent after tx is committed, and never if tx is rolled
// back. ref is the request's Ref. ClientOrderID (at most 128 characters) and Amount are required. OrderID must be
// empty.
//
// You can enqueue a ClientOrderID once. After that the error matches ErrEnqueued, except in two cases, in which Enqueue
// begins the next attempt. Either OnNews was told that the ID may be paid again (news.Decision.PayAgain is
// payneteasy.PayAgainSameID), or the payout was cancelled. news.Seq goes on counting.
func (m *Merchant) Enqueue(ctx context.Context, tx pgx.Tx, ref payneteasy.OrderRef) error {
	if err := m.enqueue(ctx, tx, ref); err != nil {
		return fmt.Errorf("riverpayout: enqueue %q: %w", ref.ClientOrderID, err)
	}
	return nil
}

func (m *Merchant) enqueue(ctx context.Context, tx pgx.Tx, ref payneteasy.OrderRef) error {
	switch {
	case tx == nil:
		return errors.New("the transaction is nil")
	case ref.ClientOrderID == "":
		return errors.New("client_orderid is required")
	case !storable(ref.ClientOrderID):
		// an error of PostgreSQL would abort the transaction
		return errors.New("client_orderid is not UTF-8, or has a NUL")
	case utf8.RuneCountInString(ref.ClientOrderID) > maxID: // it would never be sent
		return fmt.Errorf("client_orderid is longer than %d characters", maxID)
	case ref.Amount.IsZero():
		return errors.New("amount is required")
	case ref.OrderID != "":
		return errors.New("OrderID must be empty: the payout was sent already")
	}
	entry := payneteasy.Entry{
		ClientOrderID: ref.ClientOrderID, BaseURL: m.journal.baseURL, Login: m.journal.login,
		Endpoint: m.endpoint(ref.Endpoint), Amount: ref.Amount, Send: string(order.Created), Changed: m.now(),
		Revision: 1,
	}
	tag, err := tx.Exec(ctx, `INSERT INTO riverpayout_payout AS p
			(merchant, client_orderid, entry, cause, step, began, queue, enqueued)
		VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
		ON CONFLICT (merchant, client_orderid) DO UPDATE SET
			entry = `+nextAttemptSQL+`,
			cause = excluded.cause, step = excluded.step, began = NULL, told = NULL,
			queue = excluded.queue, enqueued = excluded.enqueued
		WHERE p.enqueued IS NOT NULL AND p.step = 'done' AND p.decision IN ('rejected', 'not sent')`,
		append(m.journal.values(entry), m.config.Queue)...)
	if err != nil {
		return clean(err)
	}
	if tag.RowsAffected() == 0 {
		return ErrEnqueued
	}
	return m.insertJob(ctx, tx, row{entry: entry, queue: m.config.Queue}, 0)
}

// maxID is the maximum length of a client_orderid, in characters (https://doc.connpay.com/, /api/v4/payout).
const maxID = 128
