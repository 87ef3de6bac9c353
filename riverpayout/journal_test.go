package riverpayout_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(*testing.T) string{"one table": database, "partitions": partitioned} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := database(t)
			payneteasytest.TestJournal(t, func() (payneteasy.Journal, error) {
				return riverpayout.NewJournal(t.Context(), poolOf(t, url), "https://gateway.example/paynet",
					"TestMerchant")
			})
		})
	}
}

func TestSharedJournal(t *testing.T) {
	t.Parallel()
	url := database(t)
	journal := func() payneteasy.Journal {
		j, err := riverpayout.NewJournal(t.Context(), poolOf(t, url), "https://gateway.example/paynet", "TestMerchant")
		require.NoError(t, err)
		return j
	}
	payneteasytest.TestSharedJournal(t, journal(), journal())
}

// TestJournalIsolation checks that two merchants and two gateways in one database do not affect each other.
func TestJournalIsolation(t *testing.T) {
	t.Parallel()
	pool := poolOf(t, database(t))
	entry := payneteasy.Entry{
		ClientOrderID: "p-1", Revision: 1, Send: "sending",
		BaseURL: "https://gateway.example/paynet", Login: "one", Amount: refOf(t, "p-1").Amount,
	}
	journal := func(baseURL, login string) *riverpayout.Journal {
		j, err := riverpayout.NewJournal(t.Context(), pool, baseURL, login)
		require.NoError(t, err)
		return j
	}
	one := journal(entry.BaseURL, entry.Login)
	err := one.Put(t.Context(), entry)
	require.NoError(t, err)
	for _, other := range []*riverpayout.Journal{
		journal(entry.BaseURL, "two"),
		journal("https://sandbox.example/paynet", "one"),
	} {
		_, _, err := other.Get(t.Context(), "p-1")
		require.ErrorIs(t, err, payneteasy.ErrNoEntry)
		for entry, err := range other.Open(t.Context()) {
			require.NoError(t, err)
			require.Fail(t, "it is not this merchant's", entry.ClientOrderID)
		}
		err = other.Put(t.Context(), entry)
		require.ErrorContains(t, err, `the entry of "p-1" belongs to https://gateway.example/paynet with login one, not to`)
		require.ErrorContains(t, other.Put(t.Context(), entry), `belongs to`)
	}
	again, _, err := journal(entry.BaseURL, entry.Login).Get(t.Context(), "p-1")
	require.NoError(t, err)
	require.Equal(t, "one", again.Login)
}

// TestOpenIndex checks that open payouts are found by an index that holds only them.
func TestOpenIndex(t *testing.T) {
	t.Parallel()
	pool := poolOf(t, database(t))
	_, err := riverpayout.NewJournal(t.Context(), pool, "https://gateway.example/paynet", "one")
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(),
		`INSERT INTO riverpayout_payout (merchant, client_orderid, entry, cause, step, began)
		SELECT 1, 'p-' || n, jsonb_build_object('revision', 1, 'send', 'unknown',
				'decision', CASE n % 1000 WHEN 0 THEN 'review' ELSE 'paid' END),
			'', 'done', now() FROM generate_series(1, 20000) n`)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), "ANALYZE riverpayout_payout")
	require.NoError(t, err)
	rows, err := pool.Query(t.Context(), "EXPLAIN "+riverpayout.OpenQuery, 1)
	require.NoError(t, err)
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Contains(t, strings.Join(plan, "\n"), "riverpayout_payout_open")
	var entries int64
	require.NoError(t, pool.QueryRow(t.Context(),
		"SELECT reltuples::bigint FROM pg_class WHERE relname = 'riverpayout_payout_open'").Scan(&entries))
	require.EqualValues(t, 20, entries)
}

// TestStoredEntry checks that an entry is an error if another program has changed it, or a newer one has written it.
// Nothing is sent and nothing is booked because of it.
func TestStoredEntry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ change, says string }{
		"another decision": {`{decision}', '"paid"`, "is stored as"},
		"a newer version":  {`{version}', '99`, "has version 99"},
		"a newer value": {
			`{send}', '"postponed"`,
			`"p-1" has values that this program does not know (send "postponed")`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.enqueue(paid, "p-1")
			f.exec("UPDATE riverpayout_payout SET entry = jsonb_set(entry, '" + test.change + "')")
			f.work()
			f.until("count(*) = 1 FROM river_job WHERE errors[1]->>'error' LIKE '%" + test.says + "%'")
			require.Empty(t, f.gateway.Orders())
			require.Empty(t, f.ledger())
		})
	}
}

// TestNoAccount checks that the database never holds an account or its owner's name, whatever the decision is.
func TestNoAccount(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	f.load = func(_ payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error) {
		if req.ClientOrderID == "p-3" {
			return nil, errors.New("no bank for 1234567890")
		}
		return req, nil
	}
	f.gateway.FailOrder("p-2", payneteasytest.LoseReply())
	f.enqueue(paid, "p-1", "p-2", "p-3")
	crew := f.work()
	crew.until(river.EventKindJobCompleted, 2)
	dump := f.dump("riverpayout_payout") + f.dump("riverpayout_merchant") + f.dump("river_job")
	require.Contains(t, dump, "p-1")
	require.Contains(t, dump, "no bank for")
	require.NotContains(t, dump, paid)
	require.NotContains(t, dump, payneteasytest.ControlKey)
}
