package ecommpay

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// call is one request to Gate API.
type call struct {
	command, path, paymentID string
	money                    bool
	mask                     masking.Masker
	began                    time.Time
	httpStatus               int
}

// failure returns the call's error. cause is an error of this package, or a newCause.
func (k *call) failure(decision payneteasy.Decision, cause error) *Error {
	return &Error{Decision: decision, Command: k.command, PaymentID: k.paymentID, HTTPStatus: k.httpStatus, Err: cause}
}

// message is the request that is sent (Gate API).
type message struct {
	General  general   `json:"general"`
	Customer *customer `json:"customer,omitempty"`
	Payment  *payment  `json:"payment,omitempty"`
}

type general struct {
	ProjectID   int64  `json:"project_id"`
	PaymentID   string `json:"payment_id"`
	CallbackURL string `json:"merchant_callback_url,omitempty"`
	Signature   string `json:"signature,omitempty"`
}

type customer struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	IPAddress string `json:"ip_address"`
}

type payment struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// reply is the reply of the platform, or of a server in front of it.
type reply struct {
	raw     *singlesend.Reply
	message value
	err     error // why it is not a complete message
}

// post signs and sends a message. Its error is a *singlesend.Error.
func (c *Client) post(ctx context.Context, k *call, m message) (*reply, error) {
	k.began = time.Now()
	unsigned, err := json.Marshal(m)
	if err == nil {
		m.General.Signature, err = c.signer.Sign(unsigned)
	}
	var body []byte
	if err == nil {
		body, err = json.Marshal(m)
	}
	if err != nil {
		return nil, &singlesend.Error{Err: err, NotSent: true}
	}
	send := c.http.Ask
	if k.money {
		send = c.http.Send
	}
	raw, err := send(ctx, singlesend.Request{URL: c.config.BaseURL + k.path, Body: body, Header: http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json"}, "User-Agent": {userAgent},
	}})
	if err != nil {
		return nil, err
	}
	k.httpStatus = raw.StatusCode
	r := &reply{raw: raw}
	switch {
	case raw.ReadErr != nil:
		r.err = fmt.Errorf("the reply may have been cut: %w", newCause(raw.ReadErr, k.mask))
	case !raw.Whole:
		r.err = errors.New("the reply may have been cut")
	case len(bytes.TrimSpace(raw.Body)) == 0:
		r.err = errors.New("the reply is empty")
	default:
		r.message, r.err = parseMessage(raw.Body)
	}
	return r, nil
}

// about checks that a reply is about our payment and signed by the platform, if the reply has these fields.
func (c *Client) about(k *call, m value) error {
	if m.get("signature").kind != null || m.get("general", "signature").kind != null {
		if err := c.signer.verify(m); err != nil {
			return err
		}
	}
	for _, path := range [][]string{{"project_id"}, {"general", "project_id"}} {
		if id := m.get(path...).text; id != "" && id != strconv.FormatInt(c.config.ProjectID, 10) {
			return fmt.Errorf("%w: the reply is about another project", ErrMismatch)
		}
	}
	for _, path := range [][]string{{"payment_id"}, {"general", "payment_id"}, {"payment", "id"}} {
		if id := m.get(path...).text; id != "" && !sameID(id, k.paymentID) {
			return fmt.Errorf("%w: the reply is about another payment", ErrMismatch)
		}
	}
	return nil
}

// said adds the content of the reply to the error. If a reply is forged or about another payment, its codes are shown,
// but match no sentinel. They say nothing about this payment.
func (c *Client) said(k *call, r *reply, e *Error) *Error {
	e.RetryAfter = poll.RetryAfter(r.raw.Header)
	c.rests.Note(fold(k.paymentID), e.RetryAfter)
	if r.err != nil {
		if e.HTTPStatus != http.StatusOK {
			e.Message = k.mask.Page(r.raw.Body)
		}
		return e
	}
	e.RequestID = requestID(r.message.get("request_id").text)
	for i, problem := range problemsOf(r.message, k.mask.With(e.RequestID)) {
		if i == 0 {
			e.Code, e.Message = problem.Code, problem.Message
		}
		if !errors.Is(e.Err, ErrMismatch) && !errors.Is(e.Err, ErrForged) {
			e.codes = append(e.codes, problem.Code)
		}
	}
	return e
}

// record writes one log record for a call, with IDs and outcome, and never a body.
func (c *Client) record(ctx context.Context, k *call, err error) {
	if c.config.Logger == nil {
		return
	}
	defer func() { _ = recover() }() // a handler that panics must not hide the result of the call
	level, outcome := slog.LevelDebug, slog.String("outcome", "answered")
	if k.money {
		level, outcome = slog.LevelInfo,
			slog.String("decision", string(cmp.Or(payneteasy.DecisionOf(err), payneteasy.DecisionPending)))
	}
	switch {
	case err == nil:
	case k.money && errors.Is(err, payneteasy.ErrOutcomeUnknown):
		level = slog.LevelError
	case k.money:
		level = slog.LevelWarn
	default:
		level, outcome = slog.LevelWarn, slog.String("outcome", "failed")
	}
	attrs := []slog.Attr{
		slog.String("command", k.command), slog.String("payment_id", k.paymentID), outcome,
		slog.Int("http_status", k.httpStatus),
	}
	if !k.began.IsZero() {
		attrs = append(attrs, slog.Duration("duration", time.Since(k.began)))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	c.config.Logger.LogAttrs(ctx, level, "ecommpay call", attrs...)
}
