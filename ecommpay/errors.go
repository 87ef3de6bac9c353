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

// What the platform says by a code, in a reply, a status or a callback ("Response codes"; 317 and 403 in "Payouts
// processing"). An *Error and a *RefusalError match them.
var (
	// ErrInvalidSignature is 3261 and 3262: project and secret key do not belong together.
	ErrInvalidSignature = errors.New("ecommpay: the platform does not take our signature")

	// ErrIPNotAllowed is 403: the support must add this machine's address to the project's list.
	ErrIPNotAllowed = errors.New("ecommpay: access is refused, our IP address may not be on the project's list")

	// ErrPayoutsDisabled is 317: payouts are not enabled for the project. It comes by callback, after the registration
	// was accepted.
	ErrPayoutsDisabled = errors.New("ecommpay: payouts are not enabled for the project")

	// ErrPaymentNotFound is 3061. It does not mean that a registration was not sent: it may be on its way.
	ErrPaymentNotFound = errors.New("ecommpay: the platform does not know the payment")

	// ErrPaymentExists is 3041: the payment id was used before, so an earlier call with it got through. The outcome is
	// unknown: ask the status of that id.
	ErrPaymentExists = errors.New("ecommpay: the payment id was used before")

	// ErrPayoutExpired is 604, or a uuid whose 30 minutes are over: the link is dead. It does not mean that nothing was
	// paid: the receiver may have confirmed in the last second. Use a new payment id only after DecisionNotPaid.
	ErrPayoutExpired = errors.New(
		"ecommpay: the payout's link has expired; it may have been paid before: ask its status")
)

var (
	// ErrMismatch says that a reply or a callback is about another payment or project, or that values differ from the
	// registered ones.
	ErrMismatch = errors.New("ecommpay: not the same payment")

	// ErrNoPayment says that a callback's signature matches, and that it tells nothing of a payment of ours: it is
	// about a token, a recurring payment, a redirect, or an id that this package would not register. Answer it with
	// 200.
	ErrNoPayment = errors.New("ecommpay: the callback is not about a payment of ours")

	// ErrWaitTimeout says that WaitOptions.MaxWait passed without an answer. The payout may still be paid.
	ErrWaitTimeout = errors.New("ecommpay: no answer yet")
)

// sentinelOf is the sentinel of a code, or nil.
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

// Error is why a call did not succeed, with what the platform said. One of RegisterPayout matches either
// payneteasy.ErrNotSent or ErrOutcomeUnknown, one of Status none. It holds no secret key, no e-mail address and
// no telephone number of the request; long runs of digits in the platform's words are masked.
type Error struct {
	// Decision is DecisionNotSent, DecisionRefused or DecisionUnknown, and "" for a call that only asks.
	//
	// A refused registration may exist all the same: an earlier copy of it may have got through. There is no
	// DecisionRejected, and there is never a reason to take a new payment id.
	Decision   payneteasy.Decision
	Command    string // "payout/registration", "status"
	PaymentID  string
	RequestID  string // request_id, when the reply carried one
	HTTPStatus int    // 0 when no reply came
	Code       string // as sent: a number or a text
	Message    string // masked
	Err        error  // the cause

	// RetryAfter is the reply's Retry-After, at most a minute: ask no sooner. Wait and Payout.Register keep to it. 0
	// when the reply had none.
	RetryAfter time.Duration

	codes []string // all that the reply told
}

// Error is one line that starts with the package and says what not to do when the outcome is unknown.
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
		b.WriteString("; it may be registered all the same: fix the cause and register this payment id again, no other")
	case e.isUnknown():
		b.WriteString("; ask the status of this payment, do not register the debt under another payment id")
	}
	return strings.ReplaceAll(b.String(), "\n", ": ")
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Decided is Decision, for payneteasy.DecisionOf.
func (e *Error) Decided() payneteasy.Decision { return e.Decision }

func (e *Error) isUnknown() bool { return e.Decision != "" && e.Decision != payneteasy.DecisionNotSent }

// Is matches the sentinel of the outcome and that of the code.
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

// newCause makes an error that this package did not make the cause of one that it did. It never matches this package's
// own.
func newCause(err error, mask masking.Masker) error {
	return masking.NewForeign(err, singlesend.Showing(err, mask), sentinels, func(target any) bool {
		switch target.(type) {
		case **Error, **WaitError, **RefusalError, **payneteasy.Error, **payneteasy.ValidationError:
			return true
		}
		return false
	})
}
