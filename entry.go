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

// Settlement is a person's word about an order. Settle takes Decision, the amounts and Reason; it ignores the other
// fields, and sets them.
type Settlement struct {
	Decision  Decision  `json:"decision"`            // paid, not paid, reversed or not sent
	Paid      Amount    `json:"paid,omitzero"`       // of paid and reversed; the amount asked for when zero
	TakenBack Amount    `json:"taken_back,omitzero"` // of reversed, at most Paid; zero: how much is not known
	Reason    string    `json:"reason"`              // who confirmed it, and how
	At        time.Time `json:"at,omitzero"`
	Orders    []Order   `json:"orders,omitempty"`    // that were known then
	Overtaken bool      `json:"overtaken,omitempty"` // they have changed since
}

// Entry is what is known of one payout: facts only, and what they mean by Decision. It holds no card data and no
// account number. It marshals to JSON, and back; store it as a whole.
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

	// Send is what came of the latest attempt's own call: "created" (it has not begun), "sending" (the intent: it may
	// have been sent), "not sent", "refused", "denied" (refused by the documented page of a 403, or by a 401), "refused
	// parameter", "unknown" or "accepted". It is for people: decide by Decision.
	Send string `json:"send"`

	NotKnown bool    `json:"not_known,omitzero"` // Window had passed, and the gateway does not know the order
	Orders   []Order `json:"orders,omitempty"`   // every order ever seen, the first one at the front
	// ClaimedOrderID is a paynet-order-id that only the caller has named. The next question is about it. It is no order
	// of the entry until the gateway has answered that.
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

// free reports whether the ClientOrderID may be used for another attempt.
func (e Entry) free() bool { return e.record().Free() }

// IsOpen reports whether there is something left to find out: it may have been sent, and its decision cannot be booked.
func (e Entry) IsOpen() bool { return e.Send != string(order.Created) && !e.Decision().bookable() }

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

//go:noinline
func (e Entry) sameAttempt(other Entry) bool {
	return e.Attempt == other.Attempt && e.Began.Equal(other.Began)
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
	e.Send, e.NotKnown, e.Booked, e.Alarm = string(after.Send), after.Gone, Decision(after.Booked), Cause(after.Alarm)
	e.Orders = ordersOf(after.Orders)
	at := e.Settlement.At
	e.Settlement = Settlement{
		Decision: Decision(after.Settled.Decision), Paid: amountOf(after.Settled.Paid),
		TakenBack: amountOf(after.Settled.TakenBack), Reason: after.Settled.Reason, At: at,
		Orders: ordersOf(after.Settled.Orders), Overtaken: after.Settled.Overtaken,
	}
	e.Revision++
	e.Changed = time.Now()
	return e
}

func (e Entry) record() order.Record {
	s := e.Settlement
	return order.Record{
		Send: order.Send(e.Send), Gone: e.NotKnown, Orders: recordOrders(e.Orders), Booked: order.Decision(e.Booked),
		Alarm: order.Cause(e.Alarm),
		Settled: order.Settlement{
			Decision: order.Decision(s.Decision), Paid: s.Paid.minorUnits(), TakenBack: s.TakenBack.minorUnits(),
			Reason: s.Reason, Orders: recordOrders(s.Orders), Overtaken: s.Overtaken,
		},
	}
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

// UnmarshalJSON reads what MarshalJSON has written. It is an error if the entry is of another version, if it has a
// value that this version does not know, or if its facts do not come to its decision.
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

// Told is what the merchant's function was told of an order.
type Told struct {
	Seq    int              `json:"seq,omitempty"`    // of the last news
	Claims []TakenBackClaim `json:"claims,omitempty"` // of callbacks, that the gateway has confirmed
	Doubts []TakenBackClaim `json:"doubts,omitempty"` // that the status does not explain yet
}

// seqNow is a Seq above all that were told of an order before, even if nothing of that is remembered.
func seqNow() int { return int(time.Now().Unix()) }

// Telling is a call of the merchant's function that has begun. It is written before the call, so that no other process
// tells news of the order at the same time, and cleared by the write of Told.
type Telling struct {
	Seq   int       `json:"seq,omitempty"`  // of the news
	By    string    `json:"by,omitempty"`   // names the call in progress; "" after one that has failed
	Since time.Time `json:"since,omitzero"` // when it began, by the journal's clock
}

// tellingExpiry is how long a process may take to tell. Its function has a minute, and its writes half a minute each.
const tellingExpiry = 3 * time.Minute

// microseconds is a time as databases keep it. Truncate would strip the monotonic clock.
func microseconds(t time.Time) time.Time {
	return t.Add(-time.Duration(t.Nanosecond()) % time.Microsecond)
}

// isBeingTold reports whether another call tells the news of e at this moment. now is the time by the journal's clock.
func (e Entry) isBeingTold(now time.Time) bool {
	age := now.Sub(e.Telling.Since)
	return e.Telling.By != "" && -time.Hour < age && age < tellingExpiry // the clock may have been set back
}

// beginTelling is an entry whose news is being told from now on by the call of that name.
func (e Entry) beginTelling(by string, now time.Time) Entry {
	e.Telling = Telling{Seq: e.Seq, By: by, Since: microseconds(now)}
	e.Revision, e.Changed = e.Revision+1, now
	return e
}

// Tell is an entry in which its news counts as told, and that news. Seq of the news is zero, and the entry is as it
// was, if the decision is not final or the news was told before. Call it in the transaction that books the news and
// stores the entry: see CallbackHandler.Transaction.
func (e Entry) Tell() (Entry, News) {
	if !e.Decision().Final() || e.Seq <= e.Told.Seq {
		return e, News{}
	}
	return e.endTelling(e.Seq, "", true), e.News()
}

// endTelling ends the call of that name. told says whether it has told the news of seq.
func (e Entry) endTelling(seq int, by string, told bool) Entry {
	before := e
	if told {
		e.Told.Seq = max(e.Told.Seq, seq)
	}
	if e.Telling.By == by {
		e.Telling.By = ""
	}
	if e.Telling.By == "" && e.Told.Seq >= e.Telling.Seq {
		e.Telling = Telling{}
	}
	if e.Told.Seq == before.Told.Seq && e.Telling == before.Telling {
		return before
	}
	e.Revision, e.Changed = e.Revision+1, time.Now()
	return e
}

// TakenBackClaim is what a callback has claimed to be taken back.
type TakenBackClaim struct {
	OrderID string    `json:"order_id"`
	Kind    string    `json:"kind"` // letters of the type: reversal
	Amount  Amount    `json:"amount,omitzero"`
	Since   time.Time `json:"since,omitzero"` // of a doubt
}

// order is the entry's order of that id, or an open one.
//
//go:noinline
func (e Entry) order(id string) Order {
	if i := slices.IndexFunc(e.Orders, func(o Order) bool { return o.ID == id }); i >= 0 {
		return e.Orders[i]
	}
	return Order{ID: id, End: string(order.Open)}
}

//go:noinline
func (e Entry) has(id string) bool {
	return id == e.Ref().OrderID || slices.ContainsFunc(e.Orders, func(o Order) bool { return o.ID == id })
}
