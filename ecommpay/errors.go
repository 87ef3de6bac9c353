package ecommpay

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// These errors stand for codes of the platform in a reply, a status or a callback ("Response codes"; 317 and 403 in
// "Payouts processing"). An *Error and a *RefusalError match them.
var (
	// ErrInvalidSignature is 3261 and 3262. Project and secret key do not belong together.
	ErrInvalidSignature = errors.New("ecommpay: the platform refuses our signature")

	// ErrIPNotAllowed is 403. ecommpay's support must add this machine's address to the project's list.
	ErrIPNotAllowed = errors.New("ecommpay: access is refused: the project's list may lack our IP address")

	// ErrPayoutsDisabled is 317. Payouts are not enabled for the project. It arrives by callback, after the
	// registration was accepted.
	ErrPayoutsDisabled = errors.New("ecommpay: payouts are not enabled for the project")

	// ErrPaymentNotFound is 3061. It does not mean that a registration was not sent, because it may be on its way.
	ErrPaymentNotFound = errors.New("ecommpay: the platform does not know the payment")

	// ErrPaymentExists is 3041. The payment ID was used before, so an earlier call with it reached the platform. The
	// outcome is unknown. Ask the status of that ID.
	ErrPaymentExists = errors.New("ecommpay: the payment id was used before")

	// ErrPayoutExpired is 604, or a uuid whose 30 minutes are over. The link is dead. It does not mean that nothing was
	// paid, because the receiver may have confirmed in the last second. Use a new payment ID only after
	// DecisionNotPaid.
	ErrPayoutExpired = errors.New(
		"ecommpay: the payout's link has expired, but the payout may have been paid: ask its status")
)

var (
	// ErrMismatch says that a reply or a callback is about another payment or project, or that values differ from the
	// registered values.
	ErrMismatch = errors.New("ecommpay: payment mismatch")

	// ErrNoPayment says that a callback has a valid signature, but is not about a payment of ours. It is about a token,
	// a recurring payment, a redirect, or an ID that this package would not register. Answer it with 200.
	ErrNoPayment = errors.New("ecommpay: the callback is not about a payment of ours")

	// ErrWaitTimeout says that WaitOptions.MaxWait passed without a result. The payout may still be paid.
	ErrWaitTimeout = errors.New("ecommpay: no result yet")
)

// sentinelOf returns the sentinel of a code, or nil.
func sentinelOf(code string) error {
	switch code {
	case "3261", "3262":
		return ErrInvalidSignature
	case "403":
		return ErrIPNotAllowed
	case "317":
		return ErrPayoutsDisabled
	case "3061":
		return ErrPaymentNotFound
	case "3041":
		return ErrPaymentExists
	case "604":
		return ErrPayoutExpired
	}
	return nil
}

// Error says why a call did not succeed, and what the platform said. An error of RegisterPayout matches either
// payneteasy.ErrNotSent or ErrOutcomeUnknown. An error of Status matches neither. No Error holds a secret key, or an
// e-mail address or telephone number of the request. Long runs of digits in the platform's words are masked.
type Error struct {
	// Decision is DecisionNotSent, DecisionRefused or DecisionUnknown, and "" for a call that only asks.
	//
	// A refused registration may exist anyway, because an earlier copy of it may have reached the platform. There is no
	// DecisionRejected, and no error is a reason to use a new payment ID.
	Decision   payneteasy.Decision
	Command    string // "payout/registration", "status"
	PaymentID  string
	RequestID  string // request_id, when the reply carried one
	HTTPStatus int    // 0 when no reply came
	Code       string // as sent, a number or a string
	Message    string // masked
	Err        error  // the cause

	// RetryAfter is the reply's Retry-After, at most a minute. Do not ask sooner. Wait and Payout.Register respect it.
	// It is 0 when the reply had none.
	RetryAfter time.Duration

	codes []string // all codes of the reply
}

// Error returns one line that starts with the package. If the outcome is unknown, it says what not to do.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ecommpay: %s %q", e.Command, masking.Cut(e.PaymentID))
	became := string(e.Decision)
	switch e.Decision {
	case "":
		became = "failed"
	case payneteasy.DecisionUnknown:
		became = "outcome unknown, it may be registered"
	case payneteasy.DecisionPending, payneteasy.DecisionRefused, payneteasy.DecisionPaid, payneteasy.DecisionNotPaid,
		payneteasy.DecisionReversed, payneteasy.DecisionRejected, payneteasy.DecisionNotSent, payneteasy.DecisionReview:
	}
	b.WriteString(": " + became)
	if e.HTTPStatus != 0 && e.HTTPStatus != http.StatusOK {
		fmt.Fprintf(&b, ": HTTP %d", e.HTTPStatus)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": the platform says %q", e.Message)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " (code %s)", e.Code)
	}
	if e.Err != nil {
		b.WriteString(": " + trimPackage(e.Err))
	}
	if e.RequestID != "" {
		b.WriteString(" [request " + e.RequestID + "]")
	}
	switch {
	case e.Decision == "" && e.RetryAfter > 0:
		fmt.Fprintf(&b, "; ask again after %v", e.RetryAfter)
	case e.Decision == payneteasy.DecisionRefused:
		b.WriteString("; it may be registered anyway: fix the cause and register this payment id again, and no other")
	case e.isUnknown():
		b.WriteString("; ask the status of this payment, do not register the debt under another payment id")
	}
	return strings.ReplaceAll(b.String(), "\n", ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Decided returns Decision, for payneteasy.DecisionOf.
func (e *Error) Decided() payneteasy.Decision { return e.Decision }

func (e *Error) isUnknown() bool { return e.Decision != "" && e.Decision != payneteasy.DecisionNotSent }

// Is matches the sentinel of the outcome and the sentinel of the code.
func (e *Error) Is(target error) bool {
	switch target {
	case payneteasy.ErrNotSent:
		return e.Decision == payneteasy.DecisionNotSent
	case payneteasy.ErrOutcomeUnknown:
		return e.isUnknown()
	case ErrIPNotAllowed:
		if e.HTTPStatus == http.StatusForbidden {
			return true
		}
	}
	for _, code := range e.codes {
		if target != nil && target == sentinelOf(code) {
			return true
		}
	}
	return false
}

func trimPackage(err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ecommpay: "), "payneteasy: ")
}

var sentinels = []error{
	payneteasy.ErrNotSent, payneteasy.ErrRejected, payneteasy.ErrOutcomeUnknown, payneteasy.ErrDuplicate,
	payneteasy.ErrWaitTimeout,
	ErrInvalidSignature, ErrIPNotAllowed, ErrPayoutsDisabled, ErrPaymentNotFound, ErrPaymentExists, ErrPayoutExpired,
	ErrMismatch, ErrNoPayment, ErrWaitTimeout, ErrMalformed, ErrForged, ErrUnsigned, ErrNotOver,
}

// newCause wraps an error from outside this package as the cause of an error of this package. It never matches this
// package's own errors.
func newCause(err error, mask masking.Masker) error {
	return masking.NewForeign(err, singlesend.Showing(err, mask), sentinels, func(target any) bool {
		switch target.(type) {
		case **Error, **WaitError, **RefusalError, **payneteasy.Error, **payneteasy.ValidationError:
			return true
		}
		return false
	})
}
