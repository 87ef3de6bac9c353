package main

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

// target is the gateway to pay at.
type target struct {
	name   string
	config payneteasy.Config
	close  func()
}

const (
	envBaseURL    = "PAYNETEASY_BASE_URL"
	envLogin      = "PAYNETEASY_LOGIN"
	envKeyFile    = "PAYNETEASY_PRIVATE_KEY_FILE"
	envControlKey = "PAYNETEASY_CONTROL_KEY"
	envEndpointID = "PAYNETEASY_ENDPOINT_ID"
	envGroupID    = "PAYNETEASY_GROUP_ID"
)

var envNames = []string{envBaseURL, envLogin, envKeyFile, envControlKey, envEndpointID, envGroupID}

// configure takes the sandbox that the environment names, or starts a fake gateway if it names nothing.
func configure(environ []string) (target, error) {
	env := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "PAYNETEASY_") || value == "" {
			continue
		}
		if !slices.Contains(envNames, name) {
			return target{}, fmt.Errorf("configuration: %s is none of %s", name, strings.Join(envNames, ", "))
		}
		env[name] = value
	}
	if len(env) == 0 {
		return fake()
	}
	var missing []string
	for _, name := range []string{envBaseURL, envLogin, envKeyFile, envControlKey} {
		if env[name] == "" {
			missing = append(missing, name)
		}
	}
	if env[envEndpointID] == "" && env[envGroupID] == "" {
		missing = append(missing, envEndpointID+" or "+envGroupID)
	}
	switch {
	case len(missing) > 0:
		return target{}, fmt.Errorf("configuration: set %s (or none of the PAYNETEASY variables, for a fake gateway)", strings.Join(missing, ", "))
	case env[envEndpointID] != "" && env[envGroupID] != "":
		return target{}, fmt.Errorf("configuration: set %s or %s, not both", envEndpointID, envGroupID)
	case !isSandbox(env[envBaseURL]):
		return target{}, fmt.Errorf("configuration: %s is no sandbox: this example moves no real money", envBaseURL)
	}
	return configured(env)
}

// isSandbox reports whether a base URL is a sandbox's, as all white labels of the platform name them, or this machine's.
func isSandbox(baseURL string) bool {
	u, err := url.Parse(baseURL)
	return err == nil && (strings.HasPrefix(u.Hostname(), "sandbox.") || u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
}

func configured(env map[string]string) (target, error) {
	pem, err := os.ReadFile(env[envKeyFile])
	if err != nil {
		return target{}, fmt.Errorf("configuration: %s: %w", envKeyFile, err)
	}
	key, err := payneteasy.ParsePrivateKey(pem)
	if err != nil {
		return target{}, fmt.Errorf("configuration: %s: %w", envKeyFile, err)
	}
	config := payneteasy.Config{
		BaseURL:    env[envBaseURL],
		Login:      env[envLogin],
		PrivateKey: key,
		ControlKey: payneteasy.NewSecret(env[envControlKey]),
	}
	name, make := envEndpointID, payneteasy.EndpointID
	if env[name] == "" {
		name, make = envGroupID, payneteasy.EndpointGroupID
	}
	id, err := strconv.ParseInt(env[name], 10, 64)
	if err != nil {
		return target{}, fmt.Errorf("configuration: %s is not a number", name)
	}
	config.Endpoint = make(id)
	return target{name: config.BaseURL, config: config, close: func() {}}, nil
}

// fake is a gateway of our own that takes its time, so that there is something to see.
func fake() (target, error) {
	gateway, err := payneteasytest.Start()
	if err != nil {
		return target{}, fmt.Errorf("fake gateway: %w", err)
	}
	gateway.SetStepTime(0) // one step for each poll
	config := gateway.Config()
	config.Wait = payneteasy.WaitOptions{} // the documented pace
	return target{name: gateway.URL() + " (a fake on this machine)", config: config, close: gateway.Close}, nil
}
