package payneteasytest

import (
	"crypto/rand"
	"slices"
)

// Become lets the rest of the latest order of a client_orderid be this script, from now on: it comes to the first of these
// steps at once, also when its receiver has not answered yet. A double payout that was seen stays seen, for it was asked
// for. It reports whether there is such an order that is
// not final: what is final is changed by TakeBack.
func (g *Gateway) Become(clientOrderID string, script Script) bool {
	defer g.reportDoubles()
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || o.now().final() || (Script{o.now()}).pays() || len(script) == 0 || g.closed {
		return false
	}
	if o.timer != nil {
		o.timer.Stop()
	}
	if script.asks() && o.receiver.token == "" {
		o.receiver.token = rand.Text()
	}
	o.pays = false
	g.answered(o, slices.Clone(script))
	return true
}
