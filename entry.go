package payneteasy

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Send is what came of a payout's own call.
type Send string

// The values of Send.
const (
	SendCreated          Send = "created"           // not begun
	SendSending          Send = "sending"           // the intent: it may have been sent
	SendNotSent          Send = "not sent"          // nothing left
	SendRefused          Send = "refused"           // the gateway refused it
	SendDenied           Send = "denied"            // refused by the documented page of a 403, or by a 401
	SendRefusedParameter Send = "refused parameter" // refused for one named parameter
	SendUnknown          Send = "unknown"           // it may have been sent, and the call did not learn more
	SendAccepted         Send = "accepted"          // the gateway has an order
)

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

// Settlement is a person's word about an order. Settle takes Decision, the amounts and Reason; it ignores the other
// fields, and sets them.
type Settlement struct {
	Decision  Decision  `json:"decision"`            // DecisionPaid, DecisionNotPaid, DecisionReversed or DecisionNotSent
	Paid      Amount    `json:"paid,omitzero"`       // of DecisionPaid and DecisionReversed; the amount asked for when zero
	TakenBack Amount    `json:"taken_back,omitzero"` // of DecisionReversed, at most Paid; zero: how much is not known
	Reason    string    `json:"reason"`              // who confirmed it, and how
	At        time.Time `json:"at,omitzero"`
	Orders    []Order   `json:"orders,omitempty"`    // that were known then
	Overtaken bool      `json:"overtaken,omitempty"` // they have changed since
}

// Entry is what is known of one payout: facts only, and what they mean by Decision. It holds no card data and no account
// number. It marshals to JSON, and back; store it as a whole.
type Entry struct {
	ClientOrderID string        `json:"client_orderid"`
	Attempt       string        `json:"attempt,omitzero"` // tells attempts with one ClientOrderID apart
	Revision      int           `json:"revision"`         // counts the changes, from 1; 0 of a NewEntry
	Command       string        `json:"command,omitzero"` // "payout" or "payout-form"
	BaseURL       string        `json:"base_url,omitzero"`
	Login         string        `json:"login,omitzero"`
	Endpoint      Endpoint      `json:"endpoint"`
	Amount        Amount        `json:"amount"`          // that was asked for
	Window        time.Duration `json:"window,omitzero"` // how long after Began the gateway may not know the order yet
	Began         time.Time     `json:"began,omitzero"`  // when the intent was written
	Changed       time.Time     `json:"changed,omitzero"`

	Send     Send    `json:"send"`               // what came of the latest attempt's own call
	NotKnown bool    `json:"not_known,omitzero"` // the gateway was asked, Window had passed, and it does not know the order
	Orders   []Order `json:"orders,omitempty"`   // every order ever seen, the first one at the front
	// ClaimedOrderID is a paynet-order-id that only the caller has named. The next question is about it. It is no order of
	// the entry until the gateway has answered that.
	ClaimedOrderID string `json:"claimed_order_id,omitzero"`

	Booked     Decision   `json:"booked,omitzero"`     // the last decision that could be booked since a person settled
	Alarm      Cause      `json:"alarm,omitzero"`      // why it is a Review until a person settles
	Settlement Settlement `json:"settlement,omitzero"` // a person's word, if there is one

	Status          StatusCode `json:"status,omitzero"` // the last status seen, with its TransactionType
	TransactionType string     `json:"transaction_type,omitzero"`
	SerialNumber    string     `json:"serial_number,omitzero"` // serial-number of the last reply that changed the entry

	Seq     int     `json:"seq,omitzero"` // counts the news, from 1
	Told    Told    `json:"told,omitzero"`
	Telling Telling `json:"telling,omitzero"` // a call of the merchant's function that has not ended well, or not ended
}

// NewEntry is an entry for an order that no journal has: it may have been sent, now. It is DecisionUnknown until the
// gateway has answered, also if ref has an OrderID. Its Seq is the Unix time, so that news of the order are above those that
// were told before, without a journal or by one that is lost.
func (c *Client) NewEntry(ref OrderRef) Entry {
	e := c.newEntry("payout", c.endpoint(ref.Endpoint), ref.ClientOrderID, ref.Amount)
	e.Send, e.Attempt, e.Revision = SendUnknown, "", 0 // no attempt that is known, and it must not replace one that is stored
	e.ClaimedOrderID = ref.OrderID
	e.Seq = seqNow()
	e.Told.Seq = e.Seq
	return e
}

// newEntry is the intent of an attempt.
func (c *Client) newEntry(command string, endpoint Endpoint, id string, amount Amount) Entry {
	now := time.Now()
	now = now.Add(-time.Duration(now.Nanosecond()) % time.Microsecond) // as databases keep it; Truncate would strip the monotonic clock
	return Entry{
		ClientOrderID: id, Attempt: newAttempt(), Revision: 1, Command: command,
		BaseURL: c.config.BaseURL, Login: c.config.Login, Endpoint: endpoint, Amount: amount,
		Window: max(c.resolveWindow(), c.http.Timeout()), Began: now, Changed: now, Send: SendSending,
	}
}

// Decision is what the facts mean.
func (e Entry) Decision() Decision { return Decision(order.Decide(e.record())) }

// Cause is why a person must look, if Decision is DecisionReview.
func (e Entry) Cause() Cause { return Cause(order.Why(e.record())) }

// Paid is how much was paid, of all orders together. It is zero if that is not known.
func (e Entry) Paid() Amount {
	paid, _ := e.record().Amounts(e.Amount.minorUnits())
	return amountOf(paid)
}

