package payneteasy

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

// PayoutForm is an order whose receiver fills in, on a page of the gateway, where the money is to go. Nothing is paid
// before he does: ask its status, or Wait.
type PayoutForm struct {
	Endpoint      Endpoint // the one used
	ClientOrderID string
	OrderID       string // paynet-order-id
	SerialNumber  string // serial-number of the request: the vendor's support asks for it
	Amount        Amount

	// RedirectURL is the page: send the receiver's browser there with 302 or 303. It is https; plain http only from a
	// gateway on this machine to this machine. Anyone who has it decides which account is paid: show it to the receiver
	// alone, keep it out of logs. How long it can be used is not documented.
	RedirectURL Secret
	Entry       Entry // what is known of the order: give it to Wait

	Fields Fields // all of the reply
}

// PayoutForm posts a payout whose receiver enters the account himself, on a page of the gateway. It takes the
// parameters of a payout: those of the receiver, his account and his bank fill in the page beforehand (likely, not
// documented). CallbackURL may be 1024 characters long, and so may NotifyURL (likely, not documented). Whether
// OrderDesc is required, the endpoint's manager knows.
//
// It moves money as Payout does, and what is said there of outcomes, of the journal and of the context holds here. An
// acceptance without a RedirectURL fit for a browser is an unknown outcome with the order's id: the order exists, and
// its status tells what becomes of it. Resolve finds the order of an unknown outcome, but no page. The same
// ClientOrderID is never posted again for another page: keep RedirectURL while the order is open. See
// https://doc.connpay.com/ (/api/v4/payout-form).
func (c *Client) PayoutForm(ctx context.Context, req *PayoutRequest) (*PayoutForm, error) {
	k := &call{
		command: formCommand,
		success: []string{"async-form-response", "async-response"}, // the first is likely, neither is documented
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

// checkFormURL returns why nobody may be sent to the form of a reply, or nil. It never shows the URL: who has it
// decides which account is paid.
func (c *Client) checkFormURL(r *reply) error {
	raw, sound := r.fields.sound("redirect-url")
	if !sound || raw == "" {
		return errors.New("the reply's redirect-url is missing, cut, or stands there twice")
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
