package riverpayout_test

import (
	"context"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgtest"
)

var template struct {
	sync.Mutex
	name string
}

// database returns the URL of a new database that has the tables.
func database(t *testing.T) string {
	t.Helper()
	template.Lock()
	defer template.Unlock()
	if template.name == "" {
		made := pgtest.URL(t, "")
		pool := poolOf(t, made)
		require.NoError(t, riverpayout.Migrate(t.Context(), pool))
		pool.Close() // a template must have no connections
		u, err := url.Parse(made)
		require.NoError(t, err)
		template.name = u.Path[1:]
	}
	return pgtest.URL(t, template.name)
}

// durable are the settings of a server that syncs each commit, as in production.
var durable = []string{"max_connections=50"}

// ownDatabase returns a database on a server that only this test uses.
func ownDatabase(t *testing.T, server *pgserver.Server) (url string) {
	t.Helper()
	pgtest.Own(t, server)
	url = server.URL("postgres")
	require.NoError(t, riverpayout.Migrate(t.Context(), poolOf(t, url)))
	return url
}

func poolOf(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}
