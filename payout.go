package payneteasy

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/url"
	"time"

	"github.com/google/go-querystring/query"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/order"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// PayoutRequest is a payout from the merchant's account to a receiver (/api/v4/payout). It requires ClientOrderID,
// Amount and exactly one destination, which is BankAccount, Card, StoredCard, EWallet or CryptoWallet. A white label's
// own destination may be in Extra instead. The gateway manager knows which other parameters an endpoint requires.
// Lengths are in characters. Leading and trailing blanks are removed before validation, because the gateway would
// remove them too. The fields that refuse them say so.
type PayoutRequest struct {
	// Endpoint replaces the client's endpoint for this payout, for example to pay in another currency. All calls about
	// the order must go to the same endpoint. The Payout's Entry holds it.
	Endpoint Endpoint `url:"-"`

	// ClientOrderID is the merchant's own ID of this payout (client_orderid), at most 128 characters. Blanks at the
	// ends are refused. Store the ID before the call. Never use it again, not even after a decline, because the gateway
	// does not promise to refuse a second payout with the same ID. Only after ErrNotSent or ErrRejected may you use it
	// in another call.
	ClientOrderID string `url:"client_orderid,omitempty"`

	// Amount is sent as amount and currency. The amount is in major units and has at most 10 characters.
	Amount Amount `url:"-"`

	OrderDesc string `url:"order_desc,omitempty"` // a short description, at most 64
	IPAddress string `url:"ipaddress,omitempty"`  // the receiver's address, IPv4 or IPv6
	Purpose   string `url:"purpose,omitempty"`    // at most 128

	// NotifyURL is notify_url. The gateway calls it when the payout is final, and again for each later transaction of
	// the order, such as a reversal or a chargeback. Set this one. Money that is taken back must reach your books, and
	// without NotifyURL no callback reports it. Its port must be 80 or 8080 for http, and 443 or 8443 for https. If the
	// gateway is on this machine, any port of this machine is accepted. Its length is not documented, so it is limited
	// to 128 characters, as for CallbackURL.
	NotifyURL string `url:"notify_url,omitempty"`

	// CallbackURL is server_callback_url, at most 128. The gateway calls it for the payout only, and not for a reversal
	// or a chargeback, so use NotifyURL instead. A request with both is refused, because it is not documented what the
	// gateway does with both. The rules for its port are the ones of NotifyURL.
	CallbackURL string `url:"server_callback_url,omitempty"`

	// RedirectURL, at most 128, is where the receiver's browser returns in any final status. To choose a page by
	// status, set RedirectSuccessURL and RedirectFailURL instead, each at most 1024. You cannot set both kinds. What
	// such a redirect says proves nothing.
	RedirectURL        string `url:"redirect_url,omitempty"`
	RedirectSuccessURL string `url:"redirect_success_url,omitempty"`
	RedirectFailURL    string `url:"redirect_fail_url,omitempty"`

	// MerchantData, at most 65536, comes back in the status and the callback.
	MerchantData string `url:"merchant_data,omitempty"`

	// Exactly one of these five is the destination.
	BankAccount  *BankAccount  `url:"-"`
	Card         *Card         `url:"-"`
	StoredCard   *StoredCard   `url:"-"` // a card that the gateway has stored (RPI)
	EWallet      *EWallet      `url:"-"`
	CryptoWallet *CryptoWallet `url:"-"`

	Bank *Bank `url:"-"` // the bank that holds BankAccount

	LegalPerson *LegalPerson `url:"-"` // a receiver that is a company
	Receiver    *Receiver    `url:"-"`
	Customer    *Customer    `url:"-"` // the receiver, as the merchant's customer management knows them

	// Extra holds parameters that a white label adds. It must not hold a documented parameter, login or control, nor a
	// name that begins with oauth_.
	Extra url.Values `url:"-"`
}

// Ref returns how to ask about this payout while its order ID is not known, which is by client_orderid, amount and
// currency.
func (r PayoutRequest) Ref() OrderRef {
	return OrderRef{Endpoint: r.Endpoint, ClientOrderID: r.ClientOrderID, Amount: r.Amount}
}

