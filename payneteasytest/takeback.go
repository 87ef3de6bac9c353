package payneteasytest

import (
	"github.com/payneteasy-go/payneteasy"
)

// TakeBackPart takes back a part of an approved order, such as "3.00" of 10.42. transactionType is the type of the
// transaction that does so, such as "reversal" or "chargeback". Call it again for the next part.
//
// The callback has the part as its amount. The status keeps the order's amount, and has the sum of all parts as
// total-reversal-amount. It is not documented which amounts a gateway uses.
//
// It reports whether there is such an approved order, of which that much is left.
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

// amount returns the amount in a callback about the latest transaction of an order.
func (o *order) amount() string {
	if o.part.IsZero() {
		return o.Amount
	}
	return o.part.Decimal()
}

// total returns the sum of the parts that were taken back, or nothing.
func (o *order) total() string {
	if o.takenBack.IsZero() {
		return ""
	}
	return o.takenBack.Decimal()
}

// TakeBack turns an approved order into an approved transaction of another type, such as "reversal" or "chargeback".
// The merchant is called back at notify_url, and not at server_callback_url. It reports whether there is such an
// approved order.
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
