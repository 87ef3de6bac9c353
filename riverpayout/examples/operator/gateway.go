package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/payneteasy-go/payneteasy"
)

// gatewayOf returns the configuration that the environment names. Your own program reads it from where it keeps its
// secrets.
func gatewayOf(getenv func(string) string) (config payneteasy.Config, err error) {
	for _, name := range []string{
		"PAYNETEASY_BASE_URL", "PAYNETEASY_LOGIN", "PAYNETEASY_PRIVATE_KEY_FILE",
		"PAYNETEASY_CONTROL_KEY",
	} {
		if getenv(name) == "" {
			return config, fmt.Errorf("%w: set %s", errUsage, name)
		}
	}
	config.BaseURL, config.Login = getenv("PAYNETEASY_BASE_URL"), getenv("PAYNETEASY_LOGIN")
	config.ControlKey = payneteasy.NewSecret(getenv("PAYNETEASY_CONTROL_KEY"))
	pem, err := os.ReadFile(getenv("PAYNETEASY_PRIVATE_KEY_FILE"))
	if err != nil {
		return config, fmt.Errorf("%w: PAYNETEASY_PRIVATE_KEY_FILE: %w", errUsage, err)
	}
	if config.PrivateKey, err = payneteasy.ParsePrivateKey(pem); err != nil {
		return config, fmt.Errorf("%w: PAYNETEASY_PRIVATE_KEY_FILE: %w", errUsage, err)
	}
	endpoint, group := getenv("PAYNETEASY_ENDPOINT_ID"), getenv("PAYNETEASY_GROUP_ID")
	id, err := strconv.ParseInt(endpoint+group, 10, 64)
	if err != nil || endpoint != "" && group != "" {
		return config, fmt.Errorf("%w: set either PAYNETEASY_ENDPOINT_ID or PAYNETEASY_GROUP_ID to a number", errUsage)
	}
	config.Endpoint = payneteasy.EndpointID(id)
	if group != "" {
		config.Endpoint = payneteasy.EndpointGroupID(id)
	}
	return config, nil
}
