package profile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// Profiles is the content of the configuration file.
type Profiles struct {
	path string

	Default  string             `toml:"default"`
	Profiles map[string]Profile `toml:"profiles"`
}

// Profile is a merchant at a gateway.
type Profile struct {
	BaseURL           string   `toml:"base_url"`
	Login             string   `toml:"login"`
	EndpointID        int64    `toml:"endpoint_id"`
	GroupID           int64    `toml:"group_id"`
	PrivateKeyFile    string   `toml:"private_key_file"`
	PrivateKeyCommand []string `toml:"private_key_command"`
	ControlKey        string   `toml:"control_key"`
	ControlKeyFile    string   `toml:"control_key_file"`
	ControlKeyCommand []string `toml:"control_key_command"`
}

// ConfigPath returns the path of the configuration file, and whether a person has given it.
func (t *Invocation) ConfigPath(flag string) (path string, told bool) {
	switch {
	case flag != "":
		return flag, true
	case t.Env[envConfig] != "":
		return t.Env[envConfig], true
	case filepath.IsAbs(t.Env["XDG_CONFIG_HOME"]): // XDG: ignore a relative path
		return filepath.Join(t.Env["XDG_CONFIG_HOME"], "payneteasy", "config.toml"), false
	case runtime.GOOS == "windows" && t.Env["AppData"] != "":
		return filepath.Join(t.Env["AppData"], "payneteasy", "config.toml"), false
	case t.home() != "":
		return filepath.Join(t.home(), ".config", "payneteasy", "config.toml"), false
	}
	return "", false
}

// ErrNoHome says that the place of the profiles is not known.
var ErrNoHome = fmt.Errorf("the place of the profiles is not known, set --config or HOME: %w", fs.ErrNotExist)

func (t *Invocation) home() string { return cmp.Or(t.Env["HOME"], t.Env["USERPROFILE"]) }

// LoadProfiles reads the configuration file. If there is no file, its error matches fs.ErrNotExist.
func (t *Invocation) LoadProfiles(flag string) (*Profiles, error) {
	path, told := t.ConfigPath(flag)
	if path == "" {
		return nil, ErrNoHome
	}
	content, err := readPrivate(path, maxProfiles)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !told:
		return nil, fmt.Errorf("there is no %s: %w", path, err)
	case err != nil:
		return nil, exit.Usagef("configuration: %s: %s", path, err)
	}
	all, err := parseProfiles(string(content))
	if err != nil {
		return nil, exit.Usagef("configuration: %s: %w", path, err)
	}
	all.path = path
	return all, nil
}

func parseProfiles(content string) (*Profiles, error) {
	if fault := charcheck.Encoding(content); fault != "" {
		return nil, errors.New("it " + fault)
	}
	if err := nestingFault(content); err != nil {
		return nil, err
	}
	all := new(Profiles)
	meta, err := toml.Decode(content, all)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		return nil, syntaxFault(content, syntax) // its message may show a secret
	case err != nil:
		return nil, typeFault(content, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, unknownKeys(content, unknown)
	}
	for _, name := range all.Names() {
		if err := all.Profiles[name].check(); err != nil {
			return nil, fmt.Errorf("profile %s: %w", terminal.Line(name), err)
		}
	}
	if _, found := all.Profiles[all.Default]; all.Default != "" && !found {
		return nil, fmt.Errorf("default names %s, which is not a profile; the profiles are: %s",
			terminal.Line(all.Default), all.known())
	}
	return all, nil
}

// check refuses settings that exclude each other. Missing settings may come from flags.
func (p Profile) check() error {
	switch {
	case p.EndpointID < 0 || p.GroupID < 0:
		return errors.New("endpoint_id and group_id are positive numbers")
	case p.EndpointID != 0 && p.GroupID != 0:
		return errors.New("it has both endpoint_id and group_id: remove one")
	case p.PrivateKeyFile != "" && p.PrivateKeyCommand != nil:
		return errors.New("it has both private_key_file and private_key_command: remove one")
	case howMany(p.ControlKey != "", p.ControlKeyFile != "", p.ControlKeyCommand != nil) > 1:
		return errors.New(
			"it has more than one of control_key, control_key_file and control_key_command: keep only one")
	case p.PrivateKeyCommand != nil && (len(p.PrivateKeyCommand) == 0 || p.PrivateKeyCommand[0] == ""):
		return errors.New("private_key_command is empty")
	case p.ControlKeyCommand != nil && (len(p.ControlKeyCommand) == 0 || p.ControlKeyCommand[0] == ""):
		return errors.New("control_key_command is empty")
	}
	return nil
}

func howMany(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// Names returns the names of all profiles, sorted.
func (all *Profiles) Names() []string { return slices.Sorted(maps.Keys(all.Profiles)) }

// known lists the profiles, for messages.
func (all *Profiles) known() string {
	if len(all.Profiles) == 0 {
		return "none"
	}
	return terminal.Line(strings.Join(all.Names(), ", "))
}

// find returns a profile by its name.
func (all *Profiles) find(name string) (Profile, error) {
	found, ok := all.Profiles[name]
	if !ok {
		return Profile{}, exit.Usagef("configuration: %s has no profile %s; the profiles are: %s",
			all.path, terminal.Line(name), all.known())
	}
	return found, nil
}

// resolve makes a path of the configuration file absolute. ~ is the person's home, and a relative path is relative to
// the file.
func (all *Profiles) resolve(path, home string) string {
	rest, ofHome := strings.CutPrefix(filepath.ToSlash(path), "~/")
	switch {
	case ofHome && home != "":
		return filepath.Join(home, filepath.FromSlash(rest))
	case filepath.IsAbs(path):
		return path
	}
	return filepath.Join(filepath.Dir(all.path), path)
}

// program resolves the program of a command. A name is looked up in PATH, and a path is treated like other paths of the
// configuration file. The current directory must not decide what runs.
func (all *Profiles) program(name, home string) string {
	if !strings.ContainsAny(filepath.ToSlash(name), "/") && filepath.VolumeName(name) == "" {
		return name
	}
	path := all.resolve(name, home)
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// maxProfiles limits the size of a file of profiles, which has a few lines for each.
const maxProfiles = 64 << 10

// ProfilesOf reads the configuration file, which must exist.
func (t *Invocation) ProfilesOf(s *Settings) (*Profiles, error) {
	all, err := t.LoadProfiles(s.ConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Usagef("%w", err)
	}
	return all, err
}
