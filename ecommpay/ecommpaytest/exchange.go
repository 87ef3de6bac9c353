package ecommpaytest

import (
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

const (
	registrationPath = "/v2/payment/payout/registration"
	statusPath       = "/v2/payment/status"

	// maxRequest is larger than all documented fields together.
	maxRequest = 256 << 10
)

// exchange is one request of Gate API and its answer.
type exchange struct {
	path    string
	message map[string]any // nil if it is not a JSON object
	reply   fakewire.Reply
	answer  map[string]any // of reply, if it may be changed, without its signature
	signed  bool
}

func (g *Gateway) handle(w http.ResponseWriter, r *http.Request) {
	if g.handlePage(w, r) {
		return
	}
	// A reset within the body happens before the payment of the request is known.
	if fault := g.early(); fault != nil {
		fault.wire.Abort(r)
	}
	x, ok := receive(r)
	if !ok {
		x.reply.Write(w)
		return
	}
	fault := g.fault(text(x.message, "general", "payment_id"))
	if fault == nil || !fault.wire.Before {
		g.answer(x, r)
	}
	if fault == nil {
		x.reply.Write(w)
		return
	}
	if fault.change != nil && x.answer != nil {
		answer := maps.Clone(x.answer)
		fault.change(answer)
		g.respond(x, answer, x.signed)
	}
	fault.wire.Deliver(w, r, x.reply)
}

func (g *Gateway) fault(paymentID string) *Fault {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.settings.faults.Take(strings.ToLower(paymentID))
}

// early takes the fault of the next call, if the fault must happen before the body is read.
func (g *Gateway) early() *Fault {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.settings.faults.TakeNext(func(f Fault) bool { return f.wire.Early() })
}

// receive reads a request. If the request is not valid HTTP for this API, x already has the answer.
func receive(r *http.Request) (*exchange, bool) {
	x := &exchange{path: r.URL.EscapedPath()}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	switch {
	case x.path != registrationPath && x.path != statusPath:
		x.reply = fakewire.Page(http.StatusNotFound, "Not found")
		return x, false
	case r.Method != http.MethodPost:
		x.reply = fakewire.Page(http.StatusMethodNotAllowed, "Method not allowed")
		return x, false
	case media != jsonType:
		x.reply = refusal(http.StatusUnsupportedMediaType, malformed,
			"Malformed request: Content-Type is not application/json")
		return x, false
	case err != nil || len(body) > maxRequest || r.URL.RawQuery != "":
		x.reply = refusal(http.StatusBadRequest, malformed, "Malformed request")
		return x, false
	}
	x.message = decode(body)
	return x, true
}

// answer processes a request.
func (g *Gateway) answer(x *exchange, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	address, _, _ := net.SplitHostPort(r.RemoteAddr)
	if allowed := g.settings.allowedIPs; len(allowed) > 0 && !slices.Contains(allowed, address) {
		x.reply = refusal(http.StatusForbidden, "403", "Access denied: this IP address is not allowed")
		return
	}
	if refused := g.authentic(x); refused != nil {
		x.reply = *refused
		return
	}
	if x.path == statusPath {
		g.status(x)
		return
	}
	asked, code, fault := readRegistration(x.message)
	if code != "" {
		x.reply = refusal(http.StatusBadRequest, code, fault)
		return
	}
	// A payment ID whose registration ended in error may be used again.
	if earlier := g.find(asked.paymentID); earlier != nil && earlier.Status != statusError {
		x.reply = refusal(http.StatusBadRequest, "3041", "Payment ID already exists")
		return
	}
	p := g.accept(asked)
	g.respond(x, map[string]any{
		"status": "success", "request_id": p.requestID, "project_id": ProjectID, "payment_id": p.PaymentID,
	}, false)
}

// authentic returns nil for a message that the project has signed. The caller holds the lock.
func (g *Gateway) authentic(x *exchange) *fakewire.Reply {
	var refused fakewire.Reply
	project, isNumber := integer(x.message, "general", "project_id")
	signature := text(x.message, "general", "signature")
	switch {
	case x.message == nil:
		refused = refusal(http.StatusUnprocessableEntity, "2003", "Invalid JSON string")
	case field(x.message, "general", "project_id") == nil:
		refused = refusal(http.StatusBadRequest, "2004", "Required field not provided: general.project_id")
	case !isNumber:
		refused = refusal(http.StatusBadRequest, malformed, "Malformed request: general.project_id")
	case project != ProjectID:
		refused = refusal(http.StatusBadRequest, "2442", "Project ID not found")
	case signature == "":
		refused = refusal(http.StatusBadRequest, "3262", "Empty signature")
	case signature != checksum(x.message):
		refused = refusal(http.StatusBadRequest, "3261", "Invalid signature")
	default:
		return nil
	}
	return &refused
}

// respond answers 200 with a message, signed at its root or not at all.
func (g *Gateway) respond(x *exchange, answer map[string]any, signed bool) {
	x.answer, x.signed = answer, signed
	var body []byte
	if signed {
		written := maps.Clone(answer)
		body = mustEncode(withSignature(written, written))
	} else {
		body = mustEncode(encode(answer))
	}
	x.reply = jsonReply(http.StatusOK, body)
}
