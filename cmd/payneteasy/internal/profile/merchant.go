package profile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// Merchant is who pays and at which gateway. Flags override one source, which is either a profile or the variables. The
// two are never mixed, because a forgotten variable must not send a payout to another gateway than the profile's.
type Merchant struct {
	profile             string // empty for the variables
	baseURL, Login      string
	endpointID, groupID string
	key, control        *material // nil if there is none
	hint                string    // where missing settings could come from
}

// wanted is a required setting, with its names.
type wanted struct{ flag, variable, setting string }

var (
	wantBaseURL    = wanted{"--base-url", EnvBaseURL, "base_url"}
	wantLogin      = wanted{"--login", EnvLogin, "login"}
	wantKey        = wanted{"--key", EnvKeyFile, "private_key_file"}
	wantControlKey = wanted{"--control-key-file", EnvControlKey, "control_key_file"}
	wantEndpoint   = wanted{"--endpoint-id", EnvEndpointID, "endpoint_id"}
	wantGroup      = wanted{"--group-id", envGroupID, "group_id"}
)

// name says how a person can give a setting.
func (m *Merchant) name(w wanted) string {
	if m.profile != "" {
		return w.setting + " (or " + w.flag + ")"
	}
	return w.flag + " or " + w.variable
}

// LoginName says how a person can give the login.
func (m *Merchant) LoginName() string { return m.name(wantLogin) }

// ControlKeyName says how a person can give the merchant control key.
func (m *Merchant) ControlKeyName() string { return m.name(wantControlKey) }

// eitherName says how a person can give one of two settings.
func (m *Merchant) eitherName(a, b wanted) string {
	if m.profile != "" {
		return fmt.Sprintf("%s or %s (or %s or %s)", a.setting, b.setting, a.flag, b.flag)
	}
	return fmt.Sprintf("%s (or %s)", m.name(a), m.name(b))
}

// Missing names all missing settings at once.
func (m *Merchant) Missing(names []string) error {
	where := ""
	if m.profile != "" {
		where = " in profile " + terminal.Line(m.profile)
	}
	return exit.Usagef("configuration: missing%s: %s%s", where, strings.Join(names, "; "), m.hint)
}

// Merchant finds the merchant of a call. It reads no key.
func (t *Invocation) Merchant(s *Settings) (*Merchant, error) {
	if err := t.CheckEnv(); err != nil {
		return nil, err
	}
	all, name, err := t.chosen(s)
	if err != nil {
		return nil, err
	}
	m := &Merchant{
		baseURL:    t.Env[EnvBaseURL],
		Login:      t.Env[EnvLogin],
		endpointID: t.Env[EnvEndpointID],
		groupID:    t.Env[envGroupID],
		key:        t.file(EnvKeyFile, t.Env[EnvKeyFile]),
	}
	if value := t.Env[EnvControlKey]; value != "" {
		m.control = &material{EnvControlKey, func() ([]byte, error) { return []byte(value), nil }}
	}
	switch {
	case name != "":
		p, err := all.find(name)
		if err != nil {
			return nil, err
		}
		m = t.fromProfile(s, all, name, p)
	case all != nil && len(all.Profiles) > 0:
		m.hint = "; or choose a profile with --profile: " + all.known()
	default:
		m.hint = t.unusedDefault(s)
	}
	s.Used = m.profile
	m.baseURL, m.Login = cmp.Or(s.baseURL, m.baseURL), cmp.Or(s.login, m.Login)
	if s.endpointID != "" || s.groupID != "" { // a flag of one kind also overrides the other kind
		m.endpointID, m.groupID = s.endpointID, s.groupID
	}
	if s.KeyFile != "" {
		m.key = t.file("--key", s.KeyFile)
	}
	if s.controlKeyFile != "" {
		m.control = t.file("--control-key-file", s.controlKeyFile)
	}
	return m, m.damaged(s)
}

// damaged names every value that was damaged on its way here. The keys are checked when they are read.
func (m *Merchant) damaged(s *Settings) error {
	var faults []string
	for _, value := range []struct {
		wanted
		given, used string
	}{
		{wantBaseURL, s.baseURL, m.baseURL},
		{wantLogin, s.login, m.Login},
		{wantEndpoint, s.endpointID, m.endpointID},
		{wantGroup, s.groupID, m.groupID},
	} {
		fault := charcheck.Key(value.used)
		switch {
		case fault == "":
			continue
		case value.given != "":
			fault = value.flag + " " + fault
		case m.profile != "":
			fault = value.setting + " of profile " + terminal.Line(m.profile) + " " + fault
		default:
			fault = value.variable + " " + fault
		}
		faults = append(faults, fault)
	}
	if len(faults) > 0 {
		return exit.Usagef("configuration: %s", strings.Join(faults, "; "))
	}
	return nil
}

// merchantVariables returns the names of the variables that are set.
func (t *Invocation) merchantVariables() (set []string) {
	for _, variable := range []string{EnvBaseURL, EnvLogin, EnvKeyFile, EnvControlKey, EnvEndpointID, envGroupID} {
		if t.Env[variable] != "" {
			set = append(set, variable)
		}
	}
	return set
}

