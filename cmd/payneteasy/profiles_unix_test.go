//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
)

// TestNoPipes checks that a pipe in place of a file is refused, because it would block the program.
func TestNoPipes(t *testing.T) {
	t.Parallel()
	dir := configDir(t, sandboxProfile)
	config := filepath.Join(dir, "config.toml")
	for _, name := range []string{"control.txt", "merchant.pem", "config.toml"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.Remove(path))
		require.NoError(t, syscall.Mkfifo(path, 0o600))
		r := call(t, nil, "", "config", "check", "--config", config)
		require.Equal(t, exit.Usage, r.status, r)
		require.Contains(t, r.stdout+r.stderr, path+": it is not a regular file")
	}
	for device, says := range map[string]string{
		"/dev/null":                   "it is not a regular file",
		filepath.Join(dir, "nowhere"): "no such file",
	} {
		r := call(t, nil, "", "config", "check", "--config", device)
		require.Equal(t, exit.Usage, r.status, r)
		require.Contains(t, r.stderr, says)
	}
}

// TestCommandBesideConfig checks that a relative path of a key command starts at the folder of the file of profiles.
// The command gets none of the tool's variables.
func TestCommandBesideConfig(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"./getkey", "sub/getkey"} {
		dir := configDir(t,
			strings.Replace(sandboxProfile, `control_key_file = "control.txt"`, `control_key_command = ["`+program+`"]`,
				1))
		path := filepath.Join(dir, program)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t,
			os.WriteFile(path, []byte("#!/bin/sh\necho \"key-$PAYNETEASY_CONTROL_KEY$PAYNETEASY_LOGIN$KEPT\"\n"),
				0o700))
		environ := []string{"PAYNETEASY_CONTROL_KEY=leaked", "PAYNETEASY_LOGIN=leaked", "KEPT=kept"}
		config := filepath.Join(dir, "config.toml")
		r := call(t, environ, "", "control", "callback", "--config", config, "--profile", "sandbox", "--status", "a",
			"--orderid", "1", "--client-orderid", "b", "-o", "json")
		require.Zero(t, r.status, r.stderr)
		want := call(t, []string{"PAYNETEASY_CONTROL_KEY=key-kept"}, "", "control", "callback", "--status", "a",
			"--orderid", "1", "--client-orderid", "b", "-o", "json")
		require.Equal(t, want.stdout, r.stdout)
	}
}

// TestMissingKeyFile checks that the error names the path of a missing key, beside the file of profiles.
func TestMissingKeyFile(t *testing.T) {
	t.Parallel()
	dir := configDir(t, sandboxProfile)
	require.NoError(t, os.Remove(filepath.Join(dir, "merchant.pem")))
	r := call(t, nil, "", "config", "check", "--config", filepath.Join(dir, "config.toml"))
	require.Equal(t, exit.Usage, r.status)
	require.Contains(t, r.stdout, "private_key_file of profile sandbox: "+filepath.Join(dir, "merchant.pem")+
		": no such file")
}
