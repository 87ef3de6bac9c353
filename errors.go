package payneteasy

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/order"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// These are the three outcomes of a failed call that moves money. With errors.Is, every error of Client.Payout and
// Client.PayoutForm matches exactly one of them. DecisionOf says more. Errors of calls that only ask (Status, Ask)
// match none of them, because a failed question does not say whether the order was paid.
var (
	// ErrNotSent says that no byte of the request left, and that this is proved. Either the request was refused here,
	// or no connection was established. You may make the same call again.
	ErrNotSent = errors.New("payneteasy: not sent")

	// ErrRejected says that the gateway refused the payout, was asked again, and has no order with this ClientOrderID.
	ErrRejected = errors.New("payneteasy: rejected")

	// ErrOutcomeUnknown says that the order may have been paid. Give Error.Entry to Client.Resolve or Client.Wait.
	// Never send the payout again, not even under a new ID. With DecisionRefused the gateway refused it, and it is not
	// known yet whether the gateway has an order anyway.
	ErrOutcomeUnknown = errors.New("payneteasy: outcome unknown")
)

var (
	// ErrAccessDenied matches any error whose reply was HTTP 401 or 403. Such an error also matches its outcome.
	ErrAccessDenied = errors.New("payneteasy: access denied")

	// ErrInvalidControl matches the gateway's INVALID_CONTROL_CODE. The login, the control key and the environment do
	// not belong together.
	ErrInvalidControl = errors.New("payneteasy: invalid control code")

	// ErrOrderNotFound matches an error of Status when the gateway says that it does not know the order. The reply is
	// complete, comes from the gateway itself, and can mean nothing else. It never proves that nothing was sent,
	// because the order may still be on its way.
	ErrOrderNotFound = errors.New("payneteasy: the gateway does not know the order")

	// ErrOrderMismatch says that a reply, or the journal, is about a different order than the one asked about. It is
	// also the error if an amount or a currency is not the order's.
	ErrOrderMismatch = errors.New("payneteasy: not the same order")

	// ErrWaitTimeout says that WaitOptions.MaxWait passed without a final status. The order may still be paid.
	ErrWaitTimeout = errors.New("payneteasy: no final status yet")
)

// Error says why a call did not succeed, with everything that the gateway said. Its text and its fields hold no card
// data, no account number and no key. Long runs of digits in the gateway's own words are masked. The IDs of the order
// are shown in full.
type Error struct {
	Decision      Decision // "" for a call that only asks
	Entry         Entry    // what is known about the order, for Wait or Resolve
	Command       string   // "payout", "payout-form", "status"
	Endpoint      Endpoint
	ClientOrderID string
	OrderID       string // paynet-order-id, if the reply had one
	SerialNumber  string // serial-number, which the gateway's support asks for
	HTTPStatus    int    // 0 if no reply came
	ReplyType     string // the type of the reply, such as "error" or "validation-error"
	Code          string // error-code, as the gateway sent it
	Message       string // error-message, masked
	Hint          string // what to check, if this package knows it
	Reply         Fields // all fields of the reply
	Err           error  // the cause, such as a *ValidationError, a *net.OpError or context.DeadlineExceeded

	// RetryAfter is the reply's Retry-After, at most a minute. Do not ask sooner. Status, Wait and Resolve obey it. It
	// is 0 if the reply had none.
	RetryAfter time.Duration

	notKnown bool // the gateway answered a question with "no such order"
}

