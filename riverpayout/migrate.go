package riverpayout

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// ErrSchema says that this version of the module does not work with the database's schema. Nothing was done.
var ErrSchema = errors.New("riverpayout: wrong schema")

// schemaLock is the advisory lock that lets only one process migrate at a time.
const schemaLock = 0x7269766572706179

// Migrate brings the schemas of River and of this module up to date. It uses the schema that is first in the pool's
// search_path. Every process may call it when it starts, even several at the same time. If the schema is newer than
// this module, Migrate does not change it, and the error matches ErrSchema.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	if err := migrate(ctx, pool); err != nil {
		return fmt.Errorf("riverpayout: migrate: %w", err)
	}
	return nil
}

func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	// This connection is not from the pool. If all of the pool's connections wait for the lock, the process that holds
	// the lock still needs one for River.
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		_ = conn.Close(context.WithoutCancel(ctx)) // this also releases the lock
	}()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", schemaLock); err != nil {
		return err
	}
	files, version, err := readSchema(ctx, conn)
	if err != nil {
		return err
	}
	if err := migrateRiver(ctx, pool); err != nil {
		return err
	}
	for i, file := range files[version:] {
		if err := migrateOnce(ctx, conn, file); err != nil {
			return fmt.Errorf("to version %d: %w", version+i+1, err)
		}
	}
	return nil
}

func migrateRiver(ctx context.Context, pool *pgxpool.Pool) error {
	river, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	_, err = river.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// migrateOnce runs a file, which records its own version.
func migrateOnce(ctx context.Context, conn *pgx.Conn, sql string) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql)
		return err
	})
}

// schemaVersion returns the version of the last migration, or 0.
func schemaVersion(ctx context.Context, db querier) (version int, err error) {
	var there bool
	const find = "SELECT to_regclass('riverpayout_migration') IS NOT NULL"
	if err := db.QueryRow(ctx, find).Scan(&there); err != nil || !there {
		return 0, err
	}
	err = db.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM riverpayout_migration").Scan(&version)
	return version, err
}

// readSchema returns this module's migrations, and how many of them the database has. It returns an error if the
// database is newer.
func readSchema(ctx context.Context, db querier) (files []string, version int, err error) {
	if files, err = migrationFiles(); err != nil {
		return nil, 0, err
	}
	if version, err = schemaVersion(ctx, db); err != nil {
		return nil, 0, err
	}
	if known := len(files); version > known {
		return nil, 0, fmt.Errorf(
			"%w: the database has version %d, but this program knows only up to version %d: "+
				"deploy a newer program", ErrSchema, version, known)
	}
	return files, version, nil
}

// checkSchema returns an error if this version of the module does not work with the database.
func checkSchema(ctx context.Context, pool *pgxpool.Pool) error {
	files, version, err := readSchema(ctx, pool)
	if err != nil {
		return err
	}
	if version < len(files) {
		return fmt.Errorf("%w: the database has version %d, but this program needs %d: call riverpayout.Migrate",
			ErrSchema, version, len(files))
	}
	river, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	result, err := river.Validate(ctx, nil)
	switch {
	case err != nil:
		return err
	case !result.OK:
		return fmt.Errorf("%w: River: %s: call riverpayout.Migrate", ErrSchema, strings.Join(result.Messages, "; "))
	}
	var commit string
	if err := pool.QueryRow(ctx, "SHOW synchronous_commit").Scan(&commit); err != nil {
		return err
	}
	if commit == "off" {
		return errors.New("synchronous_commit is off: an intent could be lost after the payout was sent")
	}
	return nil
}

//go:embed migrations
var migrations embed.FS

// Migration is one step of the schema, for merchants who migrate with a tool of their own.
type Migration struct {
	Name string // file name, such as "river_001_create_river_migration.sql"
	SQL  string // several statements, to run in one transaction
}

// Migrations returns all steps in order, first River's and then those of this module. Run each step once. Each step
// records that it was run, so that Migrate and NewMerchant know. The steps name no schema. They apply to the schema
// that is first in search_path.
func Migrations() ([]Migration, error) {
	river, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		return nil, fmt.Errorf("riverpayout: migrations: %w", err)
	}
	var all []Migration
	for _, step := range river.AllVersions() {
		all = append(all, Migration{
			Name: fmt.Sprintf("river_%03d_%s.sql", step.Version, strings.ReplaceAll(step.Name, " ", "_")),
			SQL:  strings.ReplaceAll(step.SQLUp, riverSchema, "") + riverWasRun(step.Version),
		})
	}
	files, err := migrationFiles()
	for i, file := range files {
		all = append(all, Migration{Name: fmt.Sprintf("riverpayout_%03d.sql", i+1), SQL: file})
	}
	return all, err
}

// riverSchema is the placeholder for the schema's name in River's SQL.
const riverSchema = "/* TEMPLATE: schema */"

// riverLines is the first version in which River's table has the column line.
const riverLines = 5

func riverWasRun(version int) string {
	if version < riverLines {
		return fmt.Sprintf("\nINSERT INTO river_migration (version) VALUES (%d);\n", version)
	}
	return fmt.Sprintf("\nINSERT INTO river_migration (line, version) VALUES ('main', %d);\n", version)
}

// migrationFiles returns this module's migrations in order.
func migrationFiles() ([]string, error) {
	entries, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	files := make([]string, len(entries))
	for i, entry := range entries {
		text, err := migrations.ReadFile("migrations/" + entry.Name())
		if err != nil {
			return nil, err
		}
		files[i] = string(text)
	}
	return files, nil
}
