package payneteasytest

import (
	"net"
	"net/http"
	"sync"
)

// gate is the gateway's listener with faults that happen before there is a request.
type gate struct {
	net.Listener

	mu     sync.Mutex
	cut    int // connections to cut at once
	hang   int // connections to leave without an answer to the handshake
	held   []net.Conn
	idle   map[net.Conn]bool
	closed bool
}

func newGate(listener net.Listener) *gate {
	return &gate{Listener: listener, idle: map[net.Conn]bool{}}
}

// Accept lets a connection through, or has it cut or hang.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g.pass(conn) {
			return conn, nil
		}
	}
}

func (g *gate) pass(conn net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.cut > 0:
		g.cut--
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, no farewell
		}
		_ = conn.Close()
		return false
	case g.hang > 0 && !g.closed:
		g.hang--
		g.held = append(g.held, conn)
		return false
	}
	return true
}

// Close ends the connections that were left hanging, too.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, conn := range g.held {
		_ = conn.Close()
	}
	g.held = nil
	return g.Listener.Close()
}

// track notes which connections are idle.
func (g *gate) track(conn net.Conn, state http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if state == http.StateIdle {
		g.idle[conn] = true
	} else {
		delete(g.idle, conn)
	}
}

func (g *gate) closeIdle() {
	g.mu.Lock()
	idle := g.idle
	g.idle = map[net.Conn]bool{}
	g.mu.Unlock()
	for conn := range idle {
		_ = conn.Close()
	}
}

// CutConnections cuts the next n connections before the TLS handshake: whatever was to be sent on them was not sent.
func (g *Gateway) CutConnections(n int) {
	g.gate.mu.Lock()
	defer g.gate.mu.Unlock()
	g.gate.cut = n
}

// HangHandshakes never answers the TLS handshake of the next n connections.
func (g *Gateway) HangHandshakes(n int) {
	g.gate.mu.Lock()
	defer g.gate.mu.Unlock()
	g.gate.hang = n
}

// CloseIdleConnections closes the connections that clients keep in their pools, as gateways and proxies do after a while.
func (g *Gateway) CloseIdleConnections() { g.gate.closeIdle() }
