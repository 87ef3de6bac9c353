// Package target is where the examples pay: the sandbox that the environment names, or a fake gateway. Your own program
// has its payneteasy.Config from wherever it keeps its secrets.
package target

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// Target is the gateway to pay at.
type Target struct {
	Name   string
	Config payneteasy.Config
	Fake   *payneteasytest.Gateway // nil for a real sandbox
}

// Close stops the fake gateway, if it is one.
func (t Target) Close() {
	if t.Fake != nil {
		t.Fake.Close()
	}
}

// Usage tells of the variables.
const Usage = `Without configuration it starts a fake gateway on this machine and pays there.
With these variables set it does the same at a real sandbox:

  PAYNETEASY_BASE_URL          scheme, host and context path
  PAYNETEASY_LOGIN             merchant login
  PAYNETEASY_PRIVATE_KEY_FILE  RSA private key, PEM
  PAYNETEASY_CONTROL_KEY       merchant control key
  PAYNETEASY_ENDPOINT_ID       or PAYNETEASY_GROUP_ID
`

// The variables.
const (
	EnvBaseURL    = "PAYNETEASY_BASE_URL"
	EnvLogin      = "PAYNETEASY_LOGIN"
	EnvKeyFile    = "PAYNETEASY_PRIVATE_KEY_FILE"
	EnvControlKey = "PAYNETEASY_CONTROL_KEY"
	EnvEndpointID = "PAYNETEASY_ENDPOINT_ID"
	EnvGroupID    = "PAYNETEASY_GROUP_ID"
)

var envNames = []string{EnvBaseURL, EnvLogin, EnvKeyFile, EnvControlKey, EnvEndpointID, EnvGroupID}

// ofTheTool are variables of cmd/payneteasy alone.
var ofTheTool = []string{"PAYNETEASY_STATE_DIR", "PAYNETEASY_CONFIG", "PAYNETEASY_PROFILE"}

// FromEnv takes the sandbox that the environment names, or starts a fake gateway if it names nothing.
func FromEnv(environ []string) (Target, error) {
	env := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "PAYNETEASY_") || value == "" || slices.Contains(ofTheTool, name) {
			continue
		}
		if !slices.Contains(envNames, name) {
			return Target{}, fmt.Errorf("configuration: %s is none of %s", name, strings.Join(envNames, ", "))
		}
		env[name] = value
	}
	if len(env) == 0 {
		return fake()
	}
	var missing []string
	for _, name := range []string{EnvBaseURL, EnvLogin, EnvKeyFile, EnvControlKey} {
		if env[name] == "" {
			missing = append(missing, name)
		}
	}
	if env[EnvEndpointID] == "" && env[EnvGroupID] == "" {
		missing = append(missing, EnvEndpointID+" or "+EnvGroupID)
	}
	switch {
	case len(missing) > 0:
		return Target{}, fmt.Errorf("configuration: set %s (or none of the PAYNETEASY variables, for a fake gateway)", strings.Join(missing, ", "))
	case env[EnvEndpointID] != "" && env[EnvGroupID] != "":
		return Target{}, fmt.Errorf("configuration: set %s or %s, not both", EnvEndpointID, EnvGroupID)
	case !isSandbox(env[EnvBaseURL]):
		return Target{}, fmt.Errorf("configuration: %s is no sandbox: this example moves no real money", EnvBaseURL)
	}
	return configured(env)
}

// isSandbox reports whether a base URL is a sandbox's, as all white labels of the platform name them, or this machine's.
func isSandbox(baseURL string) bool {
	u, err := url.Parse(baseURL)
	return err == nil && (strings.HasPrefix(u.Hostname(), "sandbox.") || u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
}

func configured(env map[string]string) (Target, error) {
	pem, err := os.ReadFile(env[EnvKeyFile])
	if err != nil {
		return Target{}, fmt.Errorf("configuration: %s: %w", EnvKeyFile, err)
	}
	key, err := payneteasy.ParsePrivateKey(pem)
	if err != nil {
		return Target{}, fmt.Errorf("configuration: %s: %w", EnvKeyFile, err)
	}
	config := payneteasy.Config{
		BaseURL:    env[EnvBaseURL],
		Login:      env[EnvLogin],
		PrivateKey: key,
		ControlKey: payneteasy.NewSecret(env[EnvControlKey]),
	}
	name, make := EnvEndpointID, payneteasy.EndpointID
	if env[name] == "" {
		name, make = EnvGroupID, payneteasy.EndpointGroupID
	}
	id, err := strconv.ParseInt(env[name], 10, 64)
	if err != nil {
		return Target{}, fmt.Errorf("configuration: %s is not a number", name)
	}
	config.Endpoint = make(id)
	return Target{Name: config.BaseURL, Config: config}, nil
}

// fake is a gateway of our own that takes its time, so that there is something to see.
func fake() (Target, error) {
	gateway, err := payneteasytest.Start()
	if err != nil {
		return Target{}, fmt.Errorf("fake gateway: %w", err)
	}
	if err := gateway.ServePlainPages(); err != nil { // no browser trusts its certificate
		gateway.Close()
		return Target{}, fmt.Errorf("fake gateway: %w", err)
	}
	gateway.SetStepTime(0) // one step for each poll
	config := gateway.Config()
	config.Wait = payneteasy.WaitOptions{} // the documented pace
	return Target{Name: gateway.URL() + " (a fake on this machine)", Config: config, Fake: gateway}, nil
}
