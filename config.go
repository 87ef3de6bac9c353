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

// Config is what a Client is made from. BaseURL, Endpoint, Login, PrivateKey and ControlKey are required; the rest may
// stay zero. A merchant gets login, control key and endpoint from the gateway's manager, for the sandbox and for
// production separately, and gives the manager the public half of the private key.
type Config struct {
	// BaseURL is scheme, host and context path, for example ConnPaySandbox. There is no default, so that nobody
	// reaches production by accident. It is https; plain http is taken only for a host on this machine.
	BaseURL string

	// Endpoint is EndpointID or EndpointGroupID; a request may name another one.
	Endpoint Endpoint

	// Login is the merchant login: oauth_consumer_key, and login in a status request.
	Login string

	// PrivateKey is an RSA key of at least 2048 bits: see ParsePrivateKey, or any crypto.Signer (HSM, KMS). An
	// *rsa.PrivateKey is copied. A printer that follows pointers into unexported fields can show it.
	PrivateKey crypto.Signer

	// ControlKey is the merchant control key: the secret of status requests, callbacks and redirects.
	ControlKey Secret

	// OldControlKeys are accepted in callbacks and redirects too, while the control key is being changed: the gateway
	// repeats a callback for 14 days. Questions are asked with ControlKey only.
	OldControlKeys []Secret

	// HTTPClient gives Transport and Timeout; the rest of it is not used, and nothing of it is changed. Set it for a
	// proxy or for own certificates. An http.RoundTripper that retries must not be used here: it pays twice. One that
	// tries to is stopped where it can be seen. One that reads the body before it dials must pass the request's context
	// on. Otherwise a payout cannot be stopped that was settled while the transport waited.
	HTTPClient *http.Client

	// Timeout bounds each single HTTP call, from dialling to the last byte of the reply: 60 s when zero (or the
	// Timeout of HTTPClient).
	Timeout time.Duration

	// Logger gets one record a call: command, endpoint, ids, HTTP status, duration, and the decision of a payout or the
	// outcome of a question. Never a body. Nil is off.
	Logger *slog.Logger

	// Observe is told what happens, after it has happened, for metrics and traces: see Event. It runs in the goroutine
	// of the call and must be safe for concurrent use. A slow one only slows that call, and its time counts against the
	// deadline of the call's context. A panic in it changes nothing: it is recovered, and Logger gets one record of the
	// first one. It must not end its goroutine (runtime.Goexit). ctx is that of the call or derived from it, and may
	// have ended. Nil is off and costs nothing.
	Observe func(ctx context.Context, event Event)

	// PreferJSON asks for replies in JSON (Accept: application/vnd.pay+json). That every deployment offers it is
	// likely, not documented; replies in either format are read in any case.
	PreferJSON bool

	// StatusV4 asks /api/v4/status, signed like a payout, instead of /api/v2/status with its control. That ConnPay
	// offers it is likely, not documented.
	StatusV4 bool

	// Journal remembers payouts across crashes: see package filejournal. Without one, what was being sent when the
	// process died is forgotten.
	Journal Journal

	// ResolveWindow is how long Resolve asks about an order that the gateway does not know: 2 min when zero.
	ResolveWindow time.Duration

	// NotKnown are replies with which this gateway says that it does not know an order, beside the plain sentences that
	// are built in. Add one only if the gateway's manager has confirmed it: after such a reply a refused payout may be
	// sent again. payneteasy config check shows what the gateway answers for an id that it cannot know.
	NotKnown []NotKnownReply

	// Wait is how Wait polls when a call does not say otherwise.
	Wait WaitOptions

	// SkipLimits turns off the check of documented lengths and formats before signing, for a white label that widens
	// them. What protects from paying wrongly stays: ids, amounts, blanks, names of Extra parameters.
	SkipLimits bool

	// Clock and Nonce replace time.Now and the random nonce in signatures, for tests with fixed signatures. Leave
	// them nil otherwise: a gateway refuses a nonce that comes twice.
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
		faults.add("Endpoint", "is required: EndpointID or EndpointGroupID")
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
		faults.add("Timeout", "is below a millisecond: 60 seconds are 60*time.Second")
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

// hostAndPathFault also refuses other spellings of one address: a journal would take one gateway for two.
func hostAndPathFault(u *url.URL) string {
	if strings.Contains(u.Path+"/", "/api/") {
		return "goes too far: it ends before /api"
	}
	for _, c := range []byte(u.Host) {
		if c > '~' {
			return "has a host that is not ASCII (write it in Punycode)"
		}
	}
	if port := u.Port(); port != strings.TrimLeft(port, "0") || strings.HasSuffix(u.Host, ":") ||
		strings.HasSuffix(u.Hostname(), ".") {
		return "has a host or a port that is written in an odd way"
	}
	if !plainPath.MatchString(u.EscapedPath()) {
		return "has a path with something else than names between single slashes"
	}
	return ""
}

// plainPath is a context path, as the documentation has them: /paynet. Written otherwise it might still be the same
// one.
var plainPath = regexp.MustCompile(`^(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/*$`)

// canonicalURL is one way to write a base URL, which journals compare: no capitals, default port or slash at the end.
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

// Format names the gateway and the merchant, and no key, for package fmt.
func (c Config) Format(f fmt.State, _ rune) { masking.Print(f, "payneteasy.Config("+c.describe()+")") }

// MarshalText is what Format writes: no encoder writes a key.
func (c Config) MarshalText() ([]byte, error) {
	return []byte("payneteasy.Config(" + c.describe() + ")"), nil
}

// defaultResolveWindow is how long the gateway may be slow to know its own order unless Config.ResolveWindow says
// otherwise.
const defaultResolveWindow = 2 * time.Minute

func (c *Client) resolveWindow() time.Duration {
	return cmp.Or(c.config.ResolveWindow, defaultResolveWindow)
}

// Base URLs of the two brands whose hosts are documented. Every other white label of the platform is reached by its own
// URL: scheme, host and context path, which differs ("/paynet", "/checkout", "/payment"). Credentials of a sandbox and
// of production are separate.
const (
	ConnPaySandbox       = "https://sandbox.connpay.com/paynet"
	ConnPayProduction    = "https://gate.connpay.com/paynet"
	PayneteasySandbox    = "https://sandbox.payneteasy.com/paynet"
	PayneteasyProduction = "https://gate.payneteasy.com/paynet"
)

// Progress is what one question of Wait has come to.
type Progress struct {
	Entry  Entry
	Status *Status // nil if the question failed, or the gateway does not know the order
	Err    error   // why the question failed
}

// WaitOptions is how Wait polls. Zero fields take the platform's advice: every 3 to 5 s for five minutes, then every 5
// to 10 minutes, for an hour in all; after that the callback or the gateway's manager tells.
type WaitOptions struct {
	MinInterval time.Duration // between polls: 3 s
	MaxInterval time.Duration // 5 s; each pause is random between the two

	SlowAfter       time.Duration // when to slow down: 5 min
	SlowMinInterval time.Duration // between polls from then on: 5 min
	SlowMaxInterval time.Duration // 10 min

	// MaxWait is how long to wait: 1 h. The last poll begins then; it may take as long as one call, Config.Timeout.
	MaxWait time.Duration

	// OnProgress is called, one call at a time, from the goroutine that called Wait, or several of Recover's: with each
	// change of the entry, of the status or of its stage, when redirect-to first shows up, so that the receiver can be
	// sent there, with each failed question, and with the first answer after one.
	OnProgress func(Progress)

	lastRetries time.Duration // how long the last question may be asked again after it failed
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

// or takes what is not set from other. An interval of which one end is set keeps that end.
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
