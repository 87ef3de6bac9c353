package fakewire

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Fault is something that breaks between a merchant and a gateway, before the gateway gets the request or after it has
// processed it. Over HTTP/2 a reset connection is a reset stream.
type Fault struct {
	Name    string
	Before  bool   // the gateway does not get the request
	Instead *Reply // the answer instead, or nil

	abort  bool // no reply
	read   int  // bytes of the body before an abort, or -1 for all
	delay  time.Duration
	drip   bool
	cut    bool
	cutAt  int
	length bool                       // with a Content-Length
	frame  func(stream uint32) []byte // what breaks an HTTP/2 stream
}

// AfterAcceptance lets the gateway process the request first.
func (f Fault) AfterAcceptance() Fault {
	f.Before, f.Name = false, f.Name+" after acceptance"
	return f
}

// Early reports whether it happens before the body is read.
func (f Fault) Early() bool { return f.Before && f.abort && f.read >= 0 }

// ResetBeforeBody cuts the connection when the headers have arrived.
func ResetBeforeBody() Fault { return Fault{Name: "reset before the body", Before: true, abort: true} }

// ResetWithinBody cuts the connection when part of the body has arrived.
func ResetWithinBody() Fault {
	return Fault{Name: "reset within the body", Before: true, abort: true, read: 20}
}

// ResetAfterBody cuts the connection when the whole request has arrived.
func ResetAfterBody() Fault {
	return Fault{Name: "reset after the body", Before: true, abort: true, read: -1}
}

// LoseReply processes the request and cuts the connection.
func LoseReply() Fault { return Fault{Name: "lose the reply", abort: true} }

// LateReply processes the request and answers after d.
func LateReply(d time.Duration) Fault { return Fault{Name: "late reply", delay: d, length: true} }

// SlowReply processes the request and sends a byte of the answer every d.
func SlowReply(d time.Duration) Fault {
	return Fault{Name: "slow reply", delay: d, drip: true, length: true}
}

// CutReply processes the request and cuts its answer after n bytes of the body.
func CutReply(n int) Fault {
	return Fault{Name: fmt.Sprintf("cut at %d", n), cut: true, cutAt: n, length: true}
}

// CutReplyWithoutLength is CutReply without a Content-Length.
func CutReplyWithoutLength(n int) Fault {
	return Fault{Name: fmt.Sprintf("cut at %d without length", n), cut: true, cutAt: n}
}

// Instead sends another answer.
func Instead(name string, reply Reply) Fault { return Fault{Name: name, Before: true, Instead: &reply} }

// ErrorPage answers with an HTML page, as a proxy does.
func ErrorPage(status int, text string) Fault {
	return Instead(fmt.Sprintf("page %d", status), Page(status, text))
}

// TooManyRequests answers 429 with Retry-After.
func TooManyRequests(retryAfter time.Duration) Fault {
	reply := Page(http.StatusTooManyRequests, "Too many requests")
	reply.Header = http.Header{"Retry-After": {strconv.Itoa(int(retryAfter / time.Second))}}
	return Instead("too many requests", reply)
}

// Redirect answers with a redirect, 301 to 308.
func Redirect(status int, location string) Fault {
	reply := Page(status, "Elsewhere")
	reply.Header = http.Header{"Location": {location}}
	return Instead(fmt.Sprintf("redirect %d", status), reply)
}

// EmptyReply answers 200 with an empty body.
func EmptyReply(contentType string) Fault {
	return Instead("empty reply", Reply{Status: http.StatusOK, ContentType: contentType})
}

// ResetStream resets the HTTP/2 stream with an error code when the whole request has arrived.
func ResetStream(code uint32) Fault {
	return Fault{
		Name: fmt.Sprintf("RST_STREAM %#x", code), Before: true, abort: true, read: -1,
		frame: func(stream uint32) []byte {
			return frame(frameReset, stream, code)
		},
	}
}

// GoAway ends the HTTP/2 connection with an error code, and claims not to have seen the request.
func GoAway(code uint32) Fault {
	return Fault{
		Name: fmt.Sprintf("GOAWAY %#x", code), Before: true, abort: true, read: -1,
		frame: func(uint32) []byte {
			return frame(frameGoAway, 0, 0, code)
		},
	}
}

// Deliver writes an answer with the fault.
func (f Fault) Deliver(w http.ResponseWriter, r *http.Request, answer Reply) {
	if f.Instead != nil {
		answer = *f.Instead
	}
	if f.abort {
		if f.frame != nil {
			breakStream(r, f.frame)
		}
		panic(http.ErrAbortHandler)
	}
	if f.delay > 0 && !f.drip && !Sleep(r.Context(), f.delay) {
		panic(http.ErrAbortHandler)
	}
	if !f.cut && !f.drip {
		answer.Write(w)
		return
	}
	body := answer.Body
	if f.cut {
		body = body[:min(f.cutAt, len(body))]
	}
	if !f.length && r.ProtoMajor == 1 {
		answer.writeUnending(w, body)
		return
	}
	answer.head(w, f.length)
	f.write(w, r, body)
	if f.cut && (f.length || r.ProtoMajor > 1) {
		panic(http.ErrAbortHandler)
	}
}

// write writes a body. If the fault drips, it writes byte by byte with a delay after each.
func (f Fault) write(w http.ResponseWriter, r *http.Request, body []byte) {
	controller := http.NewResponseController(w)
	for i := range body {
		_, _ = w.Write(body[i : i+1])
		if f.drip {
			_ = controller.Flush()
			if !Sleep(r.Context(), f.delay) {
				panic(http.ErrAbortHandler)
			}
		}
	}
	_ = controller.Flush()
}

// Abort runs an Early fault. It reads as much of the request as the fault allows, and cuts the connection.
func (f Fault) Abort(r *http.Request) {
	if f.read > 0 {
		_, _ = io.CopyN(io.Discard, r.Body, int64(f.read))
	}
	panic(http.ErrAbortHandler)
}

// Sleep sleeps for a while. It returns false if the context ends first.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
