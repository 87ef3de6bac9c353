package main

import (
	"fmt"
	"os"
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

// configure takes the real gateway that the environment names, or starts a fake one if it names nothing.
func configure(getenv func(string) string) (target, error) {
	var missing []string
	set := 0
	for _, name := range []string{envBaseURL, envLogin, envKeyFile, envControlKey} {
		if getenv(name) == "" {
			missing = append(missing, name)
		} else {
			set++
		}
	}
	endpoint, group := getenv(envEndpointID), getenv(envGroupID)
	if set == 0 && endpoint == "" && group == "" {
		return fake()
	}
	if endpoint == "" && group == "" {
		missing = append(missing, envEndpointID+" or "+envGroupID)
	}
	switch {
	case len(missing) > 0:
		return target{}, fmt.Errorf("configuration: set %s (or none of the PAYNETEASY variables, for a fake gateway)", strings.Join(missing, ", "))
	case endpoint != "" && group != "":
		return target{}, fmt.Errorf("configuration: set %s or %s, not both", envEndpointID, envGroupID)
	}
	return configured(getenv, endpoint, group)
}

func configured(getenv func(string) string, endpoint, group string) (target, error) {
	pem, err := os.ReadFile(getenv(envKeyFile))
	if err != nil {
		return target{}, fmt.Errorf("configuration: %s: %w", envKeyFile, err)
	}
	key, err := payneteasy.ParsePrivateKey(pem)
	if err != nil {
		return target{}, fmt.Errorf("configuration: %s: %w", envKeyFile, err)
	}
	config := payneteasy.Config{
		BaseURL:    getenv(envBaseURL),
		Login:      getenv(envLogin),
		PrivateKey: key,
		ControlKey: payneteasy.NewSecret(getenv(envControlKey)),
	}
	name, text, make := envEndpointID, endpoint, payneteasy.EndpointID
	if group != "" {
		name, text, make = envGroupID, group, payneteasy.EndpointGroupID
	}
	id, err := strconv.ParseInt(text, 10, 64)
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
