package payneteasy

import (
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// OrderRef is how to ask about an order. It has the endpoint that the order was posted to, which is the client's own if
// zero. It also has the merchant's ID, the gateway's ID if that is known, and the amount. PayoutRequest.Ref and
// Entry.Ref make one.
//
// Without OrderID the gateway finds an order by ClientOrderID alone, and does not promise that this is unique. Such an
// order counts as yours only if its amount and currency are also those of Amount.
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
	} else if rule := exactRule(o.ClientOrderID); rule != "" {
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

// Order is one order at the gateway.
type Order struct {
	ID string `json:"id"` // paynet-order-id, or "" for one of an earlier attempt whose ID is not known

	// End is what happened to the order. It is for people. A program decides by Entry.Decision. The values are
	//   - "open": the order is not final
	//   - "paid": it was approved, with the amount asked for
	//   - "paid other": it was approved with another amount, or with one that cannot be read
	//   - "declined": it was declined or filtered
	//   - "failed": its status is error
	//   - "reversed": it was reversed in whole or in part
	//   - "unclear": there was a retrieval, fraud notice or dispute, or only a failed reversal was seen
	End string `json:"end"`

	Paid      Amount `json:"paid,omitzero"`
	TakenBack Amount `json:"taken_back,omitzero"` // for "reversed", zero means that it is not known

	// Doubt is when the order was first seen approved after a reversal. The approval counts once a second question
	// confirms it.
	Doubt time.Time `json:"doubt,omitzero"`
}

func recordOrders(orders []Order) []order.Order {
	all := make([]order.Order, len(orders))
	for i, o := range orders {
		all[i] = order.Order{
			ID: o.ID, End: order.End(o.End), Paid: o.Paid.minorUnits(),
			TakenBack: o.TakenBack.minorUnits(), Doubt: o.Doubt,
		}
	}
	return all
}

func ordersOf(orders []order.Order) []Order {
	if len(orders) == 0 {
		return nil
	}
	all := make([]Order, len(orders))
	for i, o := range orders {
		all[i] = Order{
			ID: o.ID, End: string(o.End), Paid: amountOf(o.Paid), TakenBack: amountOf(o.TakenBack),
			Doubt: o.Doubt,
		}
	}
	return all
}

// Endpoint is where a call goes. It is either an ENDPOINTID, an entry point for one currency, or an ENDPOINTGROUPID, a
// group of them for several currencies. The gateway manager tells you your ID. Make one with EndpointID or
// EndpointGroupID, so that it is always exactly one of the two. The zero Endpoint means "not given".
type Endpoint struct {
	id   int64
	kind endpointKind
}

type endpointKind uint8

const (
	single endpointKind = iota + 1 // so that EndpointID(0), a forgotten ID, is not the zero Endpoint
	group
)

// EndpointID returns an entry point for one currency, such as /api/v4/payout/39915.
func EndpointID(id int64) Endpoint { return Endpoint{id, single} }

// EndpointGroupID returns a group of entry points, such as /api/v4/payout/group/1144.
func EndpointGroupID(id int64) Endpoint { return Endpoint{id, group} }

// IsZero reports whether no endpoint was given.
func (e Endpoint) IsZero() bool { return e == Endpoint{} }

// String returns the endpoint as it appears in a URL's path, such as "39915" or "group/1144".
func (e Endpoint) String() string {
	id := strconv.FormatInt(e.id, 10)
	if e.kind == group {
		return "group/" + id
	}
	return id
}

// MarshalText returns String, or nothing for the zero Endpoint.
func (e Endpoint) MarshalText() ([]byte, error) {
	if e.IsZero() {
		return nil, nil
	}
	return []byte(e.String()), nil
}

// UnmarshalText reads what MarshalText has written.
func (e *Endpoint) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*e = Endpoint{}
		return nil
	}
	digits, isGroup := strings.CutPrefix(string(text), "group/")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= 0 {
		return errorf("payneteasy: %.40q is not an endpoint: write it as 123 or group/123", text)
	}
	*e = EndpointID(id)
	if isGroup {
		*e = EndpointGroupID(id)
	}
	return nil
}

// StatusCode is an order's status, as the gateway wrote it. Codes that are not listed here are possible. They are not
// final.
type StatusCode string

// The documented statuses (P-STAT, which is doc.payneteasy.com, reference, statuses).
const (
	StatusApproved      StatusCode = "approved"       // final, paid
	StatusDeclined      StatusCode = "declined"       // final, not paid
	StatusFiltered      StatusCode = "filtered"       // final, declined by fraud control
	StatusError         StatusCode = "error"          // final, "declined but something went wrong": ask the manager
	StatusProcessing    StatusCode = "processing"     // not final
	StatusUnknown       StatusCode = "unknown"        // not final, the gateway itself does not know: ask the manager
	StatusChainDeclined StatusCode = "chain_declined" // not final, one leg of a cascade has declined and it goes on
)

// is compares without regard to case. Live replies are in lower case, but some documents print capitals.
//
//go:noinline
func (s StatusCode) is(code StatusCode) bool { return strings.EqualFold(string(s), string(code)) }

// Final reports whether polling may end, which it may at approved, declined, error or filtered. Even then the gateway
// may change the status after a reconciliation.
func (s StatusCode) Final() bool {
	return s.is(StatusApproved) || s.is(StatusDeclined) || s.is(StatusError) || s.is(StatusFiltered)
}
