package main

import (
	"strings"

	"github.com/spf13/cobra"
)

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

// sameSettings is what a command that is advised needs to mean the same merchant, as far as it is not in the environment.
func (s *settings) sameSettings() string {
	var flags strings.Builder
	if s.configFile != "" {
		flags.WriteString(" --config " + pasted(s.configFile, "FILE"))
	}
	if s.profile != "" {
		flags.WriteString(" --profile " + pasted(s.profile, "NAME"))
	}
	for _, flag := range []struct{ name, value string }{
		{"--base-url", s.baseURL},
		{"--login", s.login},
		{"--key", s.keyFile},
		{"--control-key-file", s.controlKeyFile},
		{"--endpoint-id", s.endpointID},
		{"--group-id", s.groupID},
	} {
		if flag.value != "" {
			flags.WriteString(" " + flag.name + " …")
		}
	}
	return flags.String()
}
