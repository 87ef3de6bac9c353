package payneteasytest

import (
	"slices"
	"time"
)

// EventKind is the kind of an Event.
type EventKind string

// Kinds of events.
const (
	EventStep     EventKind = "step"     // the order came to a state
	EventCall     EventKind = "call"     // the merchant called about the order, and got an answer
	EventCallback EventKind = "callback" // an attempt to call the merchant back
)

// Event is something that happened to an order.
type Event struct {
	Time            time.Time
	Kind            EventKind
	Status          string // of the order, at that time
	Stage           string
	TransactionType string
	Call            string          // "v4/payout", "v4/status" …, of an EventCall
	Count           int             // of an EventCall: how many in a row; Time is the first's
	Callback        CallbackAttempt // of an EventCallback
}

// History returns what happened to the order with this paynet-order-id, the oldest first, or nil if there is no such
// order.
func (g *Gateway) History(orderID string) []Event {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, o := range slices.Backward(g.orders) {
		if o.OrderID == orderID {
			return slices.Clone(o.history)
		}
	}
	return nil
}

// Changed returns a channel that is closed at the next Event of any order.
func (g *Gateway) Changed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	return g.changed
}

// happened adds to an order's history. The caller holds the lock.
func (g *Gateway) happened(o *order, e Event) {
	e.Time, e.Status, e.Stage, e.TransactionType = time.Now(), o.Status, o.Stage, o.TransactionType
	if last := len(o.history) - 1; e.Kind == EventCall && last >= 0 && o.history[last].Kind == EventCall &&
		o.history[last].Call == e.Call {
		o.history[last].Count++ // so that a day of polling does not fill the memory
	} else {
		o.history = append(o.history, e)
	}
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}
