package payneteasytest

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// Order is an order as the gateway knows it.
type Order struct {
	ClientOrderID   string
	OrderID         string // paynet-order-id
	Endpoint        string // "39915" or "group/1144"
	Amount          string // as requested, such as "10.42"
	Currency        string
	Account         string // the account, wallet or card number, or the card's token
	Status          string
	Stage           string
	CallbackURL     string // server_callback_url, called for the payout only
	NotifyURL       string // notify_url, called for the payout and for a transaction that takes it back
	TransactionType string // "payout", or the transaction that took it back, such as "reversal" or "chargeback"
	Paid            bool   // the money has moved, and a later reversal does not change this
}

// payoutType is the transaction type of an order that nothing has taken back.
const payoutType = "payout"

// CalledURL returns the URL for callbacks about the order's current transaction, or nothing. Only a payout is called
// back at server_callback_url.
func (o Order) CalledURL() string {
	if o.TransactionType == payoutType {
		return cmp.Or(o.NotifyURL, o.CallbackURL)
	}
	return o.NotifyURL
}

// order is an accepted order.
type order struct {
	Order
	script    Script
	step      int
	pays      bool // it was paid, or its script will pay it without asking the receiver first
	hidden    bool // status requests do not find it
	merchData string
	accepted  time.Time
	timer     *time.Timer
	receiver  receiver
	history   []Event

	part, takenBack payneteasy.Amount // set by TakeBackPart: the last part, and the sum of all parts
}

func (o *order) now() Step { return o.script[o.step] }

// accept accepts a payout. form names its destination, unless its receiver will (awaited). The caller holds the lock.
func (g *Gateway) accept(endpoint string, form url.Values, awaited bool) *order {
	account := destination(form)
	script := g.outcome(account)
	if awaited {
		account, script = "", awaitForm()
	}
	o := &order{
		Order: Order{
			ClientOrderID: form.Get("client_orderid"), OrderID: strconv.Itoa(6982864 + len(g.orders)),
			Endpoint: endpoint, Account: account, TransactionType: payoutType,
			Amount: form.Get("amount"), Currency: form.Get("currency"),
			CallbackURL: form.Get("server_callback_url"), NotifyURL: form.Get("notify_url"),
		},
		script: script, merchData: form.Get("merchant_data"),
		accepted: time.Now(), receiver: receiver{request: form},
	}
	if script.asks() {
		o.receiver.token = rand.Text()
	}
	g.orders = append(g.orders, o)
	g.sameID[o.ClientOrderID] = append(g.sameID[o.ClientOrderID], o)
	g.enter(o)
	g.reckon(o)
	return o
}

// reckon looks for a double payout if the order's script pays and the receiver has nothing left to do. It does so
// before the money moves, so that no test ends too early to see it. The caller holds the lock.
func (g *Gateway) reckon(o *order) {
	if rest := o.script[o.step:]; rest.pays() && !rest.asks() {
		o.pays = true
		g.checkDouble(o)
	}
}

// destination returns the value that decides the outcome of a payout.
func destination(form url.Values) string {
	for _, name := range []string{
		"account_number", "ewallet_wallet", "crypto_wallet_address", "credit_card_number",
		"card_recurring_payment_id", "recurring-payment-id",
	} {
		if value := form.Get(name); value != "" {
			return value
		}
	}
	return ""
}

func (g *Gateway) checkDouble(latest *order) {
	if !latest.pays || g.settings.doublesAllowed {
		return
	}
	for _, o := range g.sameID[latest.ClientOrderID] {
		if o != latest && o.pays {
			double := fmt.Sprintf("payneteasytest: double payout of client_orderid %q: orders %s and %s, %s %s each",
				o.ClientOrderID, o.OrderID, latest.OrderID, latest.Amount, latest.Currency)
			if !slices.Contains(g.doubles, double) {
				g.doubles = append(g.doubles, double)
			}
			return
		}
	}
}

// reportDoubles fails the test. It does not hold the lock, because the test's Errorf may call the gateway.
func (g *Gateway) reportDoubles() {
	g.mu.Lock()
	fresh := g.doubles[g.told:]
	g.told = len(g.doubles)
	closed := g.closed
	g.mu.Unlock()
	for _, double := range fresh {
		if g.t != nil && !closed {
			g.t.Errorf("%s", double)
		}
	}
}

