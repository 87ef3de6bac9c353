package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const variables = `If none of these variables is set, it starts a fake gateway on this machine and
pays there. If they are set, it pays at a real sandbox:

  PAYNETEASY_BASE_URL          scheme, host and context path
  PAYNETEASY_LOGIN             merchant login
  PAYNETEASY_PRIVATE_KEY_FILE  RSA private key, PEM
  PAYNETEASY_CONTROL_KEY       merchant control key
  PAYNETEASY_ENDPOINT_ID       or PAYNETEASY_GROUP_ID
`

// configure reads the variables. If none is set, it starts a fake gateway, which the caller must close.
func configure(getenv func(string) string) (config payneteasy.Config, fake *payneteasytest.Gateway, err error) {
	control, keyFile := getenv("PAYNETEASY_CONTROL_KEY"), getenv("PAYNETEASY_PRIVATE_KEY_FILE")
	endpoint, group := getenv("PAYNETEASY_ENDPOINT_ID"), getenv("PAYNETEASY_GROUP_ID")
	config.BaseURL, config.Login = getenv("PAYNETEASY_BASE_URL"), getenv("PAYNETEASY_LOGIN")
	if config.BaseURL+config.Login+control+keyFile+endpoint+group == "" {
		if fake, err = payneteasytest.Start(); err != nil {
			return config, nil, err
		}
		config = fake.Config()
		config.Wait = payneteasy.WaitOptions{} // the documented intervals
		return config, fake, nil
	}
	if u, err := url.Parse(config.BaseURL); err != nil || !strings.HasPrefix(u.Hostname(), "sandbox.") &&
		u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		return config, nil, fmt.Errorf("PAYNETEASY_BASE_URL %q is not a sandbox: this example moves no real money",
			config.BaseURL)
	}
	pem, err := os.ReadFile(keyFile)
	if err != nil {
		return config, nil, fmt.Errorf("PAYNETEASY_PRIVATE_KEY_FILE: %w", err)
	}
	if config.PrivateKey, err = payneteasy.ParsePrivateKey(pem); err != nil {
		return config, nil, fmt.Errorf("PAYNETEASY_PRIVATE_KEY_FILE: %w", err)
	}
	id, err := strconv.ParseInt(endpoint+group, 10, 64)
	if err != nil || endpoint != "" && group != "" {
		return config, nil, errors.New("set PAYNETEASY_ENDPOINT_ID or PAYNETEASY_GROUP_ID to a number, not both")
	}
	config.ControlKey, config.Endpoint = payneteasy.NewSecret(control), payneteasy.EndpointID(id)
	if group != "" {
		config.Endpoint = payneteasy.EndpointGroupID(id)
	}
	return config, nil, nil
}
