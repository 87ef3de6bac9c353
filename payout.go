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

// PayoutRequest is a payout from the merchant's account to a receiver: /api/v4/payout. ClientOrderID and Amount are
// required, and exactly one destination: BankAccount, Card, StoredCard, EWallet or CryptoWallet. A white label's own
// destination may be in Extra instead. The manager of the gateway knows which other parameters an endpoint needs.
// Lengths are in characters. Leading and trailing blanks, which the gateway would drop, are dropped before validation,
// except where a field says that they are refused.
type PayoutRequest struct {
	// Endpoint replaces the client's for this payout: another currency, say. Everything about the order must go to
	// the same endpoint; the Payout's Entry knows it.
	Endpoint Endpoint `url:"-"`

	// ClientOrderID is the merchant's name for one attempt, ever: client_orderid, at most 128 characters, blanks at the
	// ends refused. Store it before the call. Never use it again, not even after a decline: the gateway does not
	// promise to refuse a second payout of the same id. Only after ErrNotSent or ErrRejected may the same id go into
	// the next call.
	ClientOrderID string `url:"client_orderid,omitempty"`

	// Amount is sent as amount, in major units, at most 10 characters, and currency.
	Amount Amount `url:"-"`

	OrderDesc string `url:"order_desc,omitempty"` // brief description, at most 64
	IPAddress string `url:"ipaddress,omitempty"`  // the receiver's, IPv4 or IPv6
	Purpose   string `url:"purpose,omitempty"`    // at most 128

	// NotifyURL is notify_url: the gateway calls it when the payout is final, and again for each later transaction of
	// the order, such as a reversal or a chargeback. Set this one. Money that is taken back must reach the books, and
	// without it no callback tells. Its port is 80 or 8080 for http, 443 or 8443 for https. When the gateway is on this
	// machine, any port of this machine is accepted. Its length is not documented: it is at most 128 characters, as
	// CallbackURL's.
	NotifyURL string `url:"notify_url,omitempty"`

	// CallbackURL is server_callback_url, at most 128. The gateway calls it for the payout only, and for no reversal
	// or chargeback: use NotifyURL instead. Both at once are refused here; what the gateway does with both is not
	// documented. The rules for its port are NotifyURL's.
	CallbackURL string `url:"server_callback_url,omitempty"`

	// RedirectURL, at most 128, is where the receiver's browser returns in any final status. Or, and not both,
	// RedirectSuccessURL and RedirectFailURL, each at most 1024, by status. What such a redirect says proves nothing.
	RedirectURL        string `url:"redirect_url,omitempty"`
	RedirectSuccessURL string `url:"redirect_success_url,omitempty"`
	RedirectFailURL    string `url:"redirect_fail_url,omitempty"`

	// MerchantData, at most 65536, comes back in the status and the callback.
	MerchantData string `url:"merchant_data,omitempty"`

	// The destination: exactly one of these five.
	BankAccount  *BankAccount  `url:"-"`
	Card         *Card         `url:"-"`
	StoredCard   *StoredCard   `url:"-"` // a card that the gateway has stored (RPI)
	EWallet      *EWallet      `url:"-"`
	CryptoWallet *CryptoWallet `url:"-"`

	Bank *Bank `url:"-"` // the bank that holds BankAccount

	LegalPerson *LegalPerson `url:"-"` // a receiver that is a company
	Receiver    *Receiver    `url:"-"`
	Customer    *Customer    `url:"-"` // the receiver in the merchant's customer management

	// Extra are parameters that a white label adds. They may not name a documented parameter, nor login or control,
	// nor begin with oauth_.
	Extra url.Values `url:"-"`
}

// Ref is how to ask about this payout when its order id is not known: by client_orderid, amount and currency.
func (r PayoutRequest) Ref() OrderRef {
	return OrderRef{Endpoint: r.Endpoint, ClientOrderID: r.ClientOrderID, Amount: r.Amount}
}

// Payout is an order that the gateway has taken for processing. It is not paid yet: ask its status, or Wait.
type Payout struct {
	Endpoint      Endpoint // the one used
	ClientOrderID string
	OrderID       string // paynet-order-id
	SerialNumber  string // serial-number of the request: the vendor's support asks for it
	Amount        Amount
	Entry         Entry  // what is known of the order: give it to Wait
	Fields        Fields // all of the reply
}

// Payout posts a payout, once: nothing in here sends it a second time, whatever happens. Nil means that the gateway has
// accepted it for processing, not that it is paid. Every error is a *Error that matches exactly one of ErrNotSent,
// ErrRejected and ErrOutcomeUnknown; DecisionOf says more.
//
// Once means: for this call. Without a Config.Journal, another call with the same ClientOrderID is another payout, also
// after a restart.
//
// The context must not be an incoming request's: when that ends after the first byte left, the outcome is unknown. Use
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

// Validate checks a payout as Payout does before it signs, and sends nothing. What is wrong with a request is a
// *ValidationError with every fault at once. It is for a whole file of payouts, say, of which none may be paid while
// one is wrong.
func (c *Client) Validate(req *PayoutRequest) error {
	return c.payoutCall(&call{command: payoutCommand}, req)
}

// pay makes a call that moves money, once. A reply comes with a nil error only when it proves the acceptance.
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

// confirmRefusal asks once whether the gateway has an order of a payout that it refused for one parameter: the same
// bytes are refused each time, so there is nothing to wait for.
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

// LogValue is the request's id, endpoint and amount, for package log/slog.
func (r PayoutRequest) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("endpoint", r.Endpoint.String()), slog.String("client_orderid", r.ClientOrderID),
		slog.String("amount", r.Amount.String()),
	)
}

// payoutCall makes k the request as it will be signed, with an error as far as that needs it.
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
		k.clientOrderID = k.mask.Hide(req.ClientOrderID) // it is refused, and its error must not show the card
	}
	k.form = form
	return c.validatePayout(k, req.Extra)
}

// moneyCall sends a call that moves money, and says what came of it. The error says why it is not accepted.
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

// form encodes the request to its parameters: documented names, no empty values, groups flat. Blanks at the ends are
// removed as the gateway would remove them, except where they are refused.
func (r PayoutRequest) form() (url.Values, error) {
	form := url.Values{}
	parts := []any{
		r, r.BankAccount, r.Bank, r.Card, r.StoredCard, r.EWallet, r.CryptoWallet, r.LegalPerson, r.Receiver,
		r.Customer,
	}
	for _, part := range parts {
		values, err := query.Values(part) // nil pointers give nothing
		if err != nil {
			return nil, errorf("encode: %w", err)
		}
		maps.Copy(form, values)
	}
	r.setExplicit(form)
	for name, values := range r.Extra {
		if _, typed := form[name]; typed {
			continue // validation names it
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

// secretsOf are the values of a form that may not appear in an error. What a white label adds may be anything; only its
// shortest values are let through, or half of every text would go, and the merchant's own id.
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

// setExplicit sets the parameters that go-querystring does not encode. A Secret that it could encode would show in
// anyone's query.Values, and an Amount is two parameters.
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
