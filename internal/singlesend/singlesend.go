// Package singlesend posts a form over HTTP and tells what is known of it afterwards: whether a byte may have left
// this process, and whether the whole reply arrived. A money-moving request is posted at most once: no redirect is
// followed, no connection is reused, nothing is sent again, and a caller's transport that sends again is stopped.
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

	// BeforeSend runs in Send after each connection is ready, before anything is written to it. A transport that reads
	// the body before it dials, or that does not honour httptrace, runs it before the first byte of the body too. An
	// error cancels the request.
	BeforeSend func() error
}

// Error is why there is no Reply.
type Error struct {
	Err error
	// NotSent is true only with proof: no connection was had and no byte of the body was read, because dialling, the
	// name look-up, a proxy or the TLS handshake failed, or because the context had already ended.
	NotSent bool
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// RepeatedError says that the transport took another connection for a request whose body it had already read, in
// other words that it was about to send it a second time. The request was cancelled; the first may have arrived.
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
	owned   bool  // both are *http.Transport of ours: they honour httptrace
	conns   int   // how many connections to one host there are for reading at a time, 0 for any number
	header  int64 // how large a header they read
	name    string
	timeout time.Duration
}

// Timeout bounds each call.
func (t *Transport) Timeout() time.Duration { return t.timeout }

// New makes a Transport from a caller's client (nil for the defaults). Of the client only Transport and Timeout are
// used: a cookie jar and a redirect policy have no place in a call that must be sent once. An *http.Transport is
// cloned, never changed; any other http.RoundTripper is used as it is. The first positive of timeout and the client's
// own bounds each call; 60 s otherwise.
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

// moneyTransport is cloned for each money call, so that the call has a connection of its own: a pooled one may have
// just gone away, and then a body was written that never arrived, with an outcome that stays unknown. DisableKeepAlives
// alone is not enough: over HTTP/2, calls at the same time are given one another's connections, and fail.
func moneyTransport(shared *http.Transport) *http.Transport {
	t := clone(shared)
	t.DisableKeepAlives = true
	return t
}

// readTransport pools enough connections for many concurrent polls. net/http's default keeps two per host, so that
// two hundred pollers shake hands again for nearly every poll. And it dials for each that finds none idle, so that as
// many handshakes as there are callers come at once; beyond the pool's size they wait for one another instead.
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

// copyOf is Clone with an own list of ALPN protocols, to which net/http appends when the copy is first used.
func copyOf(shared *http.Transport) *http.Transport {
	t := shared.Clone()
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = slices.Clip(t.TLSClientConfig.NextProtos)
		// Clone has set up HTTP/2 where net/http does so by itself, and a transport with a TLSClientConfig does not.
		t.ForceAttemptHTTP2 = t.ForceAttemptHTTP2 || slices.Contains(t.TLSClientConfig.NextProtos, "h2")
	}
	return t
}

func clone(shared *http.Transport) *http.Transport {
	t := copyOf(shared)
	// Replies are a few hundred bytes; without gzip their length is known, and a cut one is seen.
	t.DisableCompression = true
	// net/http goes on dialling after the request has ended; a handshake without a limit would go on for ever.
	if t.TLSHandshakeTimeout == 0 {
		t.TLSHandshakeTimeout = 10 * time.Second
	}
	// An HTTP/2 transport configured by golang.org/x/net would be shared between the clones, pool and all.
	if t.TLSNextProto["h2"] != nil {
		t.TLSNextProto, t.ForceAttemptHTTP2 = nil, true
	}
	return t
}

// Name is the Go type of the transport in use, for messages.
func (t *Transport) Name() string { return t.name }

// CloseIdleConnections closes the pooled connections that nobody uses at the moment.
func (t *Transport) CloseIdleConnections() {
	closeIdle(t.reads)
}

func closeIdle(rt http.RoundTripper) {
	if closer, ok := rt.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// Ask posts a request that changes nothing, on a pooled connection. It may fail because that has just gone away; asking
// again is the caller's decision.
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

// Send posts a request that moves money: at most once, on a connection of its own.
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
	// Without GetBody nobody can rewind the body and send it again: not net/http after a GOAWAY or a reset stream,
	// not a redirect with 307 or 308.
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

// uncompressed asks for a reply that is not compressed, also through a transport of the caller's that would ask for
// gzip: the length of a compressed reply proves nothing about what was in it.
func uncompressed(header http.Header) http.Header {
	header = header.Clone()
	header.Set("Accept-Encoding", "identity")
	return header
}

// roundTrip calls RoundTrip, not http.Client.Do: a client follows redirects, keeps cookies and rewrites POST to GET.
func roundTrip(rt http.RoundTripper, req *http.Request) (*Reply, error) {
	resp, err := rt.RoundTrip(req)
	if resp != nil && resp.Body != nil { // with an error it is against http.RoundTripper's contract, but seen
		defer func() { _ = resp.Body.Close() }() // the reply is read; a failing close takes nothing back
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
