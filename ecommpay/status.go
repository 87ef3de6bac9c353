package ecommpay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Status is the platform's answer about a payment. Do not book by it. Book by the Decision of a Payout or of
// CallbackHandler's news.
type Status struct {
	Payment

	expectedAmount payneteasy.Amount // the caller's amount; zero if none was given
}

// decision returns the decision about the payout. If a payment ID was used for a purchase, a person must look. The
// project's settings decide whether the answer has an amount. Without one, the caller's amount counts.
func (s *Status) decision() payneteasy.Decision {
	switch {
	case s == nil:
		return payneteasy.DecisionUnknown
	case s.isPayout() && s.takenBack():
		return payneteasy.DecisionReversed
	case !s.Status.Final():
		return payneteasy.DecisionPending
	case !s.isPayout(), s.amountDiffers():
		return payneteasy.DecisionReview
	case s.Status.Is(StatusSuccess):
		return payneteasy.DecisionPaid
	case s.Status.Is(StatusDecline):
		return s.declined()
	}
	return payneteasy.DecisionReview
}

// declined returns the decision about a declined payment. Every operation must be declined too. The payment continues
// while one operation is not final.
func (s *Status) declined() payneteasy.Decision {
	decision := payneteasy.DecisionNotPaid
	for _, o := range s.all() {
		switch {
		case o.Status.Is(StatusDecline):
		case !o.Status.Final():
			return payneteasy.DecisionPending
		default:
			decision = payneteasy.DecisionReview
		}
	}
	return decision
}

// amountDiffers reports whether the payment's amount differs from the PayoutRef's, or cannot be read.
func (s *Status) amountDiffers() bool {
	return s.unreadable || !s.expectedAmount.IsZero() && !s.Amount.IsZero() && s.Amount != s.expectedAmount
}

// Status asks about a payment (/v2/payment/status). Its error is an *Error. No error, not even ErrPaymentNotFound, says
// whether the payment was paid. It asks once. If Error.RetryAfter is set, wait that long before you ask again.
func (c *Client) Status(ctx context.Context, ref PayoutRef) (*Status, error) {
	k := &call{
		command: "status", path: "/v2/payment/status", paymentID: ref.PaymentID,
		mask: masking.Masker{IDs: []string{ref.PaymentID}, Question: true},
	}
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
		return nil, k.failure("", &payneteasy.ValidationError{Faults: faults})
	case ctx == nil:
		return nil, k.failure("", errNilContext)
	}
	r, err := c.post(ctx, k, message{General: general{ProjectID: c.config.ProjectID, PaymentID: ref.PaymentID}})
	if err != nil {
		return nil, k.failure("", newCause(err, k.mask))
	}
	if err := c.isStatus(k, r); err != nil {
		return nil, c.said(k, r, k.failure("", err))
	}
	return &Status{Payment: parsePayment(r.message, r.raw.Body, k.mask), expectedAmount: ref.Amount}, nil
}

// isStatus returns why a reply says nothing about the payment, or nil.
func (c *Client) isStatus(k *call, r *reply) error {
	if r.err != nil {
		return r.err
	}
	m := r.message
	if err := c.about(k, m); err != nil {
		return err
	}
	id := cmp.Or(m.get("payment", "id").text, m.get("general", "payment_id").text)
	status := m.get("payment", "status").text
	switch {
	case r.raw.StatusCode != http.StatusOK:
		return errors.New("the platform did not answer 200")
	case slices.Contains(codesOf(m), "3061"):
		return errors.New("the reply is not the status of a payment")
	case strings.EqualFold(m.get("status").text, "error"):
		return errors.New("the platform refused the question")
	case status == "":
		return errors.New("the reply has no payment.status")
	case !sameID(id, k.paymentID):
		return fmt.Errorf("%w: the reply does not say which payment it is about", ErrMismatch)
	}
	return nil
}
