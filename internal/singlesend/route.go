package singlesend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
)

// stage is how far the way to the gateway has come.
type stage int

const (
	waiting   stage = iota // for a free connection
	dialing                // the name is looked up, or it is dialled
	securing               // the TLS handshake with the proxy is under way
	asking                 // the proxy was asked for a connection to the gateway, by CONNECT or SOCKS
	tunnelled              // it has opened one: the TLS handshake with the gateway is under way
	connected              // the request has a connection
)

// way is how one request comes to the gateway: through which proxy, and how far. It judges why there was no connection.
type way struct {
	limit int64 // of the header of an answer to CONNECT
	conns int   // how many connections there are at a time, 0 for any number

	mu    sync.Mutex
	proxy *url.URL
	stage stage
	heard int64  // bytes of the answer
	first []byte // of them
	ended bool   // the proxy closed the connection
}

// into makes a context in which the way is followed.
func (w *way) into(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(context.WithValue(ctx, wayKey{}, w), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { w.reach(connected) },
		TLSHandshakeStart: func() {
			if w.isSOCKS() { // otherwise the answer to CONNECT has told
				w.reach(tunnelled)
			}
		},
	})
}

// begin is called for each attempt, since net/http may take another connection for a question.
func (w *way) begin(proxy *url.URL) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.proxy, w.stage, w.heard, w.first, w.ended = proxy, waiting, 0, nil, false
}

func (w *way) reach(s stage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stage = max(w.stage, s)
	if s == asking {
		w.heard, w.first, w.ended = 0, nil, false // what was heard before is of the handshake with the proxy
	}
}

func (w *way) isSOCKS() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.proxy != nil && strings.HasPrefix(w.proxy.Scheme, "socks")
}

// dialled takes the connection to a proxy, and listens to its answer.
func (w *way) dialled(conn net.Conn) net.Conn {
	w.mu.Lock()
	proxy := w.proxy
	w.mu.Unlock()
	switch {
	case proxy == nil:
		return conn
	case proxy.Scheme == "https":
		w.reach(securing)
	case w.isSOCKS():
		w.reach(asking)
	}
	return &proxyConn{Conn: conn, way: w}
}

// listen keeps the beginning of an answer: enough to tell what protocol it is of.
func (w *way) listen(p []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stage != asking {
		return
	}
	w.heard += int64(len(p))
	w.first = append(w.first, p[:min(len(p), len(httpVersion)-len(w.first))]...)
	w.ended = err != nil
}

// onlyWaited reports whether the call ended while it waited for a free connection: nothing was dialled for it.
func (w *way) onlyWaited(ctx context.Context) bool {
	return w.stage == waiting && w.conns > 0 && ctx.Err() != nil
}

// explain makes an error that names the proxy of one that came before there was a connection. ctx is the call's.
func (w *way) explain(ctx context.Context, err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.onlyWaited(ctx) {
		return fmt.Errorf("no connection was free, of at most %d: %w", w.conns, err)
	}
	var named *ProxyError
	if w.proxy == nil || w.stage == connected || errors.As(err, &named) {
		return err
	}
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks")) && op.Err != nil {
		err = op.Err
	}
	cause := withoutSecrets(w.proxy, err)
	switch {
	case w.stage <= dialing:
		return w.fault(err, "could not be reached: "+cause)
	case w.stage == securing:
		return w.fault(err, "could not be reached: the TLS handshake with it failed: "+cause)
	case w.stage == tunnelled:
		return w.fault(err, "opened a connection, and the TLS handshake with the gateway failed: "+cause)
	case !strings.HasPrefix(w.proxy.Scheme, "socks"):
		return w.connectFault(ctx, err, cause)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return w.fault(err, "closed the connection before its SOCKS answer was complete")
	}
	return w.fault(err, "opened no connection by SOCKS: "+strings.TrimPrefix(cause, "unknown error "))
}

// connectFault tells why there is no answer to CONNECT. net/http's error may quote the answer, which is not shown: it
// may repeat the request, with its password.
func (w *way) connectFault(ctx context.Context, err error, cause string) error {
	var op *net.OpError
	plain := w.proxy.Scheme != "https" // or what was heard is encrypted
	isHTTP := !plain || strings.HasPrefix(httpVersion, string(w.first))
	switch {
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded): // net/http has a limit of its own, a minute
		return w.fault(err, "did not answer CONNECT: "+cause)
	case w.heard >= w.limit:
		return w.fault(nil, fmt.Sprintf("answered CONNECT with a header that is larger than %d bytes", w.limit))
	case w.heard == 0 && w.ended:
		return w.fault(nil, "closed the connection without an answer to CONNECT")
	case isHTTP && (w.ended || errors.Is(err, io.ErrUnexpectedEOF)):
		return w.fault(nil, "closed the connection before its answer to CONNECT was complete")
	case errors.As(err, &op):
		return w.fault(err, "did not answer CONNECT: "+cause)
	case plain && isTLS(w.first):
		return w.fault(nil, "answered CONNECT with TLS: is its URL https://?")
	case isHTTP:
		return w.fault(nil, "answered CONNECT with malformed HTTP")
	}
	return w.fault(nil, "answered CONNECT with something that is not HTTP")
}

func (w *way) fault(err error, text string) error {
	return &ProxyError{Host: hostOf(w.proxy), text: text, err: err}
}

type wayKey struct{}

// wayOf is the way of a request. net/http dials with the values of the request's context.
func wayOf(ctx context.Context) *way {
	if w, ok := ctx.Value(wayKey{}).(*way); ok {
		return w
	}
	return &way{} // not a request of ours
}

// proxyConn is a connection to a proxy.
type proxyConn struct {
	net.Conn
	way *way
}

func (c *proxyConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.way.listen(p[:n], err)
	return n, err
}
