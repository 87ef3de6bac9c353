package payneteasy

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/order"
	"github.com/payneteasy-go/payneteasy/internal/poll"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// userAgent names the SDK to the gateway's operators.
const userAgent = "payneteasy-go/0.1"

// Client calls one gateway on behalf of one merchant. It is safe for concurrent use and shares nothing with other
// clients.
type Client struct {
	config   Config
	loopback bool // the gateway is on this machine: a fake
	signer   *Signer
	http     *singlesend.Transport
	// Pointers, since a printer that finds a Client in a struct may follow one pointer without calling Format.
	sending  *singlesend.InFlight
	waiting  *poll.Wakeups
	rests    *poll.RetryTimes
	panicked *sync.Once // Config.Observe, and it was logged
}

// NewClient checks the configuration; its error is a *ValidationError that names every fault at once.
func NewClient(config Config) (*Client, error) {
	base, key, err := config.check()
	if err != nil {
		return nil, err
	}
	config.BaseURL = canonicalURL(base)
	signer := &Signer{
		Clock: config.Clock, Nonce: config.Nonce, login: config.Login,
		key: func() crypto.Signer { return key },
	}
	config.PrivateKey = nil // the signer has its own copy
	config.OldControlKeys = slices.Clone(config.OldControlKeys)
	return &Client{
		config:   config,
		loopback: httpcheck.IsLoopback(base.Hostname()),
		signer:   signer,
		http:     singlesend.New(config.HTTPClient, config.Timeout),
		sending:  new(singlesend.InFlight), waiting: new(poll.Wakeups), rests: new(poll.RetryTimes),
		panicked: new(sync.Once),
	}, nil
}

// Format names the gateway and the merchant, for package fmt: printing what is inside would be a data
// race.
func (c *Client) Format(f fmt.State, _ rune) {
	masking.Print(f, "payneteasy.Client("+c.config.describe()+")")
}

// BaseURL is the gateway's address in the one spelling that journals hold: without capitals, default port and slash at
// the end.
func (c *Client) BaseURL() string { return c.config.BaseURL }

// CloseIdleConnections closes the pooled connections that no call is using. The client stays usable.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// call is one request to the gateway.
type call struct {
	command       string // "payout": a part of the documented path
	version       string // "v4"
	endpoint      Endpoint
	clientOrderID string
	orderID       string // that is asked about, if it is known
	amount        Amount
	form          url.Values
	signed        bool // OAuth; else the form carries a control
	money         bool
	success       []string           // the types of an acceptance
	further       func(*reply) error // what an acceptance must hold besides the ids, if anything
	mask          masking.Masker
	beforeSend    func() error // runs after the connection is ready; an error cancels the call

	posted time.Time // when the last HTTP call began
	took   time.Duration
}

func (c *Client) endpoint(own Endpoint) Endpoint {
	if own.IsZero() {
		return c.config.Endpoint
	}
	return own
}

// path is the documented path, but for the endpoint.
func (k *call) path() string { return "/api/" + k.version + "/" + k.command + "/" }

func (c *Client) url(k *call) string { return c.config.BaseURL + k.path() + k.endpoint.String() }

// do sends one call and decodes what comes back. Every call of this package goes out here. Its error is a
// *singlesend.Error, or that of the signing key: then nothing was sent either.
func (c *Client) do(ctx context.Context, k *call) (*reply, error) {
	header := http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"},
		"User-Agent":   {userAgent},
	}
	if !k.money {
		header.Set("Cache-Control", "no-store, no-cache") // a question without a signature is the same bytes each time
	}
	if c.config.PreferJSON {
		header.Set("Accept", "application/vnd.pay+json")
	}
	request := singlesend.Request{URL: c.url(k), Header: header}
	if k.signed {
		signed, err := c.signer.sign(http.MethodPost, request.URL, k.form)
		if err != nil {
			return nil, &singlesend.Error{Err: err, NotSent: true}
		}
		request.Body = signed.body
		header.Set("Authorization", signed.authorization)
	} else {
		request.Body = encodeForm(k.form)
	}
	request.BeforeSend = k.beforeSend
	post := c.http.Ask
	if k.money {
		post = c.http.Send
	}
	k.posted = time.Now()
	raw, err := post(ctx, request)
	k.took = time.Since(k.posted)
	if err != nil {
		return nil, err
	}
	r := &reply{
		status: raw.StatusCode, header: raw.Header, body: raw.Body, whole: raw.Whole, counted: raw.Counted,
		readErr: raw.ReadErr,
	}
	if raw.Encoding != "" {
		r.decodeErr = errorf("the reply is compressed (Content-Encoding: %.40q), which was not asked for",
			k.mask.Text(raw.Encoding))
		return r, nil
	}
	r.fields, r.isJSON, r.decodeErr = decodeReply(raw.Header.Get("Content-Type"), raw.Body, raw.Whole)
	k.mask = k.mask.With(r.orderID(k), r.serialNumber())
	return r, nil
}

