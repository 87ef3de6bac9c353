package singlesend

import (
	"context"
	"net"
	"net/http"
)

// followTLS follows a caller's dialer that makes the TLS handshake itself.
func followTLS(t *http.Transport) {
	dial, old := t.DialTLSContext, t.DialTLS //nolint:staticcheck // a caller may still use it
	if dial == nil && old != nil {
		dial = func(_ context.Context, network, address string) (net.Conn, error) { return old(network, address) }
	}
	if dial == nil {
		return
	}
	t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		routeOf(ctx).reach(dialing)
		return dial(ctx, network, address)
	}
}

// attemptsHTTP2 reports whether net/http attempts HTTP/2 by itself. It does not with a dialer, so followed must turn
// HTTP/2 on.
func attemptsHTTP2(t *http.Transport) bool {
	dials := t.DialContext != nil || t.DialTLSContext != nil ||
		t.Dial != nil || t.DialTLS != nil //nolint:staticcheck // a caller may still use them
	off := t.TLSNextProto != nil && len(t.TLSNextProto) == 0
	return t.TLSClientConfig == nil && !dials && !off
}

// dialerOf returns the dialer that net/http would use.
func dialerOf(t *http.Transport) func(ctx context.Context, network, address string) (net.Conn, error) {
	switch {
	case t.DialContext != nil:
		return t.DialContext
	case t.Dial != nil: //nolint:staticcheck // a caller may still use it
		dial := t.Dial //nolint:staticcheck // as above
		return func(_ context.Context, network, address string) (net.Conn, error) { return dial(network, address) }
	}
	return new(net.Dialer).DialContext
}
