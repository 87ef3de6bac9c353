package payneteasy_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestConnectionsAreClosed checks that failed or cancelled calls leave no goroutine, and no connection outside the
// pool. A synctest bubble does not end while a goroutine is blocked. The test fails if the connections of a payout's
// own transport stay open, or if a reply's body stays open while its context continues.
func TestConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		config := gateway.Config()
		var open atomic.Int32
		transport := config.HTTPClient.Transport.(*http.Transport)
		dial := transport.DialContext
		transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err == nil {
				open.Add(1)
				conn = &countedConn{Conn: conn, open: &open}
			}
			return conn, err
		}
		config.Journal = &payneteasytest.MemoryJournal{}
		config.ResolveWindow, config.Timeout = 10*time.Second, 20*time.Second
		client := newClient(t, config)
		for i, fault := range []payneteasytest.Fault{
			payneteasytest.ResetBeforeBody(), payneteasytest.ResetWithinBody(), payneteasytest.ResetAfterBody(),
			payneteasytest.LoseReply(),
			payneteasytest.LateReply(time.Hour), payneteasytest.SlowReply(time.Minute), payneteasytest.CutReply(40),
			payneteasytest.CutReplyWithoutLength(40),
			payneteasytest.EmptyReply(), payneteasytest.Page(502, "Sorry"), payneteasytest.RedirectReply(307, "/"),
			payneteasytest.TooManyRequests(time.Minute),
			payneteasytest.Page(500, strings.Repeat("more than anyone reads", 100_000)),
		} {
			req := request(t)
			req.ClientOrderID += fault.String()
			gateway.FailOrder(req.ClientOrderID, fault, fault, fault)
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Second)
			_, err := client.Payout(t.Context(), req)
			requireOneOutcome(t, err, payneteasy.DecisionUnknown)
			goodbye()
			require.Zero(t, open.Load(), "after %s", fault)
			_, _ = client.Resolve(ctx, entryOfError(t, err))
			_, _ = client.Wait(ctx, entryOfError(t, err), nil)
			cancel()
			client.CloseIdleConnections()
			goodbye()
			require.Zero(t, open.Load(), "after questions with %s", fault)
		}
		gateway.HangHandshakes(4)
		_, err := client.Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionNotSent)
		_, err = client.Status(t.Context(), request(t).Ref())
		require.ErrorContains(t, err, "timeout")
		_, err = client.Recover(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		require.Positive(t, open.Load(), "a question's connection is kept for the next")
		client.CloseIdleConnections()
		goodbye()
		require.Zero(t, open.Load())
	})
}

// goodbye waits longer than TLS takes to close a connection, and shorter than a call takes.
func goodbye() {
	<-time.After(10 * time.Second)
	synctest.Wait()
}

type countedConn struct {
	net.Conn
	open   *atomic.Int32
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}
