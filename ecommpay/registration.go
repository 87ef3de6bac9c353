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

// PayoutRegistration is a payout to register (/v2/payment/payout/registration). All fields except CallbackURL are
// required. Store it before you register it. The page needs the same values, and you need the payment ID to ask about
// the outcome.
type PayoutRegistration struct {
	// PaymentID is general.payment_id, at most 255 characters. It must be unique in the project, and case does not
	// count. It names one attempt only, so the next attempt needs a new ID.
	PaymentID string

	// Amount is payment.amount, in minor units, and payment.currency. For currencies without two digits, the platform's
	// minor units are likely those of ISO 4217, but that is not documented. Ask ecommpay before you use such a
	// currency.
	Amount payneteasy.Amount

	// Customer is the receiver.
	Customer Customer

	// CallbackURL is general.merchant_callback_url. This payout's callbacks go there instead of to the project's URL.
	// It is likely that registrations accept it, but that is not documented.
	CallbackURL string
}

// Customer is the receiver of a payout.
type Customer struct {
	ID        string // customer.id, the merchant's own, unique in the project
	Email     string // customer.email, at most 255 characters; ecommpay sends the code there
	Phone     string // customer.phone: 4 to 24 digits
	IPAddress string // customer.ip_address, the receiver's and not the merchant's
}

// PayoutRef is the reference to ask about a payout.
type PayoutRef struct {
	PaymentID string
	Amount    payneteasy.Amount // the registered amount; a payout of another amount is then DecisionReview
}

// Format writes only the ID, for package fmt.
func (c Customer) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("ecommpay.Customer(%q)", c.ID))
}

// Ref returns the reference to ask about this payout.
func (r *PayoutRegistration) Ref() PayoutRef {
	return PayoutRef{PaymentID: r.PaymentID, Amount: r.Amount}
}

// Format writes the payment ID and the amount, for package fmt.
func (r PayoutRegistration) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("ecommpay.PayoutRegistration(%q, %s)", r.PaymentID, r.Amount))
}

// LogValue returns the payment ID and the amount, for package log/slog.
func (r PayoutRegistration) LogValue() slog.Value {
	return slog.GroupValue(slog.String("payment_id", r.PaymentID), slog.String("amount", r.Amount.String()))
}

const registrationCommand = "payout/registration"

// Registered is a registration that was accepted for processing. Nothing is paid, and there is no page yet. The uuid
// arrives by callback.
type Registered struct {
	PaymentID string
	RequestID string // request_id, which ecommpay's support asks for; it may be missing
}

// RegisterPayout registers a payout, once. An error matches either payneteasy.ErrNotSent or ErrOutcomeUnknown.
// payneteasy.DecisionOf says more. With DecisionRefused the platform refused it. It may be registered anyway, so fix
// the cause and register the same payment ID again. With DecisionUnknown, ask Status. You may register the same payment
// ID again, because IDs are unique in a project (documented). Never register the same debt under another payment ID.
// ErrPaymentExists is an unknown outcome too, because an earlier call reached the platform.
//
// Do not use the context of an incoming request. If the context ends after the first byte was sent, the outcome is
// unknown.
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
	// The platform ignores the case of IDs.
	if !c.sending.Enter(fold(k.paymentID)) {
		return nil, k.failure(payneteasy.DecisionUnknown,
			fmt.Errorf("another call is registering it now: %w", payneteasy.ErrDuplicate))
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

// check returns all faults.
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
