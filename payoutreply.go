package payneteasy

import (
	"bytes"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/order"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// judge says what a reply to a call that moves money means, and why it is not an acceptance. A reply that proves
// neither an acceptance nor a refusal is unknown.
func (r *reply) judge(k *call) (order.Send, error) {
	var repeated *singlesend.RepeatedError
	switch {
	case errors.As(r.readErr, &repeated), errors.Is(r.readErr, singlesend.ErrReplyTooLarge):
		return order.SendUnknown, newCause(r.readErr, k.mask)
	case r.isAccessDeniedPage(), r.status == http.StatusUnauthorized && r.whole && r.orderID(k) == "":
		return order.Denied, nil
	}
	doubt := r.accepts(k)
	if doubt == nil {
		return order.Accepted, nil
	}
	if r.rejects(k.clientOrderID) {
		if r.refusesOneParameter() {
			return order.RefusedParameter, nil
		}
		return order.SendRefused, nil
	}
	if r.readErr != nil {
		doubt = errors.Join(doubt, newCause(r.readErr, k.mask))
	}
	return order.SendUnknown, doubt
}

// provedOrderID returns the order ID of an acceptance, or of another whole reply that also names our ID.
func (r *reply) provedOrderID(k *call, send order.Send) string {
	if send == order.Accepted {
		return r.fields.Get("paynet-order-id")
	}
	if id, sound := r.sound("merchant-order-id"); !sound || id != k.clientOrderID || !r.whole || r.decodeErr != nil {
		return ""
	}
	return r.orderID(k)
}

// refusesOneParameter reports whether a refusal is a validation-error with HTTP 200 about exactly one documented
// parameter, and says nothing else. The parameter must not identify the order or the merchant. Identical bytes fail
// identically.
func (r *reply) refusesOneParameter() bool {
	if r.status != http.StatusOK || r.fields.Get("type") != "validation-error" {
		return false
	}
	for _, field := range r.fields.all() {
		switch field.name {
		case "type", "serial-number", "merchant-order-id", "client_orderid", "error-message", "error-code":
		default: // such as a status
			return false
		}
	}
	return namesOneParameter(r.fields.Get("error-message"))
}

// flaws are the words of a refusal that says what is wrong with a value itself. Any other word may be about something
// that changes. Examples are an order that exists, or a limit or a balance that an accepted copy of the request has
// used up.
var flaws = wordSet(`a an and are as be been below blank characters contains digits does empty expected field fields for format
	has have in incorrect invalid is it length letters long malformed minimum missing must no not of only or parameter
	parameters required short should supported the this to too unsupported valid value values with wrong`)

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}

// namesOneParameter reports whether a message says that the value of one documented parameter is wrong, and nothing
// else.
func namesOneParameter(message string) bool {
	named := ""
	for _, word := range strings.FieldsFunc(message, func(c rune) bool { return c != '_' && !isAlphanumeric(c) }) {
		_, documented := payoutParameters[word]
		switch {
		case flaws[strings.ToLower(word)], strings.Trim(word, "0123456789") == "":
		case !documented, word == "client_orderid", named != "" && named != word:
			return false
		default:
			named = word
		}
	}
	return named != ""
}

// accepts returns nil if the reply proves that the order exists. Otherwise it returns what is missing for that.
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
		// In JSON the type may be missing. Then no other field may be about an error.
		if !r.isJSON || r.has("error-message") || r.has("error-code") {
			return errors.New("the reply has no type")
		}
	case !sound:
		return errors.New("the reply's type is incomplete or duplicated")
	case !slices.Contains(k.success, replyType):
		return errorf("the reply is not an acceptance (type %.40q)", k.mask.Text(replyType))
	}
	switch id, sound := r.sound("merchant-order-id"); {
	case !sound:
		return errors.New("the reply's merchant-order-id is missing, incomplete or duplicated")
	case id != k.clientOrderID:
		return errorf("%w: the reply's merchant-order-id is not the one that was sent", ErrOrderMismatch)
	}
	switch id, sound := r.sound("paynet-order-id"); {
	case !sound:
		return errors.New("the reply's paynet-order-id is missing, incomplete or duplicated")
	case !isOrderID(id):
		return errors.New("the reply's paynet-order-id is not a number")
	}
	if k.further != nil {
		return k.further(r)
	}
	return nil
}

func (r *reply) has(name string) bool { return r.fields.count(name) > 0 }

