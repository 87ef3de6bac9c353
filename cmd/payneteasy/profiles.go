package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// profiles are the configuration file.
type profiles struct {
	path string

	Default  string             `toml:"default"`
	Profiles map[string]profile `toml:"profiles"`
}

// profile is a merchant at a gateway.
type profile struct {
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

// profilesPath is where the configuration file lies, and whether a person has said so.
func (t *environment) profilesPath(flag string) (path string, told bool) {
	switch {
	case flag != "":
		return flag, true
	case t.env[envConfig] != "":
		return t.env[envConfig], true
	case filepath.IsAbs(t.env["XDG_CONFIG_HOME"]): // a relative one is to be ignored (XDG)
		return filepath.Join(t.env["XDG_CONFIG_HOME"], "payneteasy", "config.toml"), false
	case runtime.GOOS == "windows" && t.env["AppData"] != "":
		return filepath.Join(t.env["AppData"], "payneteasy", "config.toml"), false
	case t.home() != "":
		return filepath.Join(t.home(), ".config", "payneteasy", "config.toml"), false
	}
	return "", false
}

// errNoHome says that it is not known where the profiles would be.
var errNoHome = fmt.Errorf("neither --config nor HOME tells where the profiles are: %w", fs.ErrNotExist)

func (t *environment) home() string { return cmp.Or(t.env["HOME"], t.env["USERPROFILE"]) }

// loadProfiles reads the configuration file. Without one its error matches fs.ErrNotExist.
func (t *environment) loadProfiles(flag string) (*profiles, error) {
	path, told := t.profilesPath(flag)
	if path == "" {
		return nil, errNoHome
	}
	content, err := readPrivate(path, maxProfiles)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !told:
		return nil, fmt.Errorf("there is no %s: %w", path, err)
	case err != nil:
		return nil, usage("configuration: %s: %s", path, err)
	}
	all, err := parseProfiles(string(content))
	if err != nil {
		return nil, usage("configuration: %s: %w", path, err)
	}
	all.path = path
	return all, nil
}

func parseProfiles(content string) (*profiles, error) {
	if fault := charcheck.Encoding(content); fault != "" {
		return nil, errors.New("it " + fault)
	}
	if err := nestingFault(content); err != nil {
		return nil, err
	}
	all := new(profiles)
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
	for _, name := range all.names() {
		if err := all.Profiles[name].check(); err != nil {
			return nil, fmt.Errorf("profile %s: %w", line(name), err)
		}
	}
	if _, found := all.Profiles[all.Default]; all.Default != "" && !found {
		return nil, fmt.Errorf("default names %s, which is no profile; there is %s", line(all.Default), all.known())
	}
	return all, nil
}

// check refuses what contradicts itself. What is missing may come from flags.
func (p profile) check() error {
	switch {
	case p.EndpointID < 0 || p.GroupID < 0:
		return errors.New("endpoint_id and group_id are positive numbers")
	case p.EndpointID != 0 && p.GroupID != 0:
		return errors.New("it has endpoint_id and group_id: which of them?")
	case p.PrivateKeyFile != "" && p.PrivateKeyCommand != nil:
		return errors.New("it has private_key_file and private_key_command: which of them?")
	case howMany(p.ControlKey != "", p.ControlKeyFile != "", p.ControlKeyCommand != nil) > 1:
		return errors.New("it has more than one of control_key, control_key_file and control_key_command: which of them?")
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

func (all *profiles) names() []string { return slices.Sorted(maps.Keys(all.Profiles)) }

// known names the profiles, for messages.
func (all *profiles) known() string {
	if len(all.Profiles) == 0 {
		return "none"
	}
	return line(strings.Join(all.names(), ", "))
}

// find returns a profile by its name.
func (all *profiles) find(name string) (profile, error) {
	found, ok := all.Profiles[name]
	if !ok {
		return profile{}, usage("configuration: %s has no profile %s; there is %s", all.path, line(name), all.known())
	}
	return found, nil
}

// resolve is a path of the configuration file: ~ is the person's home, and what is relative is so to the file.
func (all *profiles) resolve(path, home string) string {
	rest, ofHome := strings.CutPrefix(filepath.ToSlash(path), "~/")
	switch {
	case ofHome && home != "":
		return filepath.Join(home, filepath.FromSlash(rest))
	case filepath.IsAbs(path):
		return path
	}
	return filepath.Join(filepath.Dir(all.path), path)
}

// program is that of a command: a name is looked up in PATH, a path is one of the configuration file. Where the person stands
// must not decide what runs.
func (all *profiles) program(name, home string) string {
	if !strings.ContainsAny(filepath.ToSlash(name), "/") && filepath.VolumeName(name) == "" {
		return name
	}
	path := all.resolve(name, home)
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// maxProfiles is the size of a file of profiles, which has a few lines for each.
const maxProfiles = 64 << 10

// readPrivate reads a file that nobody else may read or change.
func readPrivate(path string, limit int) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, openFault(path, err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, withoutPath(err)
	}
	if err := checkPrivate(path, info); err != nil {
		return nil, err
	}
	return readUpTo(file, limit)
}

// warnReadable says that others can read a secret, whose file a flag or a variable names: they may have their reasons.
func (t *environment) warnReadable(name, path string) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() && runtime.GOOS != "windows" && info.Mode().Perm()&0o066 != 0 {
		t.note("warning: others can read or change the file of %s: %s", name, chmodCommand(path))
	}
}

// checkPrivate refuses a file that others can read or change.
func checkPrivate(path string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file: a pipe or a device could keep this waiting for ever")
	case runtime.GOOS == "windows": // its permissions are not of this kind
		return nil
	case !ownedByUser(info):
		return errors.New("it belongs to another user: who can change it decides where money goes")
	case info.Mode().Perm()&0o066 != 0:
		return fmt.Errorf("others can read or change it: %s", chmodCommand(path))
	}
	return nil
}

// profilesOf is the file, which must be there.
func (t *environment) profilesOf(s *settings) (*profiles, error) {
	all, err := t.loadProfiles(s.configFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("%w", err)
	}
	return all, err
}
