package riverpayout_test

import (
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestShutdown tells a worker to stop while a payout call is in progress. The worker stores the gateway's reply before
// it stops.
func TestShutdown(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*river.Client[pgx.Tx], context.Context) error{
		"Stop": (*river.Client[pgx.Tx]).Stop, "StopAndCancel": (*river.Client[pgx.Tx]).StopAndCancel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sending := newBarrier()
			sending.close()
			f := newPlainFleet(t, "", sending.reply)
			patient := f.twin(func(c *riverpayout.Config) {
				c.Gateway = plainConfig(f.base)
				c.Gateway.Timeout = patience
			})
			f.enqueue(paid, "p-1")
			crew := patient.work()
			sending.wait(t)
			ended, end := context.WithCancel(t.Context())
			end()
			require.ErrorIs(t, stop(crew.client, ended), context.Canceled) // it is stopping, and waits for the payout
			require.Equal(t, "sending", f.entry("p-1").Send)
			sending.open()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			require.NoError(t, stop(crew.client, ctx))
			f.requireRecorded()
		})
	}
}

// TestSIGTERM is TestShutdown with a process that gets SIGTERM.
func TestSIGTERM(t *testing.T) {
	t.Parallel()
	sending := newBarrier()
	sending.close()
	f := newPlainFleet(t, "", func(gateway http.Handler, w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, stoppingPath) {
			sending.open()
		}
		sending.reply(gateway, w, r)
	})
	f.enqueue(paid, "p-1")
	process, err := f.start(t.Context(), process{ID: "1", Patient: true})
	require.NoError(t, err)
	sending.wait(t)
	require.NoError(t, process.Process.Signal(syscall.SIGTERM))
	require.NoError(t, process.Wait())
	f.requireRecorded()
}
