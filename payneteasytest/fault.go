package payneteasytest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// Fault is something that breaks between a merchant and a gateway. Some faults happen before the gateway has the
// request, others after it has accepted it. AfterAcceptance turns the first kind into the second, where both are
// possible. Over HTTP/2, a reset resets the stream instead of the connection.
type Fault struct {
	wire   fakewire.Fault
	change func(*fakewire.Reply, *order) // changes the answer, or is nil
}

// String is the fault's name.
func (f Fault) String() string { return f.wire.Name }

// AfterAcceptance lets the gateway process the request first. It accepts the payout, and then the fault happens.
func (f Fault) AfterAcceptance() Fault {
	f.wire = f.wire.AfterAcceptance()
	return f
}

func instead(name string, answer fakewire.Reply) Fault {
	return Fault{wire: fakewire.Instead(name, answer)}
}

// ResetBeforeBody cuts the connection after the headers have arrived.
func ResetBeforeBody() Fault { return Fault{wire: fakewire.ResetBeforeBody()} }

// ResetWithinBody cuts the connection after part of the body has arrived.
func ResetWithinBody() Fault { return Fault{wire: fakewire.ResetWithinBody()} }

// ResetAfterBody cuts the connection after the whole request has arrived. The gateway does not process it.
func ResetAfterBody() Fault { return Fault{wire: fakewire.ResetAfterBody()} }

// LoseReply processes the request and cuts the connection instead of answering.
func LoseReply() Fault { return Fault{wire: fakewire.LoseReply()} }

// LateReply processes the request and answers after d.
func LateReply(d time.Duration) Fault { return Fault{wire: fakewire.LateReply(d)} }

// SlowReply processes the request and sends a byte of the answer every d.
func SlowReply(d time.Duration) Fault { return Fault{wire: fakewire.SlowReply(d)} }

// CutReply processes the request and cuts its answer after n bytes of the body. The Content-Length promises all of it.
func CutReply(n int) Fault { return Fault{wire: fakewire.CutReply(n)} }

// CutReplyWithoutLength is CutReply without a Content-Length. Over HTTP/1.1 nothing shows that a part is missing.
func CutReplyWithoutLength(n int) Fault { return Fault{wire: fakewire.CutReplyWithoutLength(n)} }

// Page answers with an HTML page, as a proxy does, with a status such as 500, 502, 503 or 403.
func Page(status int, text string) Fault { return Fault{wire: fakewire.ErrorPage(status, text)} }

// AccessDenied answers with the documented page.
func AccessDenied() Fault { return instead("access denied", accessDenied()) }

// TooManyRequests answers with HTTP 429 and Retry-After.
func TooManyRequests(retryAfter time.Duration) Fault {
	return Fault{wire: fakewire.TooManyRequests(retryAfter)}
}

// RedirectReply answers with a redirect, 301 to 308.
func RedirectReply(status int, location string) Fault {
	return Fault{wire: fakewire.Redirect(status, location)}
}

// ResetStream resets the HTTP/2 stream with an error code (RFC 9113 section 7) after the whole request has arrived.
// Over HTTP/1.1 it cuts the connection.
func ResetStream(code uint32) Fault { return Fault{wire: fakewire.ResetStream(code)} }

// GoAway ends the HTTP/2 connection with an error code after the whole request has arrived. It says that the request
// was not seen. Over HTTP/1.1 it cuts the connection.
func GoAway(code uint32) Fault { return Fault{wire: fakewire.GoAway(code)} }

// EmptyReply answers with HTTP 200 and an empty body.
func EmptyReply() Fault { return Fault{wire: fakewire.EmptyReply(fakewire.HTML)} }

// ReplyOfOrder processes the request and answers with a form that has these IDs, which are another order's.
func ReplyOfOrder(clientOrderID, orderID string) Fault {
	return instead("another order's reply", formReply(fields{
		{"type", "async-response"}, {"merchant-order-id", clientOrderID}, {"paynet-order-id", orderID},
	})).AfterAcceptance()
}

// ReplyOfType processes the request and answers with another type.
func ReplyOfType(kind string) Fault {
	f := Fault{wire: fakewire.Fault{Name: "type " + kind, Before: true}, change: func(r *fakewire.Reply, o *order) {
		answer := fields{{"type", kind}}
		if o != nil {
			answer = append(answer, pair{"merchant-order-id", o.ClientOrderID}, pair{"paynet-order-id", o.OrderID})
		}
		*r = formReply(append(answer, pair{"error-message", "Try later"}))
	}}
	return f.AfterAcceptance()
}

// NotFoundYet answers a status request as if there were no such order.
func NotFoundYet() Fault {
	return instead("not found yet",
		formReply(fields{{"type", "error"}, {"error-message", "Order not found"}, {"error-code", "5"}}))
}

func formReply(f fields) fakewire.Reply {
	return fakewire.Reply{Status: http.StatusOK, ContentType: fakewire.HTML, Body: f.form(false)}
}

// ClearFaults removes the faults of FailNext, FailOrder, FailPayout and FailAtRandom that have not happened yet.
func (g *Gateway) ClearFaults() {
	g.set(func(s *settings) { s.faults, s.payoutFaults = fakewire.Faults[Fault]{}, nil })
}

// PendingFaults describes the faults of FailNext, FailOrder, FailPayout and FailAtRandom that have not happened yet.
func (g *Gateway) PendingFaults() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	pending := g.settings.faults.Pending()
	for _, id := range slices.Sorted(maps.Keys(g.settings.payoutFaults)) {
		for _, fault := range g.settings.payoutFaults[id] {
			pending = append(pending, fmt.Sprintf("next payout of %s: %v", id, fault))
		}
	}
	return pending
}

// FailNext breaks the next calls of any kind, one fault a call.
func (g *Gateway) FailNext(f ...Fault) {
	g.set(func(s *settings) { s.faults.Next(f...) })
}

// FailOrder breaks the next calls about an order, one fault a call. The first is its payout, then come its status
// requests. The body says which order a call is about. So ResetBeforeBody and ResetWithinBody happen here only after
// the whole body has arrived.
func (g *Gateway) FailOrder(clientOrderID string, f ...Fault) {
	g.set(func(s *settings) { s.faults.About(clientOrderID, f...) })
}

// FailPayout breaks the next payouts of an order, one fault a payout. Status requests before them do not use up a
// fault. It takes precedence over the other faults. As with FailOrder, a reset happens only after the body has arrived.
func (g *Gateway) FailPayout(clientOrderID string, f ...Fault) {
	g.set(func(s *settings) {
		if s.payoutFaults == nil {
			s.payoutFaults = map[string][]Fault{}
		}
		s.payoutFaults[clientOrderID] = append(s.payoutFaults[clientOrderID], f...)
	})
}

// FailAtRandom breaks one call in oneIn with one of these faults. The same seed breaks the same calls if they come in
// the same order.
func (g *Gateway) FailAtRandom(seed uint64, oneIn int, f ...Fault) {
	g.set(func(s *settings) { s.faults.AtRandom(seed, oneIn, f...) })
}
