package payneteasytest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Fault is something that breaks between a merchant and a gateway. Some break before the gateway has got the request,
// some after it has accepted it: AfterAcceptance makes the one the other, where both can be. Over HTTP/2 a connection
// that is reset is a stream that is reset.
type Fault struct {
	name   string
	before bool // the gateway does not get the request
	abort  bool // no reply
	read   int  // of the body, before an abort: -1 all, else so many bytes
	delay  time.Duration
	drip   bool
	cutAt  int // -1: whole
	length bool
	change func(*reply, *order)
	frame  func(stream uint32) []byte // what breaks an HTTP/2 stream
}

// String is the fault's name.
func (f Fault) String() string { return f.name }

// AfterAcceptance lets the gateway process the request first: it accepts the payout, and then the fault happens.
func (f Fault) AfterAcceptance() Fault {
	f.before, f.name = false, f.name+" after acceptance"
	return f
}

func instead(name string, change func(*reply, *order)) Fault {
	return Fault{name: name, before: true, cutAt: -1, change: change}
}

// ResetBeforeBody cuts the connection when the headers have come.
func ResetBeforeBody() Fault { return Fault{name: "reset before the body", before: true, abort: true} }

// ResetWithinBody cuts the connection when part of the body has come.
func ResetWithinBody() Fault {
	return Fault{name: "reset within the body", before: true, abort: true, read: 20}
}

// ResetAfterBody cuts the connection when the whole request has come, and the gateway has not looked at it.
func ResetAfterBody() Fault {
	return Fault{name: "reset after the body", before: true, abort: true, read: -1}
}

// LoseReply processes the request and cuts the connection instead of answering.
func LoseReply() Fault { return Fault{name: "lose the reply", abort: true} }

// LateReply processes the request and answers after d.
func LateReply(d time.Duration) Fault {
	return Fault{name: "late reply", delay: d, cutAt: -1, length: true}
}

// SlowReply processes the request and sends a byte of the answer every d.
func SlowReply(d time.Duration) Fault {
	return Fault{name: "slow reply", delay: d, drip: true, cutAt: -1, length: true}
}

// CutReply processes the request and cuts its answer after n bytes of the body, with a Content-Length that promises all.
func CutReply(n int) Fault { return Fault{name: fmt.Sprintf("cut at %d", n), cutAt: n, length: true} }

// CutReplyWithoutLength is CutReply without a Content-Length: over HTTP/1.1 nothing tells that something is missing.
func CutReplyWithoutLength(n int) Fault {
	return Fault{name: fmt.Sprintf("cut at %d without length", n), cutAt: n}
}

// Page answers with an HTML page, as a proxy does: 500, 502, 503, 403 …
func Page(status int, text string) Fault {
	return instead(fmt.Sprintf("page %d", status), func(r *reply, _ *order) { *r = page(status, text) })
}

// AccessDenied answers with the documented page.
func AccessDenied() Fault {
	return instead("access denied", func(r *reply, _ *order) { *r = accessDenied() })
}

// TooManyRequests answers 429 with Retry-After.
func TooManyRequests(retryAfter time.Duration) Fault {
	return instead("too many requests", func(r *reply, _ *order) {
		*r = page(http.StatusTooManyRequests, "Too many requests")
		r.header = http.Header{"Retry-After": {strconv.Itoa(int(retryAfter / time.Second))}}
	})
}

// Redirect answers with a redirect, 301 to 308.
func Redirect(status int, location string) Fault {
	return instead(fmt.Sprintf("redirect %d", status), func(r *reply, _ *order) {
		*r = page(status, "Elsewhere")
		r.header = http.Header{"Location": {location}}
	})
}

// ResetStream resets the HTTP/2 stream with an error code (RFC 9113 section 7) when the whole request has come; over
// HTTP/1.1 the connection is cut.
func ResetStream(code uint32) Fault {
	return Fault{name: fmt.Sprintf("RST_STREAM %#x", code), before: true, abort: true, read: -1, frame: func(stream uint32) []byte {
		return frame(frameReset, stream, code)
	}}
}

// GoAway ends the HTTP/2 connection with an error code, and denies having seen the request, when all of it has come; over
// HTTP/1.1 the connection is cut.
func GoAway(code uint32) Fault {
	return Fault{name: fmt.Sprintf("GOAWAY %#x", code), before: true, abort: true, read: -1, frame: func(uint32) []byte {
		return frame(frameGoAway, 0, 0, code)
	}}
}

// EmptyReply answers 200 with nothing.
func EmptyReply() Fault {
	return instead("empty reply", func(r *reply, _ *order) { *r = reply{status: http.StatusOK, contentType: formType} })
}

// OfOrder processes the request and answers with a form in which the ids are others: "another order".
func OfOrder(clientOrderID, orderID string) Fault {
	return instead("another order's reply", func(r *reply, _ *order) {
		*r = reply{status: http.StatusOK, contentType: formType, body: fields{
			{"type", "async-response"}, {"merchant-order-id", clientOrderID}, {"paynet-order-id", orderID},
		}.form(false)}
	}).AfterAcceptance()
}

