package payneteasytest

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// ask is what the receiver of an order must do next.
type ask string

const (
	asksNothing      ask = ""
	asksAccount      ask = "account"      // fill in the payout form
	asksConfirmation ask = "confirmation" // confirm or refuse
)

// receiver is the receiver's side of an order.
type receiver struct {
	token    string // the end of the receiver's link
	deadline time.Time
	request  url.Values // the payout's parameters
	name     string     // the name that the receiver has entered
	expired  bool
	returned bool // the receiver's browser was sent back to the merchant
}

// link returns the receiver's link, or nothing.
func (g *Gateway) link(o *order) string {
	if o.receiver.token == "" {
		return ""
	}
	kind := "confirm"
	if o.script[0].asks == asksAccount {
		kind = "form"
	}
	return g.pages + "/" + kind + "/" + o.receiver.token
}

// answered continues an order whose receiver has answered. The caller holds the lock.
func (g *Gateway) answered(o *order, rest Script) {
	o.script = slices.Concat(o.script[:o.step+1], rest)
	o.step++
	g.enter(o)
	g.reckon(o)
}

// expire ends the wait for the receiver. The caller holds the lock.
func (g *Gateway) expire(o *order) {
	o.receiver.expired = true
	g.answered(o, declined("The receiver did not answer in time", "6"))
}

// submit takes the filled-in form, for which the order waits. The caller holds the lock.
func (g *Gateway) submit(o *order, account, name string) {
	o.Account, o.receiver.name = account, name
	g.answered(o, g.outcome(account))
}

// confirm takes the receiver's confirmation or refusal if the order waits for it. The caller holds the lock.
func (g *Gateway) confirm(o *order, agreed bool) {
	switch {
	case o.now().asks != asksConfirmation:
	case agreed:
		g.answered(o, o.script[o.step+1:])
	default:
		g.answered(o, declined("Refused by the receiver", "7"))
	}
}

// visited returns the order of a link, or nil. It also declines an order whose deadline has passed, in case its timer
// is late. The caller holds the lock.
func (g *Gateway) visited(token string) *order {
	for _, o := range g.orders {
		if o.receiver.token != "" && o.receiver.token == token {
			if o.now().asks != asksNothing && !time.Now().Before(o.receiver.deadline) {
				g.expire(o)
			}
			return o
		}
	}
	return nil
}

// ReceiverURL returns the receiver's link of the latest order of a client_orderid. The link leads to the payout form or
// to the confirmation page. It is empty if there is no link.
func (g *Gateway) ReceiverURL(clientOrderID string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if o := g.find("", clientOrderID, ""); o != nil {
		return g.link(o)
	}
	return ""
}

// SubmitForm does what the receiver does on the payout form of the latest order of a client_orderid. It enters account
// and name (the form's account_number and account_name). It reports whether the order was waiting for this.
func (g *Gateway) SubmitForm(clientOrderID, account, name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || o.now().asks != asksAccount {
		return false
	}
	g.submit(o, account, name)
	return true
}

// ExpireLink makes the receiver's link of the latest order of a client_orderid expire at once, so the order is
// declined. It reports whether the order was waiting for its receiver.
func (g *Gateway) ExpireLink(clientOrderID string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || o.now().asks == asksNothing {
		return false
	}
	g.expire(o)
	return true
}

// returnURL returns the URL to which the receiver's browser is sent at the end, or nothing.
func (o *order) returnURL() string {
	request := o.receiver.request
	switch {
	case request.Get("redirect_url") != "":
		return request.Get("redirect_url")
	case o.Status == "approved":
		return request.Get("redirect_success_url")
	default:
		return request.Get("redirect_fail_url")
	}
}

// returned returns the parameters for returnURL. They are the documented ones, and some that were seen in live
// redirects.
func (o *order) returned() fields {
	all := append(o.told(), pair{"processor-tx-id", "PNTEST-" + o.OrderID})
	all = slices.DeleteFunc(all, func(p pair) bool { return p.value == "" && p.name != "error_message" })
	return append(all, pair{"control", checksum(o.Status, o.OrderID, o.ClientOrderID)})
}

// receiverName returns the receiver's name as the merchant gave it.
func receiverName(request url.Values) string {
	if name := request.Get("account_name"); name != "" {
		return name
	}
	return strings.TrimSpace(request.Get("receiver_first_name") + " " + request.Get("receiver_last_name"))
}
