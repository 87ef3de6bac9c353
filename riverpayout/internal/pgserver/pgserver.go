// Package pgserver runs a private PostgreSQL server. The server has a socket in its own folder, and is gone when it is
// stopped. The package needs PostgreSQL's programs, and does not start or change an installed server.
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
	// Settings are the server's settings, each "name=value". Nil means the settings that tests need. No table outlives
	// the tests, so nothing is synced, but commits wait for their WAL as in production.
	Settings []string

	// Disk is the size of a disk for this server only, such as "64m". It needs root on Linux.
	Disk string

	bin, dir string
	mounted  bool
	owner    *identity
	process  *exec.Cmd
}

var (
	// ErrMissing says that PostgreSQL's programs are not installed.
	ErrMissing = errors.New("PostgreSQL is not installed (apt-get install postgresql)")

	// ErrDisk says that this process cannot make a disk.
	ErrDisk = errors.New("a disk for the server needs root on Linux")
)

// findPrograms returns the folder of initdb and postgres. It is in PATH, or else the newest that Debian has installed.
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
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0, the oldest, if it is not a number
	return n
}

// startTimeout is how long a server may take to start or to stop.
const startTimeout = time.Minute

// Start makes a database cluster and serves it.
func (s *Server) Start() (err error) {
	if s.bin, err = findPrograms(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "pgtest"); err != nil { // short, because a socket's path must be short
		return err
	}
	if s.Disk != "" {
		if err := mount(s.dir, s.Disk); err != nil {
			return err
		}
		s.mounted = true
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
	initdb := s.command(ctx, "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C",
		"-D", s.data())
	if s.Disk != "" {
		initdb.Args = append(initdb.Args, "--wal-segsize=1") // in MB, instead of 16
	}
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	return s.Serve()
}

// Dir returns the folder with everything that the server writes.
func (s *Server) Dir() string { return s.dir }

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Serve starts the server, also after Kill, on the same data. It returns when the server answers. Where the system
// supports it, the server ends with this process.
func (s *Server) Serve() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
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
	s.process = s.command(context.Background(), "postgres", args...)
	s.process.Stdout, s.process.Stderr = log, log
	err = startTied(s.process)
	_ = log.Close() // the child has its own file
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

// Kill stops the server at once, like pg_ctl stop -m immediate. The server recovers when it is served again.
func (s *Server) Kill() {
	if s.process == nil || s.process.Process == nil {
		return
	}
	_ = quit(s.process.Process) // it may have ended already
	s.Wait()
}

// Wait waits until the server has ended by itself.
func (s *Server) Wait() {
	_ = s.process.Wait() // the exit status does not matter
	s.process = nil
}

// Stop kills the server, and removes its folder.
func (s *Server) Stop() error {
	if s.dir == "" {
		return nil
	}
	s.Kill()
	if s.mounted {
		if err := unmount(s.dir); err != nil {
			return err
		}
	}
	return os.RemoveAll(s.dir)
}

// PID returns the ID of the server's process. Its children serve the connections.
func (s *Server) PID() int { return s.process.Process.Pid }

// URL returns the URL of a database.
func (s *Server) URL(database string) string {
	return "postgres://postgres@/" + database + "?host=" + url.QueryEscape(s.dir)
}

// Exec runs a statement in the database postgres, which always exists.
func (s *Server) Exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// identity is a user who may run PostgreSQL. PostgreSQL refuses to run as root.
type identity struct{ uid, gid int }

// unprivileged returns the user who runs PostgreSQL for root. It returns nil if the current user can run it.
func unprivileged() (*identity, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // no change of user is needed
	}
	found, err := user.Lookup("postgres") // as its packages make it
	if err != nil {
		return nil, fmt.Errorf("root cannot run PostgreSQL: %w", err)
	}
	uid, err := strconv.Atoi(found.Uid)
	gid, err2 := strconv.Atoi(found.Gid)
	return &identity{uid, gid}, errors.Join(err, err2)
}
