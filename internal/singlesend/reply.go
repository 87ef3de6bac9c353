package singlesend

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

// MaxReply is how many bytes of a reply's body are read. A longer body is cut, and ReadErr says so.
const MaxReply = 1 << 20

// drainLimit limits what is read after MaxReply, so that a pooled connection can be reused.
const drainLimit = 64 << 10

// ErrReplyTooLarge is a Reply's ReadErr when its body is longer than MaxReply.
var ErrReplyTooLarge = errors.New("reply body over 1 MiB")

// Reply is what came back. ReadErr says why the body ended early. Body has what arrived before that.
type Reply struct {
	StatusCode int
	Header     http.Header
	Body       []byte
	// Whole is true when the end of the body is proved by Content-Length, by the last chunk, or by HTTP/2's end of
	// stream. A body that ended because the connection was closed may have been cut anywhere.
	Whole bool
	// Counted is true when Content-Length proves it. The other proofs are only about the last hop. A proxy that loses
	// the gateway in the middle of a reply without a length may end the reply properly.
	Counted bool
	// Encoding is the Content-Encoding, if the body is compressed. The request asks for none.
	Encoding string
	ReadErr  error
}

// grace is how long a closed body may take to end its Read.
const grace = time.Second

// readWithin reads a reply until the context ends. Some bodies do not end with the request's context. After a 101 the
// body is the bare connection, and Close of a caller's transport may not end a Read.
func readWithin(ctx context.Context, resp *http.Response) *Reply {
	done := make(chan *Reply, 1)
	go func() { done <- read(resp) }()
	select {
	case reply := <-done:
		return reply
	case <-ctx.Done():
	}
	if resp.Body != nil {
		go func() { _ = resp.Body.Close() }() // it may block as long as the read
	}
	select {
	case reply := <-done: // what arrived before
		return reply
	case <-time.After(grace):
		return &Reply{StatusCode: resp.StatusCode, Header: resp.Header, ReadErr: ctx.Err()}
	}
}

func read(resp *http.Response) *Reply {
	reply := &Reply{StatusCode: resp.StatusCode, Header: resp.Header}
	if resp.Body == nil {
		reply.Whole = resp.ContentLength == 0
		reply.Counted = reply.Whole
		return reply
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxReply+1))
	if len(body) > MaxReply {
		body, err = body[:MaxReply], ErrReplyTooLarge
		_, _ = io.CopyN(io.Discard, resp.Body, drainLimit)
	}
	reply.Body, reply.ReadErr = body, err
	reply.Encoding = httpcheck.Encoding(resp.Header)
	reply.Whole = err == nil && endProved(resp, int64(len(body)))
	reply.Counted = reply.Whole && resp.ContentLength >= 0
	return reply
}

func endProved(resp *http.Response, got int64) bool {
	switch {
	case resp.Uncompressed || httpcheck.Encoding(resp.Header) != "":
		return false // the caller's transport asked for gzip, so the length is not that of Body
	case resp.ContentLength >= 0:
		return resp.ContentLength == got
	case len(resp.TransferEncoding) > 0:
		return strings.EqualFold(resp.TransferEncoding[0], "chunked")
	default:
		return framed(resp)
	}
}

// framed reports whether the protocol itself marks the end of the body. Only the protocol that the TLS handshake
// negotiated counts, because the version in a status line is the peer's claim, and net/http believes it. Close is set
// when net/http read an HTTP/1 body up to the end of the connection, even if the handshake negotiated something else.
func framed(resp *http.Response) bool {
	if resp.TLS == nil || resp.Close {
		return false
	}
	return resp.TLS.NegotiatedProtocol == "h2" || resp.TLS.NegotiatedProtocol == "h3"
}
