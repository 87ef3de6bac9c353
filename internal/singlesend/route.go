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

// stage is the progress of a route to the gateway.
type stage int

const (
	waiting   stage = iota // for a free connection
	dialing                // a DNS look-up or a dial is in progress
	securing               // the TLS handshake with the proxy is in progress
	asking                 // the proxy was asked for a connection to the gateway, by CONNECT or SOCKS
	tunnelled              // the proxy has opened one, and the TLS handshake with the gateway is in progress
	connected              // the request has a connection
)

// route is the way of one request to the gateway, with its proxy and its progress. It says why there was no connection.
type route struct {
	limit int64 // of the header of an answer to CONNECT
	conns int   // the limit of connections at a time, or 0

	mu    sync.Mutex
	proxy *url.URL
	stage stage
	heard int64  // bytes of the answer
	first []byte // of them
	ended bool   // the proxy closed the connection
}

// into returns a context in which the route is followed.
func (r *route) into(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(context.WithValue(ctx, routeKey{}, r), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { r.reach(connected) },
		TLSHandshakeStart: func() {
			if r.isSOCKS() { // otherwise the answer to CONNECT has said it
				r.reach(tunnelled)
			}
		},
	})
}

// begin is called for each attempt, because net/http may use another connection for a question.
func (r *route) begin(proxy *url.URL) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.proxy, r.stage, r.heard, r.first, r.ended = proxy, waiting, 0, nil, false
}

func (r *route) reach(s stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stage = max(r.stage, s)
	if s == asking {
		r.heard, r.first, r.ended = 0, nil, false // the bytes before belong to the handshake with the proxy
	}
}

func (r *route) isSOCKS() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.proxy != nil && strings.HasPrefix(r.proxy.Scheme, "socks")
}

// dialled wraps the connection to a proxy, and listens to its answer.
func (r *route) dialled(conn net.Conn) net.Conn {
	r.mu.Lock()
	proxy := r.proxy
	r.mu.Unlock()
	switch {
	case proxy == nil:
		return conn
	case proxy.Scheme == "https":
		r.reach(securing)
	case r.isSOCKS():
		r.reach(asking)
	}
	return &proxyConn{Conn: conn, route: r}
}

// listen keeps the beginning of an answer, enough to recognize its protocol.
func (r *route) listen(p []byte, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stage != asking {
		return
	}
	r.heard += int64(len(p))
	r.first = append(r.first, p[:min(len(p), len(httpVersion)-len(r.first))]...)
	r.ended = err != nil
}

// onlyWaited reports whether the call ended while it waited for a free connection. Nothing was dialled for it.
func (r *route) onlyWaited(ctx context.Context) bool {
	return r.stage == waiting && r.conns > 0 && ctx.Err() != nil
}

// explain turns an error from before the connection into one that names the proxy. ctx is the call's.
func (r *route) explain(ctx context.Context, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.onlyWaited(ctx) {
		return fmt.Errorf("no connection was free, of at most %d: %w", r.conns, err)
	}
	var named *ProxyError
	if r.proxy == nil || r.stage == connected || errors.As(err, &named) {
		return err
	}
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks")) && op.Err != nil {
		err = op.Err
	}
	cause := withoutSecrets(r.proxy, err)
	switch {
	case r.stage <= dialing:
		return r.fault(err, "could not be reached: "+cause)
	case r.stage == securing:
		return r.fault(err, "could not be reached: the TLS handshake with it failed: "+cause)
	case r.stage == tunnelled:
		return r.fault(err, "opened a connection, and the TLS handshake with the gateway failed: "+cause)
	case !strings.HasPrefix(r.proxy.Scheme, "socks"):
		return r.connectFault(ctx, err, cause)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return r.fault(err, "closed the connection before its SOCKS answer was complete")
	}
	return r.fault(err, "opened no connection by SOCKS: "+strings.TrimPrefix(cause, "unknown error "))
}

// connectFault says why there is no answer to CONNECT. net/http's error may quote the answer. The answer is not shown,
// because it may repeat the request with its password.
func (r *route) connectFault(ctx context.Context, err error, cause string) error {
	var op *net.OpError
	plain := r.proxy.Scheme != "https" // otherwise the answer is encrypted
	isHTTP := !plain || strings.HasPrefix(httpVersion, string(r.first))
	switch {
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded): // net/http has its own limit of a minute
		return r.fault(err, "did not answer CONNECT: "+cause)
	case r.heard >= r.limit:
		return r.fault(nil, fmt.Sprintf("answered CONNECT with a header that is larger than %d bytes", r.limit))
	case r.heard == 0 && r.ended:
		return r.fault(nil, "closed the connection without an answer to CONNECT")
	case isHTTP && (r.ended || errors.Is(err, io.ErrUnexpectedEOF)):
		return r.fault(nil, "closed the connection before its answer to CONNECT was complete")
	case errors.As(err, &op):
		return r.fault(err, "did not answer CONNECT: "+cause)
	case plain && isTLS(r.first):
		return r.fault(nil, "answered CONNECT with TLS: is its URL https://?")
	case isHTTP:
		return r.fault(nil, "answered CONNECT with malformed HTTP")
	}
	return r.fault(nil, "answered CONNECT with something that is not HTTP")
}

func (r *route) fault(err error, text string) error {
	return &ProxyError{Host: hostOf(r.proxy), text: text, err: err}
}

type routeKey struct{}

// routeOf is the route of a request. net/http dials with the values of the request's context.
func routeOf(ctx context.Context) *route {
	if r, ok := ctx.Value(routeKey{}).(*route); ok {
		return r
	}
	return &route{} // not a request of ours
}

// proxyConn is a connection to a proxy.
type proxyConn struct {
	net.Conn
	route *route
}

func (c *proxyConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.route.listen(p[:n], err)
	return n, err
}
