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

// watch is the body of one request. It counts how much of it was read and how many connections were used, and notes
// whether a dial began. Only a sealed watch hands out no byte.
type watch struct {
	body       []byte
	transport  string
	stop       context.CancelCauseFunc
	beforeSend func() error // may be nil

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

// Read hands out the body once. After the call it hands out nothing, so that "no byte was read" stays true.
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

// askFirst runs beforeSend for a transport that reads the body and has not reported a connection. It may buffer the
// body before it dials, or not support the trace.
func (w *watch) askFirst() error {
	w.mu.Lock()
	asked, refused := w.asked, w.refused
	w.mu.Unlock()
	if asked || refused != nil {
		return refused
	}
	return w.ask()
}

// ask runs beforeSend without the lock, because beforeSend may read a journal.
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

// gotConn stops a second post. net/http calls it before it writes to the connection, but checks the context only after
// the write began. To cancel may be too late, so gotConn also makes the connection's writes fail.
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
		// Both are needed, although httptrace does not intend this. A deadline may be overwritten, and closing TLS may
		// first write an alert.
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

// failure classifies an error of RoundTrip. The transport may still work in the background, so the body is sealed
// first.
func (w *watch) failure(ctx context.Context, err error, owned bool) *Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sealed = true
	err = withoutAdvice(err)
	if w.repeated {
		return &Error{Err: errors.Join(&RepeatedError{Transport: w.transport}, err)}
	}
	if w.refused != nil {
		// A transport that buffered the body may have sent it over a connection that it did not report.
		return &Error{Err: w.refused, NotSent: w.read == 0}
	}
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = errors.Join(err, cause)
	}
	untouched := w.read == 0 && w.conns == 0
	// A net/http transport reports each connection, so silence is proof. A caller's transport may not support the
	// trace. There, only a dial that was seen to begin, or an error of a dial, is proof.
	return &Error{Err: err, NotSent: untouched && (owned || w.dialing || isDialError(err))}
}

// brokenError is net/http's error about a stream that broke after the body was written, without its advice to make the
// request repeatable.
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
