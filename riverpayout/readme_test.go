package riverpayout_test

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// blocks returns the README's code blocks in one language.
func blocks(t *testing.T, language string) (found []string) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, block := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(readme),
		-1) {
		found = append(found, block[1])
	}
	return found
}

// TestREADME checks that the README's snippets are in example_test.go, which is compiled.
func TestREADME(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	flat := func(text string) string { return regexp.MustCompile(`\n\t+`).ReplaceAllString("\n"+text, "\n") }
	found := blocks(t, "go")
	require.Len(t, found, 6)
	for _, block := range found {
		require.Contains(t, flat(string(example)), strings.TrimSpace(flat(block)))
	}
}

// TestRoles checks that a program can do everything with exactly the README's grants, but cannot delete a payout.
// People can see what is going on and set limits, and can change nothing else.
func TestRoles(t *testing.T) {
	t.Parallel()
	owner := poolOf(t, database(t))
	as := func(role string) string {
		u, err := url.Parse(owner.Config().ConnString())
		require.NoError(t, err)
		u.User = url.User(role)
		return u.String()
	}
	for _, role := range []string{"payouts_app", "payouts_operator"} {
		// roles exist in the whole server
		_, err := owner.Exec(t.Context(), "DO $$ BEGIN CREATE ROLE "+role+
			" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
		require.NoError(t, err)
	}
	_, err := owner.Exec(t.Context(), ledgerTable+"; GRANT ALL ON ledger TO payouts_app")
	require.NoError(t, err)
	queries := blocks(t, "sql")
	require.Len(t, queries, 5)
	limits, grants, looks := queries[0], queries[1], queries[2:]
	_, err = owner.Exec(t.Context(), grants)
	require.NoError(t, err)

	f := newFleet(t, as("payouts_app"), nil)
	f.callbacks(f.merchant.CallbackHandler())
	one := int32(1)
	require.NoError(t, f.merchant.SetLimit(t.Context(), f.gateway.Config().Endpoint, riverpayout.Limit{AtOnce: &one}))
	f.enqueue(paid, "p-1", "p-2", "p-3")
	require.NoError(t, f.cancel("p-3", "a mistake", nil))
	require.NoError(t, f.merchant.Wake(t.Context(), "p-2"))
	f.work()
	f.untilLedger(2)
	f.gateway.WaitCallbacks()
	require.True(t, f.gateway.TakeBack("p-1", "reversal"))
	f.gateway.WaitCallbacks()
	require.Equal(t, map[string]string{"p-1": "paid, reversed", "p-2": "paid"}, f.ledger())
	_, err = f.merchant.Requeue(t.Context())
	require.NoError(t, err)
	_, err = f.merchant.Stats(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.merchant.SetLimit(t.Context(), f.gateway.Config().Endpoint, riverpayout.Limit{}))
	for _, sql := range []string{
		"DELETE FROM riverpayout_payout", "TRUNCATE riverpayout_payout",
		"DELETE FROM riverpayout_merchant",
	} {
		denied(t, f.pool, sql)
	}

	operator := poolOf(t, as("payouts_operator"))
	for _, sql := range append(looks, strings.ReplaceAll(limits, "https://gate.example/paynet", f.base)) {
		_, err := operator.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	for _, sql := range []string{
		"UPDATE riverpayout_payout SET problem = ''", "DELETE FROM riverpayout_payout", "DELETE FROM river_job",
	} {
		denied(t, operator, sql)
	}
}

func denied(t *testing.T, db *pgxpool.Pool, sql string) {
	t.Helper()
	_, err := db.Exec(t.Context(), sql)
	var refused *pgconn.PgError
	require.ErrorAs(t, err, &refused, sql)
	require.Equal(t, "42501", refused.Code, refused.Message)
}
