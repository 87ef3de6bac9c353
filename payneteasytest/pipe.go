package payneteasytest

import (
	"context"
	"net"
	"sync"
)

// pipeListener accepts connections that are pipes in memory. Unlike a socket, a pipe is something that virtual time can
// wait for.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	ends  []net.Conn
	ended bool
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close cuts all pipes, so that nobody is left saying goodbye over TLS to somebody who no longer listens: virtual time
// ends with the test, and such a goodbye would then never time out.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for _, end := range l.ends {
		_ = end.Close() // a pipe's Close does not fail
	}
	return nil
}

// pipe makes a pipe that ends with the listener.
func (l *pipeListener) pipe() (client, server net.Conn, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return nil, nil, false
	}
	client, server = net.Pipe()
	l.ends = append(l.ends, client, server)
	return client, server, true
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	closed := &net.OpError{Op: "dial", Net: "pipe", Err: net.ErrClosed}
	client, server, ok := l.pipe()
	if !ok {
		return nil, closed
	}
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, closed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
