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

// Config uses these values. The gateway also accepts any other positive endpoint.
const (
	Login           = "TestMerchant"
	ControlKey      = "test-merchant-control"
	EndpointID      = 39915
	EndpointGroupID = 1144
)

// basePath is the context path, the same as ConnPay's.
const basePath = "/paynet"

// TB is the part of testing.TB that the gateway needs.
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
	stop     context.CancelFunc // ends the delivery of callbacks

	mu          sync.Mutex
	delivered   *sync.Cond // with mu: a callback has been delivered or given up
	callbacks   int        // in progress
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
	changed     chan struct{} // nil if no one waits for it
	told        int           // how many of doubles the test was told about
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

// NewPipeGateway is like NewGateway, but on pipes in memory. Call it within a testing/synctest bubble, so that hours of
// polling pass in milliseconds. It speaks HTTP/1.1 only. Config keeps the documented pace of polling.
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

// Start starts a gateway on a loopback port, for programs that are not tests. Call Close at the end.
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

// URL is the base URL with the scheme https, a loopback address, and the context path.
func (g *Gateway) URL() string { return g.url }

// Handler serves the gateway a second time, on a server of your own. It serves the API and the receivers' pages, and
// from now on all links lead to this server.
//
// origin is the scheme and host that clients use, such as "http://127.0.0.1:8085". The base URL is origin followed by
// the context path /paynet. Signatures must be made for this URL, whatever host and scheme the request itself has. So
// origin may be the address of a proxy that terminates TLS. It may have a path, under which the proxy serves the
// gateway. Any other origin, such as one without a scheme, fails the test. Outside of tests it panics.
//
// RefuseConnections, CutConnections, HangHandshakes and CloseIdleConnections have no effect on connections to your
// server.
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

// Config returns a complete configuration for this gateway. Each call makes a new one, with a new http.Client.
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

// HTTPClient returns a client that trusts the gateway's certificate and reaches its address. Its Transport is an
// *http.Transport. It speaks HTTP/2 unless you change its Protocols.
func (g *Gateway) HTTPClient() *http.Client { return g.server.Client() }

// RefuseConnections closes the port, like a server that is down, or opens it again. A request to a closed port was not
// sent.
func (g *Gateway) RefuseConnections(refuse bool) {
	if err := g.server.RefuseConnections(refuse); err != nil {
		if g.t == nil {
			panic("payneteasytest: " + err.Error())
		}
		g.t.Helper()
		g.t.Fatalf("payneteasytest: %v", err)
	}
}

// CutConnections cuts the next n connections before the TLS handshake. A request on such a connection was not sent.
func (g *Gateway) CutConnections(n int) { g.server.CutConnections(n) }

// HangHandshakes never answers the TLS handshake of the next n connections.
func (g *Gateway) HangHandshakes(n int) { g.server.HangHandshakes(n) }

// CloseIdleConnections closes the connections that clients keep in their pools, as gateways and proxies do after some
// time.
func (g *Gateway) CloseIdleConnections() { g.server.CloseIdleConnections() }
