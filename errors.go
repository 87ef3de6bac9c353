package payneteasy

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// The three outcomes of a money-moving call that did not succeed. Every error of Client.Payout and Client.PayoutForm matches
// exactly one of them with errors.Is; DecisionOf says more. Errors of calls that only ask (Status, Ask) match none: whether
// an order can be asked about says nothing of whether it was paid.
var (
	// ErrNotSent says that it is proved that no byte of the request left: it was refused here, or no connection came about.
	// The same call may be made again.
	ErrNotSent = errors.New("payneteasy: not sent")

	// ErrRejected says that the gateway refused, was asked again, and has no order of this ClientOrderID.
	ErrRejected = errors.New("payneteasy: rejected")

	// ErrOutcomeUnknown says that it may have been paid. Give Error.Entry to Client.Resolve or Client.Wait. Never send it
	// again, not under another id either. With DecisionRefused the gateway refused it; whether it has an order all the
	// same is not known yet.
	ErrOutcomeUnknown = errors.New("payneteasy: outcome unknown")
)

var (
	// ErrAccessDenied matches any error whose reply was HTTP 401 or 403, beside its outcome.
	ErrAccessDenied = errors.New("payneteasy: access denied")

	// ErrInvalidControl matches the gateway's INVALID_CONTROL_CODE: login, control key or environment do not belong
	// together.
	ErrInvalidControl = errors.New("payneteasy: invalid control code")

	// ErrOrderNotFound matches an error of Status when the gateway answered, itself and whole, that it does not know the
	// order, in words that can mean nothing else. That never proves that nothing was sent: the order may be on its way still.
	ErrOrderNotFound = errors.New("payneteasy: the gateway does not know the order")

	// ErrOrderMismatch says that a reply, or the journal, speaks of another order than the one asked about, or of an amount
	// or a currency that is not the order's.
	ErrOrderMismatch = errors.New("payneteasy: not the same order")

	// ErrWaitTimeout says that WaitOptions.MaxWait passed without a final status. The order may still be paid.
	ErrWaitTimeout = errors.New("payneteasy: no final status yet")
)

// Error is why a call did not succeed, with all that the gateway said. Its text and its fields hold no card data, no
// account number and no key. Long runs of digits in the gateway's own words are masked, the ids of the order show whole.
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

	// RetryAfter is the reply's Retry-After, at most a minute: ask no sooner. Status, Wait and Resolve keep to it. 0 when
	// the reply had none.
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
		if e.Entry.Send == SendRefusedParameter {
			return "; whether the gateway has an order all the same is not known yet: ask its status, do not send it again"
		}
		return "; the gateway may have an order all the same: ask its status until " + e.Entry.Began.Add(e.Entry.Window).Format(time.RFC3339) +
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

// Fault is one thing wrong with a request or a configuration: the parameter's name on the wire ("receiver_phone") or
// the field of Config, and the rule it breaks. It never holds the value.
type Fault struct {
	Field string
	Rule  string
}

// faults gathers what is wrong, so that all of it is named at once.
type faults []Fault

// errorf is fmt.Errorf, in one place: inlined in each of its places it costs each user's build, see .ci/budget.
//
//go:noinline
func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// add notes a fault, unless the rule is empty: then there is none.
//
//go:noinline
func (f *faults) add(field, rule string) {
	if rule != "" {
		*f = append(*f, Fault{Field: field, Rule: rule})
	}
}

func (f faults) String() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = cmp.Or(fault.Field, `""`) + " " + fault.Rule
	}
	return strings.Join(texts, "; ")
}

// ValidationError names everything that is wrong with a request or a configuration. Nothing was sent.
type ValidationError struct {
	Subject string // what is wrong: "configuration", or "request" if it is empty
	Faults  []Fault
}

func (e *ValidationError) Error() string {
	return "payneteasy: invalid " + cmp.Or(e.Subject, "request") + ": " + faults(e.Faults).String()
}

// trimPackage is an error's text within another's of this package.
func trimPackage(err error) string {
	return strings.TrimPrefix(err.Error(), "payneteasy: ")
}

// within is an error within the text of another of this package.
type within struct{ err error }

func (e within) Error() string { return trimPackage(e.err) }

func (e within) Unwrap() error { return e.err }

// newCause makes an error that this package did not make the cause of one that it did. It never matches this package's own.
func newCause(err error, mask masking.Masker) error {
	return masking.NewForeign(err, singlesend.Showing(err, mask), sentinels, isOwnError)
}

var sentinels = []error{
	ErrNotSent, ErrRejected, ErrOutcomeUnknown, ErrAccessDenied, ErrInvalidControl, ErrOrderNotFound, ErrOrderMismatch, ErrWaitTimeout, ErrDuplicate,
	ErrForged, ErrStale,
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
