package interop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestConnectProxy checks that calls go through a proxy by CONNECT, and in no other way.
func TestConnectProxy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines string
		user  *url.Userinfo
	}{
		{name: "open"},
		{name: "with a password", lines: "BasicAuth user secret", user: url.UserPassword("user", "secret")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := payneteasytest.NewGateway(t)
			address, d := startTinyproxy(t, c.lines)
			for _, p := range []protocol{http1, http2} {
				id := "payout-" + string(p)
				client := throughConnect(t, g, address, p, c.user)
				result, err := client.Payout(t.Context(), request(t, id))
				require.NoError(t, err)
				entry, err := client.Wait(t.Context(), result.Entry, nil)
				require.NoError(t, err)
				require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
				require.Len(t, g.Orders(id), 1)
			}
			gateway, err := url.Parse(g.URL())
			require.NoError(t, err)
			require.Contains(t, d.log.String(), "CONNECT "+gateway.Host)
		})
	}
}

// TestConnectRefused checks that nothing is sent when a proxy refuses to connect.
func TestConnectRefused(t *testing.T) {
	t.Parallel()
	filter := filepath.Join(t.TempDir(), "filter")
	require.NoError(t, os.WriteFile(filter, []byte("^elsewhere\\.example$\n"), 0o600))
	for _, c := range []struct {
		name  string
		lines string
		down  bool // the gateway is down
		user  *url.Userinfo
	}{
		{name: "by port", lines: "ConnectPort 1"},
		{name: "by host", lines: "Filter \"" + filter + "\"\nFilterDefaultDeny Yes"},
		{name: "by client", lines: "Deny 127.0.0.1"},
		{name: "no password", lines: "BasicAuth user secret"},
		{name: "another password", lines: "BasicAuth user secret", user: url.UserPassword("user", "other")},
		{name: "the gateway is down", down: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := payneteasytest.NewGateway(t)
			address, _ := startTinyproxy(t, c.lines)
			g.RefuseConnections(c.down)
			for _, p := range []protocol{http1, http2} {
				client := throughConnect(t, g, address, p, c.user)
				_, err := client.Payout(t.Context(), request(t, "payout-0001"))
				require.Equal(t, payneteasy.DecisionNotSent, payneteasy.DecisionOf(err), "%v", err)
				require.ErrorContains(t, err, "the proxy "+address+" answered CONNECT with ")
			}
			_, err := throughConnect(t, g, address, http1, c.user).Status(t.Context(), request(t, "payout-0001").Ref())
			require.Error(t, err)
			require.NotErrorIs(t, err, payneteasy.ErrOrderNotFound)
			require.Empty(t, g.Orders())
		})
	}
}

// TestTunnelLost kills the proxy after a payout was accepted, and before the next one.
func TestTunnelLost(t *testing.T) {
	t.Parallel()
	for _, p := range []protocol{http1, http2} {
		t.Run("HTTP/"+string(p), func(t *testing.T) {
			t.Parallel()
			g := payneteasytest.NewGateway(t)
			address, d := startTinyproxy(t, "")
			client := throughConnect(t, g, address, p, nil)
			changed := g.Changed()
			g.FailPayout("payout-0001", payneteasytest.LateReply(1<<40)) // it ends with the connection
			ctx, called := context.WithCancel(t.Context())
			var killer sync.WaitGroup
			killer.Go(func() {
				select {
				case <-changed: // it is accepted
				case <-ctx.Done():
				}
				d.kill()
			})
			_, err := client.Payout(t.Context(), request(t, "payout-0001"))
			called()
			killer.Wait()
			require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err), "%v", err)
			require.Len(t, g.Orders("payout-0001"), 1)

			_, err = client.Payout(t.Context(), request(t, "payout-0002"))
			require.Equal(t, payneteasy.DecisionNotSent, payneteasy.DecisionOf(err), "there is no proxy: %v", err)
			require.Empty(t, g.Orders("payout-0002"))
		})
	}
}

// startTinyproxy starts a proxy on a port that the system chooses. tinyproxy cannot take a listener, so another program
// may take the port first. Then tinyproxy ends and is started on another port.
func startTinyproxy(t *testing.T, lines string) (address string, d *daemon) {
	t.Helper()
	program := needs(t, "tinyproxy", "tinyproxy-bin")
	config := filepath.Join(newDir(t), "config")
	for {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address = listener.Addr().String()
		require.NoError(t, listener.Close())
		_, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		text := fmt.Sprintf("Listen 127.0.0.1\nPort %s\nTimeout 60\nMaxClients 50\nLogLevel Info\n%s\n", port, lines)
		require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
		d, err = startDaemon(t, says("Accepting connections"), program, "-d", "-c", config)
		if errors.Is(err, errEnded) && strings.Contains(d.log.String(), "Could not create listening sockets") {
			continue
		}
		require.NoError(t, err)
		return address, d
	}
}

// throughConnect is a client that can only reach the proxy.
func throughConnect(
	t *testing.T, g *payneteasytest.Gateway, address string, p protocol, user *url.Userinfo,
) *payneteasy.Client {
	t.Helper()
	config := g.Config()
	transport := config.HTTPClient.Transport.(*http.Transport)
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: address, User: user})
	transport.Protocols = protocols(p)
	transport.DialContext = func(ctx context.Context, network, to string) (net.Conn, error) {
		if to != address {
			return nil, errors.New("a connection past the proxy")
		}
		return new(net.Dialer).DialContext(ctx, network, to)
	}
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	return client
}
