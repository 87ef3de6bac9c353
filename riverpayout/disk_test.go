package riverpayout_test

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

// TestFullDisk checks that nothing is sent while PostgreSQL cannot write an intent. When there is room again all
// payouts end, and none is paid twice.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		disk       string
		fill, free func(t *testing.T, f *fleet, server *pgserver.Server)
	}{
		"it stops": {"96m", fillDisk, freeDisk},
		"it is read-only, like a hosted one": {
			"",
			func(t *testing.T, f *fleet, server *pgserver.Server) { readOnly(t, f, server, "on") },
			func(t *testing.T, f *fleet, server *pgserver.Server) { readOnly(t, f, server, "off") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &pgserver.Server{Settings: durable, Disk: test.disk}
			f := newFleet(t, ownDatabase(t, server), nil)
			failed := &failures{count: map[string]int{}}
			var holds atomic.Bool
			loading, full := make(chan struct{}, 3), make(chan struct{})
			f.before = func() {
				if holds.Load() {
					loading <- struct{}{}
					<-full
				}
			}
			f.gateway.SetAccount("11", payneteasytest.Stuck())
			f.enqueue("11", "p-1")
			f.workWith(failed.listen)
			f.untilSend("p-1", "accepted")
			holds.Store(true)
			f.enqueue(paid, "p-2", "p-3", "p-4")
			for range cap(loading) {
				<-loading
			}
			holds.Store(false)

			test.fill(t, f, server)
			close(full)
			failed.until(t, map[string]int{"jobexecutor.JobExecutor: Job errored; retrying": 3})
			// as a worker that is late
			_, err := f.merchant.Client().Payout(t.Context(), requestOf(refOf(t, "p-2"), paid))
			require.ErrorIs(t, err, payneteasy.ErrNotSent)
			require.ErrorContains(t, err, "the journal could not be written")
			require.Len(t, f.gateway.Orders(), 1)

			test.free(t, f, server)
			require.True(t, f.gateway.Become("p-1", payneteasytest.Approved()))
			f.untilDone(4)
			require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid", "p-3": "paid", "p-4": "paid"}, f.ledger())
			require.Len(t, f.gateway.Orders(), 4)
		})
	}
}

// fillDisk leaves no room for the write-ahead log, so that PostgreSQL panics and cannot recover.
func fillDisk(t *testing.T, f *fleet, server *pgserver.Server) {
	t.Helper()
	filler, err := os.Create(fillerOf(server))
	require.NoError(t, err)
	for err == nil {
		_, err = filler.Write(make([]byte, 4096))
	}
	require.NoError(t, filler.Close())
	for err = nil; err == nil; {
		_, err = f.pool.Exec(t.Context(), "SELECT pg_logical_emit_message(true, '', repeat('x', 100000))")
	}
	server.Wait()
	said, err := os.ReadFile(filepath.Join(server.Dir(), "log"))
	require.NoError(t, err)
	require.Contains(t, string(said), "No space left on device")
}

// freeDisk makes room and starts PostgreSQL, as an operator would.
func freeDisk(t *testing.T, _ *fleet, server *pgserver.Server) {
	t.Helper()
	require.NoError(t, os.Remove(fillerOf(server)))
	require.NoError(t, server.Serve())
}

func fillerOf(server *pgserver.Server) string { return filepath.Join(server.Dir(), "filler") }

// readOnly switches the server's read-only mode on or off, for each connection.
func readOnly(t *testing.T, f *fleet, server *pgserver.Server, value string) {
	t.Helper()
	require.NoError(t, server.Exec(t.Context(), "ALTER SYSTEM SET default_transaction_read_only = "+value))
	require.NoError(t, server.Exec(t.Context(), "SELECT pg_reload_conf()"))
	require.Eventually(t, func() bool { // it takes a moment
		return server.Exec(t.Context(), "SELECT 1 / (current_setting('default_transaction_read_only') = '"+value+
			"')::int") == nil
	}, patience, 10*time.Millisecond)
	f.pool.Reset()
}
