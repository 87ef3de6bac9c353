package fakewire

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"sync/atomic"
)

// HTTP/2 frames of RFC 9113 that net/http's server cannot be made to send.
const (
	frameReset  = 0x3
	frameGoAway = 0x7
)

// frame is a frame whose payload is 32-bit numbers.
func frame(kind byte, stream uint32, payload ...uint32) []byte {
	f := binary.BigEndian.AppendUint32(nil,
		uint32(4*len(payload))<<8|uint32(kind)) //nolint:gosec // two numbers at most
	f = binary.BigEndian.AppendUint32(append(f, 0), stream)
	for _, number := range payload {
		f = binary.BigEndian.AppendUint32(f, number)
	}
	return f
}

type connectionKey struct{}

// connection is a connection and the number of requests on it.
type connection struct {
	net.Conn
	requests atomic.Uint32
}

func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{Conn: conn})
}

// countRequest must be called once for each request.
func countRequest(r *http.Request) {
	if conn, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		conn.requests.Add(1)
	}
}

// breakStream writes a frame between those of net/http's server. A client's streams have the numbers 1, 3, 5 and so on,
// so the latest request's is known if there are no concurrent requests on the connection.
func breakStream(r *http.Request, frame func(stream uint32) []byte) {
	conn, ok := r.Context().Value(connectionKey{}).(*connection)
	if !ok || r.ProtoMajor != 2 {
		return
	}
	_, _ = conn.Write(frame(2*conn.requests.Load() - 1)) // a lost connection is broken too
}
