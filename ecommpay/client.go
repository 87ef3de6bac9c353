package ecommpay

import "github.com/payneteasy-go/payneteasy/internal/singlesend"

// Client calls Gate API for one project. It is safe for concurrent use.
type Client struct {
	config Config
	signer *Signer
	http   *singlesend.Transport
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
