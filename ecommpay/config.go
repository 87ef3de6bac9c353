package ecommpay

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// The platform's addresses, for tests and for production alike: project and secret key make the difference.
const (
	DefaultBaseURL = "https://api.ecommpay.com"
	DefaultPageURL = "https://paymentpage.ecommpay.com/payment"
)

// Config is what a Client is made from. ProjectID and SecretKey are required: ecommpay gives a pair for tests and
// another for production.
type Config struct {
	// ProjectID is project_id.
	ProjectID int64

	// SecretKey signs everything, in both directions.
	SecretKey payneteasy.Secret

	// OldSecretKeys are accepted in callbacks and replies too, while the secret key is being changed.
	OldSecretKeys []payneteasy.Secret

	// BaseURL is Gate API's: DefaultBaseURL when empty. It is https; plain http is taken only for a host on this
	// machine.
	BaseURL string

	// PageURL is Payment Page's: DefaultPageURL when empty. The same holds.
	PageURL string

	// HTTPClient gives Transport and Timeout, as in payneteasy.Config: a transport that retries registers twice.
	HTTPClient *http.Client

	// Timeout bounds each single HTTP call: 60 s when zero (or the Timeout of HTTPClient).
	Timeout time.Duration

	// Logger gets one record a call and a callback: ids, HTTP status, outcome. Never a body. Nil is off.
	Logger *slog.Logger

	// Wait is how Wait polls when a call does not say otherwise.
	Wait WaitOptions
}

// check returns what is wrong.
func (c *Config) check() []payneteasy.Fault {
	var faults faults
	if c.ProjectID <= 0 {
		faults.add("ProjectID", "is required: a positive number")
	}
	for i, key := range append([]payneteasy.Secret{c.SecretKey}, c.OldSecretKeys...) {
		name := "SecretKey"
		if i > 0 {
			name = "OldSecretKeys[" + strconv.Itoa(i-1) + "]"
		}
		faults.add(name, keyFault(key))
	}
	faults.add("BaseURL", urlFault(c.BaseURL))
	faults.add("PageURL", urlFault(c.PageURL))
	if c.Timeout < 0 {
		faults.add("Timeout", "is negative")
	}
	if httpcheck.SkipsVerification(c.HTTPClient) {
		faults.add("HTTPClient", "does not verify TLS certificates (InsecureSkipVerify)")
	}
	faults = append(faults, c.Wait.faults("Wait.")...)
	return faults
}

// keyFault is the rule that a secret key breaks, or nothing.
func keyFault(key payneteasy.Secret) string {
	if key.IsZero() {
		return "is empty: with an empty key anybody can sign"
	}
	return charcheck.Key(key.Reveal())
}

// urlFault is the rule that a base URL breaks, or nothing.
func urlFault(raw string) string {
	if fault := charcheck.Key(raw); fault != "" {
		return fault
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return "is not an absolute URL"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil:
		return "has a query, a fragment or a user"
	case u.Scheme == "https", u.Scheme == "http" && httpcheck.IsLoopback(u.Hostname()):
		return ""
	}
	return "is not https"
}

func (c *Config) describe() string {
	return c.BaseURL + ", project " + strconv.FormatInt(c.ProjectID, 10)
}

// Format names gateway and project, for package fmt.
func (c Config) Format(f fmt.State, _ rune) { masking.Print(f, "ecommpay.Config("+c.describe()+")") }

// MarshalText is what Format writes, for encoders.
func (c Config) MarshalText() ([]byte, error) {
	return []byte("ecommpay.Config(" + c.describe() + ")"), nil
}
