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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// userAgent names the SDK to the platform's operators.
const userAgent = "payneteasy-go/0.1"

var errNilContext = errors.New("the context is nil")

// Client calls Gate API for one project. It is safe for concurrent use.
type Client struct {
	config   Config
	signer   *Signer
	http     *singlesend.Transport
	sending  singlesend.InFlight
	waiting  poll.Clocks
	rests    poll.Rests
	sessions sessions
	followed followed
}

func newClient(config Config) (*Client, error) {
	signer, err := NewSigner(config.SecretKey, config.OldSecretKeys...)
	if err != nil {
		return nil, err
	}
	return &Client{config: config, signer: signer, http: singlesend.New(config.HTTPClient, config.Timeout)}, nil
}

// String names gateway and project.
func (c *Client) String() string { return "ecommpay.Client(" + c.config.describe() + ")" }

// GoString is String, for %#v.
func (c *Client) GoString() string { return c.String() }

// CloseIdleConnections closes the pooled connections that no call is using. The client stays usable.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// call is one request to Gate API.
type call struct {
	command, path, paymentID string
	money                    bool
	mask                     masking.Masker
	began                    time.Time
	httpStatus               int
}

// message is what is sent (Gate API).
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

// reply is what the platform, or something in front of it, said.
type reply struct {
	raw     *singlesend.Reply
	message value
	err     error // why it is no whole message
}

// post signs and sends. Its error is a *singlesend.Error.
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

// send posts a registration and judges what came of it.
func (c *Client) send(ctx context.Context, k *call, m message) (*Registered, error) {
	r, err := c.post(ctx, k, m)
	if err != nil {
		decision := payneteasy.DecisionUnknown
		var failed *singlesend.Error
		if errors.As(err, &failed) && failed.NotSent {
			decision = payneteasy.DecisionNotSent
		}
		return nil, k.failure(decision, newCause(err, k.mask))
	}
	decision, cause := c.judge(k, r)
	if decision == payneteasy.DecisionPending {
		return &Registered{PaymentID: k.paymentID, RequestID: requestID(r.message.get("request_id").text)}, nil
	}
	return nil, c.said(k, r, k.failure(decision, cause))
}

// judge tells what came of a registration from its reply. Pending needs HTTP 200, status success and our payment id. Refused
// needs a whole reply of the platform's own that says no, and no doubt about that. All else is unknown.
func (c *Client) judge(k *call, r *reply) (payneteasy.Decision, error) {
	status, m := r.raw.StatusCode, r.message
	if r.err != nil {
		return payneteasy.DecisionUnknown, r.err
	}
	if err := c.about(k, m); err != nil {
		return payneteasy.DecisionUnknown, err
	}
	said := strings.ToLower(m.get("status").text)
	codes := codesOf(m)
	switch {
	case said == "success" && status == http.StatusOK && !sameID(m.get("payment_id").text, k.paymentID):
		return payneteasy.DecisionUnknown, errors.New("the reply has no payment id")
	case said == "success" && status == http.StatusOK && len(codes) == 0:
		return payneteasy.DecisionPending, nil
	case said == "error", said == "" && status >= http.StatusBadRequest:
	default:
		return payneteasy.DecisionUnknown, errors.New("this is neither an acceptance nor a refusal")
	}
	switch {
	case len(codes) == 0:
		return payneteasy.DecisionUnknown, errors.New("the refusal has no code")
	case !slices.Contains(refusing, status), slices.ContainsFunc(codes, isDoubtful):
		return payneteasy.DecisionUnknown, errors.New("this refusal does not tell that there is nothing")
	case speaksOfPayment(m):
		return payneteasy.DecisionUnknown, errors.New("the refusal speaks of a payment that exists")
	}
	return payneteasy.DecisionRefused, nil
}

// speaksOfPayment reports whether a reply has what only a payment has that exists.
func speaksOfPayment(m value) bool {
	return m.get("payment", "status").kind != null || len(m.get("operation").fields)+len(m.get("operations").fields) > 0 || m.get("uuid").kind != null
}

// refusing are the HTTP statuses with which the platform refuses ("Response codes"; likely).
var refusing = []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity}

// platformCode is how the platform writes a code. Any other is somebody else's.
var platformCode = regexp.MustCompile(`^[1-9][0-9]{2,4}$`)

func isDoubtful(code string) bool {
	return !platformCode.MatchString(code) || slices.Contains(doubtful, code)
}

// doubtful are codes after which something may be registered all the same: internal faults, "try again", and those of a
// payment that exists.
var doubtful = []string{
	"604", "3041", "3613", "3060", "3024", // the payment, or the operation, exists
	"408", "429", "500", "502", "503", "504", "100", "314", "501", "601", "602", "603", "3062", "3191", "9999", "19999", "29999", // faults on the way, or not yet known
}

// about checks that a reply is about our payment and signed by the platform, as far as it says so.
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
			return fmt.Errorf("%w: the reply is about another one", ErrMismatch)
		}
	}
	return nil
}

// fold makes payment ids that the platform does not tell apart the same: it does not look at case.
func fold(paymentID string) string { return strings.ToLower(paymentID) }

func sameID(a, b string) bool { return a != "" && fold(a) == fold(b) }

// codesOf are the codes that tell why: at the root, of the operation, and of the errors.
func codesOf(m value) []string {
	var codes []string
	for _, problem := range problemsOf(m, masking.Masker{}) {
		codes = append(codes, problem.Code)
	}
	return codes
}

// failure is the call's error. cause is an error of this package, or a newCause.
func (k *call) failure(decision payneteasy.Decision, cause error) *Error {
	return &Error{Decision: decision, Command: k.command, PaymentID: k.paymentID, HTTPStatus: k.httpStatus, Err: cause}
}

// said adds what the reply said. The codes of a reply that is about another payment, or forged, are shown and match no
// sentinel: they say nothing about this payment.
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

// record writes one log record for a call: ids and outcome, never a body.
func (c *Client) record(ctx context.Context, k *call, err error) {
	if c.config.Logger == nil {
		return
	}
	defer func() { _ = recover() }() // a handler that panics must not take away what the call has found out
	level, outcome := slog.LevelDebug, slog.String("outcome", "answered")
	if k.money {
		level, outcome = slog.LevelInfo, slog.String("decision", string(cmp.Or(payneteasy.DecisionOf(err), payneteasy.DecisionPending)))
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
