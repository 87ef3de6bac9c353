package ecommpay

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
	config     Config
	signer     *Signer
	http       *singlesend.Transport
	sending    singlesend.InFlight
	waiting    poll.Wakeups
	rests      poll.RetryTimes
	sessions   sessions
	superseded superseded
}

// NewClient checks the configuration. Its error is a *payneteasy.ValidationError that names every fault at once.
func NewClient(config Config) (*Client, error) {
	if config.BaseURL == "" {
		config.BaseURL = DefaultBaseURL
	}
	if config.PageURL == "" {
		config.PageURL = DefaultPageURL
	}
	if faults := config.check(); len(faults) > 0 {
		return nil, &payneteasy.ValidationError{Subject: "configuration", Faults: faults}
	}
	config.BaseURL = strings.TrimRight(config.BaseURL, "/")
	config.OldSecretKeys = slices.Clone(config.OldSecretKeys)
	signer, err := NewSigner(config.SecretKey, config.OldSecretKeys...)
	if err != nil {
		return nil, err
	}
	return &Client{config: config, signer: signer, http: singlesend.New(config.HTTPClient, config.Timeout)}, nil
}

// Format writes the gateway's address and the project, for package fmt. Printing the fields would be a data race.
func (c *Client) Format(f fmt.State, _ rune) {
	masking.Print(f, "ecommpay.Client("+c.config.describe()+")")
}

// CloseIdleConnections closes the pooled connections that no call is using. The client remains usable.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }
