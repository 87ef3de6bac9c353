package payneteasy

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

// PayoutForm is an order whose receiver enters the destination on a page of the gateway. Nothing is paid before they
// do. Call Status or Wait to ask about it.
type PayoutForm struct {
	Endpoint      Endpoint // the endpoint that was used
	ClientOrderID string
	OrderID       string // paynet-order-id
	SerialNumber  string // serial-number of the request, which the gateway's support asks for
	Amount        Amount

	// RedirectURL is the page. Send the receiver's browser there with 302 or 303. It is https. Plain http is possible
	// only if both the gateway and the page are on this machine. Anyone who has the URL decides which account is paid,
	// so show it only to the receiver and keep it out of logs. How long it can be used is not documented.
	RedirectURL Secret
	Entry       Entry // what is known about the order, for Wait

	Fields Fields // all fields of the reply
}

// PayoutForm posts a payout whose receiver enters the account on a page of the gateway. It takes the parameters of a
// payout. Those of the receiver, their account and their bank fill in the page beforehand (likely, not documented).
// CallbackURL may be 1024 characters long. NotifyURL may too (likely, not documented). The gateway manager knows
// whether OrderDesc is required.
//
// It moves money as Payout does. What the text of Payout says about outcomes, the journal and the context also applies
// here. If the reply accepts the payout but has no RedirectURL that is fit for a browser, the outcome is unknown, with
// the order ID. The order exists, and its status says what happens to it. Resolve finds the order of an unknown
// outcome, but no page. Keep RedirectURL while the order is open, because the same ClientOrderID is never posted again
// for another page. See https://doc.connpay.com/ (/api/v4/payout-form).
func (c *Client) PayoutForm(ctx context.Context, req *PayoutRequest) (*PayoutForm, error) {
	k := &call{
		command: formCommand,
		success: []string{"async-form-response", "async-response"}, // neither is documented, and the first is likely
		further: c.checkFormURL,
	}
	r, entry, err := c.pay(ctx, k, req)
	if err != nil {
		return nil, err
	}
	return &PayoutForm{
		Endpoint:      k.endpoint,
		ClientOrderID: k.clientOrderID,
		OrderID:       r.fields.Get("paynet-order-id"),
		SerialNumber:  k.mask.Serial(r.fields.Get("serial-number")),
		Amount:        req.Amount,
		RedirectURL:   NewSecret(r.fields.Get("redirect-url")),
		Entry:         entry,
		Fields:        r.fields,
	}, nil
}

// checkFormURL returns why no one may be sent to the page of a reply, or nil. It never shows the URL, because anyone
// who has it decides which account is paid.
func (c *Client) checkFormURL(r *reply) error {
	raw, sound := r.fields.sound("redirect-url")
	if !sound || raw == "" {
		return errors.New("the reply's redirect-url is missing, incomplete or duplicated")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsFunc(raw, notInURL):
		return errors.New("the reply's redirect-url is not the URL of a page")
	case u.Scheme == "https", u.Scheme == "http" && c.loopback && httpcheck.IsLoopback(u.Hostname()):
		return nil
	}
	return errors.New("the reply's redirect-url is not https")
}
