package singlesend

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// watch is the body of one request and the witness of what happens to it: how much of it was read, how many
// connections were had for it, whether a dial was begun. It keeps no byte from leaving except after it was sealed.
type watch struct {
	body       []byte
	transport  string
	stop       context.CancelCauseFunc
	beforeSend func() error // nil: always send

	mu       sync.Mutex
	read     int
	conns    int
	dialing  bool
	sealed   bool
	repeated bool
	asked    bool  // beforeSend
	refused  error // by beforeSend
}

var errSealed = errors.New("the call has already ended")

// Read hands out the body once. After the call has ended it hands out nothing, so that "no byte was read" stays true.
func (w *watch) Read(p []byte) (int, error) {
	refused := w.askFirst()
	w.mu.Lock()
	defer w.mu.Unlock()
	if refused != nil {
		return 0, refused
	}
	if w.sealed {
		return 0, errSealed
	}
	if w.read == len(w.body) {
		return 0, io.EOF
	}
	n := copy(p, w.body[w.read:])
	w.read += n
	return n, nil
}

// askFirst runs beforeSend for a transport that reads the body and has not reported a connection: it may buffer the
// body before it dials, or not honour the trace.
func (w *watch) askFirst() error {
	w.mu.Lock()
	asked, refused := w.asked, w.refused
	w.mu.Unlock()
	if asked || refused != nil {
		return refused
	}
	return w.ask()
}

// ask runs beforeSend, without holding the lock: it may read a journal.
func (w *watch) ask() error {
	if w.beforeSend == nil {
		return nil
	}
	refused := w.beforeSend()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = true
	if w.refused == nil {
		w.refused = refused
	}
	return w.refused
}

func (w *watch) Close() error { return nil }

func (w *watch) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:           w.gotConn,
		DNSStart:          func(httptrace.DNSStartInfo) { w.dialBegun() },
		ConnectStart:      func(string, string) { w.dialBegun() },
		TLSHandshakeStart: w.dialBegun,
	})
}

func (w *watch) dialBegun() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dialing = true
}

// gotConn stops a second post. net/http calls it before it writes to the connection, but looks at the context only
// after it began to, so cancelling alone may come too late: the connection's writes are made to fail as well.
func (w *watch) gotConn(info httptrace.GotConnInfo) {
	refused := w.ask()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns++
	switch {
	case refused != nil:
		w.stop(refused)
	case w.conns > 1 && w.read > 0:
		w.repeated = true
		w.stop(&RepeatedError{Transport: w.transport})
	default:
		return
	}
	if info.Conn != nil {
		// Both, and not by the book of httptrace: a deadline may be overwritten, closing TLS may first say goodbye.
		_ = info.Conn.SetWriteDeadline(time.Unix(1, 0))
		_ = info.Conn.Close()
	}
}

func (w *watch) repeat() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.repeated {
		return &RepeatedError{Transport: w.transport}
	}
	return nil
}

// failure judges an error of RoundTrip. The transport may still be at work in the background, so the body is sealed
// before anything is said about it.
func (w *watch) failure(ctx context.Context, err error, owned bool) *Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sealed = true
	err = withoutAdvice(err)
	if w.repeated {
		return &Error{Err: errors.Join(&RepeatedError{Transport: w.transport}, err)}
	}
	if w.refused != nil {
		// A transport that has buffered the body may have sent it over a connection that it did not report.
		return &Error{Err: w.refused, NotSent: w.read == 0}
	}
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = errors.Join(err, cause)
	}
	untouched := w.read == 0 && w.conns == 0
	// A net/http transport reports each connection it gets, so its silence is proof. A caller's may not honour
	// the trace: there, only a dial seen to begin, or an error that is a dial's, is taken as proof.
	return &Error{Err: err, NotSent: untouched && (owned || w.dialing || isDialError(err))}
}

// brokenError is what net/http says of a stream that broke after the body was written, without its advice to make the
// request one that can be sent again.
type brokenError struct {
	text string
	err  error
}

func (e *brokenError) Error() string { return e.text }
func (e *brokenError) Unwrap() error { return e.err }

func withoutAdvice(err error) error {
	text, _, found := strings.Cut(err.Error(), "; define Request.GetBody to avoid this error")
	if !found {
		return err
	}
	text = strings.Replace(text, "cannot retry err [", "not sent again: [", 1)
	return &brokenError{text: text, err: err}
}

func isDialError(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var verification *tls.CertificateVerificationError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) || errors.As(err, &verification)
}