// failure is the call's error with all that the reply said. r is nil when there is none. cause is an error of this
// package, or a newCause.
func (c *Client) failure(k *call, r *reply, entry Entry, cause error) *Error {
	e := &Error{Command: k.command, Endpoint: k.endpoint, ClientOrderID: k.clientOrderID, Err: cause}
	if k.money {
		e.Decision, e.Entry, e.OrderID = entry.Decision(), entry, entry.OrderID()
	}
	if r == nil {
		return e
	}
	e.HTTPStatus, e.RetryAfter = r.status, poll.RetryAfter(r.header)
	c.rests.Note(k.clientOrderID, e.RetryAfter)
	e.notKnown = r.saysNotKnown(k, c.config.NotKnown)
	e.Reply = r.fields
	e.ReplyType = k.mask.Text(r.fields.Get("type"))
	e.Message = k.mask.Text(r.fields.Get("error-message"))
	e.Code = k.mask.Text(r.fields.Get("error-code"))
	e.SerialNumber = k.mask.Serial(r.fields.Get("serial-number"))
	e.OrderID = cmp.Or(r.orderID(k), e.OrderID)
	if errors.Is(r.decodeErr, errHTMLReply) {
		if page := k.mask.Page(r.body); page != "" {
			e.Message = page
		}
	}
	switch {
	case errors.Is(e, ErrInvalidControl):
		e.Hint = "do " + c.config.BaseURL + ", login " + c.config.Login + " and the control key belong together?"
	case errors.Is(e, ErrAccessDenied):
		e.Hint = c.accessHint(k, r)
		if !r.isAccessDeniedPage() {
			e.Hint = "this is not the documented page: a proxy or a firewall may have answered; " +
				"if it was the gateway: " + e.Hint
		}
	case r.status == http.StatusNotFound:
		e.Hint = "is " + c.config.BaseURL + " right, with its context path?"
	}
	return e
}

// accessHint helps with a 401 or a 403: a wrong signature, a wrong clock and an unknown login get the same answer.
func (c *Client) accessHint(k *call, r *reply) string {
	clock := "the reply has no Date to compare this clock with"
	if date, err := http.ParseTime(r.header.Get("Date")); err == nil {
		switch skew := c.now().Sub(date).Round(time.Second); {
		case skew > time.Second:
			clock = "this clock is " + skew.String() + " ahead of the gateway's"
		case skew < -time.Second:
			clock = "this clock is " + (-skew).String() + " behind the gateway's"
		default:
			clock = "this clock agrees with the gateway's"
		}
	}
	return clock + "; do " + c.config.BaseURL + ", login " + c.config.Login + " and endpoint " + k.endpoint.String() +
		" all belong to this environment, and does the gateway have the public key of this private key?"
}

func (c *Client) now() time.Time {
	if c.config.Clock != nil {
		return c.config.Clock()
	}
	return time.Now()
}

// NewEntry is an entry for an order that no journal has: it may have been sent, now. It is DecisionUnknown until the
// gateway has answered, also if ref has an OrderID. Its Seq is the Unix time, so that news of the order are above those
// that were told before, without a journal or by one that is lost.
func (c *Client) NewEntry(ref OrderRef) Entry {
	e := c.newEntry(payoutCommand, c.endpoint(ref.Endpoint), ref.ClientOrderID, ref.Amount)
	// no attempt that is known, and it must not replace one that is stored
	e.Send, e.Attempt, e.Revision = string(order.SendUnknown), "", 0
	e.ClaimedOrderID = ref.OrderID
	e.Seq = seqNow()
	e.Told.Seq = e.Seq
	return e
}

// newEntry is the intent of an attempt.
func (c *Client) newEntry(command string, endpoint Endpoint, id string, amount Amount) Entry {
	now := microseconds(time.Now())
	return Entry{
		ClientOrderID: id, Attempt: newAttempt(), Revision: 1, Command: command,
		BaseURL: c.config.BaseURL, Login: c.config.Login, Endpoint: endpoint, Amount: amount,
		Window: max(c.resolveWindow(), c.http.Timeout()), Began: now, Changed: now, Send: string(order.Sending),
	}
}

// newAttempt is a name that no other attempt has.
func newAttempt() string {
	var name [8]byte
	_, _ = rand.Read(name[:]) // never fails
	return hex.EncodeToString(name[:])
}

// The commands, as they are in the documented paths.
const (
	payoutCommand = "payout"
	formCommand   = "payout-form"
	statusCommand = "status"
)

// ownEntry refuses an entry that was made at another gateway or for another merchant.
func (c *Client) ownEntry(entry Entry) error {
	if entry.BaseURL != c.config.BaseURL || entry.Login != c.config.Login {
		return errorf("payneteasy: the entry of %q belongs to %s as %s, not to %s as %s",
			entry.ClientOrderID, entry.BaseURL, entry.Login, c.config.BaseURL, c.config.Login)
	}
	return nil
}
