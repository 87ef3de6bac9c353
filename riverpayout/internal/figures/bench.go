package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

// settings are the settings of a small production database. Everything else is PostgreSQL's default, so commits are
// synced.
var settings = []string{
	"shared_buffers=512MB", "effective_cache_size=1500MB", "max_wal_size=4GB", "max_connections=200",
	"shared_preload_libraries=pg_stat_statements",
}

// bench is what all measurements share.
type bench struct {
	options

	out    io.Writer
	server *pgserver.Server
	number int // of databases so far
}

// template is a database that has the tables.
const template = "figures"

func newBench(out io.Writer, o options) *bench {
	return &bench{options: o, out: out, server: &pgserver.Server{Settings: settings}}
}

// start starts the server, and makes the database that is copied. Close the bench in any case, also after an error.
func (b *bench) start(ctx context.Context) error {
	if _, err := cpuOf(os.Getpid()); err != nil {
		return fmt.Errorf("this program needs Linux: %w", err)
	}
	if err := b.server.Start(); err != nil {
		return err
	}
	if err := b.track(ctx, "none"); err != nil {
		return err
	}
	if err := b.server.Exec(ctx, "CREATE DATABASE "+template); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, b.server.URL(template))
	if err != nil {
		return err
	}
	defer pool.Close() // a template must have no connections
	if err := riverpayout.Migrate(ctx, pool); err != nil {
		return err
	}
	for _, sql := range []string{
		"CREATE EXTENSION pg_stat_statements",
		"CREATE TABLE debts (id text PRIMARY KEY, account text NOT NULL, paid boolean)", // the merchant's
	} {
		if _, err := pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// track sets which statements PostgreSQL counts, "top" or "none", because counting costs a little.
func (b *bench) track(ctx context.Context, which string) error {
	err := b.server.Exec(ctx, "ALTER SYSTEM SET pg_stat_statements.track = "+which)
	return errors.Join(err, b.server.Exec(ctx, "SELECT pg_reload_conf()"))
}

func (b *bench) close() error { return b.server.Stop() }

// database makes a database with empty tables, and returns the function that drops it.
func (b *bench) database(ctx context.Context) (url string, drop func() error, err error) {
	b.number++
	name := template + strconv.Itoa(b.number)
	if err := b.server.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		return "", nil, err
	}
	return b.server.URL(name), func() error {
		return b.server.Exec(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
	}, nil
}

// machine prints the machine and the settings of the figures.
func (b *bench) machine(ctx context.Context, args []string) error {
	memory, err := procKB("/proc/meminfo", "MemTotal")
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, b.server.URL(template))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var postgres string
	if err := conn.QueryRow(ctx, "SHOW server_version").Scan(&postgres); err != nil {
		return err
	}
	commit, err := commitTime(ctx, conn)
	if err != nil {
		return err
	}
	b.printf("%d cores (%s), %s GB, %s; PostgreSQL %s, a commit alone takes %s ms; %s; %s.\n",
		runtime.NumCPU(), processor(), quotient(int64(memory), 1<<20, 0), kernel(ctx), postgres, milliseconds(commit),
		runtime.Version(), time.Now().UTC().Format(time.DateOnly))
	b.printf("`go run ./internal/figures %s`; PostgreSQL with %s.\n",
		strings.Join(args, " "), strings.Join(settings, " "))
	b.printf("Worker processes have %d connections and MaxWorkers %d, River FetchCooldown %s and "+
		"FetchPollInterval %s.\n",
		b.conns, b.slots, b.cooldown, b.fetch)
	return nil
}

// commitTime returns how long a commit takes on an idle server. That is mostly the disk's sync.
func commitTime(ctx context.Context, conn *pgx.Conn) (time.Duration, error) {
	if _, err := conn.Exec(ctx,
		"CREATE TEMP TABLE nothing (n int); DROP TABLE nothing; CREATE TABLE commits (n int)"); err != nil {
		return 0, err
	}
	const commits = 200
	began := time.Now()
	for range commits {
		if _, err := conn.Exec(ctx, "INSERT INTO commits VALUES (1)"); err != nil {
			return 0, err
		}
	}
	took := time.Since(began) / commits
	_, err := conn.Exec(ctx, "DROP TABLE commits")
	return took, err
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel(ctx context.Context) string {
	text, err := exec.CommandContext(ctx, "uname", "-sr").Output()
	if err != nil {
		return runtime.GOOS
	}
	return strings.TrimSpace(string(text))
}
