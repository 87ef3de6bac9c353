package fakewire

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// pipeListener accepts connections that are pipes in memory. Virtual time can wait for a pipe, but not for a socket.
type pipeListener struct {
	conns chan net.Conn

	mu     sync.Mutex
	closed chan struct{}
	ends   []net.Conn
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	closed := l.done()
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-closed:
		return nil, net.ErrClosed
	}
}

// done is closed with the listener.
func (l *pipeListener) done() chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// reopen lets a closed listener accept again.
func (l *pipeListener) reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = make(chan struct{})
}

func isClosed(done chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// Close cuts all pipes. Otherwise a TLS close alert could wait for a peer that no longer reads. Virtual time ends with
// the test, so that wait would never time out.
func (l *pipeListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !isClosed(l.closed) {
		close(l.closed)
	}
	for _, end := range l.ends {
		_ = end.Close() // a pipe's Close does not fail
	}
	l.ends = nil
	return nil
}

// pipe makes a pipe that ends with the listener.
func (l *pipeListener) pipe() (client, server net.Conn, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if isClosed(l.closed) {
		return nil, nil, false
	}
	client, server = net.Pipe()
	l.ends = append(l.ends, client, server)
	return client, server, true
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	refused := &net.OpError{Op: "dial", Net: "pipe", Err: syscall.ECONNREFUSED}
	closed := l.done()
	client, server, ok := l.pipe()
	if !ok {
		return nil, refused
	}
	select {
	case l.conns <- server:
		return client, nil
	case <-closed:
		return nil, refused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
