// Package singlesend posts a form over HTTP. Afterwards it knows whether a byte may have left this process, and whether
// the whole reply arrived. A request that moves money is posted at most once. No redirect is followed, no connection is
// reused, nothing is sent again, and a caller's transport that sends again is stopped.
package singlesend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Request is one POST of a form.
type Request struct {
	URL    string
	Header http.Header
	Body   []byte

	// BeforeSend runs in Send when a connection is ready, before anything is written to it. If a transport reads the
	// body before it dials, or does not support httptrace, it also runs before the first byte of the body. An error
	// cancels the request.
	BeforeSend func() error
}

// Error is why there is no Reply.
type Error struct {
	Err error
	// NotSent is true only with proof that there was no connection and that no byte of the body was read. The dial, the
	// DNS look-up, a proxy or the TLS handshake failed, or the context had already ended.
	NotSent bool
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// RepeatedError says that the transport took another connection for a request whose body it had already read. It was
// about to send the request again, and was stopped. The first one may have arrived.
type RepeatedError struct {
	Transport string // the Go type of the http.RoundTripper
}

func (e *RepeatedError) Error() string {
	return fmt.Sprintf("the HTTP transport %s tried to send the request a second time and was stopped", e.Transport)
}

// Transport posts requests. Its methods are safe for concurrent use.
type Transport struct {
	fresh   func() http.RoundTripper // for one money call
	reads   http.RoundTripper
	owned   bool  // both are our own *http.Transport and support httptrace
	conns   int   // the limit of connections to one host for reading, or 0
	header  int64 // the largest header that they read
	name    string
	timeout time.Duration
}

// Timeout limits each call.
func (t *Transport) Timeout() time.Duration { return t.timeout }

// New makes a Transport from a caller's client (nil for the defaults). It uses only the client's Transport and Timeout,
// because a cookie jar and a redirect policy have no place in a call that must be sent once. An *http.Transport is
// cloned, never changed. Any other http.RoundTripper is used as it is. timeout limits each call. If it is not positive,
// the client's own does, or 60 s.
func New(client *http.Client, timeout time.Duration) *Transport {
	var base http.RoundTripper
	if client != nil {
		base = client.Transport
		if timeout <= 0 {
			timeout = client.Timeout
		}
	}
	if timeout <= 0 {
		timeout = time.Minute
	}
	if shared, ok := base.(*http.Transport); base == nil || ok && shared == nil {
		base = http.DefaultTransport
	}
	t := &Transport{timeout: timeout, name: fmt.Sprintf("%T", base)}
	if shared, ok := base.(*http.Transport); ok {
		money := moneyTransport(shared)
		t.fresh = func() http.RoundTripper { return followed(copyOf(money)) }
		reads := followed(readTransport(shared))
		t.reads, t.owned, t.conns, t.header = reads, true, reads.MaxConnsPerHost, headerLimit(shared)
	} else {
		t.fresh, t.reads = func() http.RoundTripper { return base }, base
	}
	return t
}

// moneyTransport is cloned for each money call, so that the call has its own connection. A pooled connection may have
// just gone away. Then a body was written that never arrived, and the outcome stays unknown. DisableKeepAlives alone is
// not enough, because over HTTP/2 concurrent calls get each other's connections, and fail.
func moneyTransport(shared *http.Transport) *http.Transport {
	t := clone(shared)
	t.DisableKeepAlives = true
	return t
}

// readTransport pools enough connections for many concurrent polls. The default of net/http keeps two per host, so that
// two hundred pollers make a new handshake for nearly every poll. It also dials for each call that finds none idle, so
// that there are as many handshakes at once as callers. Above the pool's size, calls wait for each other instead.
func readTransport(shared *http.Transport) *http.Transport {
	const pool = 256
	t := clone(shared)
	if t.MaxIdleConns != 0 {
		t.MaxIdleConns = max(t.MaxIdleConns, pool)
	}
	t.MaxIdleConnsPerHost = max(t.MaxIdleConnsPerHost, pool)
	if t.MaxConnsPerHost == 0 {
		t.MaxConnsPerHost = pool
	}
	return t
}

// copyOf is Clone with its own list of ALPN protocols, because net/http appends to the list when a copy is first used.
func copyOf(shared *http.Transport) *http.Transport {
	t := shared.Clone()
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = slices.Clip(t.TLSClientConfig.NextProtos)
		// Clone has set up HTTP/2 where net/http does it by itself. A transport with a TLSClientConfig does not.
		t.ForceAttemptHTTP2 = t.ForceAttemptHTTP2 || slices.Contains(t.TLSClientConfig.NextProtos, "h2")
	}
	return t
}

