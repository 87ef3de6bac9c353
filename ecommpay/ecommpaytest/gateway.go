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

// These are the values in Config.
const (
	ProjectID = 91348
	SecretKey = "secret"
)

// TB is the part of testing.TB that the gateway uses.
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
	idle        *sync.Cond // uses mu, and signals that due has decreased
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

// NewGateway starts a gateway on a loopback port and closes it when the test ends. Every delay is a millisecond, except
// the receiver's 30 minutes.
func NewGateway(t TB) *Gateway {
	t.Helper()
	g := newGateway(t, fakewire.Listen)
	g.settings.shortTimes()
	return g
}

// NewPipeGateway is like NewGateway, but on pipes in memory and with the documented times. Call it within a
// testing/synctest bubble, where hours pass in milliseconds. It speaks only HTTP/1.1. In a bubble, callbacks need their
// own client (SetCallbackClient), because sockets do not wait for virtual time.
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

// Start starts a gateway on a loopback port, for programs that are not tests. Close it when you are done.
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

// URL returns Gate API's base URL, on https and loopback.
func (g *Gateway) URL() string { return g.server.URL() }

// Config returns a complete configuration for this gateway. Each call creates a new one, with a new http.Client.
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

// HTTPClient returns a client that trusts the gateway's certificate and reaches its address. Its Transport is an
// *http.Transport. It speaks HTTP/2 unless you configure it otherwise (see http.Transport.Protocols).
func (g *Gateway) HTTPClient() *http.Client { return g.server.Client() }

// RefuseConnections closes the port, like a server that is down, or opens it again. While it is closed, no request is
// sent.
func (g *Gateway) RefuseConnections(refuse bool) {
	if err := g.server.RefuseConnections(refuse); err != nil {
		if g.t == nil {
			panic("ecommpaytest: " + err.Error())
		}
		g.t.Helper()
		g.t.Fatalf("ecommpaytest: %v", err)
	}
}

// CutConnections cuts the next n connections before the TLS handshake. The requests on them are not sent.
func (g *Gateway) CutConnections(n int) { g.server.CutConnections(n) }

// HangHandshakes never answers the TLS handshake of the next n connections.
func (g *Gateway) HangHandshakes(n int) { g.server.HangHandshakes(n) }

// CloseIdleConnections closes the connections in the pools of clients, as gateways and proxies do after some time.
func (g *Gateway) CloseIdleConnections() { g.server.CloseIdleConnections() }