// Payout is an order that the gateway has accepted for processing. It is not paid yet. Call Status or Wait to ask about
// it.
type Payout struct {
	Endpoint      Endpoint // the endpoint that was used
	ClientOrderID string
	OrderID       string // paynet-order-id
	SerialNumber  string // serial-number of the request, which the gateway's support asks for
	Amount        Amount
	Entry         Entry  // what is known about the order, for Wait
	Fields        Fields // all fields of the reply
}

// Payout posts a payout once. The client never sends it a second time, whatever happens. A nil error means that the
// gateway has accepted it for processing, not that it is paid. Every error is a *Error that matches exactly one of
// ErrNotSent, ErrRejected and ErrOutcomeUnknown. DecisionOf says more.
//
// "Once" applies to one call. Without a Config.Journal, another call with the same ClientOrderID is another payout,
// also after a restart.
//
// Do not pass the context of an incoming request. If it ends after the first byte has left, the outcome is unknown. Use
// context.WithoutCancel and a deadline. See https://doc.connpay.com/ (/api/v4/payout).
func (c *Client) Payout(ctx context.Context, req *PayoutRequest) (*Payout, error) {
	k := &call{command: payoutCommand, success: []string{"async-response"}}
	r, entry, err := c.pay(ctx, k, req)
	if err != nil {
		return nil, err
	}
	return &Payout{
		Endpoint:      k.endpoint,
		ClientOrderID: k.clientOrderID,
		OrderID:       r.fields.Get("paynet-order-id"),
		SerialNumber:  k.mask.Serial(r.fields.Get("serial-number")),
		Amount:        req.Amount,
		Entry:         entry,
		Fields:        r.fields,
	}, nil
}

// Validate checks a payout as Payout does before it signs, and sends nothing. If the request is invalid, the error is a
// *ValidationError that names every fault at once. Use it, for example, to check a whole file of payouts before you pay
// any of them.
func (c *Client) Validate(req *PayoutRequest) error {
	return c.payoutCall(&call{command: payoutCommand}, req)
}

// pay makes a call that moves money, once. It returns a reply with a nil error only if the reply proves that the payout
// was accepted.
func (c *Client) pay(ctx context.Context, k *call, req *PayoutRequest) (*reply, Entry, error) {
	began := time.Now()
	err := c.payoutCall(k, req)
	if err == nil && ctx == nil {
		err = errNilContext
	}
	if err != nil {
		failed := c.notSent(k, c.newEntry(k.command, k.endpoint, k.clientOrderID, Amount{}), err)
		c.logAndObserve(ctx, k, began, nil, failed)
		return nil, failed.Entry, failed
	}
	r, entry, err := c.attempt(ctx, k, req.Amount)
	c.logAndObserve(ctx, k, began, r, err)
	if failed, ok := errors.AsType[*Error](err); ok && entry.Send == string(order.RefusedParameter) {
		entry = c.confirmRefusal(ctx, failed)
	}
	return r, entry, err
}

// confirmRefusal asks once whether the gateway has an order of a payout that it refused because of one parameter. There
// is nothing to wait for, because the same bytes are refused each time.
func (c *Client) confirmRefusal(ctx context.Context, failed *Error) Entry {
	entry := failed.Entry
	answer, err := c.Ask(ctx, entry)
	if err == nil {
		entry, err = c.learn(ctx, entry, answer)
	}
	if err == nil {
		failed.Entry, failed.Decision, failed.OrderID = entry, entry.Decision(), entry.OrderID()
	}
	return failed.Entry
}

// LogValue returns the request's ID, endpoint and amount, for package log/slog.
func (r PayoutRequest) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("endpoint", r.Endpoint.String()), slog.String("client_orderid", r.ClientOrderID),
		slog.String("amount", r.Amount.String()),
	)
}