func clone(shared *http.Transport) *http.Transport {
	t := copyOf(shared)
	// Replies have a few hundred bytes. Without gzip their length is known, and a cut is visible.
	t.DisableCompression = true
	// net/http goes on dialling after the request has ended. A handshake without a limit would never end.
	if t.TLSHandshakeTimeout == 0 {
		t.TLSHandshakeTimeout = 10 * time.Second
	}
	// An HTTP/2 transport configured by golang.org/x/net would be shared between the clones, with its pool.
	if t.TLSNextProto["h2"] != nil {
		t.TLSNextProto, t.ForceAttemptHTTP2 = nil, true
	}
	return t
}

// Name is the Go type of the transport in use, for messages.
func (t *Transport) Name() string { return t.name }

// CloseIdleConnections closes the pooled connections that are not in use.
func (t *Transport) CloseIdleConnections() {
	closeIdle(t.reads)
}

func closeIdle(rt http.RoundTripper) {
	if closer, ok := rt.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// Ask posts a request that changes nothing, on a pooled connection. It may fail because the connection has just gone
// away. Whether to ask again is the caller's decision.
func (t *Transport) Ask(ctx context.Context, r Request) (*Reply, error) {
	if ctx.Err() != nil {
		return nil, &Error{Err: context.Cause(ctx), NotSent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	route := &route{limit: t.header, conns: t.conns}
	req, err := http.NewRequestWithContext(route.into(ctx), http.MethodPost, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, &Error{Err: err, NotSent: true}
	}
	req.Header = uncompressed(r.Header)
	reply, err := roundTrip(t.reads, req)
	if err != nil {
		return nil, &Error{Err: route.explain(ctx, err)}
	}
	return reply, nil
}

// Send posts a request that moves money at most once, on its own connection.
func (t *Transport) Send(ctx context.Context, r Request) (*Reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Error{Err: err, NotSent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	watch := &watch{body: r.Body, transport: t.Name(), stop: stop, beforeSend: r.BeforeSend}
	route := &route{limit: t.header}
	req, err := http.NewRequestWithContext(route.into(watch.trace(ctx)), http.MethodPost, r.URL, nil)
	if err != nil {
		return nil, &Error{Err: err, NotSent: true}
	}
	req.Header = uncompressed(r.Header)
	req.Body = watch
	req.ContentLength = int64(len(r.Body))
	// Without GetBody the body cannot be rewound and sent again, neither by net/http after a GOAWAY or a reset stream,
	// nor by a redirect with 307 or 308.
	req.GetBody = nil

	rt := t.fresh()
	if t.owned {
		defer closeIdle(rt)
	}
	reply, err := roundTrip(rt, req)
	if err != nil {
		return nil, watch.failure(ctx, route.explain(ctx, err), t.owned)
	}
	if repeated := watch.repeat(); repeated != nil {
		reply.Whole, reply.ReadErr = false, repeated
	}
	return reply, nil
}

// uncompressed asks for a reply that is not compressed, even if the caller's transport would ask for gzip. The length
// of a compressed reply proves nothing about its content.
func uncompressed(header http.Header) http.Header {
	header = header.Clone()
	header.Set("Accept-Encoding", "identity")
	return header
}

// roundTrip calls RoundTrip and not http.Client.Do, which follows redirects, keeps cookies and turns POST into GET.
func roundTrip(rt http.RoundTripper, req *http.Request) (*Reply, error) {
	resp, err := rt.RoundTrip(req)
	if resp != nil && resp.Body != nil { // with an error this breaks the contract of http.RoundTripper, but it happens
		defer func() { _ = resp.Body.Close() }() // the reply is read, so a failed close changes nothing
	}
	if resp == nil && err == nil {
		err = fmt.Errorf("the HTTP transport %T returned neither a reply nor an error", rt)
	}
	if err != nil {
		return nil, err
	}
	if resp.Request != nil && (resp.Request.Method != req.Method || resp.Request.URL.String() != req.URL.String()) {
		return nil, fmt.Errorf("the HTTP transport %T answered for another request: it followed a redirect", rt)
	}
	reply := readWithin(req.Context(), resp)
	if reply.ReadErr != nil && req.Context().Err() != nil && !errors.Is(reply.ReadErr, req.Context().Err()) {
		reply.ReadErr = errors.Join(req.Context().Err(), reply.ReadErr)
	}
	return reply, nil
}