// rejects reports whether the reply proves that this call created no order. An error that carries an order ID proves
// the opposite. So anything like an order ID keeps the outcome unknown, in any spelling, even if it is empty. So does
// anything that is not exactly in the documented format.
func (r *reply) rejects(clientOrderID string) bool {
	if !r.isRefusal() {
		return false
	}
	reason := false
	for _, field := range r.fields.all() {
		name := lettersAndDigits(field.name)
		switch {
		case !field.complete || field.nested || strings.ContainsAny(field.name, "\r\n") ||
			r.fields.count(field.name) > 1:
			return false
		case field.name == "merchant-order-id" || field.name == "client_orderid":
			if field.value != clientOrderID {
				return false
			}
		case strings.Contains(name, "orderid"), strings.Contains(name, "redirecturl"):
			return false
		case field.name == "error-message" || field.name == "error-code":
			reason = reason || field.value != "" && field.value != "false"
		}
	}
	return reason
}

// isRefusal reports whether a reply is whole, and of a type that refuses. In JSON the type may be missing.
func (r *reply) isRefusal() bool {
	jsonRefusal := r.isJSON && r.status >= 400 && r.status <= 499
	// If a proxy loses the gateway in the middle of a reply without a length, it still ends the reply properly. An
	// order ID may be lost.
	if r.decodeErr != nil || !r.whole || !r.counted && !r.isJSON || r.status != http.StatusOK && !jsonRefusal {
		return false
	}
	switch kind := r.fields.Get("type"); {
	case slices.Contains(undecided, r.status):
		return false
	case kind == "error", kind == "validation-error":
		return true
	}
	return !r.has("type") && jsonRefusal
}

// undecided are the HTTP statuses that say "not now" or "there is one already". They do not say that there is no order.
var undecided = []int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests}

// lettersAndDigits returns a name in lower case and without punctuation.
//
//go:noinline
func lettersAndDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// deniedPage is the documented page of a 403, as a whole (/api/v4/payout, Fail Response Example). Another page that
// merely holds the same words, such as a firewall's, proves nothing. The gateway may have received the request before.
var deniedPage = regexp.MustCompile(
	`(?is)^\s*<!DOCTYPE html>\s*<html>\s*<head>\s*(?:<meta [^>]*>\s*)?<title>403</title>\s*` +
		`(?:<style[^>]*>[^<]*</style>\s*)?</head>\s*<body>\s*<p>\s*Access is denied\s*</p>\s*</body>\s*</html>\s*$`)

func (r *reply) isAccessDeniedPage() bool {
	return r.status == http.StatusForbidden && r.whole && deniedPage.Match(r.body)
}

// words matches what a code may consist of, which is letters and few digits.
var words = regexp.MustCompile(`^(?:[A-Za-z _().:/-]+[0-9]{0,3})*$`)

// word returns a code as a gateway writes them, or a placeholder. A question does not know what must stay out of a
// journal.
func word(code string) string {
	switch {
	case words.MatchString(code):
		return code
	case takesBack(code):
		return "reversal"
	}
	return redacted
}

// reply is what the gateway, or something in front of it, answered.
type reply struct {
	status    int
	header    http.Header
	body      []byte
	whole     bool  // the body's end is proved
	counted   bool  // the end is proved by Content-Length
	readErr   error // why the body ended early
	fields    Fields
	isJSON    bool
	decodeErr error
}

// sound is Fields.sound, except for a value at the very end of a body without a length. Such a value may have been cut.
// If a proxy loses the gateway in the middle of a reply, it still ends the reply properly.
func (r *reply) sound(name string) (value string, ok bool) {
	value, ok = r.fields.sound(name)
	if !ok || r.isJSON || r.counted || bytes.HasSuffix(r.body, []byte("\n")) {
		return value, ok
	}
	all := r.fields.all()
	return value, all[len(all)-1].name != name
}

// orderID returns the order ID of a reply if it can be trusted to be this order's, or "".
func (r *reply) orderID(k *call) string {
	id, sound := r.sound("paynet-order-id")
	if !sound || !isOrderID(id) || slices.Contains(k.mask.Secrets, id) {
		return ""
	}
	if len(id) >= 13 && checkCardNumber(id) == "" && !slices.Contains(k.mask.IDs, id) {
		return "" // it may be a card number in the wrong place
	}
	if other, given := r.fields.lookup("merchant-order-id"); given && other != k.clientOrderID {
		return ""
	}
	return id
}

// serialNumber returns the reply's serial number, if it looks like one.
func (r *reply) serialNumber() string {
	if serial := r.fields.Get("serial-number"); masking.SerialNumber.MatchString(serial) {
		return serial
	}
	return ""
}

// isCached reports whether a cache says how old the reply is.
func (r *reply) isCached() bool { return strings.Trim(r.header.Get("Age"), "0 ") != "" }
