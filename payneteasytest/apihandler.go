package payneteasytest

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// maxRequest is more than all documented parameters together can need.
const maxRequest = 1 << 20

var (
	apiPath    = regexp.MustCompile(`^` + basePath + `/api/(v[24]/[a-z-]+)/((?:group/)?[1-9][0-9]*)$`)
	apiPrefix  = regexp.MustCompile(`^` + basePath + `/api/`)
	loginField = "login"
)

// exchange is one request and its answer. Every answer passes through here, so that a fault can change it.
type exchange struct {
	url      string // the URL that was called, as it is signed
	command  string // "v4/payout"
	endpoint string // "39915" or "group/1144"
	form     url.Values
	json     bool // the answer must be JSON
	lastLF   bool
	serial   string
	reply    fakewire.Reply
	order    *order // the order that was accepted or asked about, if any
}

// own serves the gateway at its own address. There is no proxy in between, so a signature for another host is not valid
// here.
func (g *Gateway) own(w http.ResponseWriter, r *http.Request) {
	origin := g.server.URL()
	if !strings.EqualFold("https://"+r.Host, origin) {
		origin = ""
	}
	g.handle(w, r, origin)
}

// at serves the gateway under an origin, in the form that is signed.
func (g *Gateway) at(origin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { g.handle(w, r, origin) }
}

func (g *Gateway) handle(w http.ResponseWriter, r *http.Request, origin string) {
	if g.handlePage(w, r) {
		return
	}
	// A reset within the body happens before anyone knows which order the body is about.
	if fault := g.early(); fault != nil {
		fault.wire.Abort(r)
	}
	x, ok := g.receive(r)
	x.url = origin + r.URL.EscapedPath()
	if !ok {
		x.reply.Write(w)
		return
	}
	fault := g.fault(x.command, x.form.Get("client_orderid"))
	if fault == nil || !fault.wire.Before {
		g.answer(x, r)
		g.reportDoubles()
	}
	if fault == nil {
		x.reply.Write(w)
		return
	}
	if fault.change != nil {
		fault.change(&x.reply, x.order)
	}
	fault.wire.Deliver(w, r, x.reply)
}

func (g *Gateway) fault(command, clientOrderID string) *Fault {
	g.mu.Lock()
	defer g.mu.Unlock()
	if queue := g.settings.payoutFaults[clientOrderID]; len(queue) > 0 && isPayout(command) {
		g.settings.payoutFaults[clientOrderID] = queue[1:]
		return &queue[0]
	}
	return g.settings.faults.Take(clientOrderID)
}

// early takes the next call's fault if it must happen before the body is read.
func (g *Gateway) early() *Fault {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.settings.faults.TakeNext(func(f Fault) bool { return f.wire.Early() })
}

