package profile

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Settings are the flags that name a gateway and a merchant. Each is empty if it is not given.
type Settings struct {
	KeyFile    string
	ConfigFile string
	Used       string // the profile that is used, if any

	baseURL, login, controlKeyFile, endpointID, groupID string

	profile string
	cmd     *cobra.Command // the command of these flags
}

// AddConfig adds the flag for the configuration file.
func (s *Settings) AddConfig(cmd *cobra.Command) {
	s.cmd = cmd
	cmd.Flags().StringVar(&s.ConfigFile, "config", "", "`FILE` of profiles, TOML [$"+envConfig+"]")
	_ = cmd.RegisterFlagCompletionFunc("config",
		cobra.FixedCompletions([]string{"toml"}, cobra.ShellCompDirectiveFilterFileExt))
}

// AddProfile adds the flags that choose a profile. The shell completes the names of profiles.
func (s *Settings) AddProfile(cmd *cobra.Command) {
	s.AddConfig(cmd)
	cmd.Flags().StringVar(&s.profile, "profile", "", "`NAME` of a profile, used instead of variables [$"+envProfile+"]")
}

// AddLogin adds the flag for the login.
func (s *Settings) AddLogin(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.login, "login", "", "merchant `LOGIN` [$"+EnvLogin+"]")
	NoFileCompletion(cmd, "login")
}

// AddKey adds the flag for the private key.
func (s *Settings) AddKey(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.KeyFile, "key", "", "`FILE` of the RSA private key, PEM; - is stdin [$"+EnvKeyFile+"]")
}

// AddControlKey adds the flag for the merchant control key.
func (s *Settings) AddControlKey(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.controlKeyFile, "control-key-file", "",
		"`FILE` of the merchant control key; - is stdin; or the key itself in [$"+EnvControlKey+"]")
}

// AddAll adds all flags that name a gateway and a merchant.
func (s *Settings) AddAll(cmd *cobra.Command) {
	s.AddProfile(cmd)
	cmd.Flags().StringVar(&s.baseURL, "base-url", "", "scheme, host and context path, a `URL` [$"+EnvBaseURL+"]")
	s.AddLogin(cmd)
	s.AddKey(cmd)
	s.AddControlKey(cmd)
	cmd.Flags().StringVar(&s.endpointID, "endpoint-id", "", "`ID` of the endpoint [$"+EnvEndpointID+"]")
	cmd.Flags().StringVar(&s.groupID, "group-id", "", "`ID` of the endpoint group, instead [$"+envGroupID+"]")
	NoFileCompletion(cmd, "base-url", "endpoint-id", "group-id")
}

// NoFileCompletion keeps the shell from offering files for these flags.
func NoFileCompletion(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions)
	}
}

// SameSettings returns the flags that an advised command needs for the same merchant. It leaves out what is in the
// environment.
func (s *Settings) SameSettings() string {
	var flags strings.Builder
	if s.ConfigFile != "" {
		flags.WriteString(" --config " + terminal.Pasted(s.ConfigFile, "FILE"))
	}
	if s.profile != "" {
		flags.WriteString(" --profile " + terminal.Pasted(s.profile, "NAME"))
	}
	for _, flag := range []struct{ name, value string }{
		{"--base-url", s.baseURL},
		{"--login", s.login},
		{"--key", s.KeyFile},
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
