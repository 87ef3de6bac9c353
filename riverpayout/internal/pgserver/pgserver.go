// Package pgserver runs a PostgreSQL of one's own: a server on a socket in a folder of its own, gone when it is stopped. It needs
// PostgreSQL's programs, and starts no server that is installed.
package pgserver

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
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a private PostgreSQL.
type Server struct {
	// Settings are the server's, each "name=value". Nil is what tests need: no table outlives them, so nothing is synced; commits
	// wait for their WAL as they do in production.
	Settings []string

	bin, dir string
	process  *exec.Cmd
}

// ErrMissing says that PostgreSQL's programs are not there.
var ErrMissing = errors.New("PostgreSQL is not installed (apt-get install postgresql)")

// findPrograms is the folder of initdb and postgres: that of PATH, or the newest that Debian has installed.
func findPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", ErrMissing
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
	owner, err := unprivileged()
	if err != nil {
		return err
	}
	if owner != nil {
		if err := os.Chown(s.dir, owner.uid, owner.gid); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	initdb := s.command(ctx, owner, "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C", "-D", s.data())
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	return s.serve(owner)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// serve starts the server, and returns when it answers. It ends with this process, where the system can do that.
func (s *Server) serve(owner *identity) error {
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	settings := s.Settings
	if settings == nil {
		settings = []string{"fsync=off", "full_page_writes=off", "max_connections=300", "shared_buffers=64MB"}
	}
	args := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses="}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	s.process = s.command(context.Background(), owner, "postgres", args...)
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
			return errors.Join(fmt.Errorf("the server does not answer: %w: %s", err, said), s.Stop())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Server) command(ctx context.Context, owner *identity, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...) //nolint:gosec // PostgreSQL's own programs
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	owner.apply(cmd)
	return cmd
}

// Stop stops the server at once, as a power cut does, and removes its folder.
func (s *Server) Stop() error {
	if s.dir == "" {
		return nil
	}
	if s.process != nil && s.process.Process != nil {
		_ = quit(s.process.Process) // it may have ended
		_ = s.process.Wait()        // in which state does not matter
	}
	return os.RemoveAll(s.dir)
}

// PID is the server's process, whose children serve the connections.
func (s *Server) PID() int { return s.process.Process.Pid }

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
