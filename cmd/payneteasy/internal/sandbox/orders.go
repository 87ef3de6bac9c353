package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// maxOrders is how many orders a page shows.
const maxOrders = 100

// shownOrder is an order as the page shows it.
type shownOrder struct {
	payneteasytest.Order
	ID      string // of the element
	Shown   string // its client_orderid, unless that is the card or the account
	Time    string // when it was accepted
	History []moment
	Older   int    // number of events that are not shown
	Link    string // the receiver's link, while the order waits for the receiver
	Open    bool   // it can still be decided
	Taken   bool   // it was paid and taken back
	Can     bool   // the buttons apply to it, because it is the latest of its client_orderid
	Recent  bool   // its timeline is open at first
}

// moment is a line of a timeline.
type moment struct {
	Time, Kind, Text string
	Bad              bool
}

// orders returns the latest orders, the newest first, and the number of older ones.
func (s *Sandbox) orders() (shown []shownOrder, older int) {
	all := s.config.Gateway.Orders()
	latest := map[string]bool{}
	for _, o := range slices.Backward(all) {
		if len(shown) == maxOrders {
			break
		}
		final := slices.Contains([]string{"approved", "declined", "filtered", "error"}, o.Status)
		v := shownOrder{
			Order: o, ID: "order-" + o.OrderID, Shown: s.shownID(o), Open: !final, Taken: o.TransactionType != "payout",
			Can: !latest[o.ClientOrderID], Recent: len(shown) < 3,
		}
		latest[o.ClientOrderID] = true
		if v.Can && v.Open {
			v.Link = s.config.Gateway.ReceiverURL(o.ClientOrderID)
		}
		v.History = s.timeline(o.OrderID)
		if len(v.History) > 0 {
			v.Time = v.History[0].Time
		}
		if v.Older = len(v.History) - maxMoments; v.Older > 0 {
			v.History = v.History[v.Older:]
		}
		shown = append(shown, v)
	}
	return shown, len(all) - len(shown)
}

// shownID is an order's client_orderid. It is hidden if it is the card or the account to which the order pays.
func (s *Sandbox) shownID(o payneteasytest.Order) string {
	return s.recorder.knowing("account_number="+url.QueryEscape(o.Account)).Value("client_orderid", o.ClientOrderID)
}

// withoutHidden returns texts of the gateway about its orders, without the IDs that are not shown.
func (s *Sandbox) withoutHidden(texts []string) []string {
	if len(texts) == 0 {
		return nil
	}
	for _, o := range s.config.Gateway.Orders() {
		for i, text := range texts {
			if strings.Contains(text, o.ClientOrderID) && s.shownID(o) != o.ClientOrderID {
				texts[i] = strings.ReplaceAll(text, o.ClientOrderID, mask.Redacted)
			}
		}
	}
	return texts
}

// maxMoments is how many lines of a timeline are shown.
const maxMoments = 30

func (s *Sandbox) timeline(orderID string) []moment {
	var lines []moment
	for _, e := range s.config.Gateway.History(orderID) {
		m := moment{Time: clock(e.Time), Kind: string(e.Kind)}
		switch e.Kind {
		case payneteasytest.EventStep:
			m.Text = e.Status + " · " + e.Stage
			if e.TransactionType != "payout" {
				m.Text += " · type " + e.TransactionType
			}
		case payneteasytest.EventCall:
			m.Text = e.Call + times(e.Count)
		case payneteasytest.EventCallback:
			m.Text, m.Bad = s.delivered(e.Callback)
		}
		lines = append(lines, m)
	}
	return lines
}

// delivered says what the merchant was told, and how they answered.
func (s *Sandbox) delivered(d payneteasytest.CallbackAttempt) (text string, bad bool) {
	u, err := url.Parse(d.URL)
	if err != nil {
		return "not sent: the callback URL cannot be read", true
	}
	q := u.Query()
	text = "told " + masker.Text(q.Get("status"))
	if kind := q.Get("type"); kind != "payout" {
		text += " (" + kind + ")"
	}
	if q.Get("control") == forged {
		text += ", with a forged control"
	}
	text += "; " + u.Host + masker.Text(u.EscapedPath())
	if d.Err != nil {
		return text + " did not answer", true
	}
	answered := strconv.Itoa(d.HTTPStatus) + " " + http.StatusText(d.HTTPStatus)
	return text + " answered " + answered, d.HTTPStatus != http.StatusOK
}

func clock(t time.Time) string { return t.Format("15:04:05.0") }

// last is the last step of a script, for an order that moves there at once.
func last(script payneteasytest.Script) payneteasytest.Script { return script[len(script)-1:] }

// decisions are the outcomes that a person may choose for an open order.
var decisions = map[string]func() payneteasytest.Script{
	"approve": func() payneteasytest.Script { return last(payneteasytest.Approved()) },
	"decline": func() payneteasytest.Script { return last(payneteasytest.Declined("Declined by hand", "2")) },
	"error":   func() payneteasytest.Script { return last(payneteasytest.Errored("PROCESSOR_INTERNAL_ERROR", "3")) },
	"stall":   func() payneteasytest.Script { return last(payneteasytest.Stuck()) },
	"ask":     func() payneteasytest.Script { return payneteasytest.Approved().WithConfirmation() },
}

// forged is a control that is never valid.
const forged = "0123456789abcdef0123456789abcdef01234567"

// decide does what a button of an order says.
func (s *Sandbox) decide(w http.ResponseWriter, r *http.Request, form url.Values) {
	g, what := s.config.Gateway, form.Get("do")
	id := clientOrderID(g, form.Get("orderid"))
	done := false
	switch script := decisions[what]; {
	case script != nil:
		done = g.Become(id, script())
	case what == "reversal", what == "chargeback":
		done = g.TakeBack(id, what)
	case what == "callback":
		done = g.CallBack(id, nil)
	case what == "duplicate":
		done = g.CallBack(id, nil)
		g.CallBack(id, nil)
	case what == "forged":
		done = g.CallBack(id, func(parameters url.Values) {
			parameters.Set("status", "approved")
			parameters.Set("control", forged)
		})
	}
	if !done {
		s.refuse(w, http.StatusConflict, "That cannot be done to this order",
			"Nothing was changed: the order is final or does not exist, or it has no URL to call back. "+
				"A reversal or a chargeback goes to notify_url only.")
		return
	}
	s.done(w, r, "/#"+order(g, id))
}

// clientOrderID returns the client_orderid of an order. The page names orders by the gateway's IDs, because these are
// never a card's number.
func clientOrderID(g *payneteasytest.Gateway, orderID string) string {
	for _, o := range g.Orders() {
		if o.OrderID == orderID {
			return o.ClientOrderID
		}
	}
	return ""
}

// order returns the element of the latest order of a client_orderid.
func order(g *payneteasytest.Gateway, clientOrderID string) string {
	for _, o := range slices.Backward(g.Orders()) {
		if o.ClientOrderID == clientOrderID {
			return "order-" + o.OrderID
		}
	}
	return "orders"
}