// TakenBack is how much was taken back, of all orders together. Zero for a DecisionReversed means that it is not known.
func (e Entry) TakenBack() Amount {
	_, takenBack := e.record().Amounts(e.Amount.minorUnits())
	return amountOf(takenBack)
}

// Free reports whether the ClientOrderID may be used for another attempt.
func (e Entry) Free() bool { return e.record().Free() }

// IsOpen reports whether there is something left to find out: Journal.Open yields the entry.
func (e Entry) IsOpen() bool { return !e.Decision().bookable() }

// OrderID is the id of the order that was seen first, or nothing.
//
//go:noinline
func (e Entry) OrderID() string {
	if len(e.Orders) == 0 {
		return ""
	}
	return e.Orders[0].ID
}

// Ref is how to ask about the order.
//
//go:noinline
func (e Entry) Ref() OrderRef {
	id := cmp.Or(e.ClaimedOrderID, e.OrderID())
	return OrderRef{Endpoint: e.Endpoint, ClientOrderID: e.ClientOrderID, OrderID: id, Amount: e.Amount}
}

// merge merges facts into an entry. It returns the entry as it was if they change nothing.
func (e Entry) merge(facts ...order.Fact) Entry {
	before := e.record()
	after := before
	for _, f := range facts {
		after = order.Next(after, f)
	}
	if order.Equal(before, after) {
		return e
	}
	if order.IsNews(before, after) {
		e.Seq++
	}
	e.Send, e.NotKnown, e.Booked, e.Alarm = Send(after.Send), after.Gone, Decision(after.Booked), Cause(after.Alarm)
	e.Orders = ordersOf(after.Orders)
	at := e.Settlement.At
	e.Settlement = Settlement{
		Decision: Decision(after.Settled.Decision), Paid: amountOf(after.Settled.Paid), TakenBack: amountOf(after.Settled.TakenBack),
		Reason: after.Settled.Reason, At: at, Orders: ordersOf(after.Settled.Orders), Overtaken: after.Settled.Overtaken,
	}
	e.Revision++
	e.Changed = time.Now()
	return e
}

func (e Entry) record() order.Record {
	s := e.Settlement
	return order.Record{
		Send: order.Send(e.Send), Gone: e.NotKnown, Orders: recordsOf(e.Orders), Booked: order.Decision(e.Booked), Alarm: order.Cause(e.Alarm),
		Settled: order.Settlement{
			Decision: order.Decision(s.Decision), Paid: s.Paid.minorUnits(), TakenBack: s.TakenBack.minorUnits(), Reason: s.Reason,
			Orders: recordsOf(s.Orders), Overtaken: s.Overtaken,
		},
	}
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

func (a Amount) minorUnits() order.Amount { return order.Amount{Minor: a.minor, Currency: a.currency} }

func amountOf(a order.Amount) Amount { return Amount{minor: a.Minor, currency: a.Currency} }

// entryVersion is that of an entry's JSON.
const entryVersion = 1

// entryJSON is how an entry is stored.
type entryJSON struct {
	Version  int      `json:"version"`
	Decision Decision `json:"decision"` // for people and columns; what counts are the facts
	plainEntry
}

type plainEntry Entry

// MarshalJSON writes the fields that are not zero, the version of the format, and the decision.
func (e Entry) MarshalJSON() ([]byte, error) {
	return json.Marshal(entryJSON{entryVersion, e.Decision(), plainEntry(e)})
}

// UnmarshalJSON reads what MarshalJSON has written. It is an error if the entry is of another version, if it has a value
// that this version does not know, or if its facts do not come to its decision.
func (e *Entry) UnmarshalJSON(data []byte) error {
	var stored entryJSON
	if err := json.Unmarshal(data, &stored); err != nil {
		return err
	}
	read := Entry(stored.plainEntry)
	switch {
	case stored.Version != entryVersion:
		return errorf("the entry of %q has version %d, and this program reads version %d",
			read.ClientOrderID, stored.Version, entryVersion)
	case read.ClientOrderID == "":
		return errors.New("the entry has no client_orderid")
	}
	if err := read.checkValues(); err != nil {
		return errorf("the entry of %q %w", read.ClientOrderID, err)
	}
	if read.Decision() != stored.Decision {
		return errorf("the entry of %q is stored as %q, and its facts come to %q",
			read.ClientOrderID, stored.Decision, read.Decision())
	}
	*e = read
	return nil
}

// checkValues refuses values that this version does not know: a newer one may have written them, and decided by them.
func (e Entry) checkValues() error {
	r := e.record()
	var unknown []string
	check := func(name, value string, known bool) {
		if !known {
			unknown = append(unknown, fmt.Sprintf("%s %q", name, value))
		}
	}
	check("send", string(r.Send), r.Send.IsKnown())
	check("booked", string(r.Booked), r.Booked == "" || r.Booked.IsKnown())
	check("alarm", string(r.Alarm), r.Alarm == "" || r.Alarm.IsKnown())
	check("settlement", string(r.Settled.Decision), r.Settled.Decision == "" || r.Settled.Decision.IsKnown())
	for _, o := range slices.Concat(r.Orders, r.Settled.Orders) {
		check("end", string(o.End), o.End.IsKnown())
	}
	if unknown == nil {
		return nil
	}
	return errorf("has values that this program does not know (%s): use the version that wrote it, or a later one",
		strings.Join(unknown, ", "))
}