// schedule moves an order on if no one asks about it, and declines an order whose receiver does not answer.
func (g *Gateway) schedule(o *order) {
	if o.now().asks != asksNothing && !g.closed {
		step, lifetime := o.step, g.settings.formLifetime
		o.receiver.deadline = time.Now().Add(lifetime)
		o.timer = time.AfterFunc(lifetime, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			if o.step == step && !g.closed {
				g.expire(o)
			}
		})
		return
	}
	if g.settings.stepTime <= 0 || o.step == len(o.script)-1 || g.closed {
		return
	}
	step := o.step
	o.timer = time.AfterFunc(g.settings.stepTime, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if o.step == step && !g.closed {
			g.advance(o)
		}
	})
}

// advance moves an order to its next step. The caller holds the lock.
func (g *Gateway) advance(o *order) {
	if o.step == len(o.script)-1 || o.TransactionType != payoutType || o.now().asks != asksNothing {
		return
	}
	o.step++
	g.enter(o)
}

// enter applies the step that an order has come to. The caller holds the lock.
func (g *Gateway) enter(o *order) {
	o.Status, o.Stage = o.now().Status, o.now().Stage
	o.Paid = o.Paid || (Script{o.now()}).pays()
	g.happened(o, Event{Kind: EventStep})
	g.schedule(o)
	g.tell(o)
}

// tell calls the merchant back if the order has just become final.
func (g *Gateway) tell(o *order) {
	if o.now().final() {
		g.callBack(o)
	}
}

// find returns the latest order with these IDs. The caller holds the lock.
func (g *Gateway) find(endpoint, clientOrderID, orderID string) *order {
	for _, o := range slices.Backward(g.sameID[clientOrderID]) {
		if (orderID == "" || o.OrderID == orderID) && (endpoint == "" || o.Endpoint == endpoint) {
			return o
		}
	}
	return nil
}

// Orders returns the accepted orders of these client_orderids, or all orders if none is given, the oldest first. An
// accepted order is not always paid. Payouts returns those that are.
func (g *Gateway) Orders(clientOrderIDs ...string) []Order {
	return g.filter(func(o *order) bool { return isOneOf(clientOrderIDs, o.ClientOrderID) })
}

// Order returns the latest order of a client_orderid.
func (g *Gateway) Order(clientOrderID string) (_ Order, found bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if o := g.find("", clientOrderID, ""); o != nil {
		return o.Order, true
	}
	return Order{}, false
}

// Payouts returns the orders whose money has moved, of these client_orderids, or of all if none is given. These orders
// were approved, even if they were taken back later. More than one for an ID is a double payout.
func (g *Gateway) Payouts(clientOrderIDs ...string) []Order {
	return g.filter(func(o *order) bool { return o.Paid && isOneOf(clientOrderIDs, o.ClientOrderID) })
}

func isOneOf(ids []string, id string) bool { return len(ids) == 0 || slices.Contains(ids, id) }

func (g *Gateway) filter(keep func(*order) bool) []Order {
	g.mu.Lock()
	defer g.mu.Unlock()
	var orders []Order
	for _, o := range g.orders {
		if keep(o) {
			orders = append(orders, o.Order)
		}
	}
	return orders
}

// DoublePayouts describes each double payout, whether it failed a test or not. With AllowDoublePayouts it stays empty.
func (g *Gateway) DoublePayouts() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.doubles...)
}

// StatusCalls returns the number of status requests so far.
func (g *Gateway) StatusCalls() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.statusCalls
}

// Hide hides the latest order of a client_orderid from status requests, until you show it again with hidden false. It
// reports whether there is one.
func (g *Gateway) Hide(clientOrderID string, hidden bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o != nil {
		o.hidden = hidden
	}
	return o != nil
}

// Finish moves the latest order of a client_orderid to its last step at once. It reports whether there is such an order
// that does not wait for its receiver.
func (g *Gateway) Finish(clientOrderID string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || o.now().asks != asksNothing {
		return false
	}
	for o.step < len(o.script)-1 {
		g.advance(o)
	}
	return true
}
