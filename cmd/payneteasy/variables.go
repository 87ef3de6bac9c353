package main

import (
	"slices"
	"strings"
)

// The variables, those of examples/payout.
const (
	envBaseURL    = "PAYNETEASY_BASE_URL"
	envLogin      = "PAYNETEASY_LOGIN"
	envKeyFile    = "PAYNETEASY_PRIVATE_KEY_FILE"
	envControlKey = "PAYNETEASY_CONTROL_KEY"
	envEndpointID = "PAYNETEASY_ENDPOINT_ID"
	envGroupID    = "PAYNETEASY_GROUP_ID"

	// The tool's alone.
	envStateDir = "PAYNETEASY_STATE_DIR"
	envProfile  = "PAYNETEASY_PROFILE"
	envConfig   = "PAYNETEASY_CONFIG"
)

var envNames = []string{envBaseURL, envLogin, envKeyFile, envControlKey, envEndpointID, envGroupID, envStateDir, envProfile, envConfig}

// checkEnv refuses a variable that is misspelt: what it was to set would silently come from nowhere.
func (t *environment) checkEnv() error {
	var unknown []string
	for name, value := range t.env {
		if value != "" && strings.HasPrefix(name, "PAYNETEASY_") && !slices.Contains(envNames, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return usage("configuration: %s: not one of %s", strings.Join(unknown, ", "), strings.Join(envNames, ", "))
	}
	return nil
}
