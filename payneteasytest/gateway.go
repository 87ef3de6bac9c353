package payneteasytest

import (
	"context"
	"crypto/rsa"
	"net/http"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// What Config carries. Any other positive endpoint is accepted as well.
const (
	Login           = "TestMerchant"
	ControlKey      = "test-merchant-control"
	EndpointID      = 39915
	EndpointGroupID = 1144
)

// basePath is the context path, as ConnPay's.
const basePath = "/paynet"

// TB is what the gateway needs of a testing.TB.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Gateway is a fake gateway. Its methods are safe for concurrent use.
type Gateway struct {
	t        TB // nil outside of tests
	url      string
	merchant *rsa.PrivateKey
	server   *fakewire.Server
	stop     context.CancelFunc // ends callbacks that are being delivered

	mu          sync.Mutex
	delivered   *sync.Cond // with mu: a callback has been delivered or given up
	callbacks   int        // under way
	settings    settings
	pages       string          // where receivers' links lead
	plain       *fakewire.Plain // nil unless they lead there
	orders      []*order
	sameID      map[string][]*order // by client_orderid
	nonces      map[string]bool
	serial      int
	statusCalls int
	deliveries  []CallbackAttempt
	doubles     []string
	changed     chan struct{} // or nil if nobody waits for it
	told        int           // doubles that the test was told of
	closed      bool
	ctx         context.Context // of callbacks
}

// NewGateway starts a gateway on a loopback port and closes it when the test ends. A double payout fails the test.
func NewGateway(t TB) *Gateway {
	t.Helper()
	g := newGateway(t, fakewire.Listen)
	g.settings.callbackPause = time.Millisecond
	return g
}

// NewPipeGateway is NewGateway on pipes in memory: call it within a testing/synctest bubble, and hours of polling pass
// in milliseconds. It speaks HTTP/1.1 only. Config keeps the documented pace of polling.
func NewPipeGateway(t TB) *Gateway {
	t.Helper()
	return newGateway(t, fakewire.ListenPipe)
}

func newGateway(t TB, listen func() (*fakewire.Server, error)) *Gateway {
	t.Helper()
	g, err := start(t, listen)
	if err != nil {
		t.Fatalf("payneteasytest: %v", err)
	}
	t.Cleanup(g.Close)
	return g
}

// Start starts a gateway on a loopback port, for programs that are not tests; close it when done.
func Start() (*Gateway, error) { return start(nil, fakewire.Listen) }

func start(t TB, listen func() (*fakewire.Server, error)) (*Gateway, error) {
	merchant, err := merchantKey()
	if err != nil {
		return nil, err
	}
	server, err := listen()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	g := &Gateway{
		t: t, url: server.URL() + basePath, merchant: merchant, server: server, stop: stop, ctx: ctx,
		pages: server.URL() + basePath, settings: defaultSettings(), nonces: map[string]bool{},
		sameID: map[string][]*order{},
	}
	g.settings.merchantKey = &merchant.PublicKey
	g.delivered = sync.NewCond(&g.mu)
	server.Serve(g.own)
	return g, nil
}

// Close stops the gateway and the delivery of callbacks, and waits for both.
func (g *Gateway) Close() {
	g.mu.Lock()
	g.closed = true
	plain := g.plain
	for _, o := range g.orders {
		if o.timer != nil {
			o.timer.Stop()
		}
	}
	g.mu.Unlock()
	g.stop()
	g.server.Close()
	plain.Close()
	g.WaitCallbacks()
}

// URL is the base URL: https, loopback, and the context path.
func (g *Gateway) URL() string { return g.url }

// Handler serves the gateway a second time, on a server of your own: its API and its receivers' pages, to which all
// links lead from now on. origin is the scheme and host that clients use, "http://127.0.0.1:8085": the base URL is
// origin and the context path /paynet. Signatures must be made for it, whatever the request says of its own host and
// scheme. So it may be the address of a proxy that terminates TLS, also with a path under which the proxy serves the
// gateway. Another origin, such as one without a scheme, fails the test, or panics outside of tests. What breaks
// connections as such (RefuseConnections, CutConnections, HangHandshakes, CloseIdleConnections) does not reach them
// there.
func (g *Gateway) Handler(origin string) http.Handler {
	o, err := parseOrigin(origin)
	if err != nil {
		if g.t == nil {
			panic("payneteasytest: " + err.Error())
		}
		g.t.Helper()
		g.t.Fatalf("payneteasytest: %v", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pages = o.given + basePath
	return o.strip(g.at(o.signed))
}

// Config is a complete configuration for this gateway. Each call makes a new one, with a new http.Client.
func (g *Gateway) Config() payneteasy.Config {
	config := payneteasy.Config{
		BaseURL:    g.url,
		Endpoint:   payneteasy.EndpointID(EndpointID),
		Login:      Login,
		PrivateKey: g.merchant,
		ControlKey: payneteasy.NewSecret(ControlKey),
		HTTPClient: g.HTTPClient(),
	}
	if !g.server.OnPipes() {
		config.Wait = payneteasy.WaitOptions{MinInterval: time.Millisecond, MaxInterval: 2 * time.Millisecond}
		config.ResolveWindow = 100 * time.Millisecond
	}
	return config
}

// HTTPClient is a client that trusts the gateway's certificate and reaches its address. Its Transport is an
// *http.Transport, which speaks HTTP/2 unless it is told otherwise (see http.Transport.Protocols).
func (g *Gateway) HTTPClient() *http.Client { return g.server.Client() }

// RefuseConnections closes the port, as that of a server that is down, or opens it again: whatever was to be sent was
// not.
func (g *Gateway) RefuseConnections(refuse bool) {
	if err := g.server.RefuseConnections(refuse); err != nil {
		if g.t == nil {
			panic("payneteasytest: " + err.Error())
		}
		g.t.Helper()
		g.t.Fatalf("payneteasytest: %v", err)
	}
}

// CutConnections cuts the next n connections before the TLS handshake: whatever was to be sent on them was not sent.
func (g *Gateway) CutConnections(n int) { g.server.CutConnections(n) }

// HangHandshakes never answers the TLS handshake of the next n connections.
func (g *Gateway) HangHandshakes(n int) { g.server.HangHandshakes(n) }

// CloseIdleConnections closes the connections that clients keep in their pools, as gateways and proxies do after a
// while.
func (g *Gateway) CloseIdleConnections() { g.server.CloseIdleConnections() }
