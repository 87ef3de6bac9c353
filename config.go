package payneteasy

import (
	"cmp"
	"context"
	"crypto"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// Config configures a Client. BaseURL, Endpoint, Login, PrivateKey and ControlKey are required. All other fields may
// stay zero.
//
// Your gateway manager gives you the login, the control key and the endpoint. Sandbox and production have separate
// ones. Give the manager the public half of your private key.
type Config struct {
	// BaseURL is scheme, host and context path, for example ConnPaySandbox. There is no default, so that no one reaches
	// production by accident. The scheme is https. Plain http is accepted only for a host on this machine.
	BaseURL string

	// Endpoint is made with EndpointID or EndpointGroupID. A request may name another one.
	Endpoint Endpoint

	// Login is the merchant's login at the gateway. It is sent as oauth_consumer_key, and as login in a status request.
	Login string

	// PrivateKey is an RSA key of at least 2048 bits. Use ParsePrivateKey, or any crypto.Signer (HSM, KMS). An
	// *rsa.PrivateKey is copied. A printer that follows pointers into unexported fields can show it.
	PrivateKey crypto.Signer

	// ControlKey is the merchant control key. It is the secret of status requests, callbacks and redirects.
	ControlKey Secret

	// OldControlKeys are also accepted in callbacks and redirects. Set them while you change the control key, because
	// the gateway repeats a callback for 14 days. Questions use ControlKey only.
	OldControlKeys []Secret

	// HTTPClient supplies its Transport and its Timeout. Its other fields are not used, and it is not changed. Set it
	// for a proxy or for your own certificates.
	//
	// Do not use an http.RoundTripper that retries, because it pays twice. The client stops a retry where it can see
	// it. An http.RoundTripper that reads the body before it dials must pass on the request's context. Otherwise the
	// client cannot stop a payout that was settled while the transport waited.
	HTTPClient *http.Client

	// Timeout bounds each single HTTP call, from dialling to the last byte of the reply. If it is zero, the Timeout of
	// HTTPClient applies, or else 60 seconds.
	Timeout time.Duration

	// Logger gets one record for each call. The record has the command, endpoint, IDs, HTTP status and duration, and
	// the decision of a payout or the outcome of a question. It never has a body. Nil turns logging off.
	Logger *slog.Logger

	// Observe gets each Event after it has happened, for metrics and traces. It runs in the goroutine of the call and
	// must be safe for concurrent use. A slow function slows only that call, but its time counts against the deadline
	// of the call's context. ctx is the context of the call or derived from it, and may have ended.
	//
	// A panic in Observe is recovered and changes nothing. Logger gets one record of the first panic. Observe must not
	// call runtime.Goexit. Nil turns it off and costs nothing.
	Observe func(ctx context.Context, event Event)

	// PreferJSON asks for replies in JSON (Accept: application/vnd.pay+json). It is likely, but not documented, that
	// every deployment offers JSON. The client always reads both formats.
	PreferJSON bool

	// StatusV4 asks /api/v4/status, signed like a payout, instead of /api/v2/status with its control. It is likely, but
	// not documented, that ConnPay offers it.
	StatusV4 bool

	// Journal stores payouts so that they survive a crash. See package filejournal. Without a journal, the payouts that
	// were being sent when the process died are forgotten.
	Journal Journal

	// ResolveWindow is how long Resolve asks about an order that the gateway does not know. Zero means 2 minutes.
	ResolveWindow time.Duration

	// NotKnown are replies with which this gateway says that it does not know an order, in addition to the built-in
	// sentences. Add one only if your gateway manager has confirmed it, because a refused payout may be sent again
	// after such a reply. The command "payneteasy config check" shows the gateway's answer to an ID that it cannot
	// know.
	NotKnown []NotKnownReply

	// Wait is how Client.Wait polls, unless the call has its own options.
	Wait WaitOptions

	// SkipLimits turns off the check of documented lengths and formats before signing, for a white label that widens
	// them. The checks that prevent a wrong payment stay on. They cover IDs, amounts, blanks and the names of Extra
	// parameters.
	SkipLimits bool

	// Clock and Nonce replace time.Now and the random nonce in signatures, for tests with fixed signatures. Leave them
	// nil otherwise, because a gateway refuses a nonce that is used twice.
	Clock func() time.Time
	Nonce func() string
}

// check validates the whole configuration.
func (c *Config) check() (*url.URL, crypto.Signer, error) {
	var faults faults
	base, baseFault := checkBaseURL(c.BaseURL)
	faults.add("BaseURL", baseFault)
	switch {
	case c.Endpoint.IsZero():
		faults.add("Endpoint", "is required: use EndpointID or EndpointGroupID")
	case c.Endpoint.id <= 0:
		faults.add("Endpoint", "is not a positive number")
	}
	faults.add("Login", loginFault(c.Login))
	key, keyFault := usableKey(c.PrivateKey)
	faults.add("PrivateKey", keyFault)
	faults.add("ControlKey", controlKeyFault(c.ControlKey))
	for i, old := range c.OldControlKeys {
		faults.add("OldControlKeys["+strconv.Itoa(i)+"]", controlKeyFault(old))
	}
	switch {
	case c.Timeout < 0:
		faults.add("Timeout", "is negative")
	case c.Timeout > 0 && c.Timeout < time.Millisecond:
		faults.add("Timeout", "is below a millisecond: for 60 seconds write 60*time.Second")
	}
	if base != nil && httpcheck.SkipsVerification(c.HTTPClient) && !httpcheck.IsLoopback(base.Hostname()) {
		faults.add("HTTPClient", "does not verify TLS certificates (InsecureSkipVerify)")
	}
	if j := reflect.ValueOf(c.Journal); j.Kind() == reflect.Pointer && j.IsNil() {
		faults.add("Journal", "is a nil pointer: leave it out, or give one")
	}
	if c.ResolveWindow < 0 {
		faults.add("ResolveWindow", "is negative")
	}
	for i, known := range c.NotKnown {
		faults.add("NotKnown["+strconv.Itoa(i)+"]", known.fault())
	}
	c.Wait.check(&faults, "Wait.")
	if len(faults) > 0 {
		return nil, nil, &ValidationError{Subject: "configuration", Faults: faults}
	}
	return base, key, nil
}

func controlKeyFault(key Secret) string {
	if key.IsZero() {
		return "is required: status requests and callbacks are checked with it"
	}
	return charcheck.Key(key.Reveal())
}

func checkBaseURL(raw string) (base *url.URL, fault string) {
	if raw == "" {
		return nil, "is required: for example " + ConnPaySandbox
	}
	if fault := charcheck.Key(raw); fault != "" {
		return nil, fault
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, "is not a URL (or has a space in it)"
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, "has no scheme https: want https://host/context-path"
	case u.Hostname() == "":
		return nil, "has no host"
	case u.User != nil:
		return nil, "has user information in it"
	case u.RawQuery != "" || u.ForceQuery:
		return nil, "has a query"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return nil, "has a fragment"
	case u.Scheme == "http" && !httpcheck.IsLoopback(u.Hostname()):
		return nil, "is plain http, which is for this machine only"
	}
	if fault := hostAndPathFault(u); fault != "" {
		return nil, fault
	}
	return u, ""
}

// hostAndPathFault also refuses other forms of an address, because a journal would take one gateway for two.
func hostAndPathFault(u *url.URL) string {
	if strings.Contains(u.Path+"/", "/api/") {
		return "must end before /api"
	}
	for _, c := range []byte(u.Host) {
		if c > '~' {
			return "has a host that is not ASCII (write it in Punycode)"
		}
	}
	if port := u.Port(); port != strings.TrimLeft(port, "0") || strings.HasSuffix(u.Host, ":") ||
		strings.HasSuffix(u.Hostname(), ".") {
		return "has a host or a port in an unusual form: write host or host:port"
	}
	if !plainPath.MatchString(u.EscapedPath()) {
		return "has a path that is not names between single slashes, such as /paynet"
	}
	return ""
}

// plainPath matches a context path as the documentation writes it, such as /paynet. A path in another form could mean
// the same place.
var plainPath = regexp.MustCompile(`^(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/*$`)

// canonicalURL gives a base URL one form, because journals compare it. Scheme and host have no capitals. There is no
// default port and no slash at the end.
func canonicalURL(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + host + strings.TrimRight(u.Path, "/")
}

//go:noinline
func (c *Config) describe() string {
	return c.BaseURL + " " + c.Login + " " + c.Endpoint.String()
}

// Format writes the gateway and the merchant, and no key, for package fmt.
func (c Config) Format(f fmt.State, _ rune) { masking.Print(f, "payneteasy.Config("+c.describe()+")") }

// MarshalText writes the same text as Format, so that no encoder writes a key.
func (c Config) MarshalText() ([]byte, error) {
	return []byte("payneteasy.Config(" + c.describe() + ")"), nil
}

// defaultResolveWindow is how long the gateway may not know a new order, if Config.ResolveWindow is zero.
const defaultResolveWindow = 2 * time.Minute

func (c *Client) resolveWindow() time.Duration {
	return cmp.Or(c.config.ResolveWindow, defaultResolveWindow)
}

// Base URLs of the two brands whose hosts are documented. Every other white label of the platform has its own scheme,
// host and context path. The context path differs ("/paynet", "/checkout", "/payment"). Sandbox and production have
// separate credentials.
const (
	ConnPaySandbox       = "https://sandbox.connpay.com/paynet"
	ConnPayProduction    = "https://gate.connpay.com/paynet"
	PayneteasySandbox    = "https://sandbox.payneteasy.com/paynet"
	PayneteasyProduction = "https://gate.payneteasy.com/paynet"
)

// Progress is the result of one question of Wait.
type Progress struct {
	Entry  Entry
	Status *Status // nil if the question failed, or the gateway does not know the order
	Err    error   // why the question failed
}

// WaitOptions says how Wait polls. Zero fields follow the platform's advice, which is every 3 to 5 s for five minutes,
// then every 5 to 10 minutes, for an hour in all. After that, rely on the callback or ask your gateway manager.
type WaitOptions struct {
	// Each pause between two polls is random between MinInterval and MaxInterval.
	MinInterval time.Duration // 3 s if zero
	MaxInterval time.Duration // 5 s if zero

	// After SlowAfter, each pause is random between SlowMinInterval and SlowMaxInterval.
	SlowAfter       time.Duration // 5 min if zero
	SlowMinInterval time.Duration // 5 min if zero
	SlowMaxInterval time.Duration // 10 min if zero

	// MaxWait is how long to wait. Zero means 1 h. The last poll begins then. It may take as long as one call, which
	// Config.Timeout bounds.
	MaxWait time.Duration

	// OnProgress is called from the goroutine that called Wait, or from several goroutines of Recover, one call at a
	// time. It is called:
	//
	//   - for each change of the entry, of the status or of its stage
	//   - when redirect-to first appears, so that you can send the receiver there
	//   - for each failed question, and for the first answer after one
	OnProgress func(Progress)

	lastRetries time.Duration // how long a failed last question may be retried
}

func (o WaitOptions) check(faults *faults, prefix string) {
	for _, pause := range []struct {
		name  string
		value time.Duration
	}{
		{"MinInterval", o.MinInterval},
		{"MaxInterval", o.MaxInterval},
		{"SlowAfter", o.SlowAfter},
		{"SlowMinInterval", o.SlowMinInterval},
		{"SlowMaxInterval", o.SlowMaxInterval},
		{"MaxWait", o.MaxWait},
	} {
		if pause.value < 0 {
			faults.add(prefix+pause.name, "is negative")
		}
	}
	if o.MaxInterval != 0 && o.MinInterval > o.MaxInterval {
		faults.add(prefix+"MaxInterval", "is below MinInterval")
	}
	if o.SlowMaxInterval != 0 && o.SlowMinInterval > o.SlowMaxInterval {
		faults.add(prefix+"SlowMaxInterval", "is below SlowMinInterval")
	}
}

// or takes unset fields from other. If one end of an interval is set, that end stays.
func (o WaitOptions) or(other WaitOptions) WaitOptions {
	o.MinInterval, o.MaxInterval = interval(o.MinInterval, o.MaxInterval, other.MinInterval, other.MaxInterval)
	o.SlowMinInterval, o.SlowMaxInterval = interval(o.SlowMinInterval, o.SlowMaxInterval, other.SlowMinInterval,
		other.SlowMaxInterval)
	o.SlowAfter = cmp.Or(o.SlowAfter, other.SlowAfter)
	o.MaxWait = cmp.Or(o.MaxWait, other.MaxWait)
	if o.OnProgress == nil {
		o.OnProgress = other.OnProgress
	}
	return o
}

func interval(low, high, otherLow, otherHigh time.Duration) (from, to time.Duration) {
	switch {
	case low == 0 && high == 0:
		return otherLow, otherHigh
	case low == 0:
		return min(otherLow, high), high
	case high == 0:
		return low, max(otherHigh, low)
	}
	return low, high
}

var platformAdvice = WaitOptions{
	MinInterval: poll.Platform.Min, MaxInterval: poll.Platform.Max, SlowAfter: poll.Platform.SlowAfter,
	SlowMinInterval: poll.Platform.SlowMin, SlowMaxInterval: poll.Platform.SlowMax,
	MaxWait: time.Hour,
}
