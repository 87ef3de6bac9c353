// Package pgtest gives tests their own PostgreSQL. Each test binary has a server on a socket in its own folder, and
// each test has a database.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

// Run runs a package's tests and stops the server after them. Call os.Exit(pgtest.Run(m)) in TestMain.
func Run(m *testing.M) int {
	defer func() {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
		}
	}()
	return m.Run()
}

var (
	shared   pgserver.Server
	once     sync.Once
	errStart error
	number   atomic.Int64
)

// URL makes an empty database for a test, or a copy of another database, and returns its URL. Without PostgreSQL the
// test is skipped. With CI set it fails.
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

// Own starts a server for one test, which may kill the server and serve it again.
func Own(t testing.TB, s *pgserver.Server) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	check(t, s.Start())
}

// check skips a test if this machine cannot run it, and fails the test for any other error.
func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case (errors.Is(err, pgserver.ErrMissing) || errors.Is(err, pgserver.ErrDisk)) && os.Getenv("CI") == "":
		t.Skipf("%v: its tests are skipped", err)
	case err != nil:
		t.Fatalf("pgtest: %v", err)
	}
}
