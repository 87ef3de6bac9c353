package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// kind is a way in which merchants make IDs. id is the SQL of the ID of row i, and the first i is 1.
type kind struct{ name, id string }

var kinds = []kind{
	{"time-ordered", "lpad(to_hex(i), 12, '0') || '-' || substr(md5(i::text), 1, 19)"}, // begins like a version 7 UUID
	{"random", "md5(i::text)"},
}

// rows measures the journal with many finished payouts, and with an empty table. Rows are kept forever.
func rows(ctx context.Context, b *bench) error {
	var body [][]string
	for _, kind := range kinds {
		for _, count := range append([]int{0}, b.rows...) {
			cells, err := b.finished(ctx, kind, count)
			if err != nil {
				return fmt.Errorf("%d of %s ids: %w", count, kind.name, err)
			}
			body = append(body, cells)
		}
	}
	const title = "Finished rows in riverpayout_payout " +
		"(MB; ms: median of %d, one after the other; pages: those of the statement)"
	b.table(fmt.Sprintf(title, tries), []string{
		"finished rows, ids", "table", "primary key", "_open", "_live", "_told", "made in s",
		"Begin ms", "pages", "Get ms", "pages", fmt.Sprintf("Open of %d ms", tries), "pages",
	}, body)
	return nil
}

// tries is how many payouts are begun and read for a measurement.
const tries = 1000

// finished makes count finished rows, and measures.
func (b *bench) finished(ctx context.Context, kind kind, count int) (cells []string, err error) {
	url, drop, err := b.database(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	pool, err := openPool(ctx, url, 1)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	journal, err := riverpayout.NewJournal(ctx, pool, "https://gateway.example/paynet", payneteasytest.Login)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := fill(ctx, pool, kind, count); err != nil {
		return nil, err
	}
	cells = []string{strconv.Itoa(count) + ", " + kind.name}
	for _, relation := range []string{
		"riverpayout_payout", "riverpayout_payout_pkey", "riverpayout_payout_open",
		"riverpayout_payout_live", "riverpayout_payout_told",
	} {
		var size int64
		if err := pool.QueryRow(ctx, "SELECT pg_relation_size($1::text::regclass)", relation).Scan(&size); err != nil {
			return nil, err
		}
		cells = append(cells, megabytes(size))
	}
	cells = append(cells, seconds(time.Since(began)))
	if err := b.server.Exec(ctx, "CHECKPOINT"); err != nil {
		return nil, err
	}
	timed, err := b.times(ctx, pool, journal, kind, count)
	return append(cells, timed...), err
}

// fill inserts the rows in pieces, as they come over time, and with the indexes in place, so that the sizes are
// realistic.
func fill(ctx context.Context, pool *pgxpool.Pool, kind kind, count int) error {
	entry, err := entryOf("p")
	if err != nil {
		return err
	}
	entry.Send, entry.Booked = "accepted", payneteasy.DecisionPaid
	entry.Revision, entry.Seq, entry.Told.Seq = 4, 2, 2
	entry.Status, entry.TransactionType = payneteasy.StatusApproved, "payout"
	entry.Orders = []payneteasy.Order{{ID: "1", End: "paid", Paid: entry.Amount}}
	// The merchant exists, so skip the foreign key check.
	if _, err := pool.Exec(ctx, "SET session_replication_role = replica"); err != nil {
		return err
	}
	const piece = 250_000
	for from := 1; from <= count; from += piece {
		if _, err := pool.Exec(ctx,
			`INSERT INTO riverpayout_payout (merchant, client_orderid, entry, cause, step, began, enqueued, told, job)
			SELECT m.id, `+kind.id+`, $3::jsonb || jsonb_build_object('client_orderid', `+kind.id+
				`, 'attempt', substr(md5('a' || i), 1, 16),
				'serial_number', md5('s' || i) || '-000', 'orders',
				jsonb_build_array($4::jsonb || jsonb_build_object('id', (6982864 + i)::text))),
				'', 'done', t, t, t, i
			FROM generate_series($1::int, $2::int) i, riverpayout_merchant m, now() t`, from, min(from+piece-1, count),
			entry, entry.Orders[0]); err != nil {
			return err
		}
	}
	if _, err := pool.Exec(ctx, "SET session_replication_role = origin"); err != nil {
		return err
	}
	_, err = pool.Exec(ctx, "VACUUM (ANALYZE) riverpayout_payout")
	return err
}

// times measures the journal's statements, and counts the pages that PostgreSQL reads for them.
func (b *bench) times(
	ctx context.Context, pool *pgxpool.Pool, journal *riverpayout.Journal, kind kind, count int,
) (cells []string, err error) {
	if err := b.track(ctx, "top"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.track(context.WithoutCancel(ctx), "none")) }()
	fresh, err := ids(ctx, pool, kind, count+1, count+tries)
	if err != nil {
		return nil, err
	}
	begin := func(i int) error {
		entry, err := entryOf(fresh[i])
		if err == nil {
			err = journal.Put(ctx, entry)
		}
		return err
	}
	known := fresh
	if count > 0 {
		// IDs from the whole table.
		if known, err = ids(ctx, pool, kind, 1, count); err != nil {
			return nil, err
		}
	}
	get := func(i int) error {
		_, _, err := journal.Get(ctx, known[i])
		return err
	}
	open := func(int) error {
		for _, err := range journal.Open(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, m := range []struct {
		times int
		call  func(int) error
	}{{tries, begin}, {len(known), get}, {20, open}} {
		median, pages, err := measure(ctx, pool, m.times, m.call)
		if err != nil {
			return nil, err
		}
		cells = append(cells, milliseconds(median), pages)
	}
	return cells, nil
}

// entryOf returns the intent of a payout.
func entryOf(clientOrderID string) (payneteasy.Entry, error) {
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	now := time.Now().Truncate(time.Microsecond)
	return payneteasy.Entry{
		ClientOrderID: clientOrderID, Attempt: "5f2e91c07a3b4d6e", Revision: 1,
		Send: "sending", Command: "payout",
		BaseURL: "https://gateway.example/paynet", Login: payneteasytest.Login,
		Endpoint: payneteasy.EndpointID(payneteasytest.EndpointID), Amount: amount,
		Window: 2 * time.Minute, Began: now, Changed: now,
	}, err
}

// ids returns about tries IDs of the rows in this range.
func ids(ctx context.Context, pool *pgxpool.Pool, kind kind, from, to int) (found []string, err error) {
	rows, err := pool.Query(ctx, "SELECT "+kind.id+
		" FROM generate_series($1::int, $2::int, $3::int) i ORDER BY random()",
		from, to, max((to-from+1)/tries, 1))
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		found = append(found, id)
	}
	return found, rows.Err()
}

// measure makes several calls of one statement each. It returns the median time, and the pages of one call.
func measure(
	ctx context.Context, pool *pgxpool.Pool, times int, call func(int) error,
) (median time.Duration, pages string, err error) {
	if _, err := pool.Exec(ctx, "SELECT pg_stat_statements_reset()"); err != nil {
		return 0, "", err
	}
	took := make([]time.Duration, times)
	for i := range took {
		began := time.Now()
		if err := call(i); err != nil {
			return 0, "", err
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	var touched, calls int64
	err = pool.QueryRow(ctx,
		`SELECT sum(shared_blks_hit + shared_blks_read)::bigint, sum(calls)::bigint FROM pg_stat_statements
		WHERE query LIKE '%riverpayout_payout%'`).Scan(&touched, &calls)
	return took[len(took)/2], quotient(touched, calls, 1), err
}
