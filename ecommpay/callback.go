package ecommpay

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Callback is a message of the platform's, whose signature is right. All of it is signed; but an old one can be sent again by
// whoever kept it. So book by Confirmed, which CallbackHandler fills with the platform's own answer.
type Callback struct {
	Payment

	// Confirmed is what the platform answered when it was asked about this payment. It is nil from ParseCallback, for a
	// callback that is not final, and with CallbackHandler.UnsafeSkipConfirm.
	Confirmed *Status

	// Contradicts says that the handler's function was told another end of this payment before, which this one cannot follow
	// on from: declined is success now, say. A person must look.
	Contradicts bool
}

// Success reports whether the payout is paid, as was registered, by Confirmed: see Status.Success. It is false after a
// contradiction and when nobody was asked.
func (cb *Callback) Success() bool { return cb.Confirmed.Success() && !cb.Contradicts }

// Reversed reports whether money that was paid came back, by Confirmed.
func (cb *Callback) Reversed() bool { return cb.Confirmed.Reversed() && !cb.Contradicts }

// MayPayAgain reports whether the debt may be registered again, by Confirmed: see Status.MayPayAgain.
func (cb *Callback) MayPayAgain() bool { return cb.Confirmed.MayPayAgain() && !cb.Contradicts }

// Refusal is why the payment was refused, or nil: by Confirmed, if that tells. The callback of the registration may come so late
// that it is the one that brings the end, and knows no reason.
func (cb *Callback) Refusal() error {
	if cb.Confirmed != nil {
		if err := cb.Confirmed.Refusal(); err != nil || cb.Confirmed.Success() {
			return err
		}
	}
	return cb.Payment.Refusal()
}

// Session is the page of a registered payout, if that is what this callback tells. It is none when the payment has come to its
// end since, and Confirmed tells that.
func (cb *Callback) Session() (session *Session, ok bool) {
	if cb.Confirmed != nil {
		return nil, false
	}
	return cb.Payment.Session()
}

// String is the ids, what is claimed, and what was confirmed.
func (cb Callback) String() string {
	text := fmt.Sprintf("ecommpay.Callback(%q: %s", cb.PaymentID, cb.Status)
	if cb.Confirmed != nil {
		text += fmt.Sprintf(", confirmed %s", cb.Confirmed.Status)
	}
	return text + ")"
}

// GoString is String, for %#v.
func (cb Callback) GoString() string { return cb.String() }

// LogValue is what String is, as a group for package log/slog.
func (cb Callback) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("payment_id", cb.PaymentID), slog.String("claimed", string(cb.Status))}
	if cb.Confirmed != nil {
		attrs = append(attrs, slog.String("confirmed", string(cb.Confirmed.Status)))
	}
	return slog.GroupValue(attrs...)
}

// CallbackError is why a callback was not taken. It shows nothing of the request.
type CallbackError struct {
	HTTPStatus int   // what to answer: 400, 403 (ErrForged, ErrUnsigned), 405, 413, 415
	Err        error // ErrMalformed, ErrForged, ErrUnsigned, ErrMismatch, or another
}

func (e *CallbackError) Error() string { return "ecommpay: callback: " + trimPackage(e.Err) }

// Unwrap gives the cause.
func (e *CallbackError) Unwrap() error { return e.Err }

// ParseCallback reads a callback, a POST of at most 256 KiB of JSON, and verifies its signature with Config.SecretKey or one of
// OldSecretKeys. Numbers may be written as texts, unknown fields stay in Raw. The error is a *CallbackError. The body must
// not have been read before.
func (c *Client) ParseCallback(r *http.Request) (*Callback, error) {
	refuse := func(status int, err error) (*Callback, error) {
		return nil, &CallbackError{HTTPStatus: status, Err: err}
	}
	switch {
	case r.Method != http.MethodPost:
		return refuse(http.StatusMethodNotAllowed, errors.New("it is not a POST"))
	case r.Header.Get("Content-Encoding") != "":
		return refuse(http.StatusUnsupportedMediaType, errors.New("its body is encoded"))
	case r.ContentLength > maxMessage:
		return refuse(http.StatusRequestEntityTooLarge, errors.New("it is larger than 256 KiB"))
	}
	var raw []byte
	if r.Body != nil {
		var err error
		raw, err = io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
		var limited *http.MaxBytesError
		switch {
		case len(raw) > maxMessage, errors.As(err, &limited):
			return refuse(http.StatusRequestEntityTooLarge, errors.New("it is larger than 256 KiB"))
		case err != nil:
			return refuse(http.StatusBadRequest, fmt.Errorf("its body could not be read: %w", newCause(err, masking.Masker{})))
		}
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
	case len(faults) > 0:
		return refuse(http.StatusBadRequest, &payneteasy.ValidationError{Faults: faults})
	case cb.Status == "":
		return refuse(http.StatusBadRequest, errors.New("it has no payment.status"))
	}
	return cb, nil
}
