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

// judge says what a reply to a money-moving call means, and why it is not an acceptance. Anything that is not proved to
// be an acceptance or a refusal is unknown.
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

// provedOrderID is the order id of an acceptance, or of another whole reply that names our id too.
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
// parameter that does not identify the order or the merchant, and says nothing else. Identical bytes fail identically.
func (r *reply) refusesOneParameter() bool {
	if r.status != http.StatusOK || r.fields.Get("type") != "validation-error" {
		return false
	}
	for _, field := range r.fields.all() {
		switch field.name {
		case "type", "serial-number", "merchant-order-id", "client_orderid", "error-message", "error-code":
		default: // a status, say
			return false
		}
	}
	return namesOneParameter(r.fields.Get("error-message"))
}

// flaws are the words of a refusal that says what is wrong with a value itself. Any other word may be about what
// changes: an order that exists, or a limit or a balance that an accepted copy of the request has used up.
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

// namesOneParameter reports whether a message says of one documented parameter that its value is wrong, and nothing
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
		return errorf("this is no acceptance (type %.40q)", k.mask.Text(replyType))
	}
	switch id, sound := r.sound("merchant-order-id"); {
	case !sound:
		return errors.New("the reply's merchant-order-id is missing, cut, or stands there twice")
	case id != k.clientOrderID:
		return errorf("%w: its merchant-order-id is not ours", ErrOrderMismatch)
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

// isRefusal reports whether a reply is whole and of a type that refuses. In JSON the type may be missing.
func (r *reply) isRefusal() bool {
	jsonRefusal := r.isJSON && r.status >= 400 && r.status <= 499
	// A proxy that loses the gateway in the middle of a reply without a length ends it properly: an order id may be
	// lost.
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

// undecided are the statuses that say "not now" or "there is one already", and not that there is no order.
var undecided = []int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests}

// lettersAndDigits is a name without case and punctuation.
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

// deniedPage is the documented page of a 403, whole (/api/v4/payout, Fail Response Example). Another page, a
// firewall's say, that merely has the same words in it proves nothing: the gateway may have got the request before.
var deniedPage = regexp.MustCompile(
	`(?is)^\s*<!DOCTYPE html>\s*<html>\s*<head>\s*(?:<meta [^>]*>\s*)?<title>403</title>\s*` +
		`(?:<style[^>]*>[^<]*</style>\s*)?</head>\s*<body>\s*<p>\s*Access is denied\s*</p>\s*</body>\s*</html>\s*$`)

func (r *reply) isAccessDeniedPage() bool {
	return r.status == http.StatusForbidden && r.whole && deniedPage.Match(r.body)
}

// words are what a code may be made of: letters and few digits.
var words = regexp.MustCompile(`^(?:[A-Za-z _().:/-]+[0-9]{0,3})*$`)

// word is a code as a gateway writes them, or a placeholder: a question does not know what must not get into a journal.
func word(code string) string {
	switch {
	case words.MatchString(code):
		return code
	case takesBack(code):
		return "reversal"
	}
	return redacted
}

// reply is what the gateway, or something in front of it, said.
type reply struct {
	status    int
	header    http.Header
	body      []byte
	whole     bool  // the body's end is proved
	counted   bool  // by Content-Length
	readErr   error // why the body ended early
	fields    Fields
	isJSON    bool
	decodeErr error
}

// sound is Fields.sound, but not of a value at the very end of a body without a length. Such a value may have been cut:
// a proxy that loses the gateway in the middle of a reply ends it properly.
func (r *reply) sound(name string) (value string, ok bool) {
	value, ok = r.fields.sound(name)
	if !ok || r.isJSON || r.counted || bytes.HasSuffix(r.body, []byte("\n")) {
		return value, ok
	}
	all := r.fields.all()
	return value, all[len(all)-1].name != name
}

// orderID is the order id of a reply that may be trusted to be this order's, or nothing.
func (r *reply) orderID(k *call) string {
	id, sound := r.sound("paynet-order-id")
	if !sound || !isOrderID(id) || slices.Contains(k.mask.Secrets, id) {
		return ""
	}
	if len(id) >= 13 && checkCardNumber(id) == "" && !slices.Contains(k.mask.IDs, id) {
		return "" // it may be a card's number in the wrong place
	}
	if other, given := r.fields.lookup("merchant-order-id"); given && other != k.clientOrderID {
		return ""
	}
	return id
}

// serialNumber is the reply's, if it looks like one.
func (r *reply) serialNumber() string {
	if serial := r.fields.Get("serial-number"); masking.SerialNumber.MatchString(serial) {
		return serial
	}
	return ""
}

// isCached reports whether a cache says how old its reply is.
func (r *reply) isCached() bool { return strings.Trim(r.header.Get("Age"), "0 ") != "" }
