// Package pgtest gives tests a PostgreSQL of their own: a server for each test binary, on a socket in a folder of its own, and
// a database for each test. It needs PostgreSQL's programs, and starts no server that is installed.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Run runs a package's tests and stops the server after them: os.Exit(pgtest.Run(m)) in TestMain.
func Run(m *testing.M) int {
	defer func() {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
		}
	}()
	return m.Run()
}

var (
	shared   Server
	once     sync.Once
	errStart error
	number   atomic.Int64
)

// URL makes an empty database for a test, or a copy of another one, and returns its URL. Without PostgreSQL the test is
// skipped, with CI set it fails.
func URL(t testing.TB, template string) string {
	t.Helper()
	once.Do(func() { errStart = shared.Start() })
	check(t, errStart)
	name := "test_" + strconv.FormatInt(number.Add(1), 10)
	sql := "CREATE DATABASE " + name
	if template != "" {
		sql += " TEMPLATE " + template
	}
	if err := shared.Exec(context.Background(), sql); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return shared.URL(name)
}

// Own starts a server for one test, which may kill it and serve it again.
func Own(t testing.TB, s *Server) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	check(t, s.Start())
}

// check skips a test if this machine cannot run it, and fails it for other errors.
func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case (errors.Is(err, errMissing) || errors.Is(err, errDisk)) && os.Getenv("CI") == "":
		t.Skip(err)
	case err != nil:
		t.Fatalf("pgtest: %v", err)
	}
}

// Server is a private PostgreSQL.
type Server struct {
	Durable bool   // it syncs what it has committed, as in production
	Disk    string // the size of a disk of its own, "64m"; it takes root on Linux

	bin, dir string
	owner    *identity
	process  *exec.Cmd
}

var (
	errMissing = errors.New("PostgreSQL is not installed (apt-get install postgresql): its tests are skipped")
	errDisk    = errors.New("a disk of its own takes root on Linux: the tests of a full disk are skipped")
)

// findPrograms is the folder of initdb and postgres: that of PATH, or the newest that Debian has installed.
func findPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errMissing
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // what is no number is the oldest
	return n
}

// startTimeout is how long a server may take to start or to stop.
const startTimeout = time.Minute

// Start makes a cluster and serves it.
func (s *Server) Start() (err error) {
	if s.bin, err = findPrograms(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "pgtest"); err != nil { // short: a socket's path is
		return err
	}
	if s.Disk != "" {
		if err := mount(s.dir, s.Disk); err != nil {
			return err
		}
	}
	if s.owner, err = unprivileged(); err != nil {
		return err
	}
	if s.owner != nil {
		if err := os.Chown(s.dir, s.owner.uid, s.owner.gid); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	initdb := s.command(ctx, "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C", "-D", s.data())
	if s.Disk != "" {
		initdb.Args = append(initdb.Args, "--wal-segsize=1") // megabyte instead of 16
	}
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	return s.Serve()
}

// Dir is the folder with all that the server writes.
func (s *Server) Dir() string { return s.dir }

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Serve starts the server after Kill, on the same data, and returns when it answers. It ends with this process, where the
// system can do that.
func (s *Server) Serve() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	s.process = s.command(context.Background(), "postgres", "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=",
		"-c", "max_connections=300", "-c", "shared_buffers=64MB")
	if !s.Durable { // the tables are gone with the test; commits wait for their WAL as they do in production
		s.process.Args = append(s.process.Args, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	s.process.Stdout, s.process.Stderr = log, log
	err = startTied(s.process)
	_ = log.Close() // the child has its own
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := s.Exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(log.Name())
			s.Kill()
			return fmt.Errorf("the server does not answer: %w: %s", err, said)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...) //nolint:gosec // PostgreSQL's own programs
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	s.owner.apply(cmd)
	return cmd
}

// Kill stops the server at once, as pg_ctl stop -m immediate does: it recovers when it is served again.
func (s *Server) Kill() {
	if s.process == nil || s.process.Process == nil {
		return
	}
	_ = quit(s.process.Process) // it may have ended
	s.Wait()
}

// Wait waits until the server has ended by itself.
func (s *Server) Wait() {
	_ = s.process.Wait() // in which state does not matter
	s.process = nil
}

// Stop kills the server, and removes its folder.
func (s *Server) Stop() error {
	if s.dir == "" {
		return nil
	}
	s.Kill()
	if s.Disk != "" {
		if err := unmount(s.dir); err != nil {
			return err
		}
	}
	return os.RemoveAll(s.dir)
}

// URL is that of a database.
func (s *Server) URL(database string) string {
	return "postgres://postgres@/" + database + "?host=" + url.QueryEscape(s.dir)
}

// Exec runs a statement in the database that is always there.
func (s *Server) Exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// identity is a user who may run PostgreSQL, which refuses to be run by root.
type identity struct{ uid, gid int }

// unprivileged is whom root runs it as; nil is whoever we are.
func unprivileged() (*identity, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // there is nobody to become
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			uid, err := strconv.Atoi(found.Uid)
			gid, err2 := strconv.Atoi(found.Gid)
			return &identity{uid, gid}, errors.Join(err, err2)
		}
	}
	return nil, errors.New("root cannot run PostgreSQL, and there is no user postgres or nobody")
}
