package payneteasy

import (
	"errors"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// OrderRef is how to ask about an order: the endpoint it was posted to (the client's own when zero), the merchant's id,
// the gateway's id when it is known, and the amount. PayoutRequest.Ref and Entry.Ref make one.
//
// Without OrderID an order is found by ClientOrderID alone, which the gateway does not promise to be unique; such an
// order counts as ours only if its amount and currency are those of Amount too.
type OrderRef struct {
	Endpoint      Endpoint
	ClientOrderID string
	OrderID       string // paynet-order-id, decimal digits
	Amount        Amount
}

func (o OrderRef) check() error {
	var faults faults
	if o.ClientOrderID == "" {
		faults.add("client_orderid", "is required")
	} else if rule := safetyRule("client_orderid", o.ClientOrderID); rule != "" {
		faults.add("client_orderid", rule)
	}
	if o.OrderID != "" && !isOrderID(o.OrderID) {
		faults.add("orderid", "is not a number")
	}
	if !o.Endpoint.IsZero() && o.Endpoint.id <= 0 {
		faults.add("Endpoint", "is not a positive number")
	}
	if len(faults) > 0 {
		return &ValidationError{Faults: faults}
	}
	return nil
}

// errNotProvable is why Ask and Wait refuse an entry that could find another order.
var errNotProvable = errors.New("an order without an order id is recognised by its amount: give OrderID or Amount")

// End is what became of one order at the gateway.
type End string

// The ends.
const (
	EndOpen      End = "open"
	EndPaid      End = "paid"       // approved, of the amount asked for
	EndPaidOther End = "paid other" // approved, of another amount, or of one that cannot be read
	EndDeclined  End = "declined"   // declined or filtered
	EndFailed    End = "failed"     // error
	EndReversed  End = "reversed"   // money was taken back, in whole or in part
	EndUnclear   End = "unclear"    // a retrieval, fraud notice or dispute; or only a failed reversal was seen
)

// Order is one order at the gateway.
type Order struct {
	ID        string `json:"id"` // paynet-order-id; "" for one of an earlier attempt that is not known by its id
	End       End    `json:"end"`
	Paid      Amount `json:"paid,omitzero"`
	TakenBack Amount `json:"taken_back,omitzero"` // zero with EndReversed: how much is not known

	// Doubt is when the order was first seen approved after a reversal. It counts once a second question says so too.
	Doubt time.Time `json:"doubt,omitzero"`
}

func recordsOf(orders []Order) []order.Order {
	all := make([]order.Order, len(orders))
	for i, o := range orders {
		all[i] = order.Order{ID: o.ID, End: order.End(o.End), Paid: o.Paid.minorUnits(), TakenBack: o.TakenBack.minorUnits(), Doubt: o.Doubt}
	}
	return all
}

func ordersOf(orders []order.Order) []Order {
	if len(orders) == 0 {
		return nil
	}
	all := make([]Order, len(orders))
	for i, o := range orders {
		all[i] = Order{ID: o.ID, End: End(o.End), Paid: amountOf(o.Paid), TakenBack: amountOf(o.TakenBack), Doubt: o.Doubt}
	}
	return all
}
