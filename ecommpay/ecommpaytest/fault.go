package ecommpaytest

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// Fault is a failure between a merchant and Gate API. Some faults happen before the gateway has received the request,
// and some after it has accepted it. AfterAcceptance turns the first kind into the second, where both are possible.
// Over HTTP/2 a fault that resets a connection resets a stream. Payment Page and callbacks have no faults.
type Fault struct {
	wire   fakewire.Fault
	change func(answer map[string]any) // of a signed or unsigned answer, or nil
}

// String returns the fault's name.
func (f Fault) String() string { return f.wire.Name }

// AfterAcceptance makes the gateway process the request first. It registers the payout, and then the fault happens.
func (f Fault) AfterAcceptance() Fault {
	f.wire = f.wire.AfterAcceptance()
	return f
}

// ResetBeforeBody cuts the connection after the headers.
func ResetBeforeBody() Fault { return Fault{wire: fakewire.ResetBeforeBody()} }

// ResetWithinBody cuts the connection in the middle of the body.
func ResetWithinBody() Fault { return Fault{wire: fakewire.ResetWithinBody()} }

// ResetAfterBody cuts the connection after the whole request, before the gateway processes it.
func ResetAfterBody() Fault { return Fault{wire: fakewire.ResetAfterBody()} }

// LoseReply processes the request and cuts the connection instead of answering.
func LoseReply() Fault { return Fault{wire: fakewire.LoseReply()} }

// LateReply processes the request and answers after d.
func LateReply(d time.Duration) Fault { return Fault{wire: fakewire.LateReply(d)} }

// SlowReply processes the request and sends a byte of the answer every d.
func SlowReply(d time.Duration) Fault { return Fault{wire: fakewire.SlowReply(d)} }

// CutReply processes the request and cuts its answer after n bytes of the body. Content-Length promises the whole body.
func CutReply(n int) Fault { return Fault{wire: fakewire.CutReply(n)} }

// CutReplyWithoutLength is CutReply without a Content-Length. Over HTTP/1.1 the client cannot see that a part is
// missing.
func CutReplyWithoutLength(n int) Fault { return Fault{wire: fakewire.CutReplyWithoutLength(n)} }

// ResetStream resets the HTTP/2 stream with an error code (RFC 9113 section 7) after the whole request. Over HTTP/1.1
// it cuts the connection.
func ResetStream(code uint32) Fault { return Fault{wire: fakewire.ResetStream(code)} }

// GoAway ends the HTTP/2 connection with an error code after the whole request, and claims not to have seen the
// request. Over HTTP/1.1 it cuts the connection.
func GoAway(code uint32) Fault { return Fault{wire: fakewire.GoAway(code)} }

// Page answers with an HTML page, as a proxy does, for example with status 500, 502, 503 or 403.
func Page(status int, text string) Fault { return Fault{wire: fakewire.ErrorPage(status, text)} }

// TooManyRequests answers 429 with Retry-After.
func TooManyRequests(retryAfter time.Duration) Fault {
	return Fault{wire: fakewire.TooManyRequests(retryAfter)}
}

// RedirectReply answers with a redirect, 301 to 308.
func RedirectReply(status int, location string) Fault {
	return Fault{wire: fakewire.Redirect(status, location)}
}

// EmptyReply answers 200 with an empty body.
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

// FailNext breaks the next calls in turn, whatever they are.
func (g *Gateway) FailNext(f ...Fault) {
	g.set(func(s *settings) { s.faults.Next(f...) })
}

// FailPayment breaks the next calls about a payment in turn, first its registration and then its status requests. The
// gateway knows the payment of a call only after its body. So a reset before or within the body happens after it here.
func (g *Gateway) FailPayment(paymentID string, f ...Fault) {
	g.set(func(s *settings) { s.faults.About(strings.ToLower(paymentID), f...) })
}

// FailAtRandom breaks one call in oneIn with one of these faults. The same seed breaks the same calls, if they arrive
// in the same order.
func (g *Gateway) FailAtRandom(seed uint64, oneIn int, f ...Fault) {
	g.set(func(s *settings) { s.faults.AtRandom(seed, oneIn, f...) })
}
