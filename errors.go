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

// The three outcomes of a money-moving call that did not succeed. Every error of Client.Payout and Client.PayoutForm
// matches exactly one of them with errors.Is; DecisionOf says more. Errors of calls that only ask (Status, Ask) match
// none: whether an order can be asked about says nothing of whether it was paid.
var (
	// ErrNotSent says that it is proved that no byte of the request left: it was refused here, or no connection came
	// about. The same call may be made again.
	ErrNotSent = errors.New("payneteasy: not sent")

	// ErrRejected says that the gateway refused, was asked again, and has no order of this ClientOrderID.
	ErrRejected = errors.New("payneteasy: rejected")

	// ErrOutcomeUnknown says that it may have been paid. Give Error.Entry to Client.Resolve or Client.Wait. Never send
	// it again, not under another id either. With DecisionRefused the gateway refused it; whether it has an order all
	// the same is not known yet.
	ErrOutcomeUnknown = errors.New("payneteasy: outcome unknown")
)

var (
	// ErrAccessDenied matches any error whose reply was HTTP 401 or 403, beside its outcome.
	ErrAccessDenied = errors.New("payneteasy: access denied")

	// ErrInvalidControl matches the gateway's INVALID_CONTROL_CODE: login, control key or environment do not belong
	// together.
	ErrInvalidControl = errors.New("payneteasy: invalid control code")

	// ErrOrderNotFound matches an error of Status when the gateway answered, itself and whole, that it does not know
	// the order, in words that can mean nothing else. That never proves that nothing was sent: the order may be on its
	// way still.
	ErrOrderNotFound = errors.New("payneteasy: the gateway does not know the order")

	// ErrOrderMismatch says that a reply, or the journal, speaks of another order than the one asked about, or of an
	// amount or a currency that is not the order's.
	ErrOrderMismatch = errors.New("payneteasy: not the same order")

	// ErrWaitTimeout says that WaitOptions.MaxWait passed without a final status. The order may still be paid.
	ErrWaitTimeout = errors.New("payneteasy: no final status yet")
)

// Error is why a call did not succeed, with all that the gateway said. Its text and its fields hold no card data, no
// account number and no key. Long runs of digits in the gateway's own words are masked, the ids of the order show
// whole.
type Error struct {
	Decision      Decision // "" for a call that only asks
	Entry         Entry    // what is known of the order: give it to Wait or Resolve
	Command       string   // "payout", "payout-form", "status"
	Endpoint      Endpoint
	ClientOrderID string
	OrderID       string // paynet-order-id, when the reply carried one
	SerialNumber  string // serial-number: the vendor's support asks for it
	HTTPStatus    int    // 0 when no reply came
	ReplyType     string // type: "error", "validation-error", or whatever it was
	Code          string // error-code, as sent
	Message       string // error-message, masked
	Hint          string // what to look at, when there is something
	Reply         Fields // all fields of the reply
	Err           error  // the cause: a *ValidationError, *net.OpError, context.DeadlineExceeded …

	// RetryAfter is the reply's Retry-After, at most a minute: ask no sooner. Status, Wait and Resolve keep to it. 0
	// when the reply had none.
	RetryAfter time.Duration

	notKnown bool // the answer to a question: there is no such order
}

// Error is one line that starts with the package and says what not to do when the outcome is unknown.
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
	return strings.ReplaceAll(b.String(), "\n", ": ") // errors.Join puts each on a line
}

// advice is what to do next.
func (e *Error) advice() string {
	switch e.Decision {
	case "":
		if e.RetryAfter > 0 {
			return fmt.Sprintf("; ask again after %v", e.RetryAfter)
		}
	case DecisionRefused:
		if e.Entry.Send == string(order.RefusedParameter) {
			return "; whether the gateway has an order all the same is not known yet: ask its status, do not send " +
				"it again"
		}
		return "; the gateway may have an order all the same: ask its status until " +
			e.Entry.Began.Add(e.Entry.Window).Format(time.RFC3339) +
			", do not send it again"
	case DecisionPending, DecisionUnknown, DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionReview:
		if e.OrderID != "" {
			return "; ask the status of order " + e.OrderID + ", do not send it again"
		}
		return "; ask its status, do not send it again"
	case DecisionRejected, DecisionNotSent:
	}
	return ""
}

