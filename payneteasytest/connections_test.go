package payneteasytest_test

import (
	"crypto/rand"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestConnectionFaults checks that a payout is not sent if its connection is cut before the handshake, or hangs within
// it. A closed idle connection must not harm a payout.
func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	gateway.CutConnections(1)
	_, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	for range 3 {
		gateway.RefuseConnections(true)
		_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		gateway.RefuseConnections(true)
		gateway.RefuseConnections(false)
	}
	gateway.HangHandshakes(1)
	hasty := newClient(t, gateway, func(c *payneteasy.Config) { c.Timeout = 50 * time.Millisecond })
	_, err = hasty.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	gateway.HangHandshakes(0) // the client may have given up before it dialed
	require.Empty(t, gateway.Orders())
	payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	for range 3 {
		_, err = client.Status(t.Context(), payout.Entry.Ref())
		require.NoError(t, err)
		gateway.CloseIdleConnections()
		_, err = client.Payout(t.Context(), request(t, rand.Text(), "1234567890"))
		require.NoError(t, err)
	}
}

// TestPortInUse opens the closed port again after another program has held it for some time.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	gateway.RefuseConnections(true)
	taken, err := net.Listen("tcp", strings.TrimSuffix(strings.TrimPrefix(gateway.URL(), "https://"), "/paynet"))
	require.NoError(t, err)
	time.AfterFunc(50*time.Millisecond, func() { _ = taken.Close() })
	gateway.RefuseConnections(false)
	_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
}

// TestRefusedPipes closes the port for an hour of virtual time, and then until the test ends.
func TestRefusedPipes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		client := newClient(t, gateway)
		payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
		require.NoError(t, err)
		gateway.RefuseConnections(true)
		_, err = client.Payout(t.Context(), request(t, "b", "1234567890"))
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		time.AfterFunc(time.Minute, func() { gateway.RefuseConnections(false) })
		entry, err := client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		gateway.RefuseConnections(true)
	})
}
