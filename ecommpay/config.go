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

// The platform's addresses are the same for tests and for production. Project and secret key make the difference.
const (
	DefaultBaseURL = "https://api.ecommpay.com"
	DefaultPageURL = "https://paymentpage.ecommpay.com/payment"
)

// Config is the configuration of a Client. ProjectID and SecretKey are required. ecommpay gives you one pair for tests
// and another for production.
type Config struct {
	// ProjectID is project_id.
	ProjectID int64

	// SecretKey signs all messages, in both directions.
	SecretKey payneteasy.Secret

	// OldSecretKeys are also accepted in callbacks and replies, while you change the secret key.
	OldSecretKeys []payneteasy.Secret

	// BaseURL is the address of Gate API. It is DefaultBaseURL when empty. It must be https. Plain http is allowed only
	// for a host on this machine.
	BaseURL string

	// PageURL is the address of Payment Page, with the same rules. It is DefaultPageURL when empty.
	PageURL string

	// HTTPClient provides Transport and Timeout, as in payneteasy.Config. A transport that retries would register
	// twice.
	HTTPClient *http.Client

	// Timeout bounds each single HTTP call. It is 60 s when zero, or the Timeout of HTTPClient.
	Timeout time.Duration

	// Logger gets one record for each call and each callback, with IDs, HTTP status and outcome, and never a body. Nil
	// means no logging.
	Logger *slog.Logger

	// Wait is how Wait polls if the call sets nothing else.
	Wait WaitOptions
}

// check returns all faults.
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

// keyFault returns the rule that a secret key breaks, or "".
func keyFault(key payneteasy.Secret) string {
	if key.IsZero() {
		return "is empty: with an empty key anyone can sign"
	}
	return charcheck.Key(key.Reveal())
}

// urlFault returns the rule that a base URL breaks, or "".
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

// Format writes the gateway's address and the project, for package fmt.
func (c Config) Format(f fmt.State, _ rune) { masking.Print(f, "ecommpay.Config("+c.describe()+")") }

// MarshalText returns what Format writes, for encoders.
func (c Config) MarshalText() ([]byte, error) {
	return []byte("ecommpay.Config(" + c.describe() + ")"), nil
}
