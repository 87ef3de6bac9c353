package payneteasy

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// judge says what a reply to a money-moving call means: OutcomeAccepted, OutcomeRejected, or OutcomeUnknown with the
// reason. Anything that is not proved to be one of the first two is the third.
func (r *reply) judge(k *call) (Outcome, error) {
	var repeated *singlesend.RepeatedError
	switch {
	case errors.As(r.readErr, &repeated), errors.Is(r.readErr, singlesend.ErrReplyTooLarge):
		return OutcomeUnknown, newCause(r.readErr, k.mask)
	case r.isAccessDeniedPage():
		return OutcomeRejected, nil
	}
	doubt := r.accepts(k)
	if doubt == nil {
		return OutcomeAccepted, nil
	}
	if r.rejects(k.clientOrderID) {
		return OutcomeRejected, nil
	}
	if r.readErr != nil {
		doubt = errors.Join(doubt, newCause(r.readErr, k.mask))
	}
	return OutcomeUnknown, doubt
}

// accepts returns nil if the reply proves that the order exists, or what is missing for that.
func (r *reply) accepts(k *call) error {
	if r.decodeErr != nil {
		return r.decodeErr
	}
	if r.status != http.StatusOK {
		return errors.New("the gateway did not answer 200")
	}
	replyType, sound := r.sound("type")
	switch {
	case !r.has("type"):
		// In JSON the type may be missing; then nothing else may speak of an error.
		if !r.isJSON || r.has("error-message") || r.has("error-code") {
			return errors.New("the reply has no type")
		}
	case !sound:
		return errors.New("the reply's type was cut or stands there twice")
	case !slices.Contains(k.success, replyType):
		return fmt.Errorf("this is no acceptance (type %.40q)", k.mask.Text(replyType))
	}
	switch id, sound := r.sound("merchant-order-id"); {
	case !sound:
		return errors.New("the reply's merchant-order-id is missing, cut, or stands there twice")
	case id != k.clientOrderID:
		return fmt.Errorf("%w: its merchant-order-id is not ours", ErrOrderMismatch)
	}
	switch id, sound := r.sound("paynet-order-id"); {
	case !sound:
		return errors.New("the reply's paynet-order-id is missing, cut, or stands there twice")
	case !isOrderID(id):
		return errors.New("the reply's paynet-order-id is not a number")
	}
	if k.further != nil {
		return k.further(r)
	}
	return nil
}

func (r *reply) has(name string) bool { return r.fields.count(name) > 0 }

// rejects reports whether the reply proves that this call created no order. An error that carries an order id proves
// the contrary, so anything like one, in any spelling, even empty, keeps the outcome unknown; and so does anything that
// is not quite the documented format.
func (r *reply) rejects(clientOrderID string) bool {
	jsonRefusal := r.isJSON && r.status >= 400 && r.status <= 499
	// A proxy that loses the gateway in the middle of a reply without a length ends it properly: an order id may be lost.
	if r.decodeErr != nil || !r.whole || !r.counted && !r.isJSON || r.status != http.StatusOK && !jsonRefusal {
		return false
	}
	switch replyType := r.fields.Get("type"); {
	case slices.Contains(undecided, r.status), existsAlready.MatchString(r.fields.Get("error-message")):
		return false
	case replyType == "error", replyType == "validation-error":
	case !r.has("type") && jsonRefusal:
	default:
		return false
	}
	reason := false
	for _, field := range r.fields.all() {
		switch {
		case !field.complete || field.nested || strings.ContainsAny(field.name, "\r\n") || r.fields.count(field.name) > 1:
			return false
		case field.name == "merchant-order-id" || field.name == "client_orderid":
			if field.value != clientOrderID {
				return false
			}
		case strings.Contains(lettersOf(field.name), "orderid"), strings.Contains(lettersOf(field.name), "redirecturl"):
			return false
		case field.name == "error-message" || field.name == "error-code":
			reason = reason || field.value != "" && field.value != "false"
		}
	}
	return reason
}

// existsAlready is how a gateway may refuse a second request with one client_orderid. If something on the way sent this
// call twice and lost the first answer, the order is this call's own.
var existsAlready = regexp.MustCompile(`(?i)already|duplicate|exists|not unique|non-unique|существует|дублик`)

// undecided are the statuses that say "not now" or "there is one already", and not that there is no order.
var undecided = []int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests}

// lettersOf is a name without case and punctuation.
func lettersOf(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// deniedPage is the documented page of a 403, whole (/api/v4/payout, Fail Response Example). Somebody else's page, a
// firewall's say, that merely has the same words in it proves nothing: the gateway may have got the request before.
var deniedPage = regexp.MustCompile(`(?is)^\s*<!DOCTYPE html>\s*<html>\s*<head>\s*(?:<meta [^>]*>\s*)?<title>403</title>\s*` +
	`(?:<style[^>]*>[^<]*</style>\s*)?</head>\s*<body>\s*<p>\s*Access is denied\s*</p>\s*</body>\s*</html>\s*$`)

func (r *reply) isAccessDeniedPage() bool {
	return r.status == http.StatusForbidden && r.whole && deniedPage.Match(r.body)
}
