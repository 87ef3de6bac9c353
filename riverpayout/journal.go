package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/payneteasy-go/payneteasy"
)

// querier is what a pool, a connection and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Journal is a payneteasy.Journal on PostgreSQL, of one merchant at one gateway. Others in the same database have their own
// ClientOrderIDs. It serves many processes at once, and clients that use no queue, too.
type Journal struct {
	pool           *pgxpool.Pool
	merchant       int32
	baseURL, login string
}

var _ payneteasy.Journal = (*Journal)(nil)

// NewJournal opens the journal of a merchant: baseURL is what payneteasy.Client.BaseURL returns, login that of the
// payneteasy.Config. The schema must be there: see Migrate. A database that may lose what it has committed
// (synchronous_commit off) is refused.
func NewJournal(ctx context.Context, pool *pgxpool.Pool, baseURL, login string) (*Journal, error) {
	j, err := newJournal(ctx, pool, baseURL, login)
	if err != nil {
		return nil, fmt.Errorf("riverpayout: journal: %w", err)
	}
	return j, nil
}

func newJournal(ctx context.Context, pool *pgxpool.Pool, baseURL, login string) (*Journal, error) {
	if err := checkSchema(ctx, pool); err != nil {
		return nil, err
	}
	id, err := merchantID(ctx, pool, baseURL, login)
	return &Journal{pool: pool, baseURL: baseURL, login: login, merchant: id}, err
}

// merchantID makes a merchant known.
func merchantID(ctx context.Context, pool *pgxpool.Pool, baseURL, login string) (id int32, err error) {
	const find = "SELECT id FROM riverpayout_merchant WHERE base_url = $1 AND login = $2"
	err = pool.QueryRow(ctx, find, baseURL, login).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	if _, err := pool.Exec(ctx, "INSERT INTO riverpayout_merchant (base_url, login) VALUES ($1, $2) ON CONFLICT DO NOTHING", baseURL, login); err != nil {
		return 0, err
	}
	err = pool.QueryRow(ctx, find, baseURL, login).Scan(&id)
	return id, err
}

// begin is the licence to send. It gives it once: to a payout that is enqueued and was never begun, or proved not to have been sent;
// to one that nobody has heard of; and to one that was not enqueued and is free again. An end that was told, or is about to be, is one
// for ever. Of statements at the same time the row's lock lets one after the other see it. Until it is known why a payout was rejected
// (see run.refused), a rejection counts as one of the merchant.
var begin = `
INSERT INTO riverpayout_payout AS p (
	merchant, client_orderid, state, revision, attempt, command, endpoint, amount, currency, order_id, other_orders,
	serial_number, status, transaction_type, was, verdict, reason, began, changed, amount_differs, sent)
VALUES ($1, $2, $3, 1, $4, $5, $6, $7::text::numeric, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, clock_timestamp())
ON CONFLICT (merchant, client_orderid) DO UPDATE SET
	state = excluded.state, revision = p.revision + 1, attempt = excluded.attempt, command = excluded.command,
	endpoint = excluded.endpoint, amount = excluded.amount, currency = excluded.currency, order_id = excluded.order_id,
	other_orders = excluded.other_orders, serial_number = excluded.serial_number, status = excluded.status,
	transaction_type = excluded.transaction_type, was = excluded.was, verdict = excluded.verdict, reason = excluded.reason,
	began = excluded.began, changed = excluded.changed, amount_differs = excluded.amount_differs, sent = excluded.sent,
	denied = p.enqueued IS NOT NULL, refusal = ''
WHERE p.told IS NULL AND (p.state IN ('created', 'not sent')
	OR p.enqueued IS NULL AND (p.state = 'rejected' OR p.state = 'settled' AND p.verdict = 'not sent'))
RETURNING p.revision`

// Begin implements payneteasy.Journal.
func (j *Journal) Begin(ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
	if err := j.own(entry); err != nil {
		return payneteasy.Entry{}, err
	}
	for range 5 { // what is in the way may be free again when it is read
		err := j.pool.QueryRow(ctx, begin, j.values(entry)...).Scan(&entry.Revision)
		if err == nil {
			return entry, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return payneteasy.Entry{}, fmt.Errorf("riverpayout: journal: %w", clean(err))
		}
		stored, err := j.Get(ctx, entry.ClientOrderID)
		switch {
		case errors.Is(err, payneteasy.ErrNoEntry):
		case err != nil:
			return payneteasy.Entry{}, err
		case !stored.Free():
			return payneteasy.Entry{}, &payneteasy.DuplicateError{Entry: stored}
		}
	}
	return payneteasy.Entry{}, errors.New("riverpayout: journal: it was enqueued, and has come to its end: it is not sent again")
}

const update = `
UPDATE riverpayout_payout SET
	state = $3, attempt = $4, command = $5, endpoint = $6, amount = $7::text::numeric, currency = $8, order_id = $9,
	other_orders = $10, serial_number = $11, status = $12, transaction_type = $13, was = $14, verdict = $15, reason = $16,
	began = $17, changed = $18, amount_differs = $19, revision = $20
WHERE merchant = $1 AND client_orderid = $2 AND revision = $21 AND state <> 'created'`

