package payneteasy

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// The limits of a callback or a redirect. A documented one has about 30 parameters and 1 KiB. The largest one that a
// valid payout can cause has merchant_data of four-byte characters. Percent-encoding makes 12 bytes of each character.
const (
	maxNotice     = 12*maxMerchantData + 256<<10 // 1 MiB for the query, and 1 MiB for the body
	maxParameters = 200                          // in query and body together
	maxIdentifier = 1 << 10                      // bytes of a status or an ID
)

// notice is a callback or a redirect. Both are a form whose control matches its status, orderid and client_orderid.
// These are read strictly, because the values that are verified must be the values that are read. All other parameters
// are taken as they came.
type notice struct {
	status, orderID, clientOrderID string
	fields                         Fields // all parameters but control
	values                         map[string]string
	list                           []field // the fields while they are read
	ambiguous                      bool    // amount or currency came twice with different values
	incomplete                     bool    // something else read the body, or part of it, and left no form
	visits                         int     // how many parameters were looked at
}

// get returns a value by its documented name. It finds both approval-code and approval_code. If you give several names,
// the first one with a value counts.
func (n *notice) get(names ...string) string {
	for _, name := range names {
		if value := n.values[spelling(name)]; value != "" {
			return value
		}
	}
	return ""
}

// readNotice reads a request and verifies its control. kind is the word for it in errors.
func (c *Client) readNotice(kind string, r *http.Request) (notice, error) {
	n := notice{values: map[string]string{}}
	refused := n.read(r)
	if refused == nil {
		refused = n.identify()
	}
	if refused == nil {
		refused = c.verify(n)
	}
	if refused != nil && n.incomplete && (refused.HTTPStatus == http.StatusBadRequest || n.get("control") == "") {
		refused = refuse(http.StatusBadRequest, "", "the body was read before the handler: "+
			"parse it with Request.ParseForm, or put a copy back into Request.Body")
	}
	if refused != nil {
		refused.kind = kind
		return notice{}, refused
	}
	n.fields = newFields(n.list)
	return n, nil
}

//go:noinline
func refuse(status int, parameter, why string) *CallbackError {
	return &CallbackError{HTTPStatus: status, Parameter: parameter, Err: errors.New(why)}
}

// read reads the query of a GET, or the query and the form of a POST.
func (n *notice) read(r *http.Request) *CallbackError {
	body, parsed := "", url.Values(nil)
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
			break // everything is in the query
		}
		var refused *CallbackError
		if body, parsed, refused = n.readForm(r); refused != nil {
			return refused
		}
	default:
		return refuse(http.StatusMethodNotAllowed, "", "the method is neither GET nor POST")
	}
	count, size := 0, 0
	for _, form := range []string{r.URL.RawQuery, body} {
		if form != "" {
			count += strings.Count(form, "&") + 1
		}
	}
	for name, values := range parsed {
		count += len(values)
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	switch {
	case len(r.URL.RawQuery) > maxNotice, size > maxNotice:
		return errNoticeTooLarge()
	case count > maxParameters:
		return refuse(http.StatusBadRequest, "", fmt.Sprintf("it has more than %d parameters", maxParameters))
	}
	n.list = make([]field, 0, count)
	return n.addAll(r.URL.RawQuery, body, parsed)
}

func (n *notice) addAll(query, body string, parsed url.Values) *CallbackError {
	for _, form := range []string{query, strings.TrimPrefix(body, "\ufeff")} {
		for pair := range formPairs(form) {
			if refused := n.add(pair); refused != nil {
				return refused
			}
		}
	}
	for _, name := range sortedNames(parsed) {
		for _, value := range parsed[name] {
			trimmed := strings.Trim(strings.TrimPrefix(name, "\ufeff"), "\r\n")
			pair := formPair{name: trimmed, value: strings.TrimRight(value, "\r\n"), intact: true}
			if refused := n.add(pair); refused != nil {
				return refused
			}
		}
	}
	return nil
}

func errNoticeTooLarge() *CallbackError {
	return refuse(http.StatusRequestEntityTooLarge, "", fmt.Sprintf("it is larger than %d KiB", maxNotice>>10))
}

