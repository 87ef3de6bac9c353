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

// Journal is a payneteasy.Journal on PostgreSQL, of one merchant at one gateway. Others in the same database have their
// own ClientOrderIDs. It serves many processes at once, and clients that use no queue, too.
type Journal struct {
	pool           *pgxpool.Pool
	merchant       int32
	baseURL, login string
}

var (
	_ payneteasy.Journal      = (*Journal)(nil)
	_ payneteasy.JournalClock = (*Journal)(nil)
)

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
	const insert = "INSERT INTO riverpayout_merchant (base_url, login) VALUES ($1, $2) ON CONFLICT DO NOTHING"
	if _, err := pool.Exec(ctx, insert, baseURL, login); err != nil {
		return 0, err
	}
	err = pool.QueryRow(ctx, find, baseURL, login).Scan(&id)
	return id, err
}

// nextAttemptSQL keeps what an attempt takes over from the entry before it: the revision goes on, and so do the news,
// which are counted over all attempts of a ClientOrderID (payneteasy.Entry.CheckBegin says the same).
const nextAttemptSQL = `excluded.entry - 'told' - 'telling' || jsonb_strip_nulls(jsonb_build_object(
		'revision', p.revision + 1, 'told', p.entry->'told', 'telling', p.entry->'telling',
		'seq', nullif(coalesce((p.entry->>'seq')::bigint, 0) + coalesce((excluded.entry->>'seq')::bigint, 0), 0)))`

// beginSQL is the permission to send. It is given once: to a payout that is enqueued, whose next step is to send it,
// and that is still at the revision of which the request was loaded ($7); to an id that is not known; and to one that
// was not enqueued and is free again. Of statements at the same time the row's lock lets one after the other see it.
var beginSQL = `
INSERT INTO riverpayout_payout AS p (merchant, client_orderid, entry, cause, step, began, sent)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
ON CONFLICT (merchant, client_orderid) DO UPDATE SET
	entry = ` + nextAttemptSQL + `,
	cause = excluded.cause, step = excluded.step, began = excluded.began, sent = excluded.sent
WHERE CASE WHEN p.enqueued IS NULL THEN p.decision IN ('rejected', 'not sent') ELSE p.step = 'send' END
	AND p.revision = coalesce($7::integer, p.revision)
RETURNING p.entry`

// loadedKey is the context's key of the revision of a payout of which the request was loaded.
type loadedKey struct{}

// Begin implements payneteasy.Journal.
func (j *Journal) Begin(ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
	if err := j.checkOwner(entry); err != nil {
		return payneteasy.Entry{}, err
	}
	entry.Revision = 1
	var loaded any
	if entry.Send == payneteasy.SendSending { // not what an earlier attempt has come to
		loaded = ctx.Value(loadedKey{})
	}
	values := append(j.values(entry), loaded)
	for range 5 { // an entry that was in the way may be free again when it is read
		var begun payneteasy.Entry
		err := j.pool.QueryRow(ctx, beginSQL, values...).Scan(&begun)
		if err == nil {
			return begun, nil
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
			return payneteasy.Entry{}, &payneteasy.DuplicateError{Entry: stored, Asked: entry}
		}
	}
	return payneteasy.Entry{}, errors.New("riverpayout: journal: its job has ended, or it was cancelled since its " +
		"request was loaded: enqueue it again to send it again")
}

// Update implements payneteasy.Journal.
func (j *Journal) Update(ctx context.Context, entry payneteasy.Entry) error {
	if err := j.checkOwner(entry); err != nil {
		return err
	}
	return j.replace(ctx, j.pool, entry, entry.Revision-1)
}

// replace replaces the entry of one revision by that of a later one.
func (j *Journal) replace(ctx context.Context, db querier, entry payneteasy.Entry, stored int) error {
	tag, err := db.Exec(ctx, setEntrySQL+`
		WHERE merchant = $1 AND client_orderid = $2 AND revision = $7 AND send <> 'created'`,
		append(j.values(entry), stored)...)
	if err != nil {
		return fmt.Errorf("riverpayout: journal: %w", clean(err))
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	now, _, err := j.read(ctx, db, entry.ClientOrderID, "")
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: client_orderid %q, revision %d is stored",
		payneteasy.ErrJournalConflict, entry.ClientOrderID, now.Revision)
}

