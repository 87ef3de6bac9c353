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

// Settlement is a person's decision about an order. Settle takes Decision, the amounts and Reason. It ignores the other
// fields, and sets them.
type Settlement struct {
	Decision  Decision  `json:"decision"`            // paid, not paid, reversed or not sent
	Paid      Amount    `json:"paid,omitzero"`       // for paid and reversed, where zero means the amount asked for
	TakenBack Amount    `json:"taken_back,omitzero"` // for reversed, at most Paid, where zero means "not known"
	Reason    string    `json:"reason"`              // who confirmed it, and how
	At        time.Time `json:"at,omitzero"`
	Orders    []Order   `json:"orders,omitempty"`    // the orders that were known then
	Overtaken bool      `json:"overtaken,omitempty"` // the orders have changed since
}

// Entry is what is known about one payout. It holds only facts, and Decision says what they mean. It holds no card data
// and no account number. It marshals to JSON and back. Store it as a whole.
type Entry struct {
	ClientOrderID string        `json:"client_orderid"`
	Attempt       string        `json:"attempt,omitzero"` // distinguishes the attempts with one ClientOrderID
	Revision      int           `json:"revision"`         // counts the changes from 1, and is 0 in a NewEntry
	Command       string        `json:"command,omitzero"` // "payout" or "payout-form"
	BaseURL       string        `json:"base_url,omitzero"`
	Login         string        `json:"login,omitzero"`
	Endpoint      Endpoint      `json:"endpoint"`
	Amount        Amount        `json:"amount"`          // the amount asked for
	Window        time.Duration `json:"window,omitzero"` // how long after Began the gateway may not know the order yet
	Began         time.Time     `json:"began,omitzero"`  // when the intent was written
	Changed       time.Time     `json:"changed,omitzero"`

	// Send is the outcome of the latest attempt's own call. It is for people. A program decides by Decision. The values
	// are
	//   - "created": the call has not begun
	//   - "sending": the intent is stored, and the payout may have been sent
	//   - "not sent": nothing left this process
	//   - "refused": the gateway refused the payout
	//   - "denied": the gateway refused it with the documented page of a 403, or with a 401
	//   - "refused parameter": the gateway refused the value of one parameter
	//   - "unknown": the payout may have been sent
	//   - "accepted": the gateway accepted it
	Send string `json:"send"`

	NotKnown bool    `json:"not_known,omitzero"` // the gateway did not know the order after Window was over
	Orders   []Order `json:"orders,omitempty"`   // every order that was ever seen, the first one first
	// ClaimedOrderID is a paynet-order-id that only the caller has named. The next question is about it. It becomes an
	// order of the entry only when the gateway has answered that question.
	ClaimedOrderID string `json:"claimed_order_id,omitzero"`

	Booked     Decision   `json:"booked,omitzero"`     // the last decision that could be booked since a settlement
	Alarm      Cause      `json:"alarm,omitzero"`      // why it is DecisionReview until a person settles
	Settlement Settlement `json:"settlement,omitzero"` // a person's decision, if there is one

	Status          StatusCode `json:"status,omitzero"` // the last status seen, with its TransactionType
	TransactionType string     `json:"transaction_type,omitzero"`
	SerialNumber    string     `json:"serial_number,omitzero"` // serial-number of the last reply that changed the entry

	Seq     int     `json:"seq,omitzero"` // counts the news from 1
	Told    Told    `json:"told,omitzero"`
	Telling Telling `json:"telling,omitzero"` // a call of the merchant's function, in progress or failed
}

// Decision returns what the facts mean.
func (e Entry) Decision() Decision { return Decision(order.Decide(e.record())) }

// Cause returns why a person must look, if Decision is DecisionReview.
func (e Entry) Cause() Cause { return Cause(order.Why(e.record())) }

// Paid returns how much was paid, over all orders. It is zero if that is not known.
func (e Entry) Paid() Amount {
	paid, _ := e.record().Amounts(e.Amount.minorUnits())
	return amountOf(paid)
}

// TakenBack returns how much was taken back, over all orders. For DecisionReversed, zero means that it is not known.
func (e Entry) TakenBack() Amount {
	_, takenBack := e.record().Amounts(e.Amount.minorUnits())
	return amountOf(takenBack)
}

// free reports whether the ClientOrderID may be used for another attempt.
func (e Entry) free() bool { return e.record().Free() }

