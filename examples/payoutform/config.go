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

const variables = `Without these variables it starts a fake gateway on this machine and pays there.
With them it pays at a real sandbox:

  PAYNETEASY_BASE_URL          scheme, host and context path
  PAYNETEASY_LOGIN             merchant login
  PAYNETEASY_PRIVATE_KEY_FILE  RSA private key, PEM
  PAYNETEASY_CONTROL_KEY       merchant control key
  PAYNETEASY_ENDPOINT_ID       or PAYNETEASY_GROUP_ID
`

// configure reads the variables. If none is set, it starts a fake gateway; the caller closes it.
func configure(getenv func(string) string) (payneteasy.Config, *payneteasytest.Gateway, error) {
	base, login, keyFile, control := getenv("PAYNETEASY_BASE_URL"), getenv("PAYNETEASY_LOGIN"), getenv("PAYNETEASY_PRIVATE_KEY_FILE"), getenv("PAYNETEASY_CONTROL_KEY")
	endpoint, group := getenv("PAYNETEASY_ENDPOINT_ID"), getenv("PAYNETEASY_GROUP_ID")
	if base+login+keyFile+control+endpoint+group == "" {
		fake, err := payneteasytest.Start()
		if err != nil {
			return payneteasy.Config{}, nil, err
		}
		config := fake.Config()
		config.Wait = payneteasy.WaitOptions{} // the documented pace
		return config, fake, nil
	}
	u, err := url.Parse(base)
	if err != nil || !strings.HasPrefix(u.Hostname(), "sandbox.") && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		return payneteasy.Config{}, nil, fmt.Errorf("PAYNETEASY_BASE_URL %q is not a sandbox: this example moves no real money", base)
	}
	pem, err := os.ReadFile(keyFile)
	if err != nil {
		return payneteasy.Config{}, nil, fmt.Errorf("PAYNETEASY_PRIVATE_KEY_FILE: %w", err)
	}
	key, err := payneteasy.ParsePrivateKey(pem)
	if err != nil {
		return payneteasy.Config{}, nil, fmt.Errorf("PAYNETEASY_PRIVATE_KEY_FILE: %w", err)
	}
	id, err := strconv.ParseInt(endpoint+group, 10, 64)
	if err != nil || endpoint != "" && group != "" {
		return payneteasy.Config{}, nil, errors.New("set PAYNETEASY_ENDPOINT_ID or PAYNETEASY_GROUP_ID to a number, not both")
	}
	config := payneteasy.Config{BaseURL: base, Login: login, PrivateKey: key, ControlKey: payneteasy.NewSecret(control), Endpoint: payneteasy.EndpointID(id)}
	if group != "" {
		config.Endpoint = payneteasy.EndpointGroupID(id)
	}
	return config, nil, nil
}
