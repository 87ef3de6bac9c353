package payneteasytest

import (
	"github.com/payneteasy-go/payneteasy"
)

// TakeBackPart takes back a part of an approved order: "3.00" of 10.42, by a transaction of type "reversal",
// "chargeback" … Call it again for the next part. The callback has the part as its amount; the status keeps the
// order's, and has the sum of all parts as total-reversal-amount. Which amounts they have at a gateway is not
// documented. It reports whether there is such an approved order of which that much is left.
func (g *Gateway) TakeBackPart(clientOrderID, transactionType, amount string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || o.Status != "approved" {
		return false
	}
	part, err := payneteasy.ParseAmount(amount, o.Currency)
	whole, wholeErr := payneteasy.ParseAmount(o.Amount, o.Currency)
	if err != nil || wholeErr != nil || part.Minor() > whole.Minor()-o.takenBack.Minor() {
		return false
	}
	total, err := payneteasy.AmountFromMinor(o.takenBack.Minor()+part.Minor(), o.Currency)
	if err != nil {
		return false
	}
	o.part, o.takenBack = part, total
	o.TransactionType, o.Stage = transactionType, transactionType+"_approved"
	g.happened(o, Event{Kind: EventStep})
	g.callBack(o)
	return true
}

// amount is what a callback about the latest transaction of an order says.
func (o *order) amount() string {
	if o.part.IsZero() {
		return o.Amount
	}
	return o.part.Decimal()
}

// total is what was taken back in parts, if anything was.
func (o *order) total() string {
	if o.takenBack.IsZero() {
		return ""
	}
	return o.takenBack.Decimal()
}

// TakeBack turns an approved order into an approved transaction of another type, as a reversal or a chargeback does:
// "reversal", "chargeback" … The merchant is called back at notify_url, and not at server_callback_url. It reports
// whether there is such an approved order.
func (g *Gateway) TakeBack(clientOrderID, transactionType string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || o.Status != "approved" {
		return false
	}
	o.TransactionType, o.Stage = transactionType, transactionType+"_approved"
	g.happened(o, Event{Kind: EventStep})
	g.callBack(o)
	return true
}
