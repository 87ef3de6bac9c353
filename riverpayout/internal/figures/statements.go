package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// questions is how many more questions each payout of the second run takes.
const questions = 10

// statements counts what a payout costs PostgreSQL. The cost of a further question is the difference of two runs.
func statements(ctx context.Context, b *bench) error {
	if err := b.track(ctx, "top"); err != nil {
		return err
	}
	short, err := b.count(ctx, 0)
	if err != nil {
		return err
	}
	long, err := b.count(ctx, questions)
	if err != nil {
		return err
	}
	if err := b.track(ctx, "none"); err != nil {
		return err
	}
	n := int64(b.payouts)
	row := func(name string, value func(cost) int64, unit int64, places int) []string {
		return []string{
			name, quotient(value(short), n*unit, places),
			quotient(value(long)-value(short), n*questions*unit, places),
		}
	}
	var body [][]string
	for _, whose := range groups {
		body = append(body, row("statements: "+whose, func(c cost) int64 { return c.calls[whose] }, 1, 2))
	}
	for _, whose := range groups {
		body = append(body, row("WAL bytes: "+whose, func(c cost) int64 { return c.bytes[whose] }, 1, 0))
	}
	for _, whose := range groups {
		body = append(body,
			row("ms within statements: "+whose, func(c cost) int64 { return c.microseconds[whose] }, 1000, 3))
	}
	body = append(
		body,
		row("transactions", func(c cost) int64 { return c.commits }, 1, 2),
		row("WAL bytes, all that was written", func(c cost) int64 { return c.wal }, 1, 0),
		row("full page images", func(c cost) int64 { return c.images }, 1, 2),
		row("WAL syncs", func(c cost) int64 { return c.syncs }, 1, 2),
	)
	b.table(fmt.Sprintf("What a payout costs PostgreSQL (%d payouts, one worker process)", b.payouts),
		[]string{"", "final when first asked about", "each further question"}, body)
	for _, each := range []struct {
		title string
		cost  cost
	}{{"final when first asked about", short}, {strconv.Itoa(questions) + " more questions", long}} {
		b.table("Statements a payout, "+each.title,
			[]string{"statement", "calls", "ms a call", "WAL bytes a call", "pages a call"}, each.cost.each(n))
	}
	return nil
}

const (
	ours     = "ours"
	rivers   = "River's"
	merchant = "the merchant's"
	bounds   = "begin, commit"
)

var groups = []string{ours, rivers, merchant, bounds}

// whose returns to whom a statement belongs.
func whose(sql string) string {
	switch {
	case strings.Contains(sql, "riverpayout_"):
		return ours
	case strings.Contains(sql, "debts"):
		return merchant
	case strings.HasPrefix(strings.ToLower(sql), "begin"), strings.HasPrefix(strings.ToLower(sql), "commit"):
		return bounds
	}
	return rivers // some of River's statements name no table
}

// statement is a row of pg_stat_statements.
type statement struct {
	SQL          string
	Calls        int64
	Microseconds int64
	Bytes        int64
	Pages        int64
}

// cost is the cost of a run for PostgreSQL.
type cost struct {
	calls, bytes, microseconds  map[string]int64 // by the result of whose
	commits, wal, images, syncs int64
	statements                  []statement
}

// count measures a run of payouts. more is how many more questions each payout takes.
func (b *bench) count(ctx context.Context, more int) (c cost, err error) {
	f, err := b.newFleet(ctx, more)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.work(ctx, 1, hurry, 2*hurry); err != nil {
		return c, err
	}
	before, err := f.totals(ctx, "SELECT pg_stat_statements_reset()")
	if err != nil {
		return c, err
	}
	if err := f.enqueue(ctx, b.payouts); err != nil {
		return c, err
	}
	if err := errors.Join(f.told(ctx), f.paid(ctx)); err != nil {
		return c, err
	}
	f.disconnect() // a connection's work is counted when it ends, or earlier
	if c, err = f.totals(ctx, "SELECT 1"); err != nil {
		return c, err
	}
	c.commits, c.wal = c.commits-before.commits, c.wal-before.wal
	c.images, c.syncs = c.images-before.images, c.syncs-before.syncs
	return c, nil
}

// totals returns PostgreSQL's counters after the statement first.
func (f *fleet) totals(ctx context.Context, first string) (c cost, err error) {
	if err := f.checkpoint(ctx); err != nil {
		return c, err
	}
	conn, err := pgx.Connect(ctx, f.url)
	if err != nil {
		return c, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, first); err != nil {
		return c, err
	}
	for open := 1; len(f.workers) == 0 && open > 0; { // until the connections have ended
		const others = "SELECT count(*) FROM pg_stat_activity " +
			"WHERE datname = current_database() AND pid <> pg_backend_pid()"
		if err := conn.QueryRow(ctx, others).Scan(&open); err != nil {
			return c, err
		}
	}
	// Since version 18 pg_stat_wal does not have the syncs.
	err = conn.QueryRow(ctx,
		`SELECT xact_commit, pg_current_wal_lsn() - '0/0', wal_fpi, coalesce((to_jsonb(w)->>'wal_sync')::bigint, 0)
		FROM pg_stat_database, pg_stat_wal w WHERE datname = current_database()`).
		Scan(&c.commits, &c.wal, &c.images, &c.syncs)
	if err != nil {
		return c, err
	}
	rows, err := conn.Query(ctx,
		`SELECT query, calls, (total_exec_time * 1000)::bigint, wal_bytes::bigint, shared_blks_hit + shared_blks_read
		FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
		WHERE datname = current_database() AND query NOT LIKE '%pg_stat_%' AND query NOT LIKE '%parked%' AND query NOT LIKE '%debts WHERE paid' AND query <> 'SELECT $1' ORDER BY total_exec_time DESC`)
	if err != nil {
		return c, err
	}
	if c.statements, err = pgx.CollectRows(rows, pgx.RowToStructByPos[statement]); err != nil {
		return c, err
	}
	c.calls, c.bytes, c.microseconds = map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, s := range c.statements {
		group := whose(s.SQL)
		c.calls[group] += s.Calls
		c.bytes[group] += s.Bytes
		c.microseconds[group] += s.Microseconds
	}
	return c, nil
}

// each lists the statements that run at least once in 20 payouts. The statements with the most time come first.
func (c cost) each(n int64) (body [][]string) {
	for _, s := range c.statements {
		if s.Calls*20 < n {
			continue
		}
		body = append(body, []string{
			"`" + shorten(s.SQL) + "`", quotient(s.Calls, n, 2), quotient(s.Microseconds, s.Calls*1000, 3),
			quotient(s.Bytes, s.Calls, 0), quotient(s.Pages, s.Calls, 1),
		})
	}
	return body
}

// shorten makes a statement one short line.
func shorten(sql string) string {
	text := strings.ReplaceAll(strings.Join(strings.Fields(sql), " "), "|", "¦")
	if runes := []rune(text); len(runes) > 70 {
		text = string(runes[:40]) + " … " + string(runes[len(runes)-27:])
	}
	return text
}
