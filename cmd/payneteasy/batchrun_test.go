package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// batchOf writes a file with the given number of lines, and returns a function that runs it.
func batchOf(
	t *testing.T, gateway *payneteasytest.Gateway, lines int, transport func(http.RoundTripper) http.RoundTripper,
) func(context.Context, ...string) result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "payouts.csv")
	require.NoError(t, os.WriteFile(file, []byte(payouts(lines)), 0o600))
	environ := append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+t.TempDir())
	return func(ctx context.Context, args ...string) result {
		var stdout, stderr bytes.Buffer
		tool := newTool(environ, strings.NewReader(""), &stdout, &stderr)
		tool.ChangeConfig = func(c *payneteasy.Config) {
			c.HTTPClient, c.Wait = gateway.HTTPClient(), gateway.Config().Wait
			c.HTTPClient.Transport = transport(c.HTTPClient.Transport)
		}
		status := tool.run(ctx, append([]string{"batch", "run", file, "--yes"}, args...))
		return result{status, stdout.String(), stderr.String()}
	}
}

func asItIs(transport http.RoundTripper) http.RoundTripper { return transport }

// TestSlowBatch checks how often a run asks about an order until it is final. It asks often for five minutes, and then
// every five to ten minutes.
func TestSlowBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.SetOtherAccounts(payneteasytest.Stuck())
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		gateway.SetAccount("1111111111", payneteasytest.Stuck())
		run := batchOf(t, gateway, 3, asItIs)
		go func() {
			<-time.After(42 * time.Minute)
			for i := range 3 {
				gateway.Become(fmt.Sprintf("payout-%05d", i), payneteasytest.Approved())
			}
		}()
		began := time.Now()
		r := run(t.Context(), "--max-wait", "2h")
		require.Zero(t, r.status, r)
		require.Contains(t, r.stdout, "paid  3  ")
		took := time.Since(began)
		require.Greater(t, took, 42*time.Minute)
		require.Less(t, took, 55*time.Minute)
		// For each line there is one question before it is sent. Then there are at most 100, every 3 s, and then one in
		// five minutes.
		require.Less(t, gateway.StatusCalls(), 3*(1+100+11))
	})
}

// TestPendingBatch checks that a run ends after --max-wait, with the exit status of pending.
func TestPendingBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		run := batchOf(t, gateway, 20, asItIs)
		began := time.Now()
		r := run(t.Context(), "--max-wait", "30m", "--output", "json")
		require.Equal(t, exit.Pending, r.status, r)
		require.Less(t, time.Since(began), 32*time.Minute)
		require.Contains(t, r.stdout, `"pending": {`+"\n      "+`"lines": 18`)
	})
}

// cancelling is a transport that cancels a context just before the nth payout is sent.
type cancelling struct {
	http.RoundTripper
	left   *atomic.Int64
	cancel context.CancelFunc
}

func (c cancelling) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, "/v4/payout/") && c.left.Add(-1) == 0 {
		c.cancel()
	}
	return c.RoundTripper.RoundTrip(req)
}

// TestInterruptedBatch checks that Ctrl-C does not cancel the payout in progress, and that no other is sent. The next
// run sends the rest.
func TestInterruptedBatch(t *testing.T) {
	t.Parallel()
	for _, check := range []string{"--no-check=false", "--no-check"} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			interruptBatch(t, check)
		})
	}
}

func interruptBatch(t *testing.T, check string) {
	t.Helper()
	gateway := payneteasytest.NewGateway(t)
	ctx, cancel := context.WithCancel(t.Context())
	left := new(atomic.Int64)
	left.Store(7)
	run := batchOf(t, gateway, 20, func(transport http.RoundTripper) http.RoundTripper {
		return cancelling{transport, left, cancel}
	})
	r := run(ctx, "--concurrency", "1", "--rate", "0", check)
	require.Equal(t, exit.Pending, r.status, r) // some are not final
	require.Contains(t, r.stderr, "interrupted: run it again to go on")
	require.Len(t, gateway.Orders(), 7, "the seventh was sent whole, and no eighth")
	require.NotContains(t, r.stdout, "unknown")

	gateway.SetOtherAccounts(payneteasytest.Approved())
	r = run(t.Context(), "--rate", "0", check)
	require.Equal(t, exit.Done, r.status, r)
	require.Len(t, gateway.Orders(), 20)
	require.Contains(t, r.stdout, "paid  20  ")
}
