package payneteasy

import (
	"errors"
	"log/slog"
)

// OrderRef is how to ask about an order: the endpoint it was posted to (the client's own when zero), the merchant's id,
// the gateway's id when it is known, and the amount. PayoutRequest.Ref and Payout.Ref make one.
//
// Without OrderID an order is found by ClientOrderID alone, which the gateway does not promise to be unique; such an
// order counts as ours only if its amount and currency are those of Amount too.
type OrderRef struct {
	Endpoint      Endpoint
	ClientOrderID string
	OrderID       string // paynet-order-id, decimal digits
	Amount        Amount
}

// LogValue is a group of the ids and the amount, for package log/slog.
func (o OrderRef) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("endpoint", o.Endpoint.String()), slog.String("client_orderid", o.ClientOrderID),
		slog.String("order_id", o.OrderID), slog.String("amount", o.Amount.String()),
	)
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
