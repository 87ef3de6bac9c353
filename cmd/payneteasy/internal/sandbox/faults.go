package sandbox

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// namedFault is a fault that a person can choose.
type namedFault struct {
	Name  string // in the form
	Label string
	fault payneteasytest.Fault
}

// faults are the faults that a person can choose. A label says what happens, and whether the gateway then has the
// payout.
var faults = []namedFault{
	{"lose-reply", "The reply is lost – accepted", payneteasytest.LoseReply()},
	{"reset-before-body", "Connection reset before the body – nothing arrived", payneteasytest.ResetBeforeBody()},
	{"reset-within-body", "Connection reset within the body – not accepted", payneteasytest.ResetWithinBody()},
	{"reset-after-body", "Connection reset after the body – not accepted", payneteasytest.ResetAfterBody()},
	{"late-reply", "The reply comes 10 seconds late – accepted", payneteasytest.LateReply(10 * time.Second)},
	{"slow-reply", "The reply drips, 5 bytes a second – accepted", payneteasytest.SlowReply(200 * time.Millisecond)},
	{"cut-reply", "The reply is cut after 40 bytes – accepted", payneteasytest.CutReply(40)},
	{
		"cut-reply-unseen", "The same, but nothing shows that it is cut – accepted",
		payneteasytest.CutReplyWithoutLength(40),
	},
	{"empty-reply", "200 with an empty body – not accepted", payneteasytest.EmptyReply()},
	{"502", "502 Bad Gateway – not accepted", payneteasytest.Page(http.StatusBadGateway, "Bad gateway")},
	{
		"502-accepted", "502 Bad Gateway – accepted",
		payneteasytest.Page(http.StatusBadGateway, "Bad gateway").AfterAcceptance(),
	},
	{
		"503", "503 Service Unavailable – not accepted",
		payneteasytest.Page(http.StatusServiceUnavailable, "Service unavailable"),
	},
	{
		"500-accepted", "500 Internal Server Error – accepted",
		payneteasytest.Page(http.StatusInternalServerError, "Internal server error").AfterAcceptance(),
	},
	{"403", "403 Access is denied – not accepted", payneteasytest.AccessDenied()},
	{"429", "429 Too Many Requests – not accepted", payneteasytest.TooManyRequests(time.Minute)},
	{
		"307", "307 to another address – not accepted",
		payneteasytest.RedirectReply(http.StatusTemporaryRedirect, "/paynet/elsewhere"),
	},
	{"another-order", "The reply of another order – accepted", payneteasytest.ReplyOfOrder("another-order", "1234567")},
	{"type-error", "type=error with an order id – accepted", payneteasytest.ReplyOfType("error")},
	{"not-found", "Order not found", payneteasytest.NotFoundYet()},
}

// setFaults sets one fault, or removes all faults that have not happened yet.
func (s *Sandbox) setFaults(w http.ResponseWriter, r *http.Request, form url.Values) {
	if form.Get("do") == "clear" {
		s.config.Gateway.ClearFaults()
		s.done(w, r, "/#faults")
		return
	}
	var chosen *payneteasytest.Fault
	for _, f := range faults {
		if f.Name == form.Get("fault") {
			chosen = &f.fault
		}
	}
	oneIn, err := strconv.Atoi(form.Get("one_in"))
	switch when := form.Get("when"); {
	case chosen == nil:
		s.refuse(w, http.StatusUnprocessableEntity, "There is no such fault", "Nothing was set.")
		return
	case when == "next":
		s.config.Gateway.FailNext(*chosen)
	case when == "order" && form.Get("client_orderid") != "":
		s.config.Gateway.FailOrder(form.Get("client_orderid"), *chosen)
	case when == "payout" && form.Get("client_orderid") != "":
		s.config.Gateway.FailPayout(form.Get("client_orderid"), *chosen)
	case when == "order", when == "payout":
		s.refuse(w, http.StatusUnprocessableEntity, "Which order?", "Nothing was set: give its client_orderid.")
		return
	case when == "random" && err == nil && oneIn > 0:
		s.config.Gateway.FailAtRandom(rand.Uint64(), oneIn, *chosen) //nolint:gosec // a demonstration
	default:
		s.refuse(w, http.StatusUnprocessableEntity, "One call in how many?",
			"Nothing was set: give a whole number from 1 on.")
		return
	}
	s.done(w, r, "/#faults")
}