// receive reads a request. It returns false if the request is invalid, and then the answer is already set.
func (g *Gateway) receive(r *http.Request) (*exchange, bool) {
	x := &exchange{}
	path := apiPath.FindStringSubmatch(r.URL.EscapedPath())
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	switch {
	case !apiPrefix.MatchString(r.URL.Path), path == nil:
		x.reply = fakewire.Page(http.StatusNotFound, "Not found")
		return x, false
	case r.Method != http.MethodPost:
		x.reply = fakewire.Page(http.StatusMethodNotAllowed, "Method not allowed")
		return x, false
	case media != "application/x-www-form-urlencoded":
		x.reply = fakewire.Page(http.StatusUnsupportedMediaType, "Unsupported media type")
		return x, false
	case err != nil || len(body) > maxRequest:
		x.reply = fakewire.Page(http.StatusBadRequest, "Bad request")
		return x, false
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || r.URL.RawQuery != "" {
		x.reply = fakewire.Page(http.StatusBadRequest, "Bad request")
		return x, false
	}
	x.command, x.endpoint, x.form = path[1], path[2], form
	return x, true
}

func (g *Gateway) answer(x *exchange, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.serial++
	x.serial = fmt.Sprintf("00000000-0000-0000-0000-%012x", 0x2e2c321+g.serial)
	x.json = g.settings.json && strings.Contains(r.Header.Get("Accept"), "application/vnd.pay+json")
	x.lastLF = g.settings.lastLF
	switch x.command {
	case commandPayout, commandForm:
		if !g.authentic(r, x) {
			x.reply = accessDenied()
			return
		}
		g.payout(x)
	case "v4/status":
		if !g.authentic(r, x) {
			x.reply = accessDenied()
			return
		}
		g.status(x)
	case "v2/status":
		want := checksum(x.form.Get(loginField), x.form.Get("client_orderid"), x.form.Get("orderid"))
		if x.form.Get(loginField) != Login || x.form.Get("control") != want {
			x.refuse("error", "INVALID_CONTROL_CODE", "4")
			return
		}
		g.status(x)
	default:
		x.reply = fakewire.Page(http.StatusNotFound, "Not found")
	}
}

func (g *Gateway) payout(x *exchange) {
	// As at the real gateway, blanks at the ends of values do not count.
	for name, values := range x.form {
		for i, value := range values {
			x.form[name][i] = strings.TrimFunc(value, func(r rune) bool { return r <= ' ' })
		}
	}
	if broken := breach(x.form, x.command); broken != "" {
		x.refuse("validation-error", broken, "1")
		return
	}
	earlier := g.find("", x.form.Get("client_orderid"), "")
	switch {
	case earlier != nil && g.settings.repeat == RepeatRefused:
		x.refuse("validation-error", "Parameter client_orderid is not unique", "1")
	case earlier != nil && g.settings.repeat == RepeatSameAnswer:
		x.accepted(g, earlier)
	default:
		x.accepted(g, g.accept(x.endpoint, x.form, x.command == commandForm))
	}
}

func isPayout(command string) bool { return command == commandPayout || command == commandForm }

const (
	commandPayout = "v4/payout"
	commandForm   = "v4/payout-form" // asks the receiver for the account
)

func (x *exchange) accepted(g *Gateway, o *order) {
	x.order = o
	g.happened(o, Event{Kind: EventCall, Call: x.command, Count: 1})
	kind, link := "async-response", fields(nil)
	if x.command == commandForm {
		kind, link = "async-form-response", fields{{"redirect-url", g.link(o)}}
	}
	x.respond(http.StatusOK, append(fields{
		{"type", kind},
		{"serial-number", x.serial},
		{"merchant-order-id", o.ClientOrderID},
		{"paynet-order-id", o.OrderID},
		{"end-point-id", strings.TrimPrefix(o.Endpoint, "group/")},
	}, link...))
}

// refuse answers with an error. In a form the status is HTTP 200, in JSON it is HTTP 4xx.
func (x *exchange) refuse(kind, message, code string) {
	status := http.StatusOK
	if x.json {
		status = http.StatusBadRequest
	}
	answer := fields{{"type", kind}, {"serial-number", x.serial}}
	if id := x.form.Get("client_orderid"); id != "" {
		answer = append(answer, pair{"merchant-order-id", id})
	}
	x.respond(status, append(answer, pair{"error-message", message}, pair{"error-code", code}))
}

func (g *Gateway) status(x *exchange) {
	g.statusCalls++
	o := g.find(x.endpoint, x.form.Get("client_orderid"), x.form.Get("orderid"))
	if o == nil || o.hidden {
		g.notFound(x)
		return
	}
	step := o.now()
	if step.asks == asksConfirmation {
		step.RedirectTo = g.link(o)
	}
	answer := fields{
		{"type", "status-response"},
		{"serial-number", x.serial},
		{"merchant-order-id", o.ClientOrderID},
		{"paynet-order-id", o.OrderID},
		{"status", o.Status},
		{"amount", o.Amount},
		{"currency", o.Currency},
		{"original-gate-descriptor", "Test gate " + o.Currency},
		{"transaction-type", o.TransactionType},
		{"order-stage", o.Stage},
		{"paynet-processing-date", o.accepted.UTC().Add(3*time.Hour).Format(time.DateTime) + " MSK"},
		{"processor-tx-id", "PNTEST-" + o.OrderID},
		{"initial-amount", o.Amount},
	}
	for _, optional := range (fields{
		{"redirect-to", step.RedirectTo},
		{"error-message", step.ErrorMessage},
		{"error-code", step.ErrorCode},
		{"merchantdata", o.merchData},
		{"total-reversal-amount", o.total()},
	}) {
		if optional.value != "" {
			answer = append(answer, optional)
		}
	}
	x.respond(http.StatusOK, answer)
	g.happened(o, Event{Kind: EventCall, Call: x.command, Count: 1})
	g.advance(o)
}

func (g *Gateway) notFound(x *exchange) {
	message := fmt.Sprintf("Order with client_orderid %s not found", x.form.Get("client_orderid"))
	switch g.settings.notFound {
	case NotFoundValidation:
		x.refuse("validation-error", message, "1")
	case NotFoundStatusError:
		x.respond(http.StatusOK, fields{
			{"type", "status-response"},
			{"serial-number", x.serial},
			{"merchant-order-id", x.form.Get("client_orderid")},
			{"status", "error"},
			{"error-message", message},
		})
	case NotFoundPage:
		x.reply = fakewire.Page(http.StatusNotFound, "Not found")
	case NotFoundError:
		x.refuse("error", message, "5")
	}
}
