package profile

import (
	"bytes"
	"crypto/rsa"
	"os/exec"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// material is a secret before it is read.
type material struct {
	name string
	read func() ([]byte, error)
}

// file is a secret in a file that a flag or a variable names. It is nil without a path.
func (t *Invocation) file(name, path string) *material {
	if path == "" {
		return nil
	}
	return &material{name, func() ([]byte, error) {
		content, err := t.Read(path)
		if err == nil && path != "-" {
			t.warnReadable(name, path)
		}
		return content, err
	}}
}

// commandGrace is how long a process that a command has left behind may keep the command's output open.
const commandGrace = time.Second

// commandOutput runs a command without a shell and returns its output. The command may ask the person at the terminal
// for a passphrase.
func (t *Invocation) commandOutput(s *Settings, program string, args []string) ([]byte, error) {
	// The command is from the person's own configuration, which no one else can change.
	command := exec.CommandContext(s.cmd.Context(), program, args...) //nolint:gosec // see above
	var out bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr, command.WaitDelay = t.Stdin, &out, t.Stderr, commandGrace
	for name, value := range t.Env {
		// Pass none of our secrets, and no profile of another merchant.
		if !strings.HasPrefix(strings.ToUpper(name), "PAYNETEASY_") {
			command.Env = append(command.Env, name+"="+value)
		}
	}
	if command.Env == nil {
		command.Env = []string{} // nil would mean all variables
	}
	switch err := command.Run(); {
	case s.cmd.Context().Err() != nil:
		return nil, ErrInterrupted
	case err != nil:
		return nil, err
	}
	return out.Bytes(), nil
}

// privateKey reads the private key.
func (m *Merchant) privateKey() (key *rsa.PrivateKey, err error) {
	pem, err := m.key.read()
	if err != nil {
		return nil, exit.Usagef("configuration: %s: %w", m.key.name, err)
	}
	key, err = payneteasy.ParsePrivateKey(pem)
	if err != nil {
		return nil, exit.Usagef("configuration: %s: %s", m.key.name, terminal.Message(err))
	}
	return key, nil
}

// ControlKey reads the merchant control key.
func (m *Merchant) ControlKey() (payneteasy.Secret, error) {
	if !m.HasControlKey() {
		return payneteasy.Secret{}, m.Missing([]string{m.name(wantControlKey)})
	}
	content, err := m.control.read()
	if err != nil {
		return payneteasy.Secret{}, exit.Usagef("configuration: %s: %w", m.control.name, err)
	}
	value := string(content)
	if m.control.name != EnvControlKey {
		value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
	}
	if value == "" {
		return payneteasy.Secret{}, exit.Usagef("configuration: %s: it is empty", m.control.name)
	}
	if fault := charcheck.Key(value); fault != "" {
		return payneteasy.Secret{}, exit.Usagef("configuration: %s %s", m.control.name, fault)
	}
	return payneteasy.NewSecret(value), nil
}

// Signer returns a signer with the merchant's login and key.
func (m *Merchant) Signer() (*payneteasy.Signer, *rsa.PublicKey, error) {
	var wanting []string
	if m.Login == "" {
		wanting = append(wanting, m.name(wantLogin))
	}
	if m.key == nil {
		wanting = append(wanting, m.name(wantKey))
	}
	if len(wanting) > 0 {
		return nil, nil, m.Missing(wanting)
	}
	key, err := m.privateKey()
	if err != nil {
		return nil, nil, err
	}
	signer, err := payneteasy.NewSigner(m.Login, key)
	if err != nil {
		return nil, nil, &exit.Error{Status: exit.Usage, Err: err}
	}
	return signer, &key.PublicKey, nil
}

// HasControlKey reports whether the merchant control key is configured. It may still be unreadable.
func (m *Merchant) HasControlKey() bool { return m.control != nil }
