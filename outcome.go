package payneteasy

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// judge says what a reply to a money-moving call means: OutcomeAccepted, OutcomeRejected, or OutcomeUnknown with the
// reason. Anything that is not proved to be one of the first two is the third.
func (r *reply) judge(clientOrderID string, successTypes ...string) (Outcome, error) {
	var repeated *singlesend.RepeatedError
	switch {
	case errors.As(r.readErr, &repeated), errors.Is(r.readErr, singlesend.ErrReplyTooLarge):
		return OutcomeUnknown, r.readErr
	case r.isAccessDeniedPage():
		return OutcomeRejected, nil
	}
	doubt := r.accepts(clientOrderID, successTypes)
	if doubt == nil {
		return OutcomeAccepted, nil
	}
	if r.rejects(clientOrderID) {
		return OutcomeRejected, nil
	}
	return OutcomeUnknown, errors.Join(doubt, r.readErr)
}

// accepts returns nil if the reply proves that the order exists, or what is missing for that.
func (r *reply) accepts(clientOrderID string, successTypes []string) error {
	if r.decodeErr != nil {
		return r.decodeErr
	}
	if r.status != http.StatusOK {
		return errors.New("the gateway did not answer 200")
	}
	replyType, sound := r.fields.sound("type")
	switch {
	case !r.has("type"):
		// In JSON the type may be missing; then nothing else may speak of an error.
		if !r.isJSON || r.has("error-message") || r.has("error-code") {
			return errors.New("the reply has no type")
		}
	case !sound:
		return errors.New("the reply's type was cut or stands there twice")
	case !slices.Contains(successTypes, replyType):
		return fmt.Errorf("this is no acceptance (type %.40q)", replyType)
	}
	switch id, sound := r.fields.sound("merchant-order-id"); {
	case !sound:
		return errors.New("the reply's merchant-order-id is missing, cut, or stands there twice")
	case id != clientOrderID:
		return fmt.Errorf("%w: its merchant-order-id is not ours", ErrOrderMismatch)
	}
	switch id, sound := r.fields.sound("paynet-order-id"); {
	case !sound:
		return errors.New("the reply's paynet-order-id is missing, cut, or stands there twice")
	case !isOrderID(id):
		return errors.New("the reply's paynet-order-id is not a number")
	}
	return nil
}

func (r *reply) has(name string) bool { return r.fields.count(name) > 0 }

// rejects reports whether the reply proves that this call created no order. An error that carries an order id proves
// the contrary, so any paynet-order-id, even an empty one, keeps the outcome unknown.
func (r *reply) rejects(clientOrderID string) bool {
	jsonRefusal := r.isJSON && r.status >= 400 && r.status <= 499
	if r.decodeErr != nil || !r.whole || r.status != http.StatusOK && !jsonRefusal {
		return false
	}
	switch replyType := r.fields.Get("type"); {
	case replyType == "error", replyType == "validation-error":
	case !r.has("type") && jsonRefusal:
	default:
		return false
	}
	id, named := r.fields.Lookup("merchant-order-id")
	return r.fields.duplicate() == "" &&
		(r.fields.Get("error-message") != "" || r.fields.Get("error-code") != "") &&
		!r.has("paynet-order-id") &&
		(!named || id == clientOrderID)
}

// deniedPage is the documented page of a 403, whole (/api/v4/payout, Fail Response Example). Somebody else's page, a
// firewall's say, that merely has the same words in it proves nothing: the gateway may have got the request before.
var deniedPage = regexp.MustCompile(`(?is)^\s*<!DOCTYPE html>\s*<html>\s*<head>\s*(?:<meta [^>]*>\s*)?<title>403</title>\s*` +
	`(?:<style[^>]*>[^<]*</style>\s*)?</head>\s*<body>\s*<p>\s*Access is denied\s*</p>\s*</body>\s*</html>\s*$`)

func (r *reply) isAccessDeniedPage() bool {
	return r.status == http.StatusForbidden && r.whole && deniedPage.Match(r.body)
}