// Update implements payneteasy.Journal.
func (j *Journal) Update(ctx context.Context, entry payneteasy.Entry) error {
	if err := j.own(entry); err != nil {
		return err
	}
	if s := stageOf(ctx); s != nil && s.takes(entry) {
		return s.update(entry)
	}
	return j.update(ctx, j.pool, entry, entry.Revision-1)
}

// update replaces the entry of one revision by that of a later one.
func (j *Journal) update(ctx context.Context, db querier, entry payneteasy.Entry, stored int) error {
	tag, err := db.Exec(ctx, update, append(j.values(entry), entry.Revision, stored)...)
	if err != nil {
		return fmt.Errorf("riverpayout: journal: %w", clean(err))
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	now, err := j.read(ctx, db, entry.ClientOrderID)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: client_orderid %q, revision %d is stored", payneteasy.ErrJournalConflict, entry.ClientOrderID, now.Revision)
}

// Get implements payneteasy.Journal.
func (j *Journal) Get(ctx context.Context, clientOrderID string) (payneteasy.Entry, error) {
	if s := stageOf(ctx); s != nil && s.staged && s.entry.ClientOrderID == clientOrderID {
		return s.entry, nil
	}
	return j.read(ctx, j.pool, clientOrderID)
}

// columns are those of an entry, as scan reads them.
const columns = `client_orderid, attempt, revision, state, command, endpoint, coalesce(amount::text, ''), currency, order_id, other_orders,
	serial_number, status, transaction_type, was, verdict, reason, began, changed, amount_differs`

func (j *Journal) read(ctx context.Context, db querier, clientOrderID string) (payneteasy.Entry, error) {
	entry, err := j.scan(db.QueryRow(ctx, "SELECT "+columns+` FROM riverpayout_payout
		WHERE merchant = $1 AND client_orderid = $2 AND state <> 'created'`, j.merchant, clientOrderID))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return payneteasy.Entry{}, fmt.Errorf("%w: client_orderid %q", payneteasy.ErrNoEntry, clientOrderID)
	case err != nil:
		return payneteasy.Entry{}, fmt.Errorf("riverpayout: journal: %w", clean(err))
	}
	return entry, nil
}

// open has the words of the index's condition, or the index would not serve it.
const open = "SELECT " + columns + ` FROM riverpayout_payout
	WHERE merchant = $1 AND state IN ('sending', 'unknown', 'accepted', 'held') ORDER BY began`

// Open implements payneteasy.Journal. All that is open is read before the first is yielded, so that no connection is held
// meanwhile.
func (j *Journal) Open(ctx context.Context) iter.Seq2[payneteasy.Entry, error] {
	return func(yield func(payneteasy.Entry, error) bool) {
		rows, err := j.pool.Query(ctx, open, j.merchant)
		if err == nil {
			var entries []payneteasy.Entry
			entries, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (payneteasy.Entry, error) { return j.scan(row) })
			for _, entry := range entries {
				if !yield(entry, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(payneteasy.Entry{}, fmt.Errorf("riverpayout: journal: %w", clean(err)))
		}
	}
}

// own refuses an entry of another merchant or gateway.
func (j *Journal) own(entry payneteasy.Entry) error {
	if entry.BaseURL != j.baseURL || entry.Login != j.login {
		return fmt.Errorf("riverpayout: journal: the entry of %q belongs to %s as %s, not to %s as %s",
			entry.ClientOrderID, entry.BaseURL, entry.Login, j.baseURL, j.login)
	}
	return nil
}

// values are the parameters of begin, and the first of update.
func (j *Journal) values(e payneteasy.Entry) []any {
	endpoint := ""
	if !e.Endpoint.IsZero() {
		endpoint = e.Endpoint.String()
	}
	return []any{
		j.merchant, e.ClientOrderID, string(e.State), e.Attempt, e.Command, endpoint, decimal(e.Amount), e.Amount.Currency(),
		e.OrderID, e.OtherOrders, e.SerialNumber, string(e.Status), e.TransactionType, string(e.Was), string(e.Verdict), e.Reason,
		e.Began, e.Changed, e.AmountDiffers,
	}
}

// decimal is an amount as text, exactly, or NULL.
func decimal(amount payneteasy.Amount) *string {
	if amount.IsZero() {
		return nil
	}
	text := amount.Decimal()
	return &text
}

// scan reads columns, and what comes after them.
func (j *Journal) scan(row pgx.Row, more ...any) (payneteasy.Entry, error) {
	e := payneteasy.Entry{BaseURL: j.baseURL, Login: j.login}
	var endpoint, amount, currency string
	var began, changed *time.Time
	err := row.Scan(append([]any{
		&e.ClientOrderID, &e.Attempt, &e.Revision, &e.State, &e.Command, &endpoint, &amount, &currency, &e.OrderID, &e.OtherOrders,
		&e.SerialNumber, &e.Status, &e.TransactionType, &e.Was, &e.Verdict, &e.Reason, &began, &changed, &e.AmountDiffers,
	}, more...)...)
	if err != nil {
		return e, err
	}
	if began != nil && changed != nil { // they are not while it is created
		e.Began, e.Changed = *began, *changed
	}
	if endpoint != "" {
		if err := e.Endpoint.UnmarshalText([]byte(endpoint)); err != nil {
			return e, err
		}
	}
	if amount != "" {
		e.Amount, err = payneteasy.ParseAmount(amount, currency)
	}
	return e, err
}