// payoutCall fills k with the request that will be signed. If the request is invalid, it fills k as far as the error
// needs it.
func (c *Client) payoutCall(k *call, req *PayoutRequest) error {
	k.version, k.signed, k.money, k.endpoint = "v4", true, true, c.config.Endpoint
	if req == nil {
		return errors.New("the request is nil")
	}
	k.endpoint, k.clientOrderID, k.amount = c.endpoint(req.Endpoint), req.ClientOrderID, req.Amount
	form, err := req.form()
	if err != nil {
		return err
	}
	k.mask = masking.Masker{Secrets: secretsOf(form, req.Extra), IDs: []string{req.ClientOrderID}}
	if holdsCard(form) {
		k.clientOrderID = k.mask.Hide(req.ClientOrderID) // the request is refused, and its error must not show the card
	}
	k.form = form
	return c.validatePayout(k, req.Extra)
}

// moneyCall sends a call that moves money, and returns its outcome. The error says why the payout is not accepted.
func (c *Client) moneyCall(ctx context.Context, k *call) (*reply, order.Called, error) {
	r, err := c.do(ctx, k)
	if err != nil {
		called := order.Called{Send: order.SendUnknown}
		var failed *singlesend.Error
		if errors.As(err, &failed) && failed.NotSent {
			called.Send = order.SendNotSent
		}
		return nil, called, newCause(err, k.mask)
	}
	send, cause := r.judge(k)
	return r, order.Called{Send: send, OrderID: r.provedOrderID(k, send)}, cause
}

// form encodes the request as parameters. They have their documented names, empty values are left out, and groups are
// flat. It removes blanks at the ends as the gateway would, except where they are refused.
func (r PayoutRequest) form() (url.Values, error) {
	form := url.Values{}
	parts := []any{
		r, r.BankAccount, r.Bank, r.Card, r.StoredCard, r.EWallet, r.CryptoWallet, r.LegalPerson, r.Receiver,
		r.Customer,
	}
	for _, part := range parts {
		values, err := query.Values(part) // a nil pointer has no values
		if err != nil {
			return nil, errorf("encode: %w", err)
		}
		maps.Copy(form, values)
	}
	r.setExplicit(form)
	for name, values := range r.Extra {
		if _, typed := form[name]; typed {
			continue // the validation reports it
		}
		form[name] = append([]string(nil), values...)
	}
	for name, values := range form {
		if payoutParameters[name].exact {
			continue
		}
		for i, value := range values {
			values[i] = trimBlanks(value)
		}
		if len(values) == 1 && values[0] == "" {
			delete(form, name)
		}
	}
	return form, nil
}

// secretsOf returns the values of a form that must not appear in an error. A white label's own parameters may hold
// anything, so they are secret too. Their shortest values are not, because masking those would remove half of every
// text. The merchant's own ID is not secret either.
func secretsOf(form, extra url.Values) []string {
	const shortest = 5
	var secrets []string
	for name, values := range form {
		if payoutParameters[name].secret {
			secrets = append(secrets, values...)
		}
	}
	for _, values := range extra {
		for _, value := range values {
			if value = trimBlanks(value); len(value) >= shortest && value != form.Get("client_orderid") {
				secrets = append(secrets, value)
			}
		}
	}
	return secrets
}

// setExplicit sets the parameters that go-querystring does not encode. If it could encode a Secret, anyone's
// query.Values would show the value. An Amount becomes two parameters.
func (r PayoutRequest) setExplicit(form url.Values) {
	set := func(name, value string) {
		if value != "" {
			form.Set(name, value)
		}
	}
	if !r.Amount.IsZero() {
		set("amount", r.Amount.Decimal())
		set("currency", r.Amount.Currency())
	}
	if r.Card != nil {
		set("credit_card_number", r.Card.Number.Reveal())
		set("cvv2", r.Card.CVV2.Reveal())
	}
	if r.StoredCard != nil {
		set("card_recurring_payment_id", r.StoredCard.CardRecurringPaymentID.Reveal())
		set("recurring-payment-id", r.StoredCard.RecurringPaymentID.Reveal())
	}
}