// unusedDefault says why the default profile is not used, if there is one.
func (t *Invocation) unusedDefault(s *Settings) string {
	set := t.merchantVariables()
	all, err := t.LoadProfiles(s.ConfigFile)
	if err != nil || all.Default == "" || set == nil {
		return ""
	}
	verb, which := "is", "it"
	if len(set) > 1 {
		verb, which = "are", "them"
	}
	return fmt.Sprintf("; the default profile %s is not used, because %s %s set: unset %s, or use --profile",
		terminal.Line(all.Default), strings.Join(set, ", "), verb, which)
}

// chosen returns the profile to use. Without profiles, the variables are used.
func (t *Invocation) chosen(s *Settings) (all *Profiles, name string, err error) {
	set := t.merchantVariables()
	changed := func(flag string) bool { return s.cmd != nil && s.cmd.Flags().Changed(flag) }
	switch {
	case changed("profile") && s.profile == "", changed("config") && s.ConfigFile == "":
		return nil, "", exit.Usagef("configuration: --profile or --config is empty: leave it out, or give a value")
	case s.profile != "":
		name = s.profile
	case t.Env[envProfile] != "" && set != nil:
		return nil, "", exit.Usagef("configuration: %s and %s are both set: unset one of them, or use --profile",
			envProfile, strings.Join(set, ", "))
	case t.Env[envProfile] != "":
		name = t.Env[envProfile]
	case set != nil && s.ConfigFile != "":
		return nil, "", exit.Usagef("configuration: --config and %s are both given: use --profile, or unset those",
			strings.Join(set, ", "))
	case set != nil:
		return nil, "", nil
	}
	all, err = t.LoadProfiles(s.ConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		if name == "" {
			return nil, "", nil // nothing is configured, which the caller reports
		}
		return nil, "", exit.Usagef("configuration: profile %s: %w", terminal.Line(name), err)
	}
	if err != nil {
		return nil, "", err
	}
	return all, cmp.Or(name, all.Default), nil
}

func (t *Invocation) fromProfile(s *Settings, all *Profiles, name string, p Profile) *Merchant {
	m := &Merchant{profile: name, baseURL: p.BaseURL, Login: p.Login}
	if p.EndpointID != 0 {
		m.endpointID = strconv.FormatInt(p.EndpointID, 10)
	}
	if p.GroupID != 0 {
		m.groupID = strconv.FormatInt(p.GroupID, 10)
	}
	private := func(setting, path string) *material {
		return &material{setting + " of profile " + terminal.Line(name), func() ([]byte, error) {
			whole := all.resolve(path, t.home())
			content, err := readPrivate(whole, maxInput)
			if err != nil {
				// The path is in the configuration file, so it is not a secret in the wrong place.
				err = fmt.Errorf("%s: %w", terminal.Line(whole), err)
			}
			return content, err
		}}
	}
	command := func(setting string, args []string) *material {
		return &material{
			setting + " of profile " + terminal.Line(name),
			func() ([]byte, error) { return t.commandOutput(s, all.program(args[0], t.home()), args[1:]) },
		}
	}
	switch {
	case p.PrivateKeyFile != "":
		m.key = private("private_key_file", p.PrivateKeyFile)
	case p.PrivateKeyCommand != nil:
		m.key = command("private_key_command", p.PrivateKeyCommand)
	}
	switch {
	case p.ControlKey != "":
		m.control = &material{
			"control_key of profile " + terminal.Line(name),
			func() ([]byte, error) { return []byte(p.ControlKey), nil },
		}
	case p.ControlKeyFile != "":
		m.control = private("control_key_file", p.ControlKeyFile)
	case p.ControlKeyCommand != nil:
		m.control = command("control_key_command", p.ControlKeyCommand)
	}
	return m
}

// endpoint returns the endpoint or the endpoint group that pays.
func (m *Merchant) endpoint() (payneteasy.Endpoint, error) {
	if m.endpointID != "" && m.groupID != "" {
		return payneteasy.Endpoint{}, exit.Usagef(
			"configuration: both an endpoint id and an endpoint group's id are given: remove one")
	}
	id, err := strconv.ParseInt(m.endpointID+m.groupID, 10, 64)
	switch {
	case err != nil || id <= 0:
		return payneteasy.Endpoint{}, exit.Usagef(
			"configuration: the id of the endpoint or of the group is not a positive number")
	case m.groupID != "":
		return payneteasy.EndpointGroupID(id), nil
	}
	return payneteasy.EndpointID(id), nil
}

// config returns the configuration of a client. Its error names all missing settings at once.
func (m *Merchant) config() (config payneteasy.Config, err error) {
	var wanting []string
	for _, want := range []struct {
		name  string
		given bool
	}{
		{m.name(wantBaseURL), m.baseURL != ""},
		{m.name(wantLogin), m.Login != ""},
		{m.name(wantKey), m.key != nil},
		{m.name(wantControlKey), m.control != nil},
		{m.eitherName(wantEndpoint, wantGroup), m.endpointID != "" || m.groupID != ""},
	} {
		if !want.given {
			wanting = append(wanting, want.name)
		}
	}
	if len(wanting) > 0 {
		return config, m.Missing(wanting)
	}
	config.BaseURL, config.Login = m.baseURL, m.Login
	if config.Endpoint, err = m.endpoint(); err != nil {
		return config, err
	}
	if config.PrivateKey, err = m.privateKey(); err != nil {
		return config, err
	}
	config.ControlKey, err = m.ControlKey()
	return config, err
}
