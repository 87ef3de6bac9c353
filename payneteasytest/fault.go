package payneteasytest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// Fault is something that breaks between a merchant and a gateway. Some break before the gateway has got the request,
// some after it has accepted it: AfterAcceptance makes the one the other, where both can be. Over HTTP/2 a connection
// that is reset is a stream that is reset.
type Fault struct {
	wire   fakewire.Fault
	change func(*fakewire.Reply, *order) // of the answer, or nil
}

// String is the fault's name.
func (f Fault) String() string { return f.wire.Name }

// AfterAcceptance lets the gateway process the request first: it accepts the payout, and then the fault happens.
func (f Fault) AfterAcceptance() Fault {
	f.wire = f.wire.AfterAcceptance()
	return f
}

func instead(name string, answer fakewire.Reply) Fault {
	return Fault{wire: fakewire.Instead(name, answer)}
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

// Page answers with an HTML page, as a proxy does: 500, 502, 503, 403 …
func Page(status int, text string) Fault { return Fault{wire: fakewire.ErrorPage(status, text)} }

// AccessDenied answers with the documented page.
func AccessDenied() Fault { return instead("access denied", accessDenied()) }

// TooManyRequests answers 429 with Retry-After.
func TooManyRequests(retryAfter time.Duration) Fault {
	return Fault{wire: fakewire.TooManyRequests(retryAfter)}
}

// RedirectReply answers with a redirect, 301 to 308.
func RedirectReply(status int, location string) Fault {
	return Fault{wire: fakewire.Redirect(status, location)}
}

// ResetStream resets the HTTP/2 stream with an error code (RFC 9113 section 7) when the whole request has come; over
// HTTP/1.1 the connection is cut.
func ResetStream(code uint32) Fault { return Fault{wire: fakewire.ResetStream(code)} }

// GoAway ends the HTTP/2 connection with an error code, and denies having seen the request, when all of it has come;
// over HTTP/1.1 the connection is cut.
func GoAway(code uint32) Fault { return Fault{wire: fakewire.GoAway(code)} }

// EmptyReply answers 200 with nothing.
func EmptyReply() Fault { return Fault{wire: fakewire.EmptyReply(fakewire.HTML)} }

// ReplyOfOrder processes the request and answers with a form in which the ids are others: "another order".
func ReplyOfOrder(clientOrderID, orderID string) Fault {
	return instead("another order's reply", formReply(fields{
		{"type", "async-response"}, {"merchant-order-id", clientOrderID}, {"paynet-order-id", orderID},
	})).AfterAcceptance()
}

// ReplyOfType processes the request and answers it with another type.
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

// ClearFaults forgets the faults of FailNext, FailOrder, FailPayout and FailAtRandom that have not happened.
func (g *Gateway) ClearFaults() {
	g.set(func(s *settings) { s.faults, s.payoutFaults = fakewire.Faults[Fault]{}, nil })
}

// PendingFaults describes the faults of FailNext, FailOrder, FailPayout and FailAtRandom that have not happened.
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

// FailNext breaks the next calls, whatever they are, one after the other.
func (g *Gateway) FailNext(f ...Fault) {
	g.set(func(s *settings) { s.faults.Next(f...) })
}

// FailOrder breaks the next calls about an order, one after the other: first its payout, then its status requests.
// Which order a call is about is known only when its body has come, so a reset before or within it happens after it
// here.
func (g *Gateway) FailOrder(clientOrderID string, f ...Fault) {
	g.set(func(s *settings) { s.faults.About(clientOrderID, f...) })
}

// FailPayout breaks the next payouts of an order, one after the other, and no status request before them. It goes
// before the other faults; a reset happens when the body has come, as with FailOrder.
func (g *Gateway) FailPayout(clientOrderID string, f ...Fault) {
	g.set(func(s *settings) {
		if s.payoutFaults == nil {
			s.payoutFaults = map[string][]Fault{}
		}
		s.payoutFaults[clientOrderID] = append(s.payoutFaults[clientOrderID], f...)
	})
}

// FailAtRandom breaks one call in oneIn with one of these faults; the same seed breaks the same calls, if they come in
// the same order.
func (g *Gateway) FailAtRandom(seed uint64, oneIn int, f ...Fault) {
	g.set(func(s *settings) { s.faults.AtRandom(seed, oneIn, f...) })
}