// Error returns one line. It starts with the name of the package. If the outcome is unknown, it says what not to do.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "payneteasy: %s %q", e.Command, masking.Cut(e.ClientOrderID))
	switch e.Decision {
	case "":
		b.WriteString(": failed")
	case DecisionNotSent, DecisionRejected:
		b.WriteString(": " + string(e.Decision))
	case DecisionRefused:
		b.WriteString(": refused")
	case DecisionPending, DecisionUnknown, DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionReview:
		b.WriteString(": outcome unknown, it may have been paid")
	}
	if e.HTTPStatus != 0 && e.HTTPStatus != http.StatusOK {
		fmt.Fprintf(&b, ": HTTP %d", e.HTTPStatus)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": the gateway says %q", e.Message)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " (code %s)", e.Code)
	}
	if e.Err != nil {
		b.WriteString(": " + trimPackage(e.Err))
	}
	if e.SerialNumber != "" {
		b.WriteString(" [serial-number " + e.SerialNumber + "]")
	}
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	b.WriteString(e.advice())
	return strings.ReplaceAll(b.String(), "\n", ": ") // errors.Join puts each error on its own line
}

// advice says what to do next.
func (e *Error) advice() string {
	switch e.Decision {
	case "":
		if e.RetryAfter > 0 {
			return fmt.Sprintf("; ask again after %v", e.RetryAfter)
		}
	case DecisionRefused:
		if e.Entry.Send == string(order.RefusedParameter) {
			return "; it is not known yet whether the gateway has an order anyway: ask for its status, do not send " +
				"it again"
		}
		return "; the gateway may have an order anyway: ask for its status until " +
			e.Entry.Began.Add(e.Entry.Window).Format(time.RFC3339) +
			", do not send it again"
	case DecisionPending, DecisionUnknown, DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionReview:
		if e.OrderID != "" {
			return "; ask for the status of order " + e.OrderID + ", do not send it again"
		}
		return "; ask for its status, do not send it again"
	case DecisionRejected, DecisionNotSent:
	}
	return ""
}

func (e *Error) decision() Decision { return e.Decision }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the sentinel error of the outcome, and ErrAccessDenied, ErrInvalidControl and ErrOrderNotFound.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotSent:
		return e.Decision == DecisionNotSent
	case ErrRejected:
		return e.Decision == DecisionRejected
	case ErrOutcomeUnknown:
		return e.Decision != "" && e.Decision != DecisionNotSent && e.Decision != DecisionRejected
	case ErrAccessDenied:
		return e.HTTPStatus == http.StatusUnauthorized || e.HTTPStatus == http.StatusForbidden
	case ErrInvalidControl:
		return strings.Contains(e.Message, "INVALID_CONTROL_CODE")
	case ErrOrderNotFound:
		return e.Decision == "" && e.notKnown
	default:
		return false
	}
}

// newCause wraps an error that this package did not make, so that it can be the cause of one that it did. The result
// never matches this package's own errors.
func newCause(err error, mask masking.Masker) error {
	return masking.NewForeign(err, singlesend.Showing(err, mask), sentinels, isOwnError)
}

var sentinels = []error{
	ErrNotSent, ErrRejected, ErrOutcomeUnknown, ErrAccessDenied, ErrInvalidControl, ErrOrderNotFound, ErrOrderMismatch,
	ErrWaitTimeout, ErrDuplicate, ErrForged, ErrConflict,
}

func isOwnError(target any) bool {
	switch target.(type) {
	case **Error, **WaitError, **ValidationError, **DuplicateError, **CallbackError:
		return true
	}
	return false
}

// showing masks what looks like an account, except the order's own IDs.
func showing(ids ...string) masking.Masker { return masking.Masker{IDs: ids} }

// WaitError says why Wait or Resolve ended without a decision. The order may still be paid, because only the waiting
// has ended.
type WaitError struct {
	Entry   Entry // what is known about the order
	Failure error // the *Error of the last question, or nil if it did not fail
	Err     error // ErrWaitTimeout, the failure that made waiting pointless, or the error of the context or the journal

	unwritten bool // Entry holds something that the journal does not
}

// decision returns the decision of the entry. A decision that is not written down must not be booked.
func (e *WaitError) decision() Decision {
	d := e.Entry.Decision()
	if e.unwritten && d.bookable() {
		return DecisionUnknown
	}
	return d
}

