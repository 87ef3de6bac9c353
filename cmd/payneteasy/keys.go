package main

import (
	"bytes"
	"crypto/rsa"
	"os/exec"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// material is a secret before it is read.
type material struct {
	name string
	read func() ([]byte, error)
}

// file is a secret in a file that a flag or a variable names, or none.
func (t *environment) file(name, path string) *material {
	if path == "" {
		return nil
	}
	return &material{name, func() ([]byte, error) {
		content, err := t.read(path)
		if err == nil && path != "-" {
			t.warnReadable(name, path)
		}
		return content, err
	}}
}

// commandGrace is how long what a command has left behind may keep its output open.
const commandGrace = time.Second

// commandOutput runs a command without a shell and takes its output. It may ask the person at the terminal for a passphrase.
func (t *environment) commandOutput(s *settings, program string, args []string) ([]byte, error) {
	command := exec.CommandContext(s.cmd.Context(), program, args...) //nolint:gosec // it is what the person's own configuration says, which nobody else can change
	var out bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr, command.WaitDelay = t.stdin, &out, t.stderr, commandGrace
	for name, value := range t.env {
		if !strings.HasPrefix(strings.ToUpper(name), "PAYNETEASY_") { // no secret of ours, and no profile of another merchant
			command.Env = append(command.Env, name+"="+value)
		}
	}
	if command.Env == nil {
		command.Env = []string{} // nil would be all of them
	}
	switch err := command.Run(); {
	case s.cmd.Context().Err() != nil:
		return nil, errInterrupted
	case err != nil:
		return nil, err
	}
	return out.Bytes(), nil
}

// privateKey reads the private key.
func (m *merchant) privateKey() (key *rsa.PrivateKey, err error) {
	pem, err := m.key.read()
	if err != nil {
		return nil, usage("configuration: %s: %w", m.key.name, err)
	}
	key, err = payneteasy.ParsePrivateKey(pem)
	if err != nil {
		return nil, usage("configuration: %s: %s", m.key.name, message(err))
	}
	return key, nil
}

// controlKey reads the merchant control key.
func (m *merchant) controlKey() (payneteasy.Secret, error) {
	if !m.hasControlKey() {
		return payneteasy.Secret{}, m.missing([]string{m.name(wantControlKey)})
	}
	content, err := m.control.read()
	if err != nil {
		return payneteasy.Secret{}, usage("configuration: %s: %w", m.control.name, err)
	}
	value := string(content)
	if m.control.name != envControlKey {
		value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
	}
	if value == "" {
		return payneteasy.Secret{}, usage("configuration: %s: it is empty", m.control.name)
	}
	if fault := charcheck.Key(value); fault != "" {
		return payneteasy.Secret{}, usage("configuration: %s %s", m.control.name, fault)
	}
	return payneteasy.NewSecret(value), nil
}

// signer signs with the merchant's login and key.
func (m *merchant) signer() (*payneteasy.Signer, *rsa.PublicKey, error) {
	var wanting []string
	if m.login == "" {
		wanting = append(wanting, m.name(wantLogin))
	}
	if m.key == nil {
		wanting = append(wanting, m.name(wantKey))
	}
	if len(wanting) > 0 {
		return nil, nil, m.missing(wanting)
	}
	key, err := m.privateKey()
	if err != nil {
		return nil, nil, err
	}
	signer, err := payneteasy.NewSigner(m.login, key)
	if err != nil {
		return nil, nil, &exitError{exitUsage, err}
	}
	return signer, &key.PublicKey, nil
}

// hasControlKey reports whether the merchant control key is configured. It may still be unreadable.
func (m *merchant) hasControlKey() bool { return m.control != nil }
