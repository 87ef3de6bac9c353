package ecommpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Status is what the platform says of a payment when it is asked.
type Status struct {
	Payment

	owed payneteasy.Amount // of whoever asked, if he told
}

// Success reports whether the payout is paid, as was registered: success, not taken back since, and of no other amount.
func (s *Status) Success() bool {
	return s.isPayout() && s.Status.Is(StatusSuccess) && !s.Reversed() && !s.AmountDiffers()
}

// isPayout reports whether the payment is a payout, as far as the answer tells: a payment id may have been used for a
// purchase.
func (s *Status) isPayout() bool { return s != nil && s.Payment.isPayout() }

func (p *Payment) isPayout() bool { return p.Type == "" || StatusCode(p.Type).Is("payout") }

// Reversed reports whether money that was paid came back: the payment is reversed or refunded, or an operation of that kind
// was successful. It may be a part of it.
func (s *Status) Reversed() bool {
	return s.isPayout() && s.takenBack()
}

// takenBack reports whether something says that money came back.
func (p *Payment) takenBack() bool {
	back := []StatusCode{StatusReversed, StatusPartiallyReversed, StatusRefunded, StatusPartiallyRefunded}
	return p.reversed || slices.ContainsFunc(back, p.Status.Is)
}

// AmountDiffers reports whether the payment's amount is another than the PayoutRef's, or cannot be read. Then a person must
// look. Which fields an answer has is up to the project's settings: one without an amount does not differ.
func (s *Status) AmountDiffers() bool {
	return s != nil && (s.unreadable || !s.owed.IsZero() && !s.Amount.IsZero() && s.Amount != s.owed)
}

// MayPayAgain reports whether the debt may be registered again, under a new payment id: only when the payment was declined,
// and every operation of it. Not error, cancelled or expired, which are not documented for payouts and want a person's look; not a payment that the
// platform does not know.
func (s *Status) MayPayAgain() bool {
	if !s.isPayout() || !s.Status.Is(StatusDecline) || s.Reversed() || s.AmountDiffers() {
		return false
	}
	return !slices.ContainsFunc(s.all(), func(o Operation) bool { return !o.Status.Is(StatusDecline) })
}

// all are the operations that a message tells, the last one too.
func (p *Payment) all() []Operation {
	all := slices.Clone(p.Operations)
	if p.Operation != (Operation{}) {
		all = append(all, p.Operation)
	}
	return all
}

// Final reports whether the payment has come to its end.
func (s *Status) Final() bool { return s != nil && s.Status.Final() }

// Status asks what has become of a payment (/v2/payment/status). Its error is an *Error, and says nothing of whether it was
// paid: ErrPaymentNotFound neither. It asks once: if Error.RetryAfter is set, wait so long before you ask again.
func (c *Client) Status(ctx context.Context, ref PayoutRef) (*Status, error) {
	k := &call{command: "status", path: "/v2/payment/status", paymentID: ref.PaymentID, mask: masking.Masker{IDs: []string{ref.PaymentID}, Question: true}}
	status, err := c.status(ctx, k, ref)
	c.record(ctx, k, err)
	if err != nil {
		return nil, err
	}
	return status, nil
}

func (c *Client) status(ctx context.Context, k *call, ref PayoutRef) (*Status, error) {
	var faults faults
	faults.text("general.payment_id", ref.PaymentID, 255)
	switch {
	case len(faults) > 0:
		return nil, k.failure(payneteasy.OutcomeNone, &payneteasy.ValidationError{Faults: faults})
	case ctx == nil:
		return nil, k.failure(payneteasy.OutcomeNone, errNilContext)
	}
	r, err := c.post(ctx, k, message{General: general{ProjectID: c.config.ProjectID, PaymentID: ref.PaymentID}})
	if err != nil {
		return nil, k.failure(payneteasy.OutcomeNone, newCause(err, k.mask))
	}
	if err := c.isStatus(k, r); err != nil {
		return nil, k.said(r, k.failure(payneteasy.OutcomeNone, err))
	}
	return &Status{Payment: parsePayment(r.message, r.raw.Body, k.mask), owed: ref.Amount}, nil
}

// isStatus returns why a reply tells nothing of the payment.
func (c *Client) isStatus(k *call, r *reply) error {
	if r.err != nil {
		return r.err
	}
	m := r.message
	if err := c.about(k, m); err != nil {
		return err
	}
	id := m.get("payment", "id").text
	if id == "" {
		id = m.get("general", "payment_id").text
	}
	status := m.get("payment", "status").text
	switch {
	case r.raw.StatusCode != http.StatusOK:
		return errors.New("the platform did not answer 200")
	case slices.Contains(codesOf(m), "3061"):
		return errors.New("that is no status of a payment")
	case strings.EqualFold(m.get("status").text, "error"):
		return errors.New("the question was refused")
	case status == "":
		return errors.New("the reply has no payment.status")
	case !sameID(id, k.paymentID):
		return fmt.Errorf("%w: the reply does not say which payment it is about", ErrMismatch)
	}
	return nil
}