func (e *WaitError) Error() string {
	text := "payneteasy: wait"
	if e.Entry.ClientOrderID != "" {
		text = fmt.Sprintf("payneteasy: wait for %q, which is %s", masking.Cut(e.Entry.ClientOrderID),
			e.Entry.Decision())
	}
	if e.Err != nil {
		text += ": " + trimPackage(e.Err)
	}
	if e.Failure != nil && !errors.Is(e.Err, e.Failure) {
		text += "; the last question failed: " + trimPackage(e.Failure)
	}
	return text
}

// Unwrap returns the cause, and the error of the last question if it failed.
func (e *WaitError) Unwrap() []error {
	if e.Failure == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Failure}
}

// CallbackError says why a callback or a redirect was refused. Its text holds at most the documented name of a
// parameter, and no other part of the request. Nothing was changed.
type CallbackError struct {
	HTTPStatus int    // the status to answer with, which is 400, 403 (ErrForged), 405, 413 or 415
	Parameter  string // the documented name of the parameter that is wrong, or ""
	Err        error  // the cause, such as ErrForged
	kind       string
}

func (e *CallbackError) Error() string { return "payneteasy: " + e.kind + ": " + e.why() }

func (e *CallbackError) why() string {
	if e.Parameter != "" && e.Err != ErrForged { //nolint:errorlint // its own text names the control
		return e.Parameter + " " + trimPackage(e.Err)
	}
	return trimPackage(e.Err)
}

// Unwrap returns the cause.
func (e *CallbackError) Unwrap() error { return e.Err }

var (
	// ErrNoEntry says that a journal has no entry with that ClientOrderID.
	ErrNoEntry = errors.New("payneteasy: no such journal entry")

	// ErrDuplicate says that a ClientOrderID was used before, or is in use now. This call sent nothing. The earlier one
	// may have paid, so the outcome of this call is ErrOutcomeUnknown. Call Resolve to ask.
	ErrDuplicate = errors.New("payneteasy: this client_orderid was used before")

	// ErrConflict says that an entry has changed since it was read. Read it again. Journal.Put returns it. Refresh
	// returns it if the entry has learned another end of the order since the question, and it is not known which of the
	// two is older. Settle returns it if the entry has an attempt, orders or an end that the person has not seen.
	ErrConflict = errors.New("payneteasy: the entry has changed since it was read")
)

var (
	// ErrForged says that the control of a callback or a redirect is missing, or matches no control key. The sender
	// does not know the key, has changed a value, or uses the key of another environment.
	ErrForged = errors.New("payneteasy: the control does not match")

	// ErrCallbackBusy says that another callback of the same order is in progress, or that the store's limit of orders
	// in progress is reached.
	ErrCallbackBusy = webhook.ErrBusy
)

// DuplicateError says that a second call with the same ClientOrderID was refused. It has the entry of the first call,
// and matches ErrDuplicate.
type DuplicateError struct {
	Entry Entry // the earlier payout, as it is stored
	Asked Entry // the refused payout, as far as it is known
}

func (e *DuplicateError) decision() Decision {
	stored, asked := e.Entry, e.Asked
	switch {
	case asked.ClientOrderID != "" &&
		(asked.Amount != stored.Amount || asked.Endpoint != stored.Endpoint || asked.Command != stored.Command):
		return DecisionReview
	case stored.free(), stored.ClientOrderID == "":
		return DecisionUnknown // the earlier payout has just begun
	}
	return stored.Decision()
}

func (e *DuplicateError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "payneteasy: client_orderid %q was used before: %s", e.Entry.ClientOrderID, e.Entry.Decision())
	for _, o := range e.Entry.Orders {
		fmt.Fprintf(&text, ", order %s (%s)", o.ID, o.End)
	}
	if !e.Entry.Amount.IsZero() {
		text.WriteString(", of " + e.Entry.Amount.String())
	}
	return text.String()
}

// Is matches ErrDuplicate.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

var errNilContext = errors.New("the context is nil")

// errNotProvable is why Ask and Wait refuse an entry that could match another order.
var errNotProvable = errors.New("an order without an order id is recognised by its amount: give OrderID or Amount")
