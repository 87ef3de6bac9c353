package fakewire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Server serves HTTPS on loopback or on pipes in memory. Its methods are safe for concurrent use.
type Server struct {
	host        string
	certificate tls.Certificate
	roots       *x509.CertPool
	dial        func(ctx context.Context, network, addr string) (net.Conn, error) // nil for a real network
	protocols   *http.Protocols
	server      *http.Server
	gate        *gate
	served      chan struct{}
}

// Listen listens on a loopback port, for HTTP/1.1 and HTTP/2.
func Listen() (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	return newServer(listener, listener.Addr().String(), protocols)
}

// ListenPipe listens on pipes in memory, which virtual time (testing/synctest) can wait for.
func ListenPipe() (*Server, error) {
	listener := newPipeListener()
	// Only HTTP/1.1. The HTTP/2 server of net/http (go1.25) keeps channels in a pool of the whole process. It panics
	// when it gets one from another bubble.
	s, err := newServer(listener, "localhost", new(http.Protocols))
	if err != nil {
		return nil, err
	}
	s.dial = listener.dial
	return s, nil
}

func newServer(listener net.Listener, host string, protocols *http.Protocols) (*Server, error) {
	protocols.SetHTTP1(true)
	s := &Server{host: host, protocols: protocols, gate: newGate(listener), served: make(chan struct{})}
	var err error
	s.certificate, s.roots, err = certificate()
	return s, err
}

// Serve starts to serve. Call it once.
func (s *Server) Serve(handle http.HandlerFunc) {
	s.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			countRequest(r)
			handle(w, r)
		}),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{s.certificate}, MinVersion: tls.VersionTLS12},
		Protocols:         s.protocols,
		ConnState:         s.gate.track,
		ConnContext:       withConnection,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          noLog(),
	}
	go func() {
		defer close(s.served)
		_ = s.server.ServeTLS(s.gate, "", "") // it always returns an error, because it was closed
	}()
}

// noLog is for servers whose clients disconnect on purpose.
func noLog() *log.Logger { return log.New(io.Discard, "", 0) }

// Close cuts all connections, and waits until all handlers have ended.
func (s *Server) Close() {
	_ = s.server.Close()
	<-s.served
}

// URL is https, the loopback host, and no path.
func (s *Server) URL() string { return "https://" + s.host }

// OnPipes reports whether it listens on pipes.
func (s *Server) OnPipes() bool { return s.dial != nil }

// Client makes a client that trusts the server's certificate and reaches its address. Its Transport is an
// *http.Transport with HTTP/2.
func (s *Server) Client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.TLSClientConfig = &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	if s.dial != nil {
		transport.DialContext = s.dial
	}
	return &http.Client{Transport: transport}
}

// RefuseConnections closes the port and the idle connections, like a server that is down, or opens the port again.
func (s *Server) RefuseConnections(refuse bool) error {
	err := s.gate.refuse(refuse)
	s.gate.closeIdle()
	return err
}

// CutConnections cuts the next n connections before the TLS handshake.
func (s *Server) CutConnections(n int) {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.gate.cut = n
}

// HangHandshakes leaves the TLS handshakes of the next n connections without an answer.
func (s *Server) HangHandshakes(n int) {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.gate.hang = n
}

// CloseIdleConnections closes the idle connections of clients.
func (s *Server) CloseIdleConnections() { s.gate.closeIdle() }