// IsOpen reports whether there is something left to find out. It is true if the payout may have been sent, and its
// decision cannot be booked.
func (e Entry) IsOpen() bool { return e.Send != string(order.Created) && !e.Decision().bookable() }

// OrderID returns the ID of the order that was seen first, or "" if there is none.
//
//go:noinline
func (e Entry) OrderID() string {
	if len(e.Orders) == 0 {
		return ""
	}
	return e.Orders[0].ID
}

// Ref returns how to ask about the order.
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

// merge merges facts into an entry. It returns the entry unchanged if they change nothing.
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

// entryVersion is the version of the JSON format of an entry.
const entryVersion = 1

// entryJSON is how an entry is stored.
type entryJSON struct {
	Version  int      `json:"version"`
	Decision Decision `json:"decision"` // for people and database columns, because only the facts count
	plainEntry
}

type plainEntry Entry

// MarshalJSON writes the fields that are not zero, the version of the format, and the decision.
func (e Entry) MarshalJSON() ([]byte, error) {
	return json.Marshal(entryJSON{entryVersion, e.Decision(), plainEntry(e)})
}

// UnmarshalJSON reads what MarshalJSON has written. It returns an error if the entry has another version, or a value
// that this version does not know. It also returns an error if the facts do not lead to the stored decision.
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
		return errorf("the entry of %q is stored as %q, but its facts mean %q",
			read.ClientOrderID, stored.Decision, read.Decision())
	}
	*e = read
	return nil
}

// checkValues refuses values that this version does not know. A newer version may have written them, and may have based
// its decision on them.
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

// Told is what the merchant's function was told about an order.
type Told struct {
	Seq    int              `json:"seq,omitempty"`    // Seq of the last news
	Claims []TakenBackClaim `json:"claims,omitempty"` // claims of callbacks that the gateway has confirmed
	Doubts []TakenBackClaim `json:"doubts,omitempty"` // claims that the status does not explain yet
}

// seqNow returns a Seq that is above every Seq told about an order before, even if no record of those is left.
func seqNow() int { return int(time.Now().Unix()) }

// Telling is a call of the merchant's function that has begun. It is written before the call, so that no other process
// tells news about the order at the same time. The write of Told clears it.
type Telling struct {
	Seq   int       `json:"seq,omitempty"`  // Seq of the news
	By    string    `json:"by,omitempty"`   // names the call in progress, and is "" after a call that has failed
	Since time.Time `json:"since,omitzero"` // when it began, by the journal's clock
}

// tellingExpiry is how long a process may take to tell. Its function has a minute, and each of its writes has half a
// minute.
const tellingExpiry = 3 * time.Minute

// microseconds returns a time as databases keep it. Truncate would strip the monotonic clock.
func microseconds(t time.Time) time.Time {
	return t.Add(-time.Duration(t.Nanosecond()) % time.Microsecond)
}

// isBeingTold reports whether another call is telling the news of e. now is the time by the journal's clock.
func (e Entry) isBeingTold(now time.Time) bool {
	age := now.Sub(e.Telling.Since)
	return e.Telling.By != "" && -time.Hour < age && age < tellingExpiry // the clock may have been set back
}

// beginTelling returns an entry whose news is being told from now on, by the call with that name.
func (e Entry) beginTelling(by string, now time.Time) Entry {
	e.Telling = Telling{Seq: e.Seq, By: by, Since: microseconds(now)}
	e.Revision, e.Changed = e.Revision+1, now
	return e
}

// Tell marks the news of an entry as told, and returns the entry and that news. If the decision is not final, or the
// news was told before, the entry is unchanged and Seq of the news is zero. Call it in the transaction that books the
// news and stores the entry. See CallbackHandler.Transaction.
func (e Entry) Tell() (Entry, News) {
	if !e.Decision().Final() || e.Seq <= e.Told.Seq {
		return e, News{}
	}
	return e.endTelling(e.Seq, "", true), e.News()
}

// endTelling ends the call with that name. told says whether the call has told the news with that seq.
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

// TakenBackClaim is a claim of a callback that money was taken back.
type TakenBackClaim struct {
	OrderID string    `json:"order_id"`
	Kind    string    `json:"kind"` // the letters of the transaction type, such as "reversal"
	Amount  Amount    `json:"amount,omitzero"`
	Since   time.Time `json:"since,omitzero"` // when a doubt began
}

// order returns the entry's order with that ID, or an open order if there is none.
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
