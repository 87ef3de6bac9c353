package ecommpaytest

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// Fault is something that breaks between a merchant and Gate API. Some break before the gateway has got the request,
// some after it has accepted it: AfterAcceptance makes the one the other, where both can be. Over HTTP/2 a connection
// that is reset is a stream that is reset. Payment Page and callbacks take no faults.
type Fault struct {
	wire   fakewire.Fault
	change func(answer map[string]any) // of a signed or unsigned answer, or nil
}

// String is the fault's name.
func (f Fault) String() string { return f.wire.Name }

// AfterAcceptance lets the gateway process the request first: it registers the payout, and then the fault happens.
func (f Fault) AfterAcceptance() Fault {
	f.wire = f.wire.AfterAcceptance()
	return f
}

// ResetBeforeBody cuts the connection when the headers have come.
func ResetBeforeBody() Fault { return Fault{wire: fakewire.ResetBeforeBody()} }

// ResetWithinBody cuts the connection when part of the body has come.
func ResetWithinBody() Fault { return Fault{wire: fakewire.ResetWithinBody()} }

// ResetAfterBody cuts the connection when the whole request has come, and the gateway has not looked at it.
func ResetAfterBody() Fault { return Fault{wire: fakewire.ResetAfterBody()} }

// LoseReply processes the request and cuts the connection instead of answering.
func LoseReply() Fault { return Fault{wire: fakewire.LoseReply()} }

// LateReply processes the request and answers after d.
func LateReply(d time.Duration) Fault { return Fault{wire: fakewire.LateReply(d)} }

// SlowReply processes the request and sends a byte of the answer every d.
func SlowReply(d time.Duration) Fault { return Fault{wire: fakewire.SlowReply(d)} }

// CutReply processes the request and cuts its answer after n bytes of the body, with a Content-Length that promises
// all.
func CutReply(n int) Fault { return Fault{wire: fakewire.CutReply(n)} }

// CutReplyWithoutLength is CutReply without a Content-Length: over HTTP/1.1 nothing tells that something is missing.
func CutReplyWithoutLength(n int) Fault { return Fault{wire: fakewire.CutReplyWithoutLength(n)} }

// ResetStream resets the HTTP/2 stream with an error code (RFC 9113 section 7) when the whole request has come; over
// HTTP/1.1 the connection is cut.
func ResetStream(code uint32) Fault { return Fault{wire: fakewire.ResetStream(code)} }

// GoAway ends the HTTP/2 connection with an error code, and denies having seen the request, when all of it has come;
// over HTTP/1.1 the connection is cut.
func GoAway(code uint32) Fault { return Fault{wire: fakewire.GoAway(code)} }

// Page answers with an HTML page, as a proxy does: 500, 502, 503, 403 …
func Page(status int, text string) Fault { return Fault{wire: fakewire.ErrorPage(status, text)} }

// TooManyRequests answers 429 with Retry-After.
func TooManyRequests(retryAfter time.Duration) Fault {
	return Fault{wire: fakewire.TooManyRequests(retryAfter)}
}

// RedirectReply answers with a redirect, 301 to 308.
func RedirectReply(status int, location string) Fault {
	return Fault{wire: fakewire.Redirect(status, location)}
}

// EmptyReply answers 200 with nothing.
func EmptyReply() Fault { return Fault{wire: fakewire.EmptyReply(jsonType)} }

// Refuse answers with a refusal in the documented format: {"status":"error","code":…,"message":…}.
func Refuse(httpStatus int, code, message string) Fault {
	return Fault{wire: fakewire.Instead(fmt.Sprintf("refuse %d %s", httpStatus, code),
		refusal(httpStatus, code, message))}
}

// ReplyOfPayment processes the request and answers as if it had been about another payment.
func ReplyOfPayment(paymentID string) Fault {
	f := Fault{
		wire: fakewire.Fault{Name: "another payment's reply", Before: true},
		change: func(answer map[string]any) {
			if payment, ok := answer["payment"].(map[string]any); ok {
				payment = maps.Clone(payment)
				payment["id"], answer["payment"] = paymentID, payment
			} else {
				answer["payment_id"] = paymentID
			}
		},
	}
	return f.AfterAcceptance()
}

// FailNext breaks the next calls, whatever they are, one after the other.
func (g *Gateway) FailNext(f ...Fault) {
	g.set(func(s *settings) { s.faults.Next(f...) })
}

// FailPayment breaks the next calls about a payment, one after the other: first its registration, then its status
// requests. Which payment a call is about is known only when its body has come, so a reset before or within it happens
// after it here.
func (g *Gateway) FailPayment(paymentID string, f ...Fault) {
	g.set(func(s *settings) { s.faults.About(strings.ToLower(paymentID), f...) })
}

// FailAtRandom breaks one call in oneIn with one of these faults; the same seed breaks the same calls, if they come in
// the same order.
func (g *Gateway) FailAtRandom(seed uint64, oneIn int, f ...Fault) {
	g.set(func(s *settings) { s.faults.AtRandom(seed, oneIn, f...) })
}
