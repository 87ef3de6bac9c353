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

// Callback is a message of the platform's, whose signature is right. All of it is signed, but an old one can be
// replayed. So book by the Decision of CallbackHandler's news, which is by the platform's own answer.
type Callback struct {
	Payment

	// Confirmed is what the platform answered when it was asked about this payment. It is nil from ParseCallback, and
	// for a callback that is not final.
	Confirmed *Status
}

// Refusal is why the payment was refused, or nil: by Confirmed, if that tells. The callback of the registration may
// come so late that it is the one that brings the end, and knows no reason.
func (cb *Callback) Refusal() error {
	if cb.Confirmed != nil {
		if err := cb.Confirmed.Refusal(); err != nil || cb.Confirmed.decision() == payneteasy.DecisionPaid {
			return err
		}
	}
	return cb.Payment.Refusal()
}

// Session is the page of a registered payout, if that is what this callback tells. It is none when the payment has come
// to its end since, and Confirmed tells that.
func (cb *Callback) Session() (session *Session, ok bool) {
	if cb.Confirmed != nil {
		return nil, false
	}
	return cb.Payment.Session()
}

// Format writes the ids, what is claimed, and what was confirmed, for package fmt.
func (cb Callback) Format(f fmt.State, _ rune) {
	text := fmt.Sprintf("ecommpay.Callback(%q: %s", cb.PaymentID, cb.Status)
	if cb.Confirmed != nil {
		text += fmt.Sprintf(", confirmed %s", cb.Confirmed.Status)
	}
	masking.Print(f, text+")")
}

// LogValue is what Format writes, as a group for package log/slog.
func (cb Callback) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("payment_id", cb.PaymentID), slog.String("claimed", string(cb.Status))}
	if cb.Confirmed != nil {
		attrs = append(attrs, slog.String("confirmed", string(cb.Confirmed.Status)))
	}
	return slog.GroupValue(attrs...)
}

// CallbackError is why a callback was not taken. It shows nothing of the request.
type CallbackError struct {
	HTTPStatus int   // what to answer: 400, 403 (ErrForged, ErrUnsigned), 405, 413, 415, or 200 (ErrNoPayment)
	Err        error // ErrMalformed, ErrForged, ErrUnsigned, ErrMismatch, ErrNoPayment, or another
}

func (e *CallbackError) Error() string { return "ecommpay: callback: " + trimPackage(e.Err) }

// Unwrap gives the cause.
func (e *CallbackError) Unwrap() error { return e.Err }

// ParseCallback reads a callback, a POST of at most 256 KiB of JSON, and verifies its signature with Config.SecretKey
// or one of OldSecretKeys. Numbers may be written as texts, unknown fields stay in Raw. The error is a *CallbackError;
// one that matches ErrNoPayment is to be answered with 200. The body must not have been read before: the signature is
// that of its bytes. ParseCallback ends with the request's context.
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
			"the signature is that of its bytes, so put them back into Request.Body")
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

// isOfAnotherKind reports whether a message has what only callbacks of another kind have. They may name a payment, and
// bring no status of it.
func isOfAnotherKind(m value) bool {
	for _, name := range []string{"token", "recurring", "redirect_data", "acs", "invoice"} {
		if m.get(name).kind != null {
			return true
		}
	}
	return false
}

func namesPayout(kind string) bool { return strings.Contains(strings.ToLower(kind), "payout") }

// isOfPayout reports whether a callback is about a payout, or about what takes one back, which may name itself. Without
// a type of the payment, that of its operation counts.
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
