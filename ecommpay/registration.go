package ecommpay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// PayoutRegistration is a payout to register (/v2/payment/payout/registration). All but CallbackURL is required. Store
// it before it is registered: the page needs the same values, and the payment id is how to ask what became of it.
type PayoutRegistration struct {
	// PaymentID is general.payment_id: at most 255 characters, unique in the project whatever the case of its letters.
	// One attempt, ever.
	PaymentID string

	// Amount is payment.amount, in minor units, and payment.currency. That the platform's minor units are those of ISO
	// 4217 is likely for currencies other than those with two digits, not documented: ask for those.
	Amount payneteasy.Amount

	// Customer is the receiver.
	Customer Customer

	// CallbackURL is general.merchant_callback_url, where this payout's callbacks go instead of the project's URL. That
	// registrations take it is likely, not documented.
	CallbackURL string
}

// Customer is the receiver of a payout.
type Customer struct {
	ID        string // customer.id: the merchant's own, unique in the project
	Email     string // customer.email, at most 255 characters: the code to confirm with is sent there
	Phone     string // customer.phone: 4 to 24 digits
	IPAddress string // customer.ip_address: the receiver's, not the merchant's
}

// PayoutRef is how to ask about a payout.
type PayoutRef struct {
	PaymentID string
	Amount    payneteasy.Amount // what was registered; a payout of another amount is not Success then
}

// Format writes the id only, for package fmt.
func (c Customer) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("ecommpay.Customer(%q)", c.ID))
}

// Ref is how to ask about this payout.
func (r *PayoutRegistration) Ref() PayoutRef {
	return PayoutRef{PaymentID: r.PaymentID, Amount: r.Amount}
}

// Format writes the payment id and the amount, for package fmt.
func (r PayoutRegistration) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("ecommpay.PayoutRegistration(%q, %s)", r.PaymentID, r.Amount))
}

// LogValue is the payment id and the amount, for package log/slog.
func (r PayoutRegistration) LogValue() slog.Value {
	return slog.GroupValue(slog.String("payment_id", r.PaymentID), slog.String("amount", r.Amount.String()))
}

const registrationCommand = "payout/registration"

// Registered is a registration that was accepted for processing. Nothing is paid, and there is no page yet: the uuid
// comes by callback.
type Registered struct {
	PaymentID string
	RequestID string // request_id: ecommpay's support asks for it; it may be missing
}

// RegisterPayout registers a payout, once. An error matches either payneteasy.ErrNotSent or ErrOutcomeUnknown.
// payneteasy.DecisionOf tells more: with DecisionRefused the platform refused. It may be registered all the same, so
// fix the cause and register the same payment id again. With DecisionUnknown ask Status; the same payment id may be
// registered again, since ids are unique in a project (documented). Never register the same debt under another payment
// id. ErrPaymentExists is an unknown outcome too: an earlier call got through.
//
// The context must not be an incoming request's: when that ends after the first byte left, the outcome is unknown.
func (c *Client) RegisterPayout(ctx context.Context, registration *PayoutRegistration) (*Registered, error) {
	k := &call{command: registrationCommand, path: "/v2/payment/payout/registration", money: true}
	registered, err := c.register(ctx, k, registration)
	c.record(ctx, k, err)
	if err != nil {
		return nil, err
	}
	return registered, nil
}

func (c *Client) register(ctx context.Context, k *call, registration *PayoutRegistration) (*Registered, error) {
	if registration == nil {
		return nil, k.failure(payneteasy.DecisionNotSent, errors.New("the registration is nil"))
	}
	k.paymentID = registration.PaymentID
	k.mask = masking.Masker{
		Secrets: []string{registration.Customer.Email, registration.Customer.Phone},
		IDs:     []string{registration.PaymentID}, Question: true,
	}
	if faults := registration.check(); len(faults) > 0 {
		return nil, k.failure(payneteasy.DecisionNotSent, &payneteasy.ValidationError{Faults: faults})
	}
	if ctx == nil {
		return nil, k.failure(payneteasy.DecisionNotSent, errNilContext)
	}
	// The platform does not tell ids apart by case.
	if !c.sending.Enter(fold(k.paymentID)) {
		return nil, k.failure(payneteasy.DecisionUnknown,
			fmt.Errorf("it is being registered at this moment: %w", payneteasy.ErrDuplicate))
	}
	defer c.sending.Leave(fold(k.paymentID))
	return c.send(ctx, k, message{
		General: general{
			ProjectID: c.config.ProjectID, PaymentID: registration.PaymentID,
			CallbackURL: registration.CallbackURL,
		},
		Customer: &customer{
			registration.Customer.ID, registration.Customer.Email, registration.Customer.Phone,
			registration.Customer.IPAddress,
		},
		Payment: &payment{registration.Amount.Minor(), registration.Amount.Currency()},
	})
}

// check returns everything that is wrong.
func (r *PayoutRegistration) check() []payneteasy.Fault {
	var faults faults
	faults.text("general.payment_id", r.PaymentID, 255)
	if r.Amount.IsZero() {
		faults.add("payment.amount", "is required")
	}
	faults.text("customer.id", r.Customer.ID, 255)
	faults.text("customer.email", r.Customer.Email, 255)
	if name, host, found := strings.Cut(r.Customer.Email, "@"); r.Customer.Email != "" &&
		(!found || name == "" || host == "" || strings.Contains(host, "@")) {
		faults.add("customer.email", "is not an e-mail address")
	}
	switch length := len(r.Customer.Phone); {
	case length == 0:
		faults.add("customer.phone", "is required")
	case length < 4 || length > 24 || strings.Trim(r.Customer.Phone, "0123456789") != "":
		faults.add("customer.phone", "is not 4 to 24 digits")
	}
	if _, err := netip.ParseAddr(r.Customer.IPAddress); err != nil {
		faults.add("customer.ip_address", "is not an IP address")
	}
	if r.CallbackURL != "" {
		faults.url("general.merchant_callback_url", r.CallbackURL)
	}
	return faults
}
