package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgtest"
)

func TestMain(m *testing.M) {
	if order := os.Getenv(workerOrder); order != "" {
		os.Exit(workerProcess(order, os.Stdin, os.Stderr))
	}
	os.Exit(pgtest.Run(m))
}

// patience is how long a run may take on a busy machine.
const patience = "-limit=5m"

// TestConcurrentPrograms runs two programs on one database at the same time. Both balance, and leave nothing behind.
func TestConcurrentPrograms(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t, "")
	var wait sync.WaitGroup
	var outs [2]output
	for i := range outs {
		out := &outs[i]
		wait.Go(func() { out.code = run(t.Context(), []string{patience}, []string{"DATABASE_URL=" + url}, out, out) })
	}
	wait.Wait()
	for i := range outs {
		text := outs[i].String()
		t.Log(text)
		require.Equal(t, exitBalanced, outs[i].code)
		for line := range strings.SplitSeq(text, "\n") {
			require.Less(t, len(line), 80, line)
		}
		require.True(t, strings.HasSuffix(text,
			"\n\nbalanced to the cent: gateway, journal and ledger agree on each of 200 payouts\n"))
		for _, want := range []string{
			`worker-\d is killed: the gateway has payout-080`, `worker-4 is started`, `\d payouts are held`,
			`payout-044 +\d+\.\d\d USD  .* settled as`, `payout-019 .* settled as "not sent"`,
			`\nowed +200 +91619\.00 USD\n`,
			`payout-080, at which a worker was killed: 1 order, 1 line in the ledger`, `payout-150: status error`,
			`payout-100 is charged back`, `reversed +1 +\d+\.\d\d USD +1 +\d+\.\d\d USD +1 +`,
		} {
			require.Regexp(t, want, text)
		}
		for _, account := range []string{accountPaid, accountDeclined, accountError} {
			require.NotContains(t, text, account)
		}
	}
	nothingLeft(t, url)
}

// nothingLeft checks that nothing is left in the user's database, and that no connection is open.
func nothingLeft(t *testing.T, url string) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	defer pool.Close()
	for what, sql := range map[string]string{
		"schemas": "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'fleet%'",
		"tables":  "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
		"connections": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> " +
			"pg_backend_pid() AND backend_type = 'client backend'",
	} {
		// The server learns about the end of a connection a little later.
		require.Eventually(t, func() bool {
			var left int
			err := pool.QueryRow(t.Context(), sql).Scan(&left)
			return err == nil && left == 0
		}, time.Minute, 10*time.Millisecond, what)
	}
}

// TestInterrupted checks that Ctrl-C ends the worker processes, and that nothing is left.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t, "")
	interrupted(t, "DATABASE_URL="+url)
	nothingLeft(t, url)
}

// TestPrivateServer checks that the private server ends with the program.
func TestPrivateServer(t *testing.T) {
	pgtest.URL(t, "") // skips the test if PostgreSQL is missing
	dir := t.TempDir()
	for _, folder := range []string{dir, filepath.Dir(dir)} {
		require.NoError(t, os.Chmod(folder, 0o755)) // another user may run the server
	}
	t.Setenv("TMPDIR", dir)
	interrupted(t, "NO_DATABASE_URL=")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// interrupted ends a run while it is in progress.
func interrupted(t *testing.T, environ string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &output{said: regexp.MustCompile(`worker-4 is started`), then: cancel}
	out.code = run(ctx, []string{patience}, []string{environ}, out, out)
	require.Equal(t, exitInterrupted, out.code, out.String())
	require.True(t, strings.HasSuffix(out.String(), "\ninterrupted\n"), out.String())
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args, environ []string
		code          int
		says          string
	}{
		"help":   {[]string{"-help"}, nil, exitBalanced, "DATABASE_URL"},
		"a flag": {[]string{"-nonsense"}, nil, exitConfiguration, "not defined"},
		"a word": {[]string{"now"}, nil, exitConfiguration, `unexpected "now"`},
		"no URL": {
			nil,
			[]string{"DATABASE_URL=postgres://u:hush@127.0.0.1:x/"},
			exitConfiguration,
			"configuration: DATABASE_URL: ",
		},
		"no server": {
			nil,
			[]string{"DATABASE_URL=postgres://u:hush@127.0.0.1:1/"},
			exitConfiguration,
			"configuration: DATABASE_URL: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out output
			require.Equal(t, test.code, run(t.Context(), test.args, test.environ, &out, &out), out.String())
			require.Contains(t, out.String(), test.says)
			require.NotContains(t, out.String(), "hush")
		})
	}
}

// output keeps the output and the exit code of a run.
type output struct {
	code int
	said *regexp.Regexp // may be nil
	then func()         // called as soon as the output matches

	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(text)
	if o.said != nil && o.said.Match(o.text.Bytes()) {
		o.then()
	}
	return len(text), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
