package payneteasytest

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
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
	roots    *x509.CertPool
	dial     func(ctx context.Context, network, addr string) (net.Conn, error) // nil for a real network
	server   *http.Server
	gate     *gate
	served   chan struct{}
	pages    pages
	stop     context.CancelFunc // ends callbacks that are being delivered

	mu          sync.Mutex
	delivered   *sync.Cond // with mu: a callback has been delivered or given up
	callbacks   int        // under way
	settings    settings
	orders      []*order
	nonces      map[string]bool
	serial      int
	statusCalls int
	deliveries  []CallbackDelivery
	doubles     []string
	told        int // doubles that the test was told of
	closed      bool
	ctx         context.Context // of callbacks
}

// NewGateway starts a gateway on a loopback port and closes it when the test ends. A double payout fails the test.
func NewGateway(t TB) *Gateway {
	t.Helper()
	g, err := listen(t)
	if err != nil {
		t.Fatalf("payneteasytest: %v", err)
	}
	g.settings.callbackPause = time.Millisecond
	t.Cleanup(g.Close)
	return g
}

// NewPipeGateway is NewGateway on pipes in memory: call it within a testing/synctest bubble, and hours of polling pass
// in milliseconds. It speaks HTTP/1.1 only. Config keeps the documented pace of polling.
func NewPipeGateway(t TB) *Gateway {
	t.Helper()
	listener := newPipeListener()
	// HTTP/1.1 only: net/http's HTTP/2 server (go1.25) keeps channels in a pool of the whole process, and panics when
	// one from another bubble turns up.
	g, err := serve(t, listener, "localhost", new(http.Protocols))
	if err != nil {
		t.Fatalf("payneteasytest: %v", err)
	}
	g.dial = listener.dial
	t.Cleanup(g.Close)
	return g
}

// Start starts a gateway on a loopback port, for programs that are not tests; close it when done.
func Start() (*Gateway, error) { return listen(nil) }

func listen(t TB) (*Gateway, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	return serve(t, listener, listener.Addr().String(), protocols)
}

func serve(t TB, listener net.Listener, host string, protocols *http.Protocols) (*Gateway, error) {
	protocols.SetHTTP1(true)
	merchant, err := merchantKey()
	if err != nil {
		return nil, err
	}
	certificate, roots, err := certificate()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	g := &Gateway{
		t: t, url: "https://" + host + basePath, merchant: merchant, roots: roots,
		served: make(chan struct{}), stop: stop, ctx: ctx, pages: pages{url: "https://" + host + basePath},
		settings: defaultSettings(), nonces: map[string]bool{},
	}
	g.delivered = sync.NewCond(&g.mu)
	g.gate = newGate(listener)
	g.server = &http.Server{
		Handler:           http.HandlerFunc(g.handle),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		Protocols:         protocols,
		ConnState:         g.gate.track,
		ConnContext:       withConnection,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // clients that hang up are part of the game
	}
	go func() {
		defer close(g.served)
		_ = g.server.ServeTLS(g.gate, "", "") // always an error: that it was closed
	}()
	return g, nil
}

// Close stops the gateway and the delivery of callbacks, and waits for both.
func (g *Gateway) Close() {
	g.mu.Lock()
	g.closed = true
	plain := g.pages
	for _, o := range g.orders {
		if o.timer != nil {
			o.timer.Stop()
		}
	}
	g.mu.Unlock()
	g.stop()
	_ = g.server.Close() // whatever is open is cut
	<-g.served
	plain.close()
	g.WaitCallbacks()
}

// URL is the base URL: https, loopback, and the context path.
func (g *Gateway) URL() string { return g.url }

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
	if g.dial == nil {
		config.Wait = payneteasy.WaitOptions{MinInterval: time.Millisecond, MaxInterval: 2 * time.Millisecond}
		config.ResolveWindow = 100 * time.Millisecond
	}
	return config
}

// HTTPClient is a client that trusts the gateway's certificate and reaches its address. Its Transport is an
// *http.Transport, which speaks HTTP/2 unless it is told otherwise (see http.Transport.Protocols).
func (g *Gateway) HTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.TLSClientConfig = &tls.Config{RootCAs: g.roots, MinVersion: tls.VersionTLS12}
	if g.dial != nil {
		transport.DialContext = g.dial
	}
	return &http.Client{Transport: transport}
}
