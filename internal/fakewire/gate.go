package fakewire

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// gate is a server's listener with faults before the first request.
type gate struct {
	net.Listener

	mu     sync.Mutex
	open   chan struct{} // closed while connections are accepted
	cut    int           // connections to cut at once
	hang   int           // connections whose handshake gets no answer
	held   []net.Conn
	idle   map[net.Conn]bool
	closed bool
}

func newGate(listener net.Listener) *gate {
	g := &gate{Listener: listener, open: make(chan struct{}), idle: map[net.Conn]bool{}}
	close(g.open)
	return g
}

// Accept accepts a connection, cuts it, or lets it hang.
func (g *gate) Accept() (net.Conn, error) {
	for {
		g.mu.Lock()
		listener, open := g.Listener, g.open
		g.mu.Unlock()
		<-open
		conn, err := listener.Accept()
		if err != nil {
			if g.replaced(listener, open) {
				continue
			}
			return nil, err
		}
		if g.pass(conn) {
			return conn, nil
		}
	}
}

// replaced reports whether a listener failed because it was closed by refuse.
func (g *gate) replaced(listener net.Listener, open chan struct{}) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.closed && (g.Listener != listener || g.open != open)
}

// refuse closes the port, or opens it again.
func (g *gate) refuse(refuse bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
		if !refuse || g.closed {
			return nil
		}
		g.open = make(chan struct{})
		return g.Listener.Close()
	default:
		if refuse {
			return nil
		}
	}
	if pipes, ok := g.Listener.(*pipeListener); ok {
		pipes.reopen()
	} else {
		listener, err := listenAgain(g.Listener.Addr().String())
		if err != nil {
			return err
		}
		g.Listener = listener
	}
	close(g.open)
	return nil
}

// listenAgain opens a port again. Another process, such as another test, may have taken it. Then it waits.
func listenAgain(address string) (listener net.Listener, err error) {
	var config net.ListenConfig
	for range 1000 {
		if listener, err = config.Listen(context.Background(), "tcp", address); err == nil {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	return listener, err
}

func (g *gate) pass(conn net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.cut > 0:
		g.cut--
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // close with a reset
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

// Close also ends the hanging connections.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, conn := range g.held {
		_ = conn.Close()
	}
	g.held = nil
	select {
	case <-g.open:
		return g.Listener.Close()
	default: // it is already closed
		close(g.open)
		return nil
	}
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