// readForm reads the encoded body of a POST. If the body was read before, it returns the form that middleware has
// parsed.
func (n *notice) readForm(r *http.Request) (body string, parsed url.Values, refused *CallbackError) {
	const formType, unsupported = "application/x-www-form-urlencoded", http.StatusUnsupportedMediaType
	switch {
	case mediaType(r.Header.Get("Content-Type")) != formType:
		return "", nil, refuse(unsupported, "", "its body is not a form: Content-Type must be "+formType)
	case httpcheck.Encoding(r.Header) != "":
		return "", nil, refuse(unsupported, "", "its body is encoded (Content-Encoding): it must be sent plain")
	}
	raw, err := webhook.ReadBody(r, maxNotice)
	if len(raw) == 0 && (err == nil || errors.Is(err, webhook.ErrReadBefore)) {
		parsed = parsedBefore(r)
	}
	switch {
	case errors.Is(err, webhook.ErrTooLarge):
		return "", nil, errNoticeTooLarge()
	case errors.Is(err, webhook.ErrReadBefore):
		n.incomplete = len(parsed) == 0
	case err != nil:
		err = errorf("its body could not be read: %w", newCause(err, masking.Masker{Question: true}))
		return "", nil, &CallbackError{HTTPStatus: http.StatusBadRequest, Err: err}
	}
	return string(raw), parsed, nil
}

// parsedBefore returns the body's form as Request.ParseForm left it. Request.Form has the values of the body before the
// values of the query.
func parsedBefore(r *http.Request) url.Values {
	if len(r.PostForm) > 0 || len(r.Form) == 0 {
		return r.PostForm
	}
	query, form := r.URL.Query(), url.Values{}
	for name, values := range r.Form {
		if more := len(values) - len(query[name]); more > 0 {
			form[name] = values[:more]
		}
	}
	return form
}

// add takes a parameter. A parameter that identifies or authenticates must be readable. It must not come again with
// another value, not even in another spelling or in the body. For all other parameters, the first value counts.
func (n *notice) add(p formPair) *CallbackError {
	n.visits++
	key := spelling(p.name)
	before, twice := n.values[key]
	if identifies(key) {
		switch {
		case !p.intact || !utf8.ValidString(p.value) || strings.Contains(p.value, "\x00"):
			return refuse(http.StatusBadRequest, p.name, "is not percent-encoded UTF-8 text")
		case len(p.value) > maxIdentifier:
			return refuse(http.StatusBadRequest, p.name, "is too long")
		case twice && before != p.value:
			return refuse(http.StatusBadRequest, p.name, "came twice with different values")
		}
	}
	if before == "" {
		n.values[key] = p.value
	}
	if twice && before != p.value && (key == "amount" || key == "currency") {
		n.ambiguous = true
	}
	if key != "control" {
		n.list = append(n.list, field{name: p.name, value: p.value, complete: p.intact})
	}
	return nil
}

// identifies reports whether a parameter says which order it is about, or proves it. key is its name with hyphens.
func identifies(key string) bool {
	return slices.Contains([]string{"status", "orderid", "client-orderid", "merchant-order", "control"}, key)
}

// identify checks status and IDs.
func (n *notice) identify() *CallbackError {
	n.status, n.orderID, n.clientOrderID = n.get("status"), n.get("orderid"), n.get("client_orderid", "merchant_order")
	other := n.get("merchant_order")
	switch {
	case n.status == "":
		return refuse(http.StatusBadRequest, "status", "is missing")
	case !isOrderID(n.orderID):
		return refuse(http.StatusBadRequest, "orderid", "is missing or not a number")
	case n.clientOrderID == "":
		return refuse(http.StatusBadRequest, "client_orderid", "is missing")
	case exactRule(n.clientOrderID) != "":
		return refuse(http.StatusBadRequest, "client_orderid", exactRule(n.clientOrderID))
	case other != "" && other != n.clientOrderID:
		return refuse(http.StatusBadRequest, "merchant_order", "differs from client_orderid")
	}
	return nil
}

// verify compares the control with the control of each key, in constant time. It always tries all keys.
func (c *Client) verify(n notice) *CallbackError {
	given := []byte(strings.ToLower(n.get("control")))
	right := 0
	for _, key := range append([]Secret{c.config.ControlKey}, c.config.OldControlKeys...) {
		right |= subtle.ConstantTimeCompare(given, []byte(control(key, n.status, n.orderID, n.clientOrderID)))
	}
	if right != 1 { // an empty control never matches, because a control has 40 digits
		return &CallbackError{HTTPStatus: http.StatusForbidden, Parameter: "control", Err: ErrForged}
	}
	return nil
}
