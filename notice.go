package payneteasy

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// What a callback or a redirect may weigh. Documented ones have about 30 parameters and 1 KiB.
const (
	maxNotice     = 256 << 10 // bytes, of the query and of the body each
	maxParameters = 200       // of both together
)

// ErrForged says that no control key gives the control of a callback or a redirect, or that it has none: somebody made it
// up, or changed it, or it belongs to another environment's key.
var ErrForged = errors.New("payneteasy: its control is not right")

// CallbackError is why a callback or a redirect was not taken. Its text holds nothing of the request but, at most, the
// documented name of a parameter. Nothing was changed.
type CallbackError struct {
	HTTPStatus int    // what to answer: 400, 403 (ErrForged), 405, 413, 415
	Parameter  string // the documented name of the one that is wrong, or nothing
	Err        error  // why: ErrForged, or another
	kind       string
}

func (e *CallbackError) Error() string {
	text := "payneteasy: " + e.kind + ": "
	if e.Parameter != "" {
		text += e.Parameter + " "
	}
	return text + trimPackage(e.Err)
}

// Unwrap gives the cause.
func (e *CallbackError) Unwrap() error { return e.Err }

// notice is what callbacks and redirects are: a form with the control of status, orderid and client_orderid, which was
// right.
type notice struct {
	status, orderID, clientOrderID string
	fields                         Fields // all but the control
	values                         map[string]string
}

// get is a value by the documented name, in whichever spelling it came: approval-code, approval_code. Of several names
// the first that has a value counts.
func (n *notice) get(names ...string) string {
	for _, name := range names {
		if value := n.values[spelling(name)]; value != "" {
			return value
		}
	}
	return ""
}

// spelling is a name without the difference between hyphens and underscores: the gateway uses both.
func spelling(name string) string { return strings.ReplaceAll(name, "_", "-") }

// readNotice reads a request and verifies its control. kind names it in errors.
func (c *Client) readNotice(kind string, r *http.Request) (notice, error) {
	raw, refused := readForm(r)
	if refused == nil {
		var n notice
		if n, refused = parseNotice(raw); refused == nil {
			if refused = c.verify(n); refused == nil {
				return n, nil
			}
		}
	}
	refused.kind = kind
	return notice{}, refused
}

func refuse(status int, parameter, why string) *CallbackError {
	return &CallbackError{HTTPStatus: status, Parameter: parameter, Err: errors.New(why)}
}

// readForm returns the query of a GET, or query and body of a POST, encoded. It reads no more than it may.
func readForm(r *http.Request) ([]string, *CallbackError) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "", "it is larger than 256 KiB")
	if len(r.URL.RawQuery) > maxNotice {
		return nil, tooLarge
	}
	forms := []string{r.URL.RawQuery}
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
			break // all of it is in the query
		}
		if err != nil || media != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" {
			return nil, refuse(http.StatusUnsupportedMediaType, "", "its body is not a plain form (application/x-www-form-urlencoded)")
		}
		if r.ContentLength > maxNotice {
			return nil, tooLarge
		}
		body, err := readBody(r)
		var limited *http.MaxBytesError
		switch {
		case len(body) > maxNotice, errors.As(err, &limited):
			return nil, tooLarge
		case err != nil:
			return nil, &CallbackError{HTTPStatus: http.StatusBadRequest, Err: fmt.Errorf("its body could not be read: %w", newCause(err, masking.Masker{}))}
		}
		forms = append(forms, string(body))
	default:
		return nil, refuse(http.StatusMethodNotAllowed, "", "it is neither a GET nor a POST")
	}
	parameters := 0
	for _, form := range forms {
		parameters += strings.Count(form, "&") + 1
	}
	if parameters > maxParameters {
		return nil, refuse(http.StatusBadRequest, "", "it has more than 200 parameters")
	}
	return forms, nil
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(r.Body, maxNotice+1))
}

// parseNotice decodes the parameters. Nothing may be said twice, not in two spellings either: what is verified must be
// what is read.
func parseNotice(forms []string) (notice, *CallbackError) {
	count := strings.Count(strings.Join(forms, "&"), "&") + 1
	n := notice{values: make(map[string]string, count)}
	list := make([]field, 0, count)
	exact := make(map[string]bool, count)
	for _, form := range forms {
		for pair := range strings.SplitSeq(form, "&") {
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			name, nameErr := url.QueryUnescape(name)
			value, valueErr := url.QueryUnescape(value)
			if nameErr != nil || valueErr != nil || name == "" || !isText(name) || !isText(value) {
				return n, refuse(http.StatusBadRequest, documented(name), "is not an encoded UTF-8 text")
			}
			if other, twice := n.values[spelling(name)]; exact[name] || twice && other != value {
				return n, refuse(http.StatusBadRequest, documented(name), "stands there twice")
			}
			exact[name] = true
			n.values[spelling(name)] = value
			if name != "control" {
				list = append(list, field{name: name, value: value, complete: true})
			}
		}
	}
	n.fields = newFields(list)
	return n, n.identify()
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// identify checks status and ids.
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
	case safetyRule("client_orderid", n.clientOrderID) != "":
		return refuse(http.StatusBadRequest, "client_orderid", safetyRule("client_orderid", n.clientOrderID))
	case other != "" && other != n.clientOrderID:
		return refuse(http.StatusBadRequest, "merchant_order", "is not client_orderid")
	}
	return nil
}

// verify compares the control with that of every key, in constant time, and always with all of them.
func (c *Client) verify(n notice) *CallbackError {
	given := []byte(strings.ToLower(n.get("control")))
	right := 0
	for _, key := range append([]Secret{c.config.ControlKey}, c.config.OldControlKeys...) {
		right |= subtle.ConstantTimeCompare(given, []byte(control(key, n.status, n.orderID, n.clientOrderID)))
	}
	if right != 1 { // an empty one never is: they have 40 digits
		return &CallbackError{HTTPStatus: http.StatusForbidden, Parameter: "control", Err: ErrForged}
	}
	return nil
}

// documented is a name if it is one of the documented parameters' (ConnPay docs, "Merchant callback parameters" and
// "Final redirect"). Any other may hold anything.
func documented(name string) string {
	switch spelling(name) {
	case "status", "merchant-order", "client-orderid", "orderid", "type", "amount", "control", "descriptor", "error-code", "error-message",
		"name", "email", "approval-code", "last-four-digits", "bin", "card-type", "gate-partial-reversal", "gate-partial-capture",
		"reason-code", "processor-rrn", "comment", "rapida-balance", "merchantdata", "currency", "processor-tx-id", "phone", "card-holder-name":
		return name
	}
	return "a parameter"
}