// OfType processes the request and answers it with another type.
func OfType(kind string) Fault {
	return instead("type "+kind, func(r *reply, o *order) {
		answer := fields{{"type", kind}}
		if o != nil {
			answer = append(answer, pair{"merchant-order-id", o.ClientOrderID}, pair{"paynet-order-id", o.OrderID})
		}
		*r = reply{status: http.StatusOK, contentType: formType, body: append(answer, pair{"error-message", "Try later"}).form(false)}
	}).AfterAcceptance()
}

// NotFoundYet answers a status request as if there were no such order.
func NotFoundYet() Fault {
	return instead("not found yet", func(r *reply, _ *order) {
		*r = reply{status: http.StatusOK, contentType: formType, body: fields{{"type", "error"}, {"error-message", "Order not found"}, {"error-code", "5"}}.form(false)}
	})
}

// faults are what is to break.
type faults struct {
	next    []Fault            // for the next calls, one each
	byOrder map[string][]Fault // for the next calls about an order
	random  *rand.Rand
	chance  int // one call in so many
	choice  []Fault
}

// FailNext breaks the next calls, whatever they are, one after the other.
func (g *Gateway) FailNext(f ...Fault) {
	g.set(func(s *settings) { s.faults.next = append(s.faults.next, f...) })
}

// FailOrder breaks the next calls about an order, one after the other: first its payout, then its status requests. Which
// order a call is about is known only when its body has come, so a reset before or within it happens after it here.
func (g *Gateway) FailOrder(clientOrderID string, f ...Fault) {
	g.set(func(s *settings) {
		if s.faults.byOrder == nil {
			s.faults.byOrder = map[string][]Fault{}
		}
		s.faults.byOrder[clientOrderID] = append(s.faults.byOrder[clientOrderID], f...)
	})
}

// FailAtRandom breaks one call in oneIn with one of these faults; the same seed breaks the same calls, if they come in
// the same order.
func (g *Gateway) FailAtRandom(seed uint64, oneIn int, f ...Fault) {
	g.set(func(s *settings) {
		s.faults.random, s.faults.chance, s.faults.choice = rand.New(rand.NewPCG(seed, seed)), oneIn, f //nolint:gosec // repeatable on purpose
	})
}

// take takes the fault for a call about an order, if there is one. The caller holds the lock.
func (f *faults) take(clientOrderID string) *Fault {
	if len(f.next) > 0 {
		fault := f.next[0]
		f.next = f.next[1:]
		return &fault
	}
	if queue := f.byOrder[clientOrderID]; len(queue) > 0 {
		f.byOrder[clientOrderID] = queue[1:]
		return &queue[0]
	}
	if f.random != nil && f.random.IntN(max(f.chance, 1)) == 0 && len(f.choice) > 0 {
		return &f.choice[f.random.IntN(len(f.choice))]
	}
	return nil
}

// deliver writes an answer as a fault would have it.
func (f *Fault) deliver(w http.ResponseWriter, r *http.Request, answer reply) {
	switch {
	case f.abort:
		if f.frame != nil {
			breakStream(r, f.frame)
		}
		panic(http.ErrAbortHandler)
	case f.delay > 0 && !f.drip:
		if !sleep(r.Context(), f.delay) {
			panic(http.ErrAbortHandler)
		}
	}
	if f.cutAt < 0 && !f.drip {
		answer.write(w)
		return
	}
	body := answer.body
	if f.cutAt >= 0 {
		body = body[:min(f.cutAt, len(body))]
	}
	if !f.length && r.ProtoMajor == 1 {
		answer.writeUnending(w, body)
		return
	}
	answer.head(w, f.length)
	controller := http.NewResponseController(w)
	for i := range body {
		_, _ = w.Write(body[i : i+1])
		if f.drip {
			_ = controller.Flush()
			if !sleep(r.Context(), f.delay) {
				panic(http.ErrAbortHandler)
			}
		}
	}
	_ = controller.Flush()
	if f.cutAt >= 0 && (f.length || r.ProtoMajor > 1) {
		panic(http.ErrAbortHandler)
	}
}

// swallow reads as much of the request as a fault lets through.
func (f *Fault) swallow(r *http.Request) {
	if f.read > 0 {
		_, _ = io.CopyN(io.Discard, r.Body, int64(f.read))
	}
}

// writeUnending answers over HTTP/1.1 without saying how long the body is: it ends with the connection.
func (r reply) writeUnending(w http.ResponseWriter, body []byte) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(errors.Join(http.ErrAbortHandler, err))
	}
	_, _ = fmt.Fprintf(buffered, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nConnection: close\r\n\r\n%s", r.status, http.StatusText(r.status), r.contentType, body)
	_ = buffered.Flush()
	_ = conn.Close()
}