func (e *Error) decision() Decision { return e.Decision }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the sentinel of the outcome, ErrAccessDenied, ErrInvalidControl and ErrOrderNotFound.
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

// newCause makes an error that this package did not make the cause of one that it did. It never matches this package's
// own.
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

// showing masks what looks like an account, but for an order's own ids.
func showing(ids ...string) masking.Masker { return masking.Masker{IDs: ids} }

// ErrConflict says that an entry has changed since it was read: read it again. Journal.Put returns it. Refresh returns
// it when an entry has learned of another end since the question, and which of the two is older cannot be told. Settle
// returns it when an entry has an attempt, orders or an end that the person has not seen.
var ErrConflict = errors.New("payneteasy: the entry has changed since it was read")

// WaitError is why Wait or Resolve ended without a decision. The order may still be paid: the waiting ended, not the
// payout.
type WaitError struct {
	Entry   Entry // what is known of the order
	Failure error // the last question if it failed, an *Error, or nil
	Err     error // ErrWaitTimeout, the context's error, the failure that made waiting pointless, or the journal's

	unwritten bool // Entry has what the journal does not have
}

// decision is the entry's. What is not written down must not be booked.
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

// Unwrap gives the cause and the last failed question.
func (e *WaitError) Unwrap() []error {
	if e.Failure == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Failure}
}

// ErrForged says that the control of a callback or a redirect is missing or does not match any control key: the sender
// does not know the key, or changed a value, or uses the key of another environment.
var ErrForged = errors.New("payneteasy: the control does not match")

// CallbackError is why a callback or a redirect was not taken. Its text holds nothing of the request but, at most, the
// documented name of a parameter. Nothing was changed.
type CallbackError struct {
	HTTPStatus int    // what to answer: 400, 403 (ErrForged), 405, 413, 415
	Parameter  string // the documented name of the one that is wrong, or nothing
	Err        error  // why: ErrForged, or another
	kind       string
}

func (e *CallbackError) Error() string { return "payneteasy: " + e.kind + ": " + e.why() }

func (e *CallbackError) why() string {
	if e.Parameter != "" && e.Err != ErrForged { //nolint:errorlint // whose own text names the control
		return e.Parameter + " " + trimPackage(e.Err)
	}
	return trimPackage(e.Err)
}

// Unwrap gives the cause.
func (e *CallbackError) Unwrap() error { return e.Err }

var (
	// ErrNoEntry says that a journal has no entry of that ClientOrderID.
	ErrNoEntry = errors.New("payneteasy: no such journal entry")

	// ErrDuplicate says that a ClientOrderID was used before, or is in use at this moment. This call sent nothing, but
	// the earlier one may have paid, so its outcome is ErrOutcomeUnknown: ask, with Resolve.
	ErrDuplicate = errors.New("payneteasy: this client_orderid was used before")
)

// DuplicateError is a refused second call with one ClientOrderID, with the entry of the first. It matches ErrDuplicate.
type DuplicateError struct {
	Entry Entry // of the payout before, as it is stored
	Asked Entry // of the payout that was refused, as far as it is known
}

func (e *DuplicateError) decision() Decision {
	stored, asked := e.Entry, e.Asked
	switch {
	case asked.ClientOrderID != "" &&
		(asked.Amount != stored.Amount || asked.Endpoint != stored.Endpoint || asked.Command != stored.Command):
		return DecisionReview
	case stored.free(), stored.ClientOrderID == "":
		return DecisionUnknown // it has just been begun
	}
	return stored.Decision()
}

func (e *DuplicateError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "payneteasy: client_orderid %q was used before: %s", e.Entry.ClientOrderID, e.Entry.Decision())
	for _, o := range e.Entry.Orders {
		fmt.Fprintf(&text, ", order %s %s", o.ID, o.End)
	}
	if !e.Entry.Amount.IsZero() {
		text.WriteString(", of " + e.Entry.Amount.String())
	}
	return text.String()
}

// Is matches ErrDuplicate.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

// ErrCallbackBusy says that another callback of the same order is being handled at this moment, or that as many orders
// as a store allows are in progress.
var ErrCallbackBusy = webhook.ErrBusy

var errNilContext = errors.New("the context is nil")

// errNotProvable is why Ask and Wait refuse an entry that could find another order.
var errNotProvable = errors.New("an order without an order id is recognised by its amount: give OrderID or Amount")
