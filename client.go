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

// Client calls one gateway on behalf of one merchant. Make one with NewClient. It is safe for concurrent use, and
// clients share nothing with each other.
type Client struct {
	config   Config
	loopback bool // the gateway is on this machine, so it is a fake
	signer   *Signer
	http     *singlesend.Transport
	// These are pointers because other goroutines write what they point to. A printer that finds a *Client in a struct
	// may follow that pointer without calling Format, but does not follow these.
	sending  *singlesend.InFlight
	waiting  *poll.Wakeups
	rests    *poll.RetryTimes
	panicked *sync.Once // runs once, to log the first panic of Config.Observe
}

// NewClient checks the configuration and makes a client. Its error is a *ValidationError that names every fault at
// once.
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

// Format writes the gateway and the merchant, for package fmt. Printing the fields would be a data race.
func (c *Client) Format(f fmt.State, _ rune) {
	masking.Print(f, "payneteasy.Client("+c.config.describe()+")")
}

// BaseURL returns the gateway's address in the form that journals store. Scheme and host have no capitals. There is no
// default port and no slash at the end.
func (c *Client) BaseURL() string { return c.config.BaseURL }

// CloseIdleConnections closes the pooled connections that no call is using. The client stays usable.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// call is one request to the gateway.
type call struct {
	command       string // a part of the documented path, for example "payout"
	version       string // for example "v4"
	endpoint      Endpoint
	clientOrderID string
	orderID       string // the order that is asked about, if its ID is known
	amount        Amount
	form          url.Values
	signed        bool // by OAuth, otherwise the form has a control
	money         bool
	success       []string           // the reply types that mean "accepted"
	further       func(*reply) error // checks an acceptance for more than its IDs, if set
	mask          masking.Masker
	beforeSend    func() error // runs when the connection is ready, and its error cancels the call

	posted time.Time // when the last HTTP call began
	took   time.Duration
}

func (c *Client) endpoint(own Endpoint) Endpoint {
	if own.IsZero() {
		return c.config.Endpoint
	}
	return own
}

// path is the documented path without the endpoint.
func (k *call) path() string { return "/api/" + k.version + "/" + k.command + "/" }

func (c *Client) url(k *call) string { return c.config.BaseURL + k.path() + k.endpoint.String() }

// do sends one call and decodes the reply. Every call of this package goes through it. Its error is a
// *singlesend.Error. Its NotSent is also true when the call could not be signed.
func (c *Client) do(ctx context.Context, k *call) (*reply, error) {
	header := http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"},
		"User-Agent":   {userAgent},
	}
	if !k.money {
		header.Set("Cache-Control", "no-store, no-cache") // unsigned questions have the same bytes each time
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

// failure makes the error of a call, with everything that the reply says. r is nil if there was no reply. cause is an
// error of this package or a newCause.
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
		e.Hint = "check that " + c.config.BaseURL + ", login " + c.config.Login +
			" and the control key belong to the same environment"
	case errors.Is(e, ErrAccessDenied):
		e.Hint = c.accessHint(k, r)
		if !r.isAccessDeniedPage() {
			e.Hint = "this is not the documented page: a proxy or a firewall may have answered; " +
				"if it was the gateway: " + e.Hint
		}
	case r.status == http.StatusNotFound:
		e.Hint = "check the URL of the gateway and its context path: " + c.config.BaseURL
	}
	return e
}

// accessHint helps with a 401 or a 403. The gateway gives the same answer to a wrong signature, a wrong clock and an
// unknown login.
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
	return clock + "; check that " + c.config.BaseURL + ", login " + c.config.Login + " and endpoint " +
		k.endpoint.String() + " belong to the same environment, " +
		"and that the gateway has the public key of this private key"
}

func (c *Client) now() time.Time {
	if c.config.Clock != nil {
		return c.config.Clock()
	}
	return time.Now()
}

// NewEntry makes an entry for an order that no journal has. It says that the payout may have been sent, at this moment.
// Its decision is DecisionUnknown until the gateway has answered, even if ref has an OrderID.
//
// Its Seq is the Unix time. So its news has a higher Seq than news that was told before, without a journal or from a
// journal that was lost.
func (c *Client) NewEntry(ref OrderRef) Entry {
	e := c.newEntry(payoutCommand, c.endpoint(ref.Endpoint), ref.ClientOrderID, ref.Amount)
	// The attempt is not known, and the entry must not replace a stored one.
	e.Send, e.Attempt, e.Revision = string(order.SendUnknown), "", 0
	e.ClaimedOrderID = ref.OrderID
	e.Seq = seqNow()
	e.Told.Seq = e.Seq
	return e
}

// newEntry makes the intent of an attempt.
func (c *Client) newEntry(command string, endpoint Endpoint, id string, amount Amount) Entry {
	now := microseconds(time.Now())
	return Entry{
		ClientOrderID: id, Attempt: newAttempt(), Revision: 1, Command: command,
		BaseURL: c.config.BaseURL, Login: c.config.Login, Endpoint: endpoint, Amount: amount,
		Window: max(c.resolveWindow(), c.http.Timeout()), Began: now, Changed: now, Send: string(order.Sending),
	}
}

// newAttempt makes a name that no other attempt has.
func newAttempt() string {
	var name [8]byte
	_, _ = rand.Read(name[:]) // never fails
	return hex.EncodeToString(name[:])
}

// The commands, as the documented paths write them.
const (
	payoutCommand = "payout"
	formCommand   = "payout-form"
	statusCommand = "status"
)

// ownEntry refuses an entry that was made at another gateway or for another merchant.
func (c *Client) ownEntry(entry Entry) error {
	if entry.BaseURL != c.config.BaseURL || entry.Login != c.config.Login {
		return errorf("payneteasy: the entry of %q belongs to %s with login %s, not to %s with login %s",
			entry.ClientOrderID, entry.BaseURL, entry.Login, c.config.BaseURL, c.config.Login)
	}
	return nil
}
