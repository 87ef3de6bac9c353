package profile

import (
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
)

// The variables, which are the same as in examples/payout.
const (
	EnvBaseURL    = "PAYNETEASY_BASE_URL"
	EnvLogin      = "PAYNETEASY_LOGIN"
	EnvKeyFile    = "PAYNETEASY_PRIVATE_KEY_FILE"
	EnvControlKey = "PAYNETEASY_CONTROL_KEY"
	EnvEndpointID = "PAYNETEASY_ENDPOINT_ID"
	envGroupID    = "PAYNETEASY_GROUP_ID"

	// Only this tool has these.
	EnvStateDir = "PAYNETEASY_STATE_DIR"
	envProfile  = "PAYNETEASY_PROFILE"
	envConfig   = "PAYNETEASY_CONFIG"
)

var envNames = []string{
	EnvBaseURL, EnvLogin, EnvKeyFile, EnvControlKey, EnvEndpointID, envGroupID,
	EnvStateDir, envProfile, envConfig,
}

// CheckEnv refuses a misspelled variable, because its setting would silently be missing.
func (t *Invocation) CheckEnv() error {
	var unknown []string
	for name, value := range t.Env {
		if value != "" && strings.HasPrefix(name, "PAYNETEASY_") && !slices.Contains(envNames, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return exit.Usagef("configuration: %s: not one of %s",
			strings.Join(unknown, ", "), strings.Join(envNames, ", "))
	}
	return nil
}
