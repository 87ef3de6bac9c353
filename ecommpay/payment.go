package ecommpay

import (
	"cmp"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Payment is a payment as a callback or a status describes it. The project's settings decide which fields it has. A
// missing field is zero. It prints IDs and statuses only.
type Payment struct {
	ProjectID   string
	PaymentID   string // payment.id, or general.payment_id
	RequestID   string // request_id, at the root or of the operation
	Type        string // payment.type: "payout"
	Status      StatusCode
	Method      string            // payment.method
	Description string            // payment.description
	Date        time.Time         // payment.date
	Amount      payneteasy.Amount // payment.sum, or sum_request; zero when it cannot be read
	CustomerID  string            // customer.id

	Operation  Operation   // the last one
	Operations []Operation // all of them, when there are several, in the order of the message
	Problems   []Problem   // why it was refused or declined

	AccountNumber string            // account.number, masked by the platform
	AccountType   string            // account.type: "visa"
	AccountToken  payneteasy.Secret // account.token, which names the card for the next payout

	UUID      string    // of a registered payout; see Session
	ExpiresAt time.Time // uuid_expired_at

	reversed   bool // by an operation
	unreadable bool // there is an amount, but it cannot be read
	raw        func() []byte
}

// Raw returns the message as it arrived, with the signature. It may contain personal data.
func (p *Payment) Raw() []byte {
	if p.raw == nil {
		return nil
	}
	return p.raw()
}

// Refusal returns the first of Problems as a *RefusalError, or nil if there is none. It matches ErrPayoutsDisabled,
// ErrPayoutExpired and so on.
func (p *Payment) Refusal() error {
	if len(p.Problems) == 0 {
		return nil
	}
	return &RefusalError{p.Problems[0]}
}

// Format writes the IDs and the statuses, for package fmt.
func (p Payment) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("ecommpay.Payment(%q: %s)", p.PaymentID, p.Status))
}

// LogValue returns what Format writes, as a group for package log/slog.
func (p Payment) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("payment_id", p.PaymentID), slog.String("status", string(p.Status)),
		slog.String("operation_id", p.Operation.ID), slog.String("operation_type", p.Operation.Type),
		slog.String("operation_status", string(p.Operation.Status)),
	)
}

// parsePayment reads a callback or a status.
func parsePayment(m value, raw []byte, mask masking.Masker) Payment {
	get := func(path ...string) string { return m.get(path...).text }
	paymentID := cmp.Or(get("payment", "id"), get("general", "payment_id"), get("payment_id"))
	mask = mask.With(get("operation", "id"))
	mask.IDs = append(slices.Clip(mask.IDs), paymentID) // it is signed, and the merchant's own
	p := Payment{
		ProjectID: cmp.Or(get("project_id"), get("general", "project_id")),
		PaymentID: paymentID,
		RequestID: requestID(cmp.Or(get("request_id"), get("operation", "request_id"))),
		Type:      mask.Text(cmp.Or(get("payment", "type"), get("transaction", "type"))),
		Status:    StatusCode(mask.Text(get("payment", "status"))),
		Method:    mask.Text(get("payment", "method")),

		Description: get("payment", "description"),
		Date:        parseTime(get("payment", "date")),
		Amount:      readAmount(m.get("payment", "sum")),
		CustomerID:  get("customer", "id"),

		Operation: readOperation(m.get("operation"), mask),
		Problems:  problemsOf(m, mask),

		AccountNumber: masking.Masker{}.Text(get("account", "number")),
		AccountType:   mask.Text(get("account", "type")),
		AccountToken:  payneteasy.NewSecret(get("account", "token")),

		UUID:      get("uuid"),
		ExpiresAt: parseTime(get("uuid_expired_at")),
		raw:       func() []byte { return raw },
	}
	p.unreadable = p.Amount.IsZero() && get("payment", "sum", "amount") != ""
	if p.Amount.IsZero() && !p.unreadable {
		p.Amount = readAmount(m.get("sum_request"))
		p.unreadable = p.Amount.IsZero() && get("sum_request", "amount") != ""
	}
	p.Operations = readOperations(m, mask)
	if p.Operation == (Operation{}) {
		p.Operation = lastOf(p.Operations)
	}
	for _, operation := range p.all() {
		if takesBack(operation.Type) && operation.Status.Is(StatusSuccess) {
			p.reversed = true
		}
	}
	return p
}

// readAmount reads minor units, written as a number or a string. A fraction is not an amount.
func readAmount(v value) payneteasy.Amount {
	minor, err := strconv.ParseInt(v.get("amount").text, 10, 64)
	if err != nil {
		return payneteasy.Amount{}
	}
	amount, err := payneteasy.AmountFromMinor(minor, v.get("currency").text)
	if err != nil {
		return payneteasy.Amount{}
	}
	return amount
}

// parseTime reads the platform's dates, whose zone has no colon. It returns the zero time for any other text.
func parseTime(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05-0700", time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

var plainID = regexp.MustCompile(`^[0-9A-Za-z_.:-]{1,128}$`)

// requestID returns the platform's ID of a request, if the text looks like one. ecommpay's support asks for it.
func requestID(text string) string {
	if plainID.MatchString(text) && (len(text) < 12 || strings.Trim(text, "0123456789") != "") {
		return text
	}
	return masking.Masker{Question: true}.Text(text)
}

// isPayout reports whether the payment is a payout, as far as the answer says.
func (p *Payment) isPayout() bool { return p.Type == "" || StatusCode(p.Type).Is("payout") }

// takenBack reports whether the message says that money came back, all of it or a part.
func (p *Payment) takenBack() bool {
	back := []StatusCode{StatusReversed, StatusPartiallyReversed, StatusRefunded, StatusPartiallyRefunded}
	return p.reversed || slices.ContainsFunc(back, p.Status.Is)
}

// all returns all operations in a message, including the last one.
func (p *Payment) all() []Operation {
	all := slices.Clone(p.Operations)
	if p.Operation != (Operation{}) {
		all = append(all, p.Operation)
	}
	return all
}
