package main

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
)

// The variables, those of examples/payout.
const (
	envBaseURL    = "PAYNETEASY_BASE_URL"
	envLogin      = "PAYNETEASY_LOGIN"
	envKeyFile    = "PAYNETEASY_PRIVATE_KEY_FILE"
	envControlKey = "PAYNETEASY_CONTROL_KEY"
	envEndpointID = "PAYNETEASY_ENDPOINT_ID"
	envGroupID    = "PAYNETEASY_GROUP_ID"
	envStateDir   = "PAYNETEASY_STATE_DIR" // the tool's alone
)

var envNames = []string{envBaseURL, envLogin, envKeyFile, envControlKey, envEndpointID, envGroupID, envStateDir}

// settings are the flags that name a gateway and a merchant; each is empty when it is not given.
type settings struct {
	baseURL, login, keyFile, controlKeyFile, endpointID, groupID string
}

func (s *settings) addLogin(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.login, "login", "", "merchant `LOGIN` [$"+envLogin+"]")
	noCompletion(cmd, "login")
}

func (s *settings) addKey(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.keyFile, "key", "", "`FILE` of the RSA private key, PEM; - is stdin [$"+envKeyFile+"]")
}

func (s *settings) addControlKey(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.controlKeyFile, "control-key-file", "", "`FILE` of the merchant control key; - is stdin; or the key itself in [$"+envControlKey+"]")
}

func (s *settings) addAll(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.baseURL, "base-url", "", "scheme, host and context path, a `URL` [$"+envBaseURL+"]")
	s.addLogin(cmd)
	s.addKey(cmd)
	s.addControlKey(cmd)
	cmd.Flags().StringVar(&s.endpointID, "endpoint-id", "", "`ID` of the endpoint [$"+envEndpointID+"]")
	cmd.Flags().StringVar(&s.groupID, "group-id", "", "`ID` of the endpoint group, instead [$"+envGroupID+"]")
	noCompletion(cmd, "base-url", "endpoint-id", "group-id")
}

// noCompletion keeps the shell from offering files where none is meant.
func noCompletion(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions)
	}
}

// checkEnv refuses a variable that is misspelt: what it was to set would silently come from nowhere.
func (t *tool) checkEnv() error {
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

// loginOf is the flag, else the variable.
func (t *tool) loginOf(s *settings) string { return or(s.login, t.env[envLogin]) }

func or(flag, variable string) string {
	if flag != "" {
		return flag
	}
	return variable
}

// missing names all that is missing at once.
func missing(names []string) error {
	return usage("configuration: missing: %s", strings.Join(names, "; "))
}

const (
	wantLogin      = "--login or " + envLogin
	wantKey        = "--key or " + envKeyFile
	wantControlKey = "--control-key-file or " + envControlKey
)

// privateKey reads the private key.
func (t *tool) privateKey(s *settings) (key *rsa.PrivateKey, err error) {
	name, path := "--key", s.keyFile
	if path == "" {
		name, path = envKeyFile, t.env[envKeyFile]
	}
	pem, err := t.read(path)
	if err != nil {
		return nil, usage("configuration: %s: %w", name, err)
	}
	key, err = payneteasy.ParsePrivateKey(pem)
	if err != nil {
		return nil, usage("configuration: %s: %s", name, strings.TrimPrefix(err.Error(), "payneteasy: "))
	}
	return key, nil
}

// controlKey reads the merchant control key.
func (t *tool) controlKey(s *settings) (payneteasy.Secret, error) {
	name, value := envControlKey, t.env[envControlKey]
	if s.controlKeyFile != "" {
		name = "--control-key-file"
		content, err := t.read(s.controlKeyFile)
		if err != nil {
			return payneteasy.Secret{}, usage("configuration: %s: %w", name, err)
		}
		value = strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	}
	switch {
	case value == "":
		return payneteasy.Secret{}, usage("configuration: %s: it is empty", name)
	case value != strings.TrimSpace(value):
		return payneteasy.Secret{}, usage("configuration: %s: it begins or ends with a blank or a line break", name)
	}
	return payneteasy.NewSecret(value), nil
}

// maxInput is more than any key or body has.
const maxInput = 16 << 20

// read reads a file, or stdin for -. Its errors do not show the name: it may be the secret itself, given in the wrong place.
func (t *tool) read(path string) ([]byte, error) {
	if path == "-" {
		content, err := io.ReadAll(io.LimitReader(t.stdin, maxInput))
		if err != nil {
			return nil, fmt.Errorf("stdin: %w", err)
		}
		return content, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	return content, nil
}

func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// client makes a client from flags and variables. The logger may be nil.
func (t *tool) client(s *settings, logger *slog.Logger) (*payneteasy.Client, error) {
	config, err := t.clientConfig(s)
	if err != nil {
		return nil, err
	}
	config.Logger = logger
	return newClient(config)
}

func newClient(config payneteasy.Config) (*payneteasy.Client, error) {
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return client, nil
}

// clientConfig is what a client is made from, by flags and variables.
func (t *tool) clientConfig(s *settings) (payneteasy.Config, error) {
	if err := t.checkEnv(); err != nil {
		return payneteasy.Config{}, err
	}
	config := payneteasy.Config{BaseURL: or(s.baseURL, t.env[envBaseURL]), Login: t.loginOf(s)}
	endpointID, groupID := s.endpointID, s.groupID
	if endpointID == "" && groupID == "" { // a flag of one kind goes before a variable of the other
		endpointID, groupID = t.env[envEndpointID], t.env[envGroupID]
	}
	var wanting []string
	for _, want := range []struct {
		name  string
		given bool
	}{
		{"--base-url or " + envBaseURL, config.BaseURL != ""},
		{wantLogin, config.Login != ""},
		{wantKey, or(s.keyFile, t.env[envKeyFile]) != ""},
		{wantControlKey, or(s.controlKeyFile, t.env[envControlKey]) != ""},
		{"--endpoint-id or " + envEndpointID + " (or --group-id or " + envGroupID + ")", endpointID != "" || groupID != ""},
	} {
		if !want.given {
			wanting = append(wanting, want.name)
		}
	}
	if len(wanting) > 0 {
		return config, missing(wanting)
	}
	var err error
	if config.Endpoint, err = endpoint(endpointID, groupID); err != nil {
		return config, err
	}
	if config.PrivateKey, err = t.privateKey(s); err != nil {
		return config, err
	}
	if config.ControlKey, err = t.controlKey(s); err != nil {
		return config, err
	}
	t.config(&config)
	return config, nil
}

func endpoint(endpointID, groupID string) (payneteasy.Endpoint, error) {
	if endpointID != "" && groupID != "" {
		return payneteasy.Endpoint{}, usage("configuration: an endpoint id and an endpoint group's id are given: which of them?")
	}
	id, err := strconv.ParseInt(endpointID+groupID, 10, 64)
	switch {
	case err != nil || id <= 0:
		return payneteasy.Endpoint{}, usage("configuration: the id of the endpoint or of the group is not a positive number")
	case groupID != "":
		return payneteasy.EndpointGroupID(id), nil
	}
	return payneteasy.EndpointID(id), nil
}
