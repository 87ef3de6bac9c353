package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

// database is a schema of the program's own. The user's schema is not touched, and two runs do not affect each other.
type database struct {
	url, schema string
	name        string // for people
	pool        *pgxpool.Pool
	server      *pgserver.Server // nil if the database is the user's
}

// openDatabase makes a schema in the database of this URL, or in the database of a server that it starts. Close it in
// any case, also after an error.
func openDatabase(ctx context.Context, url string) (db *database, err error) {
	db = &database{url: url}
	if url == "" {
		db.server = &pgserver.Server{}
		if err := db.server.Start(); err != nil {
			return db, err
		}
		db.url = db.server.URL("postgres")
	}
	if err := ctx.Err(); err != nil {
		return db, err
	}
	schema := "fleet_" + strings.ToLower(rand.Text()[:8])
	if db.pool, err = openPool(ctx, db.url, schema); err != nil {
		return db, fmt.Errorf("%w: DATABASE_URL: %w", errConfiguration, err)
	}
	if _, err := db.pool.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		return db, fmt.Errorf("%w: DATABASE_URL: %w", errConfiguration, err)
	}
	db.schema = schema // it exists now, so close drops it
	var version string
	if err := db.pool.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		return db, err
	}
	version, _, _ = strings.Cut(version, " ")
	db.name = fmt.Sprintf("PostgreSQL %s of DATABASE_URL, schema %s", version, schema)
	if db.server != nil {
		db.name = fmt.Sprintf("a private PostgreSQL %s", version)
	}
	return db, nil
}

// openPool returns a pool whose search_path is the schema. The tables of River, riverpayout and the merchant are in it.
func openPool(ctx context.Context, url, schema string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.RuntimeParams["search_path"] = schema
	config.MaxConns = 10
	return pgxpool.NewWithConfig(ctx, config)
}

// close drops the schema, and stops the server if the program has started it.
func (db *database) close(ctx context.Context) error {
	var err error
	if db.schema != "" && db.server == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = db.drop(ctx)
	}
	if db.pool != nil {
		db.pool.Close()
	}
	if db.server != nil {
		err = errors.Join(err, db.server.Stop())
	}
	return err
}

func (db *database) drop(ctx context.Context) error {
	// This connection is not from the pool, because connections of an interrupted run may hold locks.
	db.pool.Close()
	conn, err := pgx.Connect(ctx, db.url)
	if err == nil {
		_, err = conn.Exec(ctx, "DROP SCHEMA "+db.schema+" CASCADE")
		err = errors.Join(err, conn.Close(ctx))
	}
	if err != nil {
		return fmt.Errorf("schema %s is left in the database: %w", db.schema, err)
	}
	return nil
}
