package riverpayout_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgtest"
)

// TestMigrate migrates in several processes at once, and again afterwards. The schema is created once.
func TestMigrate(t *testing.T) {
	t.Parallel()
	pool := poolOf(t, pgtest.URL(t, ""))
	_, err := riverpayout.NewJournal(t.Context(), pool, "https://gateway.example/paynet", "TestMerchant")
	require.ErrorIs(t, err, riverpayout.ErrSchema)
	require.EqualError(t, err,
		"riverpayout: journal: riverpayout: wrong schema: the database has version 0, but this program needs 1: "+
			"call riverpayout.Migrate")
	results := make(chan error, 4)
	for range cap(results) {
		go func() { results <- riverpayout.Migrate(t.Context(), pool) }()
	}
	for range cap(results) {
		require.NoError(t, <-results)
	}
	require.NoError(t, riverpayout.Migrate(t.Context(), pool))
	var versions []int32
	require.NoError(t, pool.QueryRow(t.Context(),
		"SELECT array_agg(version) FROM riverpayout_migration").Scan(&versions))
	require.Equal(t, []int32{1}, versions)
	_, err = riverpayout.NewJournal(t.Context(), pool, "https://gateway.example/paynet", "TestMerchant")
	require.NoError(t, err)
}

// TestSchemaTooNew checks that a program that is older than the database changes nothing.
func TestSchemaTooNew(t *testing.T) {
	t.Parallel()
	pool := poolOf(t, database(t))
	_, err := pool.Exec(t.Context(), "INSERT INTO riverpayout_migration (version) VALUES (2)")
	require.NoError(t, err)
	const want = "the database has version 2, but this program knows only up to version 1: deploy a newer program"
	err = riverpayout.Migrate(t.Context(), pool)
	require.ErrorIs(t, err, riverpayout.ErrSchema)
	require.ErrorContains(t, err, want)
	gateway := payneteasytest.NewGateway(t)
	_, err = riverpayout.NewMerchant(t.Context(), pool,
		riverpayout.Config{Gateway: gateway.Config(), Load: (&fleet{}).loads, OnNews: (&fleet{}).books})
	require.ErrorIs(t, err, riverpayout.ErrSchema)
	require.ErrorContains(t, err, want)
}

// TestRiverTooOld checks that an old version of River's schema is refused too.
func TestRiverTooOld(t *testing.T) {
	t.Parallel()
	pool := poolOf(t, database(t))
	_, err := pool.Exec(t.Context(),
		"DELETE FROM river_migration WHERE version = (SELECT max(version) FROM river_migration)")
	require.NoError(t, err)
	_, err = riverpayout.NewJournal(t.Context(), pool, "https://gateway.example/paynet", "TestMerchant")
	require.ErrorIs(t, err, riverpayout.ErrSchema)
	require.ErrorContains(t, err, "wrong schema: River: ")
}

// TestLossyDatabase checks that a database is refused that could lose an intent after the payout was sent.
func TestLossyDatabase(t *testing.T) {
	t.Parallel()
	pool := poolOf(t, database(t)+"&synchronous_commit=off")
	_, err := riverpayout.NewJournal(t.Context(), pool, "https://gateway.example/paynet", "TestMerchant")
	require.EqualError(t, err,
		"riverpayout: journal: synchronous_commit is off: an intent could be lost after the payout was sent")
}

// TestMigrations checks that a tool that runs file after file gets the same schema as Migrate.
func TestMigrations(t *testing.T) {
	t.Parallel()
	files, err := riverpayout.Migrations()
	require.NoError(t, err)
	pool := poolOf(t, pgtest.URL(t, ""))
	var names []string
	for _, file := range files {
		names = append(names, file.Name)
		require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), file.SQL)
			return err
		}), file.Name)
	}
	require.True(t, slices.IsSorted(names))
	require.Equal(t, "riverpayout_001.sql", names[len(names)-1])
	schema := schemaOf(t, pool)
	_, err = riverpayout.NewJournal(t.Context(), pool, "https://gateway.example/paynet", "TestMerchant")
	require.NoError(t, err)
	require.NoError(t, riverpayout.Migrate(t.Context(), pool), "nothing is left to do")
	require.Equal(t, schema, schemaOf(t, pool))
	require.Equal(t, schemaOf(t, poolOf(t, database(t))), schema)
}

// schemaOf lists every column, index and migration of a database.
func schemaOf(t *testing.T, pool *pgxpool.Pool) (lines []string) {
	t.Helper()
	rows, err := pool.Query(t.Context(), `
		SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || coalesce(column_default, '')
			FROM information_schema.columns WHERE table_schema = 'public'
		UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
		UNION ALL SELECT 'river ' || line || version FROM river_migration
		UNION ALL SELECT 'riverpayout ' || version FROM riverpayout_migration ORDER BY 1`)
	require.NoError(t, err)
	lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Greater(t, len(lines), 50)
	return lines
}
