package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

func TestMain(m *testing.M) {
	if order := os.Getenv(childOrder); order != "" {
		childProcess(order)
	}
	os.Exit(m.Run())
}

// folder returns a folder for a run. A user who is not root can enter it.
func folder(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the figures are measured on Linux")
	}
	dir, err := os.MkdirTemp("", "figures")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.Remove(dir), "something was left behind") })
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Setenv("TMPDIR", dir)
	return dir
}

func skipWithout(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, pgserver.ErrMissing) && os.Getenv("CI") == "" {
		t.Skipf("%v: its tests are skipped", err)
	}
}

func TestFigures(t *testing.T) {
	folder(t)
	var out bytes.Buffer
	err := run(t.Context(), &out, strings.Fields(
		"-payouts 4 -orders 3 -inflight 3 -workers 1,2 -rows 10 -window 300ms -pace 50ms -fetch 20ms -cooldown 1ms"))
	skipWithout(t, err)
	require.NoError(t, err, out.String())
	tables := map[string][]string{}
	var title string
	for line := range strings.Lines(out.String()) {
		if name, is := strings.CutPrefix(line, "### "); is {
			title = strings.TrimSpace(name)
		}
		if strings.HasPrefix(line, "|") {
			tables[title] = append(tables[title], line)
		}
	}
	const heads = 2 // lines of a table
	payouts := tables["4 payouts, from Enqueue to OnNews; final when first asked about"]
	require.Len(t, payouts, heads+2, out.String())
	assert.Regexp(t, `^\| 2 \| [1-9]`, payouts[heads+1])
	costs := tables["What a payout costs PostgreSQL (4 payouts, one worker process)"]
	require.Len(t, costs, heads+16)
	assert.Contains(t, costs, "| statements: the merchant's | 3.00 | 0.00 |\n", "the debt, the account and the booking")
	assert.NotEmpty(t, tables["Statements a payout, 10 more questions"])
	assert.Len(t, tables["3 orders in flight, asked about without a pause"], heads+2)
	assert.Len(t, tables["Half as many orders at the real pace, 3s to 5s, for 50ms"], heads+1)
	assert.Len(t, tables["Memory of a worker process (resident, MB)"], heads+2)
	rows := tables["Finished rows in riverpayout_payout (MB; ms: median of 1000, one after the other; pages: those "+
		"of the statement)"]
	require.Len(t, rows, heads+4)
	assert.Regexp(t, `^\| 10, random \| 0.0 \| 0.0 \|`, rows[heads+3])
}

func TestInterrupted(t *testing.T) {
	dir := folder(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		var out bytes.Buffer
		ended <- run(ctx, &out, strings.Fields("-only payouts -payouts 1000000"))
	}()
	assert.Eventually(t, func() bool { // the run works, or has failed
		entries, err := os.ReadDir(dir)
		return err == nil && len(entries) > 0 || len(ended) > 0
	}, time.Minute, time.Millisecond)
	cancel()
	err := <-ended
	skipWithout(t, err)
	require.ErrorIs(t, err, context.Canceled)
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for args, said := range map[string]string{
		"-only all":     `-only: unknown "all": use one of payouts, statements, polls, memory, rows`,
		"-workers 1,x":  `-workers: "x" is not a positive number`,
		"-payouts 0":    "all sizes and times must be positive",
		"-only rows 10": `"10" is not a flag`,
	} {
		_, err := parse(strings.Fields(args), nil)
		require.EqualError(t, err, said)
	}
}
