package riverpayout_test

import (
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// ledger returns the booked decisions by client_orderid, such as "paid, paid" if booked twice. The last decision must
// be the one that the view shows to people.
func (f *fleet) ledger() map[string]string {
	f.t.Helper()
	rows, err := f.pool.Query(f.t.Context(),
		`SELECT l.client_orderid, string_agg(l.outcome, ', ' ORDER BY l.ctid), max(t.decision), bool_or(p.step = 'tell')
		FROM ledger l JOIN riverpayout_told t USING (base_url, client_orderid)
			JOIN riverpayout_all p USING (base_url, client_orderid)
		WHERE base_url = $1 GROUP BY 1`, f.base)
	require.NoError(f.t, err)
	found := map[string]string{}
	var id, outcomes, viewed string
	var untold bool
	_, err = pgx.ForEachRow(rows, []any{&id, &outcomes, &viewed, &untold}, func() error {
		require.True(f.t, untold ||
			strings.HasSuffix(outcomes, viewed), "%s: booked as %s, and seen as %s", id, outcomes, viewed)
		found[id] = outcomes
		return nil
	})
	require.NoError(f.t, err)
	return maps.Clone(found)
}

// untilBooked waits until the ledger is as wanted.
func (f *fleet) untilBooked(ledger map[string]string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return maps.Equal(ledger, f.ledger()) }, patience, 10*time.Millisecond,
		"%v", ledger)
}

// untilLedger waits until count payouts are booked.
func (f *fleet) untilLedger(count int) {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return len(f.ledger()) == count }, patience, 10*time.Millisecond)
}

// entry returns a payout's entry in the journal.
func (f *fleet) entry(id string) payneteasy.Entry {
	f.t.Helper()
	entry, _, err := f.merchant.Journal().Get(f.t.Context(), id)
	require.NoError(f.t, err)
	return entry
}

// problem returns what an operator sees of p-1.
func (f *fleet) problem() string {
	f.t.Helper()
	var text string
	err := f.pool.QueryRow(f.t.Context(),
		"SELECT problem FROM riverpayout_parked WHERE client_orderid = 'p-1' AND base_url = $1", f.base).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return ""
	}
	require.NoError(f.t, err)
	return text
}

// find returns a payout's entry, or an empty one.
func (f *fleet) find(id string) payneteasy.Entry {
	entry, _, _ := f.merchant.Journal().Get(f.t.Context(), id)
	return entry
}

// untilSend waits until a payout's call has this result.
func (f *fleet) untilSend(id string, send string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		var found string
		err := f.pool.QueryRow(f.t.Context(), "SELECT send FROM riverpayout_payout WHERE client_orderid = $1", id).
			Scan(&found)
		return err == nil && found == send
	}, patience, 10*time.Millisecond, "%s is not %s", id, send)
}

// untilDone waits until count payouts have nothing left to do.
func (f *fleet) untilDone(count int) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		var done int
		err := f.pool.QueryRow(f.t.Context(), "SELECT count(*) FROM riverpayout_payout WHERE step = 'done'").Scan(&done)
		return err == nil && done == count
	}, patience, 10*time.Millisecond, "%d are not done", count)
}

// untilIdle waits until no job runs.
func (f *fleet) untilIdle() {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		var running int
		err := f.pool.QueryRow(f.t.Context(), "SELECT count(*) FROM river_job WHERE state = 'running'").Scan(&running)
		return err == nil && running == 0
	}, patience, 5*time.Millisecond)
}

// jobs returns how many jobs are not completed.
func (f *fleet) jobs() (count int) {
	f.t.Helper()
	require.NoError(f.t,
		f.pool.QueryRow(f.t.Context(), "SELECT count(*) FROM river_job WHERE state <> 'completed'").Scan(&count))
	return count
}

// until waits until a query returns true.
func (f *fleet) until(sql string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		var done bool
		return f.pool.QueryRow(f.t.Context(), "SELECT "+sql).Scan(&done) == nil && done
	}, patience, 10*time.Millisecond, sql)
}

func (f *fleet) exec(sql string) {
	f.t.Helper()
	_, err := f.pool.Exec(f.t.Context(), sql)
	require.NoError(f.t, err)
}

func (f *fleet) dump(table string) (text string) {
	f.t.Helper()
	require.NoError(f.t,
		f.pool.QueryRow(f.t.Context(), "SELECT coalesce(string_agg(t::text, ' '), '') FROM "+table+" t").Scan(&text))
	return text
}

// requireRecorded requires that p-1 was accepted, and that nothing else happened.
func (f *fleet) requireRecorded() {
	f.t.Helper()
	require.Len(f.t, f.gateway.Orders(), 1)
	entry := f.entry("p-1")
	require.Equal(f.t, "accepted", entry.Send)
	require.Equal(f.t, f.gateway.Orders()[0].OrderID, entry.OrderID())
	require.Zero(f.t, f.gateway.StatusCalls())
}

// asleep waits until count payouts wait at a limit and all of their jobs sleep. It returns their turns, in order.
func (f *fleet) asleep(count int) (turns []time.Time) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		rows, err := f.pool.Query(f.t.Context(),
			`SELECT turn FROM riverpayout_limited w JOIN river_job j ON j.id = w.job
			WHERE j.scheduled_at > now() AND j.state IN ('scheduled', 'available') ORDER BY turn`)
		if err == nil {
			turns, err = pgx.CollectRows(rows, pgx.RowTo[time.Time])
		}
		return err == nil && len(turns) == count
	}, patience, 10*time.Millisecond)
	return turns
}

// sleepLong makes the payouts that wait at a limit sleep for an hour, unless they are woken.
func (f *fleet) sleepLong(count int) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		var asleep int
		err := f.pool.QueryRow(f.t.Context(),
			`WITH slept AS (UPDATE river_job SET scheduled_at = now() + interval '1 h', state = 'scheduled'
			WHERE id IN (SELECT job FROM riverpayout_limited) AND state IN ('scheduled', 'available') RETURNING id)
			SELECT count(*) FROM slept`).Scan(&asleep)
		return err == nil && asleep == count
	}, patience, 10*time.Millisecond)
}

// pass acts as if this many seconds had passed for the limits, and wakes the payouts whose turn has come.
func (f *fleet) pass(seconds string) {
	f.t.Helper()
	f.exec("UPDATE riverpayout_limit SET next = next - interval '" + seconds + " s', " +
		"paced = paced - interval '" + seconds + " s'")
	f.exec("UPDATE riverpayout_payout SET turn = turn - interval '" + seconds + " s'")
	f.exec("UPDATE river_job SET scheduled_at = now(), state = 'available' " +
		"WHERE id IN (SELECT job FROM riverpayout_limited WHERE turn <= now())")
}
