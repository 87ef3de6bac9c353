package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
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

// settings are the flags that name a gateway and a merchant; each is empty when it is not given.
type settings struct {
	baseURL, login, keyFile, controlKeyFile, endpointID, groupID string

	profile, configFile string
	cmd                 *cobra.Command // of these flags
	used                string         // the profile that was taken, if any
}

func (s *settings) addConfig(cmd *cobra.Command) {
	s.cmd = cmd
	cmd.Flags().StringVar(&s.configFile, "config", "", "`FILE` of profiles, TOML [$"+envConfig+"]")
	_ = cmd.RegisterFlagCompletionFunc("config", cobra.FixedCompletions([]string{"toml"}, cobra.ShellCompDirectiveFilterFileExt))
}

// addProfile adds the flags that choose a profile. Which there are, completeProfiles offers.
func (s *settings) addProfile(cmd *cobra.Command) {
	s.addConfig(cmd)
	cmd.Flags().StringVar(&s.profile, "profile", "", "`NAME` of a profile, which is taken whole [$"+envProfile+"]")
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
	s.addProfile(cmd)
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

func or(flag, variable string) string {
	if flag != "" {
		return flag
	}
	return variable
}

// maxInput is more than any key or body has.
const maxInput = 16 << 20

// errInterrupted ends a command that waits for what it is to read.
var errInterrupted = errors.New("interrupted before it was read")

// read reads a file, or stdin for -. Its errors do not show the name: it may be the secret itself, given in the wrong place.
// A signal ends it when it waits for the writer of a pipe.
func (t *tool) read(path string) ([]byte, error) {
	if info, err := os.Stat(path); path != "-" && (err != nil || info.Mode().IsRegular() || info.IsDir()) {
		return t.readAll(path) // nothing to wait for
	}
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	go func() { // left behind when it is interrupted: nothing ends the opening of a pipe
		content, err := t.readAll(path)
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-t.interrupted:
		return nil, errInterrupted
	}
}

func (t *tool) readAll(path string) ([]byte, error) {
	if path == "-" {
		content, err := readUpTo(t.stdin, maxInput)
		if err != nil {
			return nil, fmt.Errorf("stdin: %w", err)
		}
		return content, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, openFault(path, err)
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("it is a directory")
	}
	return readUpTo(file, maxInput)
}

// readUpTo reads all there is, or nothing: a part of it would be something else.
func readUpTo(from io.Reader, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(from, int64(limit)+1))
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case len(content) > limit && limit >= 1<<20:
		return nil, fmt.Errorf("it is longer than %d MB", limit>>20)
	case len(content) > limit:
		return nil, fmt.Errorf("it is longer than %d KiB", limit>>10)
	}
	return content, nil
}

// openFault is why a file cannot be opened, without its path; of one that is not there also what is wrong with the path.
func openFault(path string, err error) error {
	if fault := charcheck.Key(path); fault != "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the path %s", withoutPath(err), fault)
	}
	return withoutPath(err)
}

func withoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

func newClient(config payneteasy.Config) (*payneteasy.Client, error) {
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return client, nil
}

// clientConfig is what a client is made from, by flags and a profile or variables.
func (t *tool) clientConfig(s *settings) (payneteasy.Config, error) {
	m, err := t.merchant(s)
	if err != nil {
		return payneteasy.Config{}, err
	}
	config, err := m.config()
	if err != nil {
		return config, err
	}
	t.config(&config)
	client, err := newClient(config)
	if err != nil {
		return config, err
	}
	config.BaseURL = client.BaseURL() // one gateway has one journal, however its address is written
	return config, nil
}
