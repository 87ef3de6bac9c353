package ecommpaytest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// What Config carries.
const (
	ProjectID = 91348
	SecretKey = "secret"
)

// TB is what the gateway needs of a testing.TB.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Gateway is a fake of Gate API and Payment Page. Its methods are safe for concurrent use.
type Gateway struct {
	t      TB // nil outside of tests
	server *fakewire.Server
	stop   context.CancelFunc // ends callbacks that are being delivered

	mu          sync.Mutex
	idle        *sync.Cond // with mu: due has become less
	due         int        // steps and callbacks that will happen by themselves
	settings    settings
	plain       *fakewire.Plain // nil unless there are plain pages
	payments    []*payment
	payouts     []Payout
	cards       map[string]string // by token
	statusCalls int
	deliveries  []CallbackAttempt
	closed      bool
	ctx         context.Context // of callbacks
}

// NewGateway starts a gateway on a loopback port and closes it when the test ends. What takes time takes a millisecond,
// except that the receiver has his 30 minutes.
func NewGateway(t TB) *Gateway {
	t.Helper()
	g := newGateway(t, fakewire.Listen)
	g.settings.hasty()
	return g
}

// NewPipeGateway is NewGateway on pipes in memory, with the documented times: call it within a testing/synctest bubble,
// and hours pass in milliseconds. It speaks HTTP/1.1 only. In a bubble callbacks need a client of their own
// (SetCallbackClient), since sockets do not wait for virtual time.
func NewPipeGateway(t TB) *Gateway {
	t.Helper()
	return newGateway(t, fakewire.ListenPipe)
}

func newGateway(t TB, listen func() (*fakewire.Server, error)) *Gateway {
	t.Helper()
	g, err := start(t, listen)
	if err != nil {
		t.Fatalf("ecommpaytest: %v", err)
	}
	t.Cleanup(g.Close)
	return g
}

// Start starts a gateway on a loopback port, for programs that are not tests; close it when done.
func Start() (*Gateway, error) { return start(nil, fakewire.Listen) }

func start(t TB, listen func() (*fakewire.Server, error)) (*Gateway, error) {
	server, err := listen()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	g := &Gateway{t: t, server: server, stop: stop, ctx: ctx, settings: defaultSettings(), cards: map[string]string{}}
	g.idle = sync.NewCond(&g.mu)
	server.Serve(g.handle)
	return g, nil
}

// Close stops the gateway and the delivery of callbacks, and waits for both.
func (g *Gateway) Close() {
	g.mu.Lock()
	g.closed = true
	plain := g.plain
	for _, p := range g.payments {
		g.cancel(p)
	}
	g.mu.Unlock()
	g.stop()
	g.server.Close()
	plain.Close()
	g.WaitCallbacks()
}

// URL is Gate API's base URL: https and loopback.
func (g *Gateway) URL() string { return g.server.URL() }

// Config is a complete configuration for this gateway. Each call makes a new one, with a new http.Client.
func (g *Gateway) Config() ecommpay.Config {
	config := ecommpay.Config{
		ProjectID:  ProjectID,
		SecretKey:  payneteasy.NewSecret(SecretKey),
		BaseURL:    g.URL(),
		PageURL:    g.pageURL(),
		HTTPClient: g.HTTPClient(),
	}
	if !g.server.OnPipes() {
		config.Wait = ecommpay.WaitOptions{MinInterval: time.Millisecond, MaxInterval: 2 * time.Millisecond}
	}
	return config
}

func (g *Gateway) pageURL() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.plain != nil {
		return g.plain.URL() + pagePath
	}
	return g.URL() + pagePath
}

// HTTPClient is a client that trusts the gateway's certificate and reaches its address. Its Transport is an
// *http.Transport, which speaks HTTP/2 unless it is told otherwise (see http.Transport.Protocols).
func (g *Gateway) HTTPClient() *http.Client { return g.server.Client() }

// RefuseConnections closes the port, as that of a server that is down, or opens it again: whatever was to be sent was
// not.
func (g *Gateway) RefuseConnections(refuse bool) {
	if err := g.server.RefuseConnections(refuse); err != nil {
		if g.t == nil {
			panic("ecommpaytest: " + err.Error())
		}
		g.t.Helper()
		g.t.Fatalf("ecommpaytest: %v", err)
	}
}

// CutConnections cuts the next n connections before the TLS handshake: whatever was to be sent on them was not sent.
func (g *Gateway) CutConnections(n int) { g.server.CutConnections(n) }

// HangHandshakes never answers the TLS handshake of the next n connections.
func (g *Gateway) HangHandshakes(n int) { g.server.HangHandshakes(n) }

// CloseIdleConnections closes the connections that clients keep in their pools, as gateways and proxies do after a
// while.
func (g *Gateway) CloseIdleConnections() { g.server.CloseIdleConnections() }
