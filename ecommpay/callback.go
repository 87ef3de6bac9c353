package ecommpay

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// Callback is a message of the platform with a valid signature. The signature covers all of it, but an old callback can
// be replayed. So book by the Decision of CallbackHandler's news, which comes from the platform's own answer.
type Callback struct {
	Payment

	// Confirmed is the platform's answer to a question about this payment. It is nil from ParseCallback, and for a
	// callback that is not final.
	Confirmed *Status
}

// Refusal returns why the payment was refused, or nil. It prefers the reason in Confirmed, if there is one. The
// callback of the registration may arrive so late that it brings the end, and it has no reason.
func (cb *Callback) Refusal() error {
	if cb.Confirmed != nil {
		if err := cb.Confirmed.Refusal(); err != nil || cb.Confirmed.decision() == payneteasy.DecisionPaid {
			return err
		}
	}
	return cb.Payment.Refusal()
}

// Session returns the page of a registered payout, if this callback has one. If the payment has ended since, there is
// no page, and Confirmed has the end.
func (cb *Callback) Session() (session *Session, ok bool) {
	if cb.Confirmed != nil {
		return nil, false
	}
	return cb.Payment.Session()
}

// Format writes the IDs, the claimed status and the confirmed status, for package fmt.
func (cb Callback) Format(f fmt.State, _ rune) {
	text := fmt.Sprintf("ecommpay.Callback(%q: %s", cb.PaymentID, cb.Status)
	if cb.Confirmed != nil {
		text += fmt.Sprintf(", confirmed %s", cb.Confirmed.Status)
	}
	masking.Print(f, text+")")
}

// LogValue returns what Format writes, as a group for package log/slog.
func (cb Callback) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("payment_id", cb.PaymentID), slog.String("claimed", string(cb.Status))}
	if cb.Confirmed != nil {
		attrs = append(attrs, slog.String("confirmed", string(cb.Confirmed.Status)))
	}
	return slog.GroupValue(attrs...)
}

// CallbackError says why a callback was not accepted. It shows no part of the request.
type CallbackError struct {
	HTTPStatus int   // the answer to send: 400, 403 (ErrForged, ErrUnsigned), 405, 413, 415, or 200 (ErrNoPayment)
	Err        error // ErrMalformed, ErrForged, ErrUnsigned, ErrMismatch, ErrNoPayment, or another
}

func (e *CallbackError) Error() string { return "ecommpay: callback: " + trimPackage(e.Err) }

// Unwrap returns the cause.
func (e *CallbackError) Unwrap() error { return e.Err }

// ParseCallback reads a callback, which is a POST of at most 256 KiB of JSON. It verifies the signature with
// Config.SecretKey or one of OldSecretKeys. Numbers may be strings, and unknown fields stay in Raw. The error is a
// *CallbackError. If it matches ErrNoPayment, answer 200. Do not read the body before this call, because the signature
// covers its bytes. ParseCallback ends with the request's context.
func (c *Client) ParseCallback(r *http.Request) (*Callback, error) {
	raw, refused := readCallback(r)
	if refused != nil {
		return nil, refused
	}
	refuse := func(status int, err error) (*Callback, error) {
		return nil, &CallbackError{HTTPStatus: status, Err: err}
	}
	m, err := parseMessage(raw)
	if err != nil {
		return refuse(http.StatusBadRequest, err)
	}
	switch err := c.signer.verify(m); {
	case errors.Is(err, ErrMalformed):
		return refuse(http.StatusBadRequest, err)
	case err != nil:
		return refuse(http.StatusForbidden, err)
	}
	cb := &Callback{Payment: parsePayment(m, raw, masking.Masker{Question: true})}
	var faults faults
	faults.text("payment.id", cb.PaymentID, 255)
	switch {
	case cb.ProjectID != "" && cb.ProjectID != strconv.FormatInt(c.config.ProjectID, 10):
		return refuse(http.StatusBadRequest, fmt.Errorf("%w: it is about another project", ErrMismatch))
	case cb.PaymentID == "" && cb.namesPayout() && !isOfAnotherKind(m):
		return refuse(http.StatusBadRequest, errors.New("it is about a payout and has no payment.id"))
	case len(faults) > 0:
		return refuse(http.StatusOK, ErrNoPayment)
	case cb.Status == "" && cb.namesPayout() && !isOfAnotherKind(m):
		return refuse(http.StatusBadRequest, errors.New("it is about a payout and has no payment.status"))
	case cb.Status == "":
		return refuse(http.StatusOK, ErrNoPayment)
	}
	return cb, nil
}

// readCallback reads the body of a callback.
func readCallback(r *http.Request) ([]byte, error) {
	refuse := func(status int, text string) ([]byte, error) {
		return nil, &CallbackError{HTTPStatus: status, Err: errors.New(text)}
	}
	switch {
	case r.Method != http.MethodPost:
		return refuse(http.StatusMethodNotAllowed, "the method is not POST")
	case httpcheck.Encoding(r.Header) != "":
		return refuse(http.StatusUnsupportedMediaType, "its body is encoded (Content-Encoding): it must be sent plain")
	}
	raw, err := webhook.ReadBody(r, maxMessage)
	switch {
	case errors.Is(err, webhook.ErrTooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "it is larger than 256 KiB")
	case errors.Is(err, webhook.ErrReadBefore):
		return refuse(http.StatusBadRequest, "the body was read before the handler: "+
			"the signature covers its bytes, so put them back into Request.Body")
	case err != nil:
		err = fmt.Errorf("its body could not be read: %w", newCause(err, masking.Masker{Question: true}))
		return nil, &CallbackError{HTTPStatus: http.StatusBadRequest, Err: err}
	}
	return raw, nil
}

// namesPayout reports whether a message says that it is about a payout.
func (p *Payment) namesPayout() bool {
	return p.UUID != "" && p.Type == "" || namesPayout(p.Type) || namesPayout(p.Operation.Type)
}

// isOfAnotherKind reports whether a message has a field that only other kinds of callbacks have. These may name a
// payment, but have no status of it.
func isOfAnotherKind(m value) bool {
	for _, name := range []string{"token", "recurring", "redirect_data", "acs", "invoice"} {
		if m.get(name).kind != null {
			return true
		}
	}
	return false
}

func namesPayout(kind string) bool { return strings.Contains(strings.ToLower(kind), "payout") }

// isOfPayout reports whether a callback is about a payout, or about an operation that takes one back, which may have
// its own type. If the payment has no type, the type of its operation counts.
func (cb *Callback) isOfPayout() bool {
	operation := cb.Operation.Type
	switch {
	case cb.Type == "":
		return operation == "" || namesPayout(operation) || takesBack(operation)
	case cb.isPayout():
		return true
	}
	return cb.takenBack() && takesBack(cb.Type)
}
