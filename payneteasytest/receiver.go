package payneteasytest

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// ask is what an order waits for its receiver to do.
type ask string

const (
	asksNothing      ask = ""
	asksAccount      ask = "account"      // fill in the payout form
	asksConfirmation ask = "confirmation" // confirm or refuse
)

// receiver is the receiver's side of an order.
type receiver struct {
	token    string // what his link ends with
	deadline time.Time
	request  url.Values // the payout's parameters
	name     string     // what he calls himself
	expired  bool
	returned bool // his browser was sent back to the merchant
}

// link is where the receiver goes, or nothing.
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

// answered goes on with an order whose receiver has answered. The caller holds the lock.
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

// submit takes the filled-in form, which is awaited. The caller holds the lock.
func (g *Gateway) submit(o *order, account, name string) {
	o.Account, o.receiver.name = account, name
	g.answered(o, g.outcome(account))
}

// confirm takes the receiver's confirmation or refusal, if it is awaited. The caller holds the lock.
func (g *Gateway) confirm(o *order, agreed bool) {
	switch {
	case o.now().asks != asksConfirmation:
	case agreed:
		g.answered(o, o.script[o.step+1:])
	default:
		g.answered(o, declined("Refused by the receiver", "7"))
	}
}

// visited is the order of a link, or nil. An order whose time is over expires here if its timer is late. The caller
// holds the lock.
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

// ReceiverURL is the receiver's link of the latest order of a client_orderid: to its payout form, or to where it is to
// be confirmed. It is empty if there is none.
func (g *Gateway) ReceiverURL(clientOrderID string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if o := g.find("", clientOrderID, ""); o != nil {
		return g.link(o)
	}
	return ""
}

// SubmitForm does what the receiver does on the payout form of the latest order of a client_orderid: it enters account
// and name (the form's account_number and account_name). It reports whether the order was waiting for that.
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

// ExpireLink lets the receiver's link of the latest order of a client_orderid expire at once: the order is declined. It
// reports whether the order was waiting for its receiver.
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

// returnURL is where the receiver's browser goes in the end, or nothing.
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

// returned are the parameters with which it goes there: the documented ones, and some that were seen in live redirects.
func (o *order) returned() fields {
	all := append(o.told(), pair{"processor-tx-id", "PNTEST-" + o.OrderID})
	all = slices.DeleteFunc(all, func(p pair) bool { return p.value == "" && p.name != "error_message" })
	return append(all, pair{"control", checksum(o.Status, o.OrderID, o.ClientOrderID)})
}

// receiverName is the name that the merchant gave.
func receiverName(request url.Values) string {
	if name := request.Get("account_name"); name != "" {
		return name
	}
	return strings.TrimSpace(request.Get("receiver_first_name") + " " + request.Get("receiver_last_name"))
}
