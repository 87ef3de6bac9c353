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
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// querier has the methods that a pool, a connection and a transaction share.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Journal is a payneteasy.Journal on PostgreSQL, for one merchant at one gateway. Other merchants in the same database
// have their own ClientOrderIDs. Many processes can use it at once, and so can clients without a queue.
type Journal struct {
	pool           *pgxpool.Pool
	merchant       int32
	baseURL, login string
}

var _ payneteasy.Journal = (*Journal)(nil)

// NewJournal opens the journal of a merchant. baseURL is the result of payneteasy.Client.BaseURL, and login is the
// Login of the payneteasy.Config. Call Migrate first, because the schema must exist. NewJournal refuses a database that
// may lose committed data (synchronous_commit is off).
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

// merchantID returns the ID of a merchant. It stores a merchant that is new.
func merchantID(ctx context.Context, pool *pgxpool.Pool, baseURL, login string) (id int32, err error) {
	const find = "SELECT id FROM riverpayout_merchant WHERE base_url = $1 AND login = $2"
	err = pool.QueryRow(ctx, find, baseURL, login).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	const insert = "INSERT INTO riverpayout_merchant (base_url, login) VALUES ($1, $2) ON CONFLICT DO NOTHING"
	if _, err := pool.Exec(ctx, insert, baseURL, login); err != nil {
		return 0, err
	}
	err = pool.QueryRow(ctx, find, baseURL, login).Scan(&id)
	return id, err
}

// loadedKey is the context key of the revision for which the request was loaded.
type loadedKey struct{}

const insertSQL = `
INSERT INTO riverpayout_payout (merchant, client_orderid, entry, cause, step, began)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`

// replaceSQL replaces an entry with its next revision. If the new entry has another attempt than the stored one, a
// payout begins, and this statement is the permission to send it. An enqueued payout needs send as its next step, and
// the revision for which its request was loaded ($8). A payout that was not enqueued must be free. The row lock orders
// concurrent statements, so that each sees the effect of the one before.
var replaceSQL = setEntrySQL + `
WHERE merchant = $1 AND client_orderid = $2 AND revision = $7
	AND (entry->>'attempt' IS NOT DISTINCT FROM $3::jsonb->>'attempt' OR revision = coalesce($8::integer, revision)
		AND CASE WHEN enqueued IS NULL THEN decision IN ('rejected', 'not sent') OR send = 'created'
			ELSE step = 'send' END)`

var errNotToSend = errors.New("riverpayout: journal: the payout's job has ended, or the payout was cancelled " +
	"or enqueued again after its request was loaded: enqueue it to send it again")

// Put implements payneteasy.Journal. It also refuses an entry that has another attempt than the stored one if the
// payout was enqueued and its next step is not to send it.
func (j *Journal) Put(ctx context.Context, entry payneteasy.Entry) error {
	if err := j.checkOwner(entry); err != nil {
		return err
	}
	before, values := entry.Revision-1, j.values(entry)
	sql := insertSQL
	if entry.Revision != 1 {
		var loaded any
		if entry.Send == string(order.Sending) { // not the result of an earlier attempt
			loaded = ctx.Value(loadedKey{})
		}
		sql, values = replaceSQL, append(values, before, loaded)
	}
	tag, err := j.pool.Exec(ctx, sql, values...)
	switch {
	case err != nil:
		return fmt.Errorf("riverpayout: journal: %w", clean(err))
	case tag.RowsAffected() == 1:
		return nil
	}
	stored, _, err := j.Get(ctx, entry.ClientOrderID)
	switch {
	case err != nil && !errors.Is(err, payneteasy.ErrNoEntry):
		return err
	case before > 0 && stored.Revision == before:
		return errNotToSend
	}
	return fmt.Errorf("%w: client_orderid %q, revision %d is stored", payneteasy.ErrConflict, entry.ClientOrderID,
		stored.Revision)
}

// Get implements payneteasy.Journal. The time comes from the database's clock.
func (j *Journal) Get(ctx context.Context, clientOrderID string) (payneteasy.Entry, time.Time, error) {
	var entry *payneteasy.Entry
	var now time.Time
	err := j.pool.QueryRow(ctx, `SELECT clock_timestamp(),
		(SELECT entry FROM riverpayout_payout WHERE merchant = $1 AND client_orderid = $2)`,
		j.merchant, clientOrderID).Scan(&now, &entry)
	switch {
	case err != nil:
		return payneteasy.Entry{}, now, fmt.Errorf("riverpayout: journal: %w", clean(err))
	case entry == nil:
		return payneteasy.Entry{}, now, fmt.Errorf("%w: client_orderid %q", payneteasy.ErrNoEntry, clientOrderID)
	}
	return *entry, now, nil
}

// openSQL repeats the condition of the index word for word, or PostgreSQL would not use the index.
const openSQL = `SELECT entry FROM riverpayout_payout
	WHERE merchant = $1 AND decision IN ('pending', 'unknown', 'refused', 'review') AND send <> 'created' ORDER BY began`

// Open implements payneteasy.Journal. It reads all open entries before it yields the first, so that it holds no
// connection while the caller works.
func (j *Journal) Open(ctx context.Context) iter.Seq2[payneteasy.Entry, error] {
	return func(yield func(payneteasy.Entry, error) bool) {
		rows, err := j.pool.Query(ctx, openSQL, j.merchant)
		if err == nil {
			var entries []payneteasy.Entry
			entries, err = pgx.CollectRows(rows, pgx.RowTo[payneteasy.Entry])
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

// checkOwner returns an error if an entry belongs to another merchant or gateway.
func (j *Journal) checkOwner(entry payneteasy.Entry) error {
	if entry.BaseURL != j.baseURL || entry.Login != j.login {
		return fmt.Errorf("riverpayout: journal: the entry of %q belongs to %s with login %s, not to %s with login %s",
			entry.ClientOrderID, entry.BaseURL, entry.Login, j.baseURL, j.login)
	}
	return nil
}

// setEntrySQL is the beginning of each statement that replaces an entry.
const setEntrySQL = "UPDATE riverpayout_payout SET entry = $3, cause = $4, step = $5, began = $6"

// values returns the first parameters of each statement that writes an entry.
func (j *Journal) values(e payneteasy.Entry) []any {
	var began *time.Time
	if !e.Began.IsZero() {
		began = &e.Began
	}
	return []any{j.merchant, e.ClientOrderID, e, string(e.Cause()), string(stepOf(e)), began}
}