// BeginTelling implements payneteasy.Journal.
func (j *Journal) BeginTelling(
	ctx context.Context, clientOrderID string, revision int, by string,
) (payneteasy.Entry, error) {
	var entry payneteasy.Entry
	err := pgx.BeginFunc(ctx, j.pool, func(tx pgx.Tx) error {
		stored, now, err := j.read(ctx, tx, clientOrderID, forUpdate)
		if err == nil {
			entry, err = stored.BeginTelling(revision, by, now)
		}
		if err == nil {
			err = j.replace(ctx, tx, entry, revision)
		}
		return err
	})
	return entry, clean(err)
}

// Get implements payneteasy.Journal.
func (j *Journal) Get(ctx context.Context, clientOrderID string) (payneteasy.Entry, error) {
	entry, _, err := j.read(ctx, j.pool, clientOrderID, "")
	return entry, err
}

// Age implements payneteasy.JournalClock.
func (j *Journal) Age(ctx context.Context, entry payneteasy.Entry) (age time.Duration, err error) {
	err = j.pool.QueryRow(ctx, `SELECT clock_timestamp() - sent FROM riverpayout_payout
		WHERE merchant = $1 AND client_orderid = $2 AND sent IS NOT NULL AND entry->>'attempt' = $3`,
		j.merchant, entry.ClientOrderID, entry.Attempt).Scan(&age)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, fmt.Errorf("%w: client_orderid %q, attempt %q",
			payneteasy.ErrNoEntry, entry.ClientOrderID, entry.Attempt)
	case err != nil:
		return 0, fmt.Errorf("riverpayout: journal: %w", clean(err))
	}
	return age, nil
}

// read returns an entry, and the time by the clock of the database.
func (j *Journal) read(
	ctx context.Context, db querier, clientOrderID, lock string,
) (entry payneteasy.Entry, now time.Time, err error) {
	err = db.QueryRow(ctx, `SELECT entry, clock_timestamp() FROM riverpayout_payout
		WHERE merchant = $1 AND client_orderid = $2 AND send <> 'created' `+lock,
		j.merchant, clientOrderID).Scan(&entry, &now)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return entry, now, fmt.Errorf("%w: client_orderid %q", payneteasy.ErrNoEntry, clientOrderID)
	case err != nil:
		return entry, now, fmt.Errorf("riverpayout: journal: %w", clean(err))
	}
	return entry, now, nil
}

// openSQL has the words of the index's condition, or the index would not serve it.
const openSQL = `SELECT entry FROM riverpayout_payout
	WHERE merchant = $1 AND decision IN ('pending', 'unknown', 'refused', 'review') AND send <> 'created' ORDER BY began`

// Open implements payneteasy.Journal. All that is open is read before the first is yielded, so that no connection is
// held while the caller works.
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

// checkOwner refuses an entry of another merchant or gateway.
func (j *Journal) checkOwner(entry payneteasy.Entry) error {
	if entry.BaseURL != j.baseURL || entry.Login != j.login {
		return fmt.Errorf("riverpayout: journal: the entry of %q belongs to %s as %s, not to %s as %s",
			entry.ClientOrderID, entry.BaseURL, entry.Login, j.baseURL, j.login)
	}
	return nil
}

// setEntrySQL begins each statement that replaces an entry.
const setEntrySQL = "UPDATE riverpayout_payout SET entry = $3, cause = $4, step = $5, began = $6"

// values are an entry's: the first parameters of each statement that writes one.
func (j *Journal) values(e payneteasy.Entry) []any {
	var began *time.Time
	if !e.Began.IsZero() {
		began = &e.Began
	}
	return []any{j.merchant, e.ClientOrderID, e, string(e.Cause()), string(stepOf(e)), began}
}
